"""One control of a baseline as values to read, for `explain` and for the reference pages."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from baseline.classes import dataclass
from baseline.kinds.base import Control, Titles
from baseline.load.draft import Draft
from baseline.model import Target
from baseline.secret import Secret

BASE_FIELDS = tuple(Control.model_fields)
"""Fields that every control has; what is beyond them are the parameters of its kind."""


@dataclass(frozen=True)
class Described:
    """What is known of a control before any host is named. `values` are its fields as written, `defaults` the
    others that say anything, `wanted` what comes of them where no host's variables are needed for it."""

    id: str
    title: Titles
    clause: str
    obligation: str
    severity: str
    roles: tuple[str, ...]
    tags: tuple[str, ...]
    why: str
    fix: str
    sources: tuple[str, ...]
    kind: str
    looked_at: str
    values: Mapping[str, str]
    defaults: Mapping[str, str]
    wanted: Mapping[str, str]


def described(draft: Draft) -> Described:
    """A control of a baseline, described."""
    written = draft.written()
    fields = {name: field for name, field in draft.kind.model_fields.items() if name not in BASE_FIELDS}
    return Described(
        id=draft.id,
        title=Titles.model_validate(written["title"]),
        clause=written.get("clause", ""),
        obligation=written["obligation"],
        severity=written["severity"],
        roles=tuple(written.get("roles", ())),
        tags=tuple(written.get("tags", ())),
        why=one_paragraph(written.get("why", "")),
        fix=one_paragraph(written.get("fix", "")),
        sources=tuple(_source(source) for source in written.get("sources", ())),
        kind=written["kind"],
        looked_at=inspect.getdoc(draft.kind) or "",
        values={name: as_written(written[name]) for name in fields if name in written},
        defaults={
            name: as_written(field.get_default(call_default_factory=True))
            for name, field in fields.items()
            if name not in written and not field.is_required() and not says_nothing(field.default)
        },
        wanted=_wanted(draft.ready),
    )


def as_json(control: Described) -> str:
    """The description as JSON."""
    return json.dumps(plainly(control), indent=2, ensure_ascii=False) + "\n"


def plainly(control: Described) -> dict[str, Any]:
    """The description as JSON carries it."""
    told = {name: getattr(control, name) for name in Described.__dataclass_fields__}
    return {**told, "title": control.title.model_dump()}


def one_paragraph(text: str) -> str:
    """Text as YAML folded it, with the newlines that only the file's width made taken out."""
    return " ".join(text.split())


def says_nothing(value: Any) -> bool:
    """Whether a field's value only says that its feature is not used. Zero is a value."""
    return value is None or value is False or (value != 0 and not value)


def as_written(value: Any) -> str:
    """A value as YAML's flow style has it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Secret):
        return repr(value)
    return json.dumps(value, ensure_ascii=False, default=_plainly)


def _plainly(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    return dump() if dump else repr(value) if isinstance(value, Secret) else str(value)


def _source(source: Mapping[str, Any]) -> str:
    clause = f", {source['clause']}" if source.get("clause") else ""
    return f"{source['instrument']}{clause} ({source.get('status', 'verbatim')})"


def _wanted(control: Control | None) -> dict[str, str]:
    """What a control wants of a host of which nothing is known; empty when that takes a host, or its variables."""
    if control is None:
        return {}
    try:
        return {key: str(want) for key, want in control.expected(Target("", "")).items()}
    except Exception:  # noqa: BLE001 -- a kind may lean on what only an inventory tells
        return {}
