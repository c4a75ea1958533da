"""Prints what the binary is made of, as an SPDX 2.3 document: each crate that is linked into it, with its license and checksum.

Usage: spdx.py VERSION TARGET, in the repository. The same commit gives the same bytes.
"""

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib

version, target = sys.argv[1:]
command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
root = metadata["resolve"]["root"]
with open("Cargo.lock", "rb") as lock:
    checksums = {(p["name"], p["version"]): p.get("checksum") for p in tomllib.load(lock)["package"]}

# What only the build or the tests use is not in the binary.
linked, waiting = set(), [root]
while waiting:
    package = waiting.pop()
    if package in linked:
        continue
    linked.add(package)
    for dependency in nodes[package]["deps"]:
        if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
            waiting.append(dependency["pkg"])


def identifier(package):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{package['name']}-{package['version']}")


def described(package):
    checksum = checksums.get((package["name"], package["version"]))
    entry = {
        "SPDXID": identifier(package),
        "name": package["name"],
        "versionInfo": package["version"],
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": (package["license"] or "NOASSERTION").replace("/", " OR "),
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:cargo/{package['name']}@{package['version']}",
            }
        ],
    }
    if checksum:
        entry["checksums"] = [{"algorithm": "SHA256", "checksumValue": checksum}]
    return entry


parts = sorted((packages[package] for package in linked), key=lambda part: (part["name"], part["version"]))
made = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
lock_hash = hashlib.sha256(open("Cargo.lock", "rb").read()).hexdigest()
document = {
    "spdxVersion": "SPDX-2.3",
    "dataLicense": "CC0-1.0",
    "SPDXID": "SPDXRef-DOCUMENT",
    "name": f"allclear-{version}",
    "documentNamespace": f"urn:allclear:{version}:{lock_hash}",
    "creationInfo": {"created": made.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: allclear-release"]},
    "packages": [described(part) for part in parts],
    "relationships": [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": identifier(packages[root]),
        }
    ]
    + [
        {
            "spdxElementId": identifier(packages[root]),
            "relationshipType": "DEPENDS_ON",
            "relatedSpdxElement": identifier(part),
        }
        for part in parts
        if part["id"] != root
    ],
}
json.dump(document, sys.stdout, indent=1)
print()
