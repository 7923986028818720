"""The file of ticks: what people say of items of the daily checklist, a line of JSON each, in a chain. Pure.

Each line has `previous`, the SHA-256 of the line before it without its end, so that a line that is changed or taken
away later is noticed. People do not write it by hand.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import Any

from baseline.errors import InputError, Problem, UserError
from baseline.model.checklist import Tick

_LONGEST = 16_384
"""Characters of one line: a tick with the longest names, and a signature."""


def read_ticks(text: str, file: str) -> tuple[Tick, ...]:
    """The ticks of a file, in its order. Raises `InputError` at the first line that is none or breaks the chain."""
    found: list[Tick] = []
    previous = ""
    lines = text.split("\n")
    if lines.pop():
        raise _wrong(file, len(lines) + 1, "the line is not whole: take it out, and tick that item again")
    for number, line in enumerate(lines, 1):
        tick, named = _read(line, file, number)
        if named != previous:
            raise _wrong(file, number, "a tick before this line was changed or taken away: put the file back")
        previous = _digest(line)
        found.append(tick)
    return tuple(found)


def with_tick(text: str, tick: Tick) -> str:
    """The text of a file with one more tick behind the others, which `read_ticks` has read.

    Raises `UserError` for one that could not be read again.
    """
    last = text.rstrip("\n").rpartition("\n")[2]
    told = {**tick.to_dict(), "previous": _digest(last) if last else ""}
    line = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    if len(line) > _LONGEST:
        raise UserError(f"a tick has at most {_LONGEST} characters: say less, and name a document that says more")
    return f"{text}{line}\n"


def signed_content(tick: Tick) -> bytes:
    """What a tick's signature is over: the tick without it, as JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(tick.unsigned.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _read(line: str, file: str, number: int) -> tuple[Tick, str]:
    try:
        told = json.loads(line) if len(line) <= _LONGEST else None
    except (ValueError, RecursionError):
        told = None
    known = {one.name: one for one in fields(Tick)}
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise _wrong(file, number, "this is no tick: a line of JSON with texts is")
    previous = told.pop("previous", None)
    strange = [name for name in told if name not in known]
    lacking = [name for name, one in known.items() if name not in told and one.default is MISSING]
    if strange or lacking or previous is None:
        raise _wrong(
            file, number, f"this is no tick: {_said(strange, [*lacking, *(['previous'] * (previous is None))])}"
        )
    try:
        return Tick(**_typed(told)), previous
    except ValueError as error:
        raise _wrong(file, number, f"this is no tick: {error}") from None


def _said(strange: list[str], lacking: list[str]) -> str:
    return f"`{strange[0]}` is none of its keys" if strange else f"`{lacking[0]}` is missing"


def _typed(told: dict[str, str]) -> dict[str, Any]:
    moments = {name: datetime.fromisoformat(told[name]) for name in ("at", "entered")}
    if any(moment.tzinfo is None for moment in moments.values()):
        raise ValueError("a time has no zone")
    if told["result"] not in ("ok", "failed"):
        raise ValueError("`result` is ok or failed")
    return {**told, **moments, "day": date.fromisoformat(told["day"])}


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()


def _wrong(file: str, line: int, message: str) -> InputError:
    return InputError([Problem(file, line, 1, message)])
