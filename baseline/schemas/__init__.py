"""JSON Schemas (2020-12) of the documents that people write, for editors: made from what loads these documents.

What is here:

- `baselines`: The schema of baselines and of overlays over them.
- `controls`: The fields of every kind of control as parts of a schema, made from the models that load them.
- `inventories`: The schemas of inventories in YAML, and of files of variables beside them.
- `lists`: The schemas of rosters, registers of evidence, waivers, alerts and tests from outside.
- `meanings`: What every key means that people write, in plain words: what an editor shows beside it.
- `records`: Schemas of frozen dataclasses, as `baseline.load.typed` reads them from files.
- `shapes`: Parts that schemas share: texts with templates, sizes, secrets, and what the loader takes for a truth value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.schemas.shapes import Shape

NAMES: Mapping[str, str] = {
    "inventory": "An inventory of hosts, in YAML",
    "variables": "Variables of hosts and groups: group_vars, host_vars, and files for -e @FILE",
    "baseline": "A baseline, or an overlay over one",
    "roster": "A roster of accounts, in YAML",
    "register": "A register of evidence",
    "waivers": "Waivers: what is not met for a while",
    "alerts": "Alerts: who is told of what",
    "probes": "Tests of access and of delivery from outside",
}
"""Every document that has a schema, and what it is, in one line."""


def schema(name: str) -> Shape:
    """The schema of one document, as JSON's own values. Raises `UserError` for a name that is none."""
    if name not in NAMES:
        from baseline.load.tree import nearest

        raise UserError(f"there is no schema {name}: {nearest(name, NAMES)}; `baseline schema` lists them")
    from baseline.schemas.shapes import document

    body, parts = _MAKERS[name]()
    return document(name, NAMES[name], f"{NAMES[name]}, as `baseline lint` reads it.", body, parts)


def text(name: str) -> str:
    """The schema of one document as a file has it: JSON, indented, ended by a newline. Raises `UserError`."""
    return json.dumps(schema(name), ensure_ascii=False, indent=2) + "\n"


def first_line(place: str) -> str:
    """The first line of a file, which tells editors where its schema is: a path relative to the file, or an address."""
    return f"# yaml-language-server: $schema={place}\n"


def _baseline() -> tuple[Shape, Mapping[str, Shape]]:
    from baseline.schemas import baselines

    return baselines.body(), baselines.parts()


def _inventory() -> tuple[Shape, Mapping[str, Shape]]:
    from baseline.schemas import inventories

    return inventories.body(), inventories.parts()


def _variables() -> tuple[Shape, Mapping[str, Shape]]:
    from baseline.schemas import inventories

    return inventories.variables() | {"type": "object"}, {}


def _listed(name: str) -> Callable[[], tuple[Shape, Mapping[str, Shape]]]:
    def made() -> tuple[Shape, Mapping[str, Shape]]:
        from baseline.schemas import lists

        return getattr(lists, name)(), {}

    return made


_MAKERS: Mapping[str, Callable[[], tuple[Shape, Mapping[str, Shape]]]] = {
    "inventory": _inventory,
    "variables": _variables,
    "baseline": _baseline,
    **{name: _listed(name) for name in ("roster", "register", "waivers", "alerts", "probes")},
}
