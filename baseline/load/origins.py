"""Where every value of a control comes from: the files that set it, and the variables that its templates take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from baseline.binding import plain as plain_json
from baseline.classes import dataclass
from baseline.kinds.base import Control
from baseline.load.document import named
from baseline.load.draft import Draft, facts, texts_in
from baseline.load.rendering import parts_in, variables_in
from baseline.load.tree import Position, Table, TableEntry, Tree, plain
from baseline.model import Target


@dataclass(frozen=True)
class ValueSource:
    """One place that sets a value, and the value as it is written there, as JSON has it."""

    place: Position
    value: Any

    def to_dict(self) -> dict[str, Any]:
        """The place as JSON carries it; the file of a baseline that ships is its name."""
        file, line, column = named(self.place)
        return {"file": file, "line": line, "column": column, "value": self.value}


@dataclass(frozen=True)
class VariableSource:
    """A variable that a template takes, and the places that set it; the last one counts."""

    name: str
    sources: tuple[ValueSource, ...]

    def to_dict(self) -> dict[str, Any]:
        """The variable as JSON carries it."""
        return {"name": self.name, "sources": [one.to_dict() for one in self.sources]}


@dataclass(frozen=True)
class FieldOrigin:
    """A field of a control as it is for a host, and what made it so.

    `sources` are the places that set it, the lowest baseline first; the last one counts. Without any, the value is the
    default of the kind. `variables` are those of the template that counts.
    """

    name: str
    value: Any
    sources: tuple[ValueSource, ...]
    variables: tuple[VariableSource, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The field as JSON carries it; `default` says that no file sets it."""
        return {
            "name": self.name,
            "value": self.value,
            "default": not self.sources,
            "sources": [one.to_dict() for one in self.sources],
            "variables": [one.to_dict() for one in self.variables],
        }


def origins(draft: Draft, control: Control, target: Target) -> tuple[FieldOrigin, ...]:
    """All fields of a control that was made from a draft for a host, in the order of its kind."""
    values = control.model_dump(mode="json", fallback=repr)
    return tuple(_origin(draft, name, value, target) for name, value in values.items())


def _origin(draft: Draft, name: str, value: Any, target: Target) -> FieldOrigin:
    set_by = [entry.tree for level in _levels(draft) for entry in _set_here(level, name)]
    sources = tuple(ValueSource(tree.place, plain_json(plain(tree))) for tree in set_by)
    variables = tuple(_variables(draft, set_by[-1], target)) if set_by else ()
    return FieldOrigin(name, value, sources, variables)


def _levels(draft: Draft) -> Iterator[Draft]:
    """The control in every baseline of the chain, the lowest first."""
    if draft.under is not None:
        yield from _levels(draft.under)
    yield draft


def _set_here(level: Draft, name: str) -> Iterator[TableEntry]:
    """What this level itself says of a field."""
    tree = level.tree if level.under is None else level.override.tree if level.override is not None else None
    if isinstance(tree, Table) and name in tree.entries:
        yield tree.entries[name]


def _variables(draft: Draft, tree: Tree, target: Target) -> Iterator[VariableSource]:
    """The variables of the templates in a value, each once."""
    used = dict.fromkeys(name for text in texts_in(tree) for name in variables_in(text))
    for name in used:
        if name != "target":
            yield VariableSource(name, tuple(_set_at(draft, name, target)))
    told = facts(target)
    for part in dict.fromkeys(part for text in texts_in(tree) for part in parts_in(text, "target")):
        value = told.get(part)
        place = target.set_at.get(part, target.set_at.get(""))
        sources = (ValueSource(Position(*place), plain_json(value)),) if place else ()
        yield VariableSource(f"target.{part}" if part else "target", sources)


def _set_at(draft: Draft, name: str, target: Target) -> Iterator[ValueSource]:
    last: Position | None = None
    for level in _levels(draft):
        place = level.set_at.get(name)
        if place is not None and place != last:
            yield ValueSource(place, plain_json(level.vars[name]))
            last = place
    if name in target.vars:
        yield ValueSource(_in_inventory(target.set_at, name), plain_json(target.vars[name]))


def _in_inventory(places: Mapping[str, tuple[str, int, int]], name: str) -> Position:
    return Position(*places.get(name, places.get("", ("the inventory", 0, 0))))
