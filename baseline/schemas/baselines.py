"""The schema of baselines and of overlays over them."""

from __future__ import annotations

from collections.abc import Iterator

from baseline.kinds import kinds
from baseline.load import load_baseline, shipped
from baseline.load.document import Document, Instrument
from baseline.schemas.controls import as_written, control_parts, field_names
from baseline.schemas.meanings import BASELINE, INSTRUMENT
from baseline.schemas.shapes import Shape, either, ref


def parts() -> dict[str, Shape]:
    """What the body points to."""
    known = kinds()
    instrument = Instrument.model_json_schema()
    return {
        **control_parts(known),
        "instrument": {
            "type": "object",
            "properties": _described(instrument, INSTRUMENT),
            "required": instrument["required"],
            "additionalProperties": False,
        },
        "control": {
            "title": "A control",
            "type": "object",
            "properties": {"kind": {"description": "What sort of requirement it is.", "enum": list(known)}},
            "required": ["kind"],
            "allOf": [
                {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": ref(f"control-{name}")}
                for name in known
            ],
        },
        "override": {
            "title": "Fields of a control of the extended baseline",
            "type": "object",
            "properties": {"id": False, "kind": False},
            "propertyNames": {"enum": field_names(known.values())},
        },
    }


def body() -> Shape:
    """A baseline, which stands on its own or extends another one."""
    made = Document.model_json_schema()
    properties = _described(made, BASELINE)
    properties["title"], properties["source"] = (
        {"description": BASELINE[name], **either(ref(to), {"type": "null"})}
        for name, to in (("title", "Titles"), ("source", "instrument"))
    )
    properties["vars"] = {
        "description": BASELINE["vars"],
        "type": "object",
        "propertyNames": {"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$", "not": {"const": "target"}},
        "additionalProperties": ref("no-template"),
        "examples": [{"largest_message": 26214400}],
    }
    properties["extends"] = {
        "description": BASELINE["extends"],
        "type": ["string", "null"],
        "examples": [*shipped(), "./base.yml"],
    }
    properties["controls"] = {"description": BASELINE["controls"], "type": "array", "items": ref("control")}
    properties["overrides"] = {
        "description": BASELINE["overrides"],
        "type": "object",
        "additionalProperties": ref("override"),
    }
    return {
        "type": "object",
        "properties": properties,
        "required": made["required"],
        "additionalProperties": False,
        "if": {"required": ["extends"]},
        "else": {
            "required": ["title", "controls"],
            "properties": {"controls": {"minItems": 1}, "overrides": False},
        },
        "allOf": list(_overlays()),
    }


def _overlays() -> Iterator[Shape]:
    """What an overlay of each shipped baseline may override: its controls, each with the fields of its kind."""
    for name in shipped():
        drafts = load_baseline(name).drafts
        kind_of = {one: draft.written()["kind"] for draft in drafts for one in (draft.id, *draft.formerly())}
        yield {
            "if": {"properties": {"extends": {"const": name}}, "required": ["extends"]},
            "then": {
                "properties": {
                    "overrides": {
                        "properties": {one: ref(f"override-{kind}") for one, kind in kind_of.items()},
                        "additionalProperties": False,
                    }
                }
            },
        }


def _described(schema: Shape, meanings: dict[str, str]) -> dict[str, Shape]:
    return {
        name: {"description": meanings[name], **as_written(shape, templates=False)}
        for name, shape in schema["properties"].items()
    }
