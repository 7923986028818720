"""An overlay may tighten, not loosen: loosening needs a waiver, with a name and a date under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from baseline.load.tree import short
from baseline.model import Obligation, Severity

if TYPE_CHECKING:
    from baseline.kinds.base import Control

FIXED = ("id", "kind", "clause")
"""What makes a control the same control; an overlay may not touch it."""


def loosened(lower: Control, upper: Control) -> Iterator[tuple[str, str]]:
    """Field and message for all that `upper`, of an overlay, loosens in `lower`, the control it overrides."""
    for name in FIXED:
        if getattr(lower, name) != getattr(upper, name):
            yield name, f"`{name}` cannot be overridden: it is {short(getattr(lower, name))} in the extended baseline"
    for name in _RANKED:
        before, after = getattr(lower, name), getattr(upper, name)
        if _rank(after) > _rank(before):
            yield name, f"`{name}`: {after.value} is weaker than {before.value}{_WAIVER}"
    # No roles means every host.
    gone = set(lower.roles) - set(upper.roles) if lower.roles else set()
    if upper.roles and not lower.roles:
        yield "roles", f"`roles`: the control is for every host in the extended baseline{_WAIVER}"
    elif upper.roles and gone:
        yield "roles", f"`roles`: {', '.join(sorted(gone))} is left out{_WAIVER}"
    for name, direction in lower.loosens.items():
        fault = _bound(getattr(lower, name), getattr(upper, name), direction, _words(type(lower), name))
        if fault:
            yield name, f"`{name}`: {fault}{_WAIVER}"


def weakens(kind: type[Control], name: str, before: Any, after: Any) -> bool:
    """Whether a field of a control of this kind asks less by one value than by another, both as JSON has them.

    What differs in both directions, such as a list that lost one word and gained another, does so either way.
    """
    if name in _RANKED:
        words = [one.value for one in _RANKED[name]]
        return before in words and after in words and words.index(after) > words.index(before)
    if name == "roles":
        # No roles means every host.
        return bool(after) and (not before or not {*before} <= {*after})
    direction = kind.loosens.get(name)
    return direction is not None and _bound(_plain(before), _plain(after), direction, _words(kind, name)) is not None


_RANKED: Mapping[str, type[StrEnum]] = {"obligation": Obligation, "severity": Severity}
"""Fields whose words are ordered, the strongest first."""
_WAIVER = ": an overlay cannot weaken this control"


def _rank(word: StrEnum) -> int:
    """The enumerations list the strongest first."""
    return list(type(word)).index(word)


def _words(kind: type[Control], name: str) -> tuple[Any, ...]:
    """The words that a field may have, the weakest first, as its type lists them."""
    annotation = kind.model_fields[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _bound(before: Any, after: Any, direction: str, words: tuple[Any, ...] = ()) -> str | None:
    """Why `after` loosens `before`; None when it does not. None as a value is "no bound"."""
    if before is None or before == after:
        return None
    if after is None:
        return f"no bound is looser than {before}"
    if direction == "change":
        return f"{short(after)} differs from {short(before)}"
    if direction == "lower" and before in words and after in words:
        return f"{after} is weaker than {before}" if words.index(after) < words.index(before) else None
    if isinstance(before, int | float) and isinstance(after, int | float):
        looser = after < before if direction == "lower" else after > before
        return f"{after} is {direction} than {before}" if looser else None
    if isinstance(before, tuple | frozenset) and isinstance(after, tuple | frozenset):
        lost, added = [x for x in before if x not in after], [x for x in after if x not in before]
        if direction == "lower":
            return f"{short(lost[0])} is left out" if lost else None
        return f"{short(added[0])} is added" if added else None
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _bound_of_any(before, after, direction)
    return f"{short(after)} cannot be compared with {short(before)}"


def _plain(value: Any) -> Any:
    """A value with lists as the tuples that a control has."""
    return tuple(value) if isinstance(value, list) else value


def _bound_of_any(before: Mapping[Any, Any], after: Mapping[Any, Any], direction: str) -> str | None:
    """Why some value of a mapping is looser, or is left out where that loosens, or added."""
    pairs = ((name, _plain(before[name]), _plain(after[name])) for name in before if name in after)
    kept = ((name, _bound(first, second, direction)) for name, first, second in pairs)
    changed = next((f"{name}: {fault}" for name, fault in kept if fault), None)
    gone = [name for name in before if name not in after] if direction == "lower" else []
    new = [name for name in after if name not in before] if direction == "higher" else []
    return changed or (f"{short(gone[0])} is left out" if gone else f"{short(new[0])} is added" if new else None)
