"""Writes an OCI image as a tar archive: the static binary, two empty folders, and a user without rights.

Usage: image.py BINARY VERSION MACHINE OUT. The same binary gives the same bytes. SOURCE_DATE_EPOCH dates every file.
"""

import datetime
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

binary, version, machine, out = sys.argv[1:]
epoch = int(os.environ["SOURCE_DATE_EPOCH"])
architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
USER = 65532


def add(archive, name, content=None, mode=0o644, owner=0):
    entry = tarfile.TarInfo(name)
    entry.mtime, entry.mode, entry.uid, entry.gid = epoch, mode, owner, owner
    if content is None:
        entry.type = tarfile.DIRTYPE
        archive.addfile(entry)
    else:
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))


def tar(entries):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for entry in entries:
            add(archive, *entry)
    return buffer.getvalue()


with open(binary, "rb") as file:
    program = file.read()
passwd = f"allclear:x:{USER}:{USER}:allclear:/site:/sbin/nologin\n".encode()
layer = tar(
    [
        ("etc/", None, 0o755),
        ("etc/passwd", passwd),
        ("etc/group", f"allclear:x:{USER}:\n".encode()),
        ("site/", None, 0o755, USER),
        ("tmp/", None, 0o1777),
        ("usr/", None, 0o755),
        ("usr/bin/", None, 0o755),
        ("usr/bin/allclear", program, 0o755),
    ]
)
packed = gzip.compress(layer, mtime=0)


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def blob(kind, content):
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest(content), "size": len(content)}


def encoded(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


config = encoded(
    {
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": {
            "User": f"{USER}:{USER}",
            "WorkingDir": "/site",
            "Entrypoint": ["/usr/bin/allclear"],
            "Cmd": ["--help"],
            "Labels": {
                "org.opencontainers.image.title": "allclear",
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.licenses": "MIT",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        "history": [{"created": created, "created_by": "contrib/release/image.py"}],
    }
)
manifest = encoded(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob("config.v1+json", config),
        "layers": [blob("layer.v1.tar+gzip", packed)],
    }
)
described = blob("manifest.v1+json", manifest)
described["annotations"] = {"org.opencontainers.image.ref.name": version}
index = encoded(
    {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [described]}
)


def path(content):
    return "blobs/sha256/" + hashlib.sha256(content).hexdigest()


blobs = sorted((path(content), content) for content in (packed, config, manifest))
files = [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", index), ("blobs/", None, 0o755)]
with open(out, "wb") as file:
    file.write(tar(files + [("blobs/sha256/", None, 0o755)] + blobs))
