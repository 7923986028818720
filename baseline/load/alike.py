"""Hosts of which the same can be said: what was read of one host tells of all that have the same there.

A baseline is tried on every host before the first is touched. Thousands of hosts differ in little more than their name
and address, which few controls read. So it is noted what is read of a host while a baseline is tried on it, and a host
that has the same in all that was read needs no trial of its own. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from baseline.model import Target

_BY_IDENTITY = ("peers", "roster", "register", "quota_report", "quota_reference")
"""Fields that are long, and the very same for hosts that share them."""

OWN = frozenset({"name", "address", "fqdn", "outbound", "domains", "vars", "set_at"})
"""Fields that hardly any two hosts have alike."""

_FIELDS = frozenset({*(one.name for one in fields(Target)), "is_host"})
_NOT_SET = ("not set",)

Question = Callable[[Target], bool]
"""Something about a target that depends on the target alone."""


class Likeness:
    """Whether all is well with targets, by several questions, which are asked once for all that are alike."""

    def __init__(self, questions: Sequence[Question], own: frozenset[str] = OWN) -> None:
        """`own` are the fields that hardly any two of the targets have alike."""
        self._unlike = own
        self._shared = list(questions)
        self._own: list[Question] = []
        """Those that are asked of every target, since they read what is its own."""
        self._known: dict[tuple[str, ...], set[tuple[Hashable, ...]]] = {}
        self._watch = _Watch()

    def all_well(self, target: Target) -> bool:
        """Whether all questions are true of a target."""
        alike = any(_values(target, names) in known for names, known in self._known.items())
        return (alike or self._asked(target)) and all(question(target) for question in self._own)

    def _asked(self, target: Target) -> bool:
        """Whether those questions are true that hosts share. What they read is noted, when all are."""
        read: dict[str, None] = {}
        for question in tuple(self._shared):
            true, names = self._watch.asked(question, target)
            if not true:
                return False
            if self._unlike.isdisjoint(names):
                read.update(dict.fromkeys(names))
            else:
                self._shared.remove(question)
                self._own.append(question)
        values = _values(target, tuple(read))
        if values is not None:
            self._known.setdefault(tuple(read), set()).add(values)
        return True


def frozen(value: Any) -> Hashable:
    """A value of an inventory as something to compare by: its types belong to it. Raises TypeError for other values."""
    if value is None or isinstance(value, str | int | float | bool):
        return (type(value), value)
    if isinstance(value, list | tuple):
        return (type(value), *map(frozen, value))
    if isinstance(value, Mapping):
        return (dict, *((key, frozen(inner)) for key, inner in value.items()))
    if isinstance(value, Hashable):
        # The value objects of the model: frozen, and equal when all that they hold is.
        return value
    raise TypeError(type(value).__name__)


def _values(target: Target, names: tuple[str, ...]) -> tuple[Hashable, ...] | None:
    """What a target has under these names; None where that cannot be compared."""
    try:
        return tuple([_value(target, name) for name in names])
    except TypeError:
        return None


def _value(target: Target, name: str) -> Hashable:
    if name.startswith("vars."):
        variables = target.vars
        return frozen(variables[name[5:]]) if name[5:] in variables else _NOT_SET
    value = getattr(target, name)
    if name in _BY_IDENTITY:
        return id(value)
    return value if isinstance(value, str | tuple | frozenset) else frozen(value)


class _Watch:
    """Asks questions of targets, and notes the names of what is read of them."""

    def __init__(self) -> None:
        read: dict[str, None] = {}

        class ReadFrom(Target):
            """A target that notes what is read of it."""

            def __getattribute__(self, name: str) -> Any:
                if name == "is_host":
                    read[name] = None
                    return bool(object.__getattribute__(self, "address"))
                if name == "__class__":
                    # What is compared with it, or made from it, is a target; all of its fields are read for that.
                    return Target
                value = object.__getattribute__(self, name)
                if name == "vars":
                    return value if isinstance(value, _Variables) else _Variables(value, read)
                if name in _FIELDS:
                    read[name] = None
                elif name == "__dict__":
                    read.update(dict.fromkeys(_FIELDS))
                return value

        self._read, self._kind = read, ReadFrom

    def asked(self, question: Question, target: Target) -> tuple[bool, tuple[str, ...]]:
        """The answer to a question, and what of the target it was read from."""
        self._read.clear()
        one = object.__new__(self._kind)
        object.__getattribute__(one, "__dict__").update(target.__dict__)
        return question(one), tuple(self._read)


class _Variables(Mapping[str, Any]):
    """The variables of a host, which notes those that are read; who goes through them has read all."""

    def __init__(self, values: Mapping[str, Any], read: dict[str, None]) -> None:
        self._values, self._read = values, read

    def __getitem__(self, name: str) -> Any:
        self._read[f"vars.{name}"] = None
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        self._read["vars"] = None
        return iter(self._values)

    def __len__(self) -> int:
        self._read["vars"] = None
        return len(self._values)
