"""The fields of every kind of control as parts of a schema, made from the models that load them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from baseline.kinds.base import LINE as LINE_FORMAT
from baseline.kinds.base import SECRET_TOO, SIZE, Control
from baseline.load.draft import SAME_EVERYWHERE
from baseline.schemas.meanings import INSIDE, OF_EVERY_CONTROL
from baseline.schemas.shapes import LINE, Shape, either, ref

_NOT_CHECKED_SO = ("uniqueItems", "title")
"""What models say and the loader does not hold anybody to, or what only repeats a name."""


def control_parts(kinds: Mapping[str, type[Control]]) -> dict[str, Shape]:
    """Every kind as parts: `kind-NAME` has its fields, and a control and an override of it point there."""
    parts: dict[str, Shape] = {}
    for name, kind in kinds.items():
        schema = kind.model_json_schema()
        parts |= {word: _inside(shape) for word, shape in schema.get("$defs", {}).items()}
        parts |= {f"field-{one}": _of_every_control(one, schema["properties"][one]) for one in Control.model_fields}
        parts[f"kind-{name}"] = {
            "title": name,
            "description": kind.summary or (inspect.getdoc(kind) or "").partition("\n")[0],
            "type": "object",
            "properties": {one: _field(one, shape) for one, shape in schema["properties"].items()},
            "additionalProperties": False,
        }
        parts[f"control-{name}"] = {**ref(f"kind-{name}"), "required": schema.get("required", [])}
        parts[f"override-{name}"] = {**ref(f"kind-{name}"), "properties": {"id": False, "kind": False}}
    parts["Titles"] = either(
        {"type": "string", "pattern": LINE, "description": "The English title alone."}, parts["Titles"]
    )
    return parts


def _inside(shape: Mapping[str, Any]) -> Shape:
    """A model within a control, such as its titles."""
    made = as_written(shape, templates=False)
    for name, inner in made.get("properties", {}).items():
        inner.setdefault("description", INSIDE.get(name, ""))
    return made


def field_names(kinds: Iterable[type[Control]]) -> list[str]:
    """All fields that a control of any kind may have."""
    return sorted({name for kind in kinds for name in kind.model_fields})


def _field(name: str, shape: Mapping[str, Any]) -> Shape:
    if name == "kind":
        return {"description": OF_EVERY_CONTROL["kind"], "const": shape["const"]}
    if name in Control.model_fields:
        return ref(f"field-{name}")
    return as_written(shape, templates=name not in SAME_EVERYWHERE)


def _of_every_control(name: str, shape: Mapping[str, Any]) -> Shape:
    made = as_written(shape, templates=name not in SAME_EVERYWHERE)
    described = {"description": OF_EVERY_CONTROL[name], **made}
    return {**described, "allOf": [ref("no-template")]} if name in SAME_EVERYWHERE else described


def as_written(shape: Mapping[str, Any], *, templates: bool) -> Shape:
    """A shape of a model's value as people may write it: sizes with units, and templates where they are rendered."""
    words = {key: shape[key] for key in ("description", "examples", "default") if key in shape}
    made = _bare({key: value for key, value in shape.items() if key not in (*words, *_NOT_CHECKED_SO)}, templates)
    if templates and made and not _takes_any_text(made):
        made = either(*made["anyOf"], ref("template")) if list(made) == ["anyOf"] else either(made, ref("template"))
    return {**words, **made}


def _bare(shape: Shape, templates: bool) -> Shape:
    if "anyOf" in shape:
        return {"anyOf": [as_written(one, templates=False) if one != _NULL else one for one in shape["anyOf"]]}
    match shape.get("type"):
        case "string":
            return _text(shape)
        case "integer" | "number":
            return _number(shape)
        case "boolean":
            return ref("truth")
        case "array":
            inner = shape.get("items")
            return {**shape, "items": as_written(inner, templates=templates)} if isinstance(inner, dict) else shape
        case "object":
            return _mapping(shape, templates)
    return shape


_NULL = {"type": "null"}


def _text(shape: Shape) -> Shape:
    kept = {key: value for key, value in shape.items() if key != "format"}
    if shape.get("format") == SECRET_TOO:
        return either(kept, ref("secret"))
    return {**kept, "pattern": LINE} if shape.get("format") == LINE_FORMAT and "pattern" not in kept else kept


def _number(shape: Shape) -> Shape:
    bounds = {{"ge": "minimum"}.get(key, key): value for key, value in shape.items() if key != "format"}
    return either(bounds, ref("size-text" if shape.get("format") == SIZE else "digits"))


def _mapping(shape: Shape, templates: bool) -> Shape:
    made = dict(shape)
    if "properties" in shape:
        made["properties"] = {key: as_written(one, templates=templates) for key, one in shape["properties"].items()}
    if isinstance(shape.get("additionalProperties"), dict):
        made["additionalProperties"] = as_written(shape["additionalProperties"], templates=templates)
    return made


def _takes_any_text(shape: Shape) -> bool:
    return shape.get("type") == "string" and "pattern" not in shape and "enum" not in shape and "const" not in shape
