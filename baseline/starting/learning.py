"""What a good host has that is stricter than its baseline wants, found by judging its answers by stricter controls.

No text of the host becomes a value: a number is compared, and only whole numbers are taken; words and lists are those
that the baseline itself knows. Each value that is learnt was judged again by the same answers, and passed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from baseline.classes import dataclass
from baseline.kinds.base import Control
from baseline.load.tighten import loosened
from baseline.model import Compared, Finding, Outcome, Target

Judge = Callable[[Control], Sequence[Finding]]
"""Judges a control by answers that are there: one finding for each subject of it."""

MOST = 2**53
"""No number beyond it is believed: no program counts so far, and JSON loses digits."""

_MOST_WORDS = 30
_WORSE = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)


@dataclass(frozen=True)
class LearntValue:
    """A field of a control that is made stricter. `read` are the keys that say so, with their places on the host.

    `because` names the field that this one has to go along with; empty for one that was learnt itself.
    """

    control: str
    field: str
    value: int | str | tuple[str, ...]
    read: tuple[Compared, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class Learnt:
    """What came of a look: what is stricter on the host, what is laxer there, and what could not be looked at."""

    values: tuple[LearntValue, ...]
    laxer: tuple[tuple[Finding, Compared], ...]
    unseen: tuple[Finding, ...]


def learn(controls: Sequence[Control], target: Target, findings: Sequence[Finding], judge: Judge) -> Learnt:
    """What the host has. `findings` are those of the look, `judge` judges its answers again by another control."""
    values: list[LearntValue] = []
    for control in controls:
        mine = [one for one in findings if one.control == control.id and one.outcome is not Outcome.NOTAPPLICABLE]
        # Of what fails, a number may only say that something is not there.
        if mine and all(one.outcome in (Outcome.PASS, Outcome.WARN) for one in mine):
            values += _of_control(control, target, mine, judge)
    laxer = tuple((one, key) for one in findings for key in one.keys if key.wrong)
    unseen = tuple(one for one in findings if one.outcome is Outcome.UNKNOWN or one.unseen)
    return Learnt(tuple(values), laxer, unseen)


def _of_control(control: Control, target: Target, found: Sequence[Finding], judge: Judge) -> Iterator[LearntValue]:
    now = control
    for name, direction in control.loosens.items():
        if direction == "change":
            continue
        for values in _stricter(now, name, direction, found):
            made = _made(now, values)
            if made is None or any(loosened(now, made)):
                continue
            read = _borne_out(now, made, target, found, judge)
            if read:
                yield LearntValue(control.id, name, _as_value(getattr(made, name)), read)
                for other in values.keys() - {name}:
                    yield LearntValue(control.id, other, _as_value(getattr(made, other)), because=name)
                now = made
                break


def _stricter(control: Control, name: str, direction: str, found: Sequence[Finding]) -> Iterator[Mapping[str, Any]]:
    """What a field, and one that has to go along with it, might be made: the strictest first."""
    value, words = getattr(control, name), _words(type(control), name)
    if isinstance(value, str) and direction == "lower" and value in words:
        yield from ({name: word} for word in reversed(words[words.index(value) + 1 :]))
    elif isinstance(value, tuple) and direction == "higher" and all(isinstance(one, str) for one in value):
        # The first words of such a list ask the most: one is never left out where a later one stays.
        yield from ({name: value[:number]} for number in range(1, min(len(value), _MOST_WORDS)))
    elif isinstance(value, int) and not isinstance(value, bool):
        number = _number(value, direction, found)
        if number is not None:
            yield {name: number}
            others = (other for other in type(control).model_fields if other not in control.loosens)
            whole = (other for other in others if type(getattr(control, other)) is int)
            yield from ({name: number, other: number} for other in whole)


def _number(value: int, direction: str, found: Sequence[Finding]) -> int | None:
    """The number that all keys have to which this value is the bound; None where that is not stricter."""
    operator = "at_least" if direction == "lower" else "at_most"
    keys = [
        key.found
        for finding in found
        for key in finding.keys
        if key.wanted and key.wanted.operator == operator and key.wanted.values == (value,) and key.looked_at
    ]
    numbers = [one for one in keys if isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= MOST]
    if not numbers:
        return None
    number = min(numbers) if direction == "lower" else max(numbers)
    return number if (number > value if direction == "lower" else number < value) else None


def _words(kind: type[Control], name: str) -> tuple[Any, ...]:
    annotation = kind.model_fields[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _made(control: Control, values: Mapping[str, Any]) -> Control | None:
    """The control with other values; None where they do not go together."""
    try:
        return type(control).model_validate({**dict(control), **values})
    except ValidationError:
        return None


def _borne_out(
    before: Control, made: Control, target: Target, found: Sequence[Finding], judge: Judge
) -> tuple[Compared, ...]:
    """The keys by which the host is seen to have what a stricter control wants; none where it is not.

    Nothing of it may be judged worse than before, and what is wanted anew has to be what is set on the host: what moves
    by itself, such as free space, would be another tomorrow.
    """
    old = {(one.subject, key.key): key for one in judge(before) for key in one.keys}
    new = {(one.subject, key.key): key for one in judge(made) for key in one.keys}
    places = {(one.subject, key.key): key for one in found for key in one.keys}
    if old.keys() != new.keys() or any(_worse(old[name], new[name]) for name in old):
        return ()
    changed = [name for name in old if old[name].wanted != new[name].wanted and new[name].looked_at]
    read = [places.get(name, new[name]) for name in changed]
    if not all(new[name].outcome is Outcome.PASS for name in changed):
        return ()
    return tuple(read) if all(_is_set(before, one, target) for one in read) else ()


def _worse(old: Compared, new: Compared) -> bool:
    if old.outcome in _WORSE and new.outcome in _WORSE:
        return _WORSE.index(new.outcome) > _WORSE.index(old.outcome)
    return old.outcome is not new.outcome


def _is_set(control: Control, key: Compared, target: Target) -> bool:
    """Whether a key of the state is what a setting of the host says."""
    name = re.sub(r"( in | for | by | inside ).*", "", key.key, flags=re.DOTALL)
    demanded = {demand.split(" ", 1)[-1] for demand in control.demands(target)}
    return key.set_at is not None or name in control.set_by or key.key in demanded


def _as_value(value: Any) -> int | str | tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else value if isinstance(value, int) else str(value)
