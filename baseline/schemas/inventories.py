"""The schemas of inventories in YAML, and of files of variables beside them."""

from __future__ import annotations

from collections.abc import Mapping

from baseline.load.targets import WAIVER_DAYS
from baseline.load.variables import OLDER, PORTS
from baseline.model import ROLES
from baseline.schemas.meanings import VARIABLES
from baseline.schemas.shapes import Shape, either, ref

_FILLED_IN = r"\{\{\s*inventory_(dir|hostname|hostname_short)\s*\}\}"
_TEXT = r"^([^{]|\{(?![{%])|" + _FILLED_IN + ")*$"
"""A text without templates but those that are filled in."""

_NULL: Shape = {"type": "null"}
_PORT: Shape = {"type": ["integer", "string"], "minimum": 1, "maximum": 65_535, "pattern": "^[0-9]{1,5}$"}
_SERVED = r"^[0-9]{1,5}/(tcp|udp)$"
_ADDRESSES = r"[0-9A-Fa-f.:]+(%[0-9A-Za-z_.-]+)?"
_NETWORKS = r"[0-9A-Fa-f.:]+(/[0-9A-Fa-f.:]+)?"
_DOMAINS = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?"
_TEXTS = {"type": ["string", "number", "boolean", "null"], "pattern": _TEXT}
_WORDS = {"roles": f"({'|'.join(ROLES)})", "domains": _DOMAINS, "resolvers": _ADDRESSES, "outbound": _ADDRESSES}
_WORDS |= {"admin_sources": _NETWORKS, "certificate_authorities": r"[^,\s]+"}
_WORDS |= dict.fromkeys(PORTS, r"[0-9]{1,5}/(tcp|udp)")
_EXAMPLES = {
    "roles": ["mta"],
    "domains": ["agensi.example.my"],
    "resolvers": ["192.0.2.53"],
    "outbound": ["192.0.2.25"],
    "admin_sources": ["192.0.2.0/24"],
    "certificate_authorities": ["letsencrypt.org"],
    "public_ports": ["443/tcp"],
    "closed_ports": ["110/tcp"],
}
_ARGUMENTS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
_UNCHECKED = r"StrictHostKeyChecking\s*[ =]\s*no\b|UserKnownHostsFile\s*[ =]\s*/dev/null"
"""Options with which nobody checks whom he speaks with."""

_TRUTHS = ("ansible_become", "private_addresses", "outside_only", "require_signatures")


def variables() -> Shape:
    """Variables of a host or a group. Those that mean something have their shapes, and all others are the user's."""
    shapes: dict[str, Shape] = {name: _TEXTS for name in VARIABLES}
    shapes |= {name: _words(name, one) for name, one in _WORDS.items()}
    shapes |= {name: either(ref("truth"), _NULL) for name in _TRUTHS}
    shapes |= {name: {"type": ["integer", "string", "null"], "pattern": "^[0-9]{1,4}$"} for name in WAIVER_DAYS}
    shapes["ansible_port"] = either(_PORT, _NULL)
    shapes["ansible_host"] = {**_TEXTS, "not": {"type": "string", "pattern": "^-"}}
    shapes["ansible_connection"] = {
        "enum": ["ssh", "smart", "paramiko", "paramiko_ssh", "local", None]
        + [f"ansible.builtin.{name}" for name in ("ssh", "paramiko_ssh", "local")]
    }
    shapes["ansible_shell_type"] = {"enum": ["sh", "powershell", "cmd", None]}
    truly = {"type": "string", "pattern": "^([Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON|1)$"}
    shapes["ansible_host_key_checking"] = either({"const": True}, {"const": 1}, truly)
    shapes |= {name: {**_TEXTS, "not": {"type": "string", "pattern": _UNCHECKED}} for name in _ARGUMENTS}
    shapes["peer_ports"] = _peer_ports()
    shapes |= {old: {**shapes[new], "deprecated": True} for new, old in OLDER.items()}
    described = {
        name: {"description": VARIABLES[_now(name)], **either(shape, ref("vault"))} for name, shape in shapes.items()
    }
    return {"type": ["object", "null"], "properties": described, "additionalProperties": True}


def _now(name: str) -> str:
    return next((new for new, old in OLDER.items() if old == name), name)


def _words(name: str, pattern: str) -> Shape:
    """A list of texts, or one text separated by commas or spaces."""
    listed = {"type": "array", "items": {"type": "string", "pattern": f"^{pattern}$"}}
    together = {"type": "string", "pattern": rf"^[,\s]*({pattern}([,\s]+|$))*$"}
    return {**either(listed, together, _NULL), "examples": [_EXAMPLES[name]]}


def _peer_ports() -> Shape:
    network = {"type": "string", "pattern": f"^{_NETWORKS}$"}
    return either(
        {
            "type": "object",
            "propertyNames": {"pattern": _SERVED},
            "additionalProperties": either(network, {"type": "array", "items": network, "minItems": 1}),
            "examples": [{"24/tcp": ["192.0.2.10"]}],
        },
        _NULL,
    )


def parts() -> Mapping[str, Shape]:
    """What the body points to."""
    members = {"type": "string", "description": "One name alone."}
    return {
        "variables": variables(),
        "group": {
            "title": "A group",
            "type": ["object", "null"],
            "properties": {
                "hosts": {
                    "description": "The group's hosts as keys, each with its variables or nothing. mx[01:03] is three.",
                    **either({"type": "object", "additionalProperties": ref("variables")}, members, _NULL),
                },
                "vars": {"description": "Variables of all hosts of the group.", **ref("variables")},
                "children": {
                    "description": "Groups within this one, as keys.",
                    **either({"type": "object", "additionalProperties": ref("group")}, members, _NULL),
                },
            },
            "additionalProperties": False,
        },
    }


def body() -> Shape:
    """An inventory: groups by their names."""
    return {
        "type": "object",
        "properties": {
            "plugin": False,
            "all": {"description": "The group of all hosts.", **ref("group")},
        },
        "additionalProperties": ref("group"),
        "examples": [{"relays": {"hosts": {"mx1.agensi.example.my": None}, "vars": {"roles": ["mta"]}}}],
    }
