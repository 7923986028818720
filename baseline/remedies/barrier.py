"""What was seen from outside does not reach what is written: DNS, mail servers and the Web may say anything.

A remedy is given the state without it: of each key that came from outside only its outcome, and a number in place of
whatever the world put into the key itself. It may decide by that, and has nothing of it to write.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from baseline.judge import Wants
    from baseline.model import Scalar, State, Target


class Judging(Protocol):
    """What is asked of a control here."""

    @property
    def decides_by(self) -> tuple[str, ...]:
        """Beginnings of keys with truth values from outside that its remedy decides by."""
        ...

    def expected(self, target: Target) -> Wants:
        """What is wanted of each key."""
        ...


def mendable(control: Judging, inside: State, joined: State, target: Target) -> State:
    """The state for a remedy: `inside` as the host said it, and the outcome of each key that `joined` has besides.

    Truth values stay, for they say one of two things. What nothing is wanted of is left out, but for the truth values
    that the control decides by.
    """
    wants = control.expected(target)
    patterns = (*wants, *(f"{bit}*" for bit in control.decides_by))
    known = {"", target.subject, *target.outbound, *target.domains, *(peer.name for peer in target.peers)}
    found: dict[str, Scalar] = {}
    numbers: dict[str, int] = {}
    for key, value in joined.items():
        if key in inside and inside[key] == value:
            found[key] = value
            continue
        pattern = _pattern(patterns, key)
        if pattern is None or (pattern not in wants and not isinstance(value, bool)):
            continue
        name = key
        if pattern.endswith("*"):
            numbers[pattern] = numbers.get(pattern, 0) + 1
            name = _own_key(key, pattern, known, numbers[pattern])
        found[name] = value if isinstance(value, bool) else wants[pattern].judge(value)
    return found


def _pattern(patterns: Collection[str], key: str) -> str | None:
    if key in patterns:
        return key
    return next((one for one in patterns if one.endswith("*") and key.startswith(one[:-1])), None)


def _own_key(key: str, pattern: str, known: Container[str], number: int) -> str:
    """The key, with a number for what may be the world's; a port, or a name of the inventory's, stays."""
    rest = key.removeprefix(pattern[:-1])
    ours = rest in known or (rest.isascii() and rest.isdigit() and len(rest) <= 5)
    return key if ours else f"{pattern[:-1]}#{number}"
