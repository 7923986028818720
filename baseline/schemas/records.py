"""Schemas of frozen dataclasses, as `baseline.load.typed` reads them from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from baseline.schemas.meanings import OF_RECORDS
from baseline.schemas.shapes import DAY, MOMENT, Shape, either, ref
from baseline.secret import Secret

_NULL: Shape = {"type": "null"}


def record(kind: Any, more: Mapping[str, Shape] | None = None, *, without: str = "") -> Shape:
    """A mapping that is read as a dataclass. `more` are the shapes of fields of which more is known than their type.

    `without` is a field that no file gives.
    """
    hints, known = get_type_hints(kind), more or {}
    properties: dict[str, Shape] = {}
    required: list[str] = []
    for field in fields(kind):
        if field.name == without:
            continue
        optional = field.default is not MISSING
        shape = known[field.name] if field.name in known else of_type(hints[field.name], optional=optional)
        properties[field.name] = {"description": meaning(kind, field.name), **shape}
        if optional and isinstance(field.default, str | int | float) and field.default:
            properties[field.name]["default"] = field.default
        required += [] if optional else [field.name]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def meaning(kind: Any, name: str) -> str:
    """What a field means, in plain words. A field that nobody described is a mistake of this program: `KeyError`."""
    return OF_RECORDS.get(kind.__name__.lstrip("_"), {}).get(name) or OF_RECORDS[""][name]


def of_type(hint: Any, *, optional: bool = False) -> Shape:
    """The shape of a value of one type. An `optional` text may be left empty."""
    if isinstance(hint, UnionType):
        (inner,) = (one for one in get_args(hint) if one is not NoneType)
        return either(of_type(inner), _NULL)
    if get_origin(hint) is tuple:
        return {"type": "array", "items": of_type(get_args(hint)[0])}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if is_dataclass(hint):
        return record(hint)
    if hint is Secret:
        return ref("secret")
    if hint is datetime:
        return {"type": "string", "pattern": MOMENT, "examples": ["2026-03-02T09:00:00+08:00"]}
    if hint is date:
        return {"type": "string", "pattern": DAY.replace(r"\s*", ""), "examples": ["2026-03-02"]}
    if hint is int or hint is float:
        return {"type": "integer" if hint is int else "number"}
    one_line = r"^\s*\S?[^\n]*\s*$" if optional else r"^\s*\S[^\n]*\s*$"
    return {"type": ["string", "null"] if optional else "string", "pattern": one_line}
