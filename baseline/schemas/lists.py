"""The schemas of rosters, registers of evidence, waivers, alerts and tests from outside."""

from __future__ import annotations

from typing import Any, get_args

from baseline.load.alerts import WAYS, Alerts, ByCommand, ByMail, ByWebhook, Flapping, Heartbeat
from baseline.load.probes import BOUNDS, USUAL, WrittenMailbox, WrittenProbes, WrittenProvider
from baseline.load.rosters import CLASSES
from baseline.load.waiver_entries import WaiverEntry
from baseline.model.evidence import FACTS, Evidence
from baseline.model.waivers import WaiverKind
from baseline.schemas.meanings import OF_RECORDS, ROSTER, WAIVER
from baseline.schemas.records import meaning, of_type, record
from baseline.schemas.shapes import ADDRESS, LINE, MOMENT, PORTS, Shape, either, ref

_SENTENCE: Shape = {"type": "string", "pattern": r"^[^\u0000-\u001f\u007f]*\S[^\u0000-\u001f\u007f]*$"}
_INSTANT: Shape = {
    "type": "string",
    "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?"
    r"( ?(Z|[+-][0-9]{2}:[0-9]{2})| [A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*)\s*$",
    "examples": ["2027-03-31+08:00", "2027-03-31T17:00+08:00"],
}
_LISTED = either(_SENTENCE, {"type": "array", "items": _SENTENCE})
_HTTPS: Shape = {"type": ["string", "null"], "pattern": r"^([hH][tT][tT][pP][sS]://[^\s@/]+(/[^\s]*|\?[^\s]*)?)?$"}
_SECONDS: Shape = {"type": "integer", "minimum": 1, "maximum": 600}


def roster() -> Shape:
    """A list of accounts."""
    date = {"type": ["string", "null"], "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"}
    shapes: dict[str, Shape] = {
        "address": {"type": "string", "pattern": ADDRESS, "examples": ["aminah@agensi.example.my"]},
        "class": {"enum": [*CLASSES, "", None]},
        "created": date,
        "trained": date,
    }
    account = {
        "type": "object",
        "properties": {name: {"description": ROSTER[name], **shape} for name, shape in shapes.items()},
        "required": ["address"],
        "additionalProperties": False,
    }
    return {"type": "array", "minItems": 1, "items": account}


def register() -> Shape:
    """A list of records, each with the facts that its control asks for."""
    more: dict[str, Shape] = {
        "id": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "examples": ["programme-2026"]},
        "control": {"enum": list(FACTS)},
        "facts": {"type": "object"},
        "file_sha256": {"type": ["string", "null"], "pattern": "^([0-9a-f]{64})?$"},
        "attested_by": {"type": ["string", "null"], "pattern": LINE},
        "attested_at": {"type": ["string", "null"], "pattern": MOMENT},
        "signature": {"type": ["string", "null"]},
    }
    entry = record(Evidence, more)
    entry["required"] += ["attested_by", "attested_at"]
    entry["allOf"] = [
        {
            "if": {"properties": {"control": {"const": control}}, "required": ["control"]},
            "then": {"properties": {"facts": record(kind)}},
        }
        for control, kind in FACTS.items()
    ]
    return {"type": "array", "minItems": 1, "items": entry}


def waivers() -> Shape:
    """A list of waivers."""
    shapes: dict[str, Shape] = {name: _SENTENCE for name in WaiverEntry.model_fields}
    shapes |= dict.fromkeys(("control", "tag", "hosts"), _LISTED)
    shapes["kind"] = {"enum": list(get_args(WaiverKind))}
    shapes["expires"], shapes["begins"] = _INSTANT, _INSTANT
    required = [name for name, field in WaiverEntry.model_fields.items() if field.is_required()]
    entry: Shape = {
        "type": "object",
        "properties": {name: {"description": WAIVER[name], **shape} for name, shape in shapes.items()},
        "required": required,
        "oneOf": [{"required": ["control"]}, {"required": ["tag"]}],
        "additionalProperties": False,
    }
    return {"type": "array", "items": entry}


def alerts() -> Shape:
    """Who is told of what, and over which channels."""
    flapping: dict[str, Shape] = {
        "turns": {"type": "integer", "minimum": 2},
        "within": {"type": "integer", "minimum": 3, "maximum": 100},
    }
    more: dict[str, Shape] = {
        "channels": {"type": "array", "minItems": 1, "items": _channel()},
        "after": {"type": "integer", "minimum": 1, "maximum": 10},
        "flapping": record(Flapping, flapping),
        "heartbeat": {
            **record(Heartbeat, {"url": _HTTPS, "seconds": _SECONDS}),
            "anyOf": [{"required": ["file"]}, {"required": ["url"]}],
        },
    }
    return record(Alerts, more, without="path")


def _channel() -> Shape:
    address = {"type": "string", "pattern": ADDRESS}
    more: dict[Any, dict[str, Shape]] = {
        ByMail: {
            "to": {"type": "array", "items": address, "minItems": 1},
            "sender": address,
            "server": {"type": "string", "pattern": "^[A-Za-z0-9:.-]+$"},
            "port": PORTS,
            "password": ref("secret"),
        },
        ByCommand: {"argv": {**of_type(tuple[str, ...]), "minItems": 1}},
        ByWebhook: {"url": {**_HTTPS, "type": "string", "minLength": 1}, "token": ref("secret")},
    }
    ways = {
        name: {"description": OF_RECORDS["Channel"][name], **record(way, {**more.get(way, {}), "seconds": _SECONDS})}
        for name, way in WAYS.items()
    }
    named = {"description": OF_RECORDS["Channel"]["name"], "type": "string"}
    return {
        "type": "object",
        "properties": {"name": {**named, "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"}, **ways},
        "required": ["name"],
        "oneOf": [{"required": [name]} for name in WAYS],
        "additionalProperties": False,
    }


def probes() -> Shape:
    """What is tested from outside: mailboxes of the agency, and accounts at providers."""
    made = record(WrittenProbes)
    properties = made["properties"]
    for name, kind in (("mailboxes", WrittenMailbox), ("providers", WrittenProvider)):
        entry = record(kind)
        entry["properties"]["address"] |= {"pattern": ADDRESS}
        entry["properties"]["folders"] |= {"minItems": 1}
        _bound_servers(entry)
        properties[name] = {"description": meaning(WrittenProbes, name), "type": "array", "items": entry}
    properties["providers"]["items"]["properties"]["name"] |= {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"}
    properties["mailboxes"] |= {"minItems": 1}
    properties["mailboxes"]["items"]["anyOf"] = [{"required": [name]} for name in (*USUAL, "webmail")]
    for name, (least, most) in BOUNDS.items():
        properties["limits"]["properties"][name] |= {"minimum": least, "maximum": most}
    return made


def _bound_servers(entry: Shape) -> None:
    for name, shape in entry["properties"].items():
        server = next((one for one in shape.get("anyOf", [shape]) if "properties" in one), None)
        if server is None:
            continue
        if "port" in server["properties"]:
            server["properties"]["port"] |= PORTS
        if name == "smtp":
            server["properties"] |= {"user": {"type": "null"}, "password": {"type": "null"}}
        if "status" in server["properties"]:
            server["properties"]["status"] |= {"minimum": 200, "maximum": 599}
            server["properties"]["url"] |= {"pattern": r"^[hH][tT][tT][pP][sS]://[^\s@/]+(/[^\s]*|\?[^\s]*)?$"}
