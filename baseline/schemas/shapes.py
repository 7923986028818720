"""Parts that schemas share: texts with templates, sizes, secrets, and what the loader takes for a truth value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TRUTHS = "|".join(f"{word}|{word.capitalize()}|{word.upper()}" for word in ("yes", "no", "on", "off", "true", "false"))

TEMPLATE = r"\{\{|\{%|\{#"
"""How a template of Jinja2 is known: as in `baseline.load.rendering`."""

_SECRET: Shape = {
    "title": "Where a secret is to be had",
    "description": "Written with the tag !secret before it. It names one of env, file and command.",
    "type": "object",
    "properties": {
        "env": {"description": "The name of an environment variable.", "type": "string"},
        "file": {"description": "A file, of which the first line is taken. Nobody else may read it.", "type": "string"},
        "command": {
            "description": "A command as a list of words, of which the first line printed is taken. No shell reads it.",
            "type": ["array", "string"],
            "items": {"type": ["string", "number", "boolean", "null"]},
        },
        "all": {"description": "Take all of it, not the first line alone.", "type": "boolean"},
        "shell": {"description": "Have the shell read the command, which is one text then.", "type": "boolean"},
        "seconds": {
            "description": "Seconds that the command may take: 30 unless said.",
            "type": "integer",
            "minimum": 1,
            "maximum": 600,
        },
    },
    "additionalProperties": False,
    "oneOf": [{"required": ["env"]}, {"required": ["file"]}, {"required": ["command"]}],
    "examples": [{"env": "PROBE_PASSWORD"}, {"file": "/etc/mail-baseline/probe"}],
}

COMMON: Mapping[str, Shape] = {
    "template": {
        "description": "A template of Jinja2, rendered for each host. In quotes.",
        "type": "string",
        "pattern": TEMPLATE,
    },
    "no-template": {
        "if": {"type": "string"},
        "then": {"not": {"pattern": TEMPLATE}},
        "items": {"$ref": "#/$defs/no-template"},
        "additionalProperties": {"$ref": "#/$defs/no-template"},
    },
    "size-text": {
        "description": "A size: a whole number and its unit, which counts by 1024, such as 100MB.",
        "type": "string",
        "pattern": r"^\s*[0-9]+\s*([bB]|[kmgtpKMGTP]([iI]?[bB])?)?\s*$",
    },
    "digits": {"description": "A number as text.", "type": "string", "pattern": r"^\s*[+-]?[0-9._]+\s*$"},
    "truth": {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": f"^({_TRUTHS}|0|1)$"}, {"enum": [0, 1]}]},
    "secret": _SECRET,
    "vault": {
        "description": "A value that Ansible Vault encrypted, with the tag !vault before it.",
        "type": "string",
        "pattern": r"^\s*\$ANSIBLE_VAULT;",
    },
}

LINE = r"^[^\u0000-\u001f\u007f]*$"
ADDRESS = r"^[A-Za-z0-9._+=&'~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"
DAY = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$"
PORTS: Shape = {"type": "integer", "minimum": 0, "maximum": 65_535}


def ref(name: str) -> Shape:
    """What points to a part by its name."""
    return {"$ref": f"#/$defs/{name}"}


def either(*shapes: Shape) -> Shape:
    """Any of several shapes."""
    return {"anyOf": list(shapes)}


def document(name: str, title: str, description: str, body: Shape, parts: Mapping[str, Shape]) -> Shape:
    """A whole schema: what it is called, its body, and those parts that it points to."""
    defs = {**COMMON, **parts}
    head = {"$schema": DIALECT, "$id": f"urn:mail-baseline:schema:{name}", "title": title, "description": description}
    return {**head, **body, "$defs": _used(body, defs)}


def _used(body: Shape, defs: Mapping[str, Shape]) -> dict[str, Shape]:
    """The parts that a body points to, directly or through others, in the order of names."""
    found: dict[str, Shape] = {}
    waiting = _pointed(body)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = defs[name]
            waiting += _pointed(defs[name])
    return dict(sorted(found.items()))


def _pointed(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in _pointed(one)]
    if not isinstance(value, dict):
        return []
    here = [str(value["$ref"]).rpartition("/")[2]] if isinstance(value.get("$ref"), str) else []
    return here + [name for one in value.values() for name in _pointed(one)]
