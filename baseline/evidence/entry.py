"""A record as text, for the end of a register: what people gave as options or answers, each fact by its type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.load.instants import instant
from baseline.load.tree import nearest
from baseline.model.evidence import FACTS, Facts

_AS_YAML = "as YAML, such as [{…}, {…}]"


@dataclass(frozen=True)
class AskedFact:
    """One fact that a record of a control has: its name, its type, and whether it may not be left out."""

    name: str
    kind: Any
    needed: bool

    @property
    def written(self) -> str:
        """How it is written."""
        if get_origin(self.kind) is Literal:
            return "|".join(get_args(self.kind))
        if get_origin(self.kind) is tuple:
            return _AS_YAML if is_dataclass(get_args(self.kind)[0]) else "A,B"
        known = {datetime: "2026-03-02T09:00+08:00", date: "2026-03-02", int: "NUMBER", float: "NUMBER"}
        return known.get(self.kind, "TEXT")


def asked_for(control: str) -> tuple[AskedFact, ...]:
    """The facts of a control's records, in their order. Raises `UserError` for a control that takes none."""
    kind = _facts_of(control)
    hints = get_type_hints(kind)
    return tuple(
        AskedFact(one.name, _plainly(hints[one.name]), one.default is MISSING and one.default_factory is MISSING)
        for one in fields(kind)
    )


def entry(control: str, head: Mapping[str, str], facts: Mapping[str, str]) -> str:
    """The record in YAML, its first key `id`.

    `head` has what every record has besides `control`, in the order in which it is written; what is empty there is left
    out, but for who attests it. Raises `UserError` for a fact that is unknown, missing or written otherwise.
    """
    known = asked_for(control)
    names = [one.name for one in known]
    for name in facts:
        if name not in names:
            raise UserError(f"a record of {control} has no fact {name}: {nearest(name, names)}")
    lacking = [one for one in known if one.needed and not facts.get(one.name)]
    if lacking:
        told = "; ".join(f"--fact {one.name}={one.written}" for one in lacking)
        raise UserError(f"a record of {control} needs more: {told}")
    lines = [f"  {line}".rstrip() for line in _head(control, head)]
    written = [f"    {one.name}: {_value(one, facts[one.name])}" for one in known if facts.get(one.name)]
    first, *rest = lines
    return "\n".join([f"- {first.strip()}", *rest, "  facts:", *written]) + "\n"


def _head(control: str, head: Mapping[str, str]) -> Iterator[str]:
    for name, text in head.items():
        if text or name in ("attested_by", "attested_at"):
            moment = text and name in ("issued_on", "valid_from", "valid_to", "attested_at")
            value = _moment(name, text, ends=name == "valid_to") if moment else _text(text)
            yield f"{name}: {value}"
        if name == "id":
            yield f"control: {control}"


def _facts_of(control: str) -> type[Facts]:
    if control not in FACTS:
        raise UserError(f"no records are kept for control {control}: {nearest(control, FACTS)}")
    return FACTS[control]


def _moment(name: str, text: str, *, ends: bool) -> str:
    try:
        return instant(text, ends=ends).isoformat()
    except ValueError as error:
        raise UserError(f"{name}: {error}") from None


def _plainly(hint: Any) -> Any:
    """The type of a fact without `None`."""
    inner = [one for one in get_args(hint) if one is not type(None)]
    return inner[0] if get_origin(hint) is not tuple and get_origin(hint) is not Literal and inner else hint


def _value(asked: AskedFact, text: str) -> str:
    """A fact as the register has it. What is no such value is told when the register is read."""
    if asked.kind is datetime:
        return _moment(asked.name, text, ends=False)
    if get_origin(asked.kind) is tuple and not is_dataclass(get_args(asked.kind)[0]):
        return json.dumps([one.strip() for one in text.split(",") if one.strip()], ensure_ascii=False)
    if asked.kind is str or get_origin(asked.kind) is Literal:
        return _text(text)
    if "\n" in text or "\r" in text:
        raise UserError(f"{asked.name} is more than one line: write it {asked.written}")
    return text


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if text else ""
