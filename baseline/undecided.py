"""Transactions of a host that nobody has decided: at work, waiting for their confirmation, or cut off midway. Pure.

One command, asked with every look, tells for each: its id, its state, whether somebody is at work on it, the host's
clock and uptime in seconds, when the timer of its dead-man was started (microseconds of the uptime), how long that one
waits in seconds, and who made it. When the dead-man restores follows from these.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.model import HOST_STATE, Answer, Undecided
from baseline.shell import script

if TYPE_CHECKING:
    from baseline.model.run import UndecidedState

QUESTION = script("baseline", "undecided", root=HOST_STATE)

MOST = 100
"""The most that are read: a host has one at a time, unless it was mended by hand."""

_IDENTITY = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{1,32}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_LAST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_STATES: dict[str, UndecidedState] = {
    "swapped": "waiting",
    "armed": "interrupted",
    "restoring": "interrupted",
    "broken": "broken",
}
"""The journal's state -> what it means while nobody is at work. What is only staged has changed nothing."""


def undecided(answer: Answer) -> tuple[Undecided, ...]:
    """What `QUESTION` told. Raises `CannotTell` for another answer."""
    if answer.rc != 0:
        said = answer.stderr.decode("utf-8", "replace").strip()
        raise CannotTell(f"it is unknown whether an apply is unfinished: {said or f'exit code {answer.rc}'}")
    lines = answer.stdout.decode("utf-8", "backslashreplace").split("\n")
    if len(lines) > MOST:
        raise CannotTell(f"it is unknown whether an apply is unfinished: {len(lines)} are told of")
    return tuple(found for line in filter(None, lines) for found in _of(line))


def _of(line: str) -> tuple[Undecided, ...]:
    match line.split("\t"):
        case [identity, state, ("busy" | "idle") as work, clock, up, entered, seconds, who] if _IDENTITY.fullmatch(
            identity
        ) and _NUMBER.fullmatch(clock):
            pass
        case _:
            raise CannotTell(f"it is unknown whether an apply is unfinished: {line[:100]!r} is not one of our lines")
    if work == "idle" and state not in _STATES:
        # It has changed nothing, unless its journal is damaged: its dead-man or the next apply clears it away.
        return () if state in ("none", "staged") else (Undecided(identity, "broken", who),)
    told: UndecidedState = "at work" if work == "busy" else _STATES[state]
    return (Undecided(identity, told, who, _restores(clock, up, entered, seconds)),)


def _restores(clock: str, up: str, entered: str, seconds: str) -> str:
    """When the dead-man restores, ISO 8601 in UTC by the host's clock; empty when none is known to watch."""
    if not all(map(_NUMBER.fullmatch, (up, entered, seconds))) or float(entered) == 0:
        return ""
    when = float(clock) + float(entered) / 1e6 + float(seconds) - float(up)
    return f"{datetime.fromtimestamp(int(when), UTC):%Y-%m-%dT%H:%M:%SZ}" if 0 <= when <= _LAST else ""
