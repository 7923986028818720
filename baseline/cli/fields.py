"""The fields of a kind as rows of a table, for the reference: type, default, meaning and an example."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from baseline.cli.described import as_written, says_nothing
from baseline.kinds.base import SIZE, Control
from baseline.languages import ENGLISH
from baseline.load import load_baseline, shipped
from baseline.sizes import typed

_SIZE = "size in bytes, such as `100MB`"

_OF_EVERY_CONTROL = {
    "kind": "One of the kinds below.",
    "id": "Never changes its meaning, so that reports of different years can be compared.",
    "title": "In English, and in Malay if you like; a text alone is the English one.",
    "clause": "Where the mandate asks for it; empty when it does not.",
    "obligation": "The mandate's own word. Only `mandatory` controls make a host non-conforming, unless `--strict`.",
    "severity": "How much harm a failing control does; orders findings, decides nothing.",
    "roles": "The hosts that it is for; empty is every host.",
    "why": "What it is good for, for those who have to live with it.",
    "sources": "Where it stands: `verbatim` in the mandate, `inferred` from it, or `external` to it.",
    "tags": "Words to select it by.",
    "formerly": "The ids that it had in earlier versions: they choose it still, and its past goes on.",
    "fix": "What a person does where no machine can mend it.",
}


_EXAMPLES: Mapping[str, Any] = {
    "kind": "service",
    "id": "OUR-S-01",
    "title": {"en": "Postfix runs", "ms": "Postfix berjalan"},
    "clause": "f.i",
    "obligation": "mandatory",
    "severity": "high",
    "roles": ["mta"],
    "why": "A relay that does not run relays nothing.",
    "sources": [{"instrument": "RFC 5321", "clause": "4.5.3", "status": "external"}],
    "tags": ["postfix"],
    "formerly": ["OUR-S-00"],
    "fix": "Start it.",
}
"""Values of the fields that every control has."""


def rows(model: type[Control], names: Iterable[str]) -> Iterator[str]:
    """The fields of these names as a table of Markdown."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    yield "| field | type | default | meaning | example |"
    yield "| --- | --- | --- | --- | --- |"
    for name in names:
        field, shape = model.model_fields[name], schema["properties"][name]
        is_size = _is_size(shape, definitions)
        value = None if field.is_required() else field.get_default(call_default_factory=True)
        default = "required" if field.is_required() else code(as_written(_typed_size(value, is_size)))
        example = code(_as_yaml(name, _typed_size(example_of(model, name), is_size)))
        meaning = (field.description or _OF_EVERY_CONTROL.get(name, "")).replace("\n", " ")
        cells = (code(name), type_of(shape, definitions), default, meaning, example)
        yield f"| {' | '.join(map(cell, cells))} |"


def example_of(model: type[Control], name: str) -> Any:
    """A value that a field may have: a chosen one, its default if that says anything, or that of a shipped control."""
    field = model.model_fields[name]
    if name in _EXAMPLES:
        return _EXAMPLES[name]
    if field.examples:
        return field.examples[0]
    if not field.is_required() and not says_nothing(field.get_default(call_default_factory=True)):
        return field.get_default(call_default_factory=True)
    return _shipped_values().get((model, name), field.default)


@cache
def _shipped_values() -> Mapping[tuple[type[Control], str], Any]:
    """What the controls that ship say of the fields of their kinds."""
    drafts = [draft for name in shipped() for draft in load_baseline(name).drafts]
    return {(draft.kind, name): value for draft in drafts for name, value in draft.written().items()}


def _is_size(shape: Mapping[str, Any], definitions: Mapping[str, Any]) -> bool:
    return _SIZE in type_of(shape, definitions)


def _typed_size(value: Any, is_size: bool) -> Any:
    """A size in its largest unit; any other value as it is."""
    return typed(value) if is_size and isinstance(value, int) and not isinstance(value, bool) else value


def _as_yaml(name: str, value: Any) -> str:
    """A field as a line of a baseline."""
    data = json.loads(json.dumps(value))
    text = yaml.safe_dump(data, default_flow_style=True, width=1000, sort_keys=False, allow_unicode=True)
    # A scalar alone is ended by the mark of a document's end.
    return f"{name}: {text.strip().removesuffix('...').strip()}"


def type_of(shape: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """A JSON Schema as a phrase: `whole number, at least 1`, `list of text`."""
    if "$ref" in shape:
        return type_of(definitions[shape["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in shape:
        return ENGLISH.any_of([type_of(one, definitions) for one in shape["anyOf"]])
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return ENGLISH.any_of([f"`{one}`" for one in shape["enum"]])
    if shape.get("type") == "array":
        inner = shape.get("items") or {}
        return f"list of {type_of(inner, definitions)}"
    if shape.get("type") == "object":
        if "properties" in shape:
            return f"mapping with {ENGLISH.all_of([f'`{key}`' for key in shape['properties']])}"
        inner = shape.get("additionalProperties")
        return f"mapping of names to {type_of(inner, definitions)}" if isinstance(inner, dict) else "mapping"
    if shape.get("format") == SIZE:
        return ", ".join([_SIZE, *_bounds({name: bound for name, bound in shape.items() if bound != 0})])
    names = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no", "null": "nothing"}
    return ", ".join([names.get(shape.get("type", ""), "any value"), *_bounds(shape)])


def _bounds(shape: Mapping[str, Any]) -> Iterator[str]:
    words = {
        "minimum": "at least {}",
        "maximum": "at most {}",
        "exclusiveMinimum": "above {}",
        "exclusiveMaximum": "below {}",
        "minLength": "at least {} long",
        "maxLength": "at most {} long",
        "pattern": "of the form `{}`",
    }
    return (phrase.format(shape[key]) for key, phrase in words.items() if key in shape)


def cell(text: str) -> str:
    """Text for a cell of a Markdown table, in which a bar would end the cell."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """Text as Markdown code, in as many backticks as it takes. Bars are for `_cell` to mind."""
    if not text:
        return '`""`'
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"
