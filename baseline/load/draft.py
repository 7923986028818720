"""A control as it is written, and how it becomes a control for one host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from baseline.kinds.base import Control
from baseline.load.explain import explain
from baseline.load.rendering import Rendering, as_text, has_template, rendered
from baseline.load.tighten import loosened
from baseline.load.tree import Position, Table, Tree, ValuePath, located, plain
from baseline.model import Target

Misfit = tuple[Position, str]

SAME_EVERYWHERE = ("id", "kind", "title", "clause", "obligation", "severity", "roles", "why", "sources", "tags")
"""Fields that say what a control is; they may not differ between hosts, so they hold no template."""


@dataclass(frozen=True)
class Draft:
    """One control of a baseline before its templates are rendered.

    `vars` are the variables of its own layer. `under` is the same control in the baseline that is extended, by
    which this one is measured. `ready` is the control itself, where no template makes it differ between hosts.
    """

    tree: Table
    kind: type[Control]
    vars: Mapping[str, Any]
    under: Draft | None = None
    ready: Control | None = None

    @property
    def id(self) -> str:
        """The control's id."""
        return self._text("id")

    @property
    def place(self) -> Position:
        """Where the id stands."""
        return _place_of(self.tree, "id")

    def written(self) -> dict[str, Any]:
        """The control as the file has it, templates included."""
        return dict(plain(self.tree))

    def clauses(self) -> tuple[str, ...]:
        """The clauses that it comes from."""
        return tuple(one for one in re.split(r"[,\s]+", self._text("clause")) if one)

    def labels(self) -> frozenset[str]:
        """All that a tag may name: tags, obligation, severity, kind, and each clause with the clauses around it."""
        written = self.written()
        own = {written[name] for name in ("obligation", "severity", "kind")}
        clauses = {
            clause[: end.start()] for clause in self.clauses() for end in re.finditer(r"(?<=.)(?=[.-]|$)", clause)
        }
        return frozenset({*written.get("tags", ()), *own, *clauses})

    def overridden(self, override: Table, variables: Mapping[str, Any]) -> Draft:
        """This control with the fields of an overlay in place of its own, under the overlay's variables."""
        tree = Table({**self.tree.entries, **override.entries}, self.tree.place)
        return Draft(tree, self.kind, variables, under=self)

    def prepared(self) -> tuple[Draft, tuple[Misfit, ...]]:
        """The draft with all that can be known of it without a host, and the mistakes found so."""
        control, faults = self._built({}, partial=True)
        alike = not has_template(self.tree) and (self.under is None or self.under.ready is not None)
        return replace(self, ready=control if alike else None), (*self._templates_out_of_place(), *faults)

    def control_for(self, target: Target) -> tuple[Control | None, tuple[Misfit, ...]]:
        """The control for one host; None and the faults when it cannot be made."""
        if self.ready is not None:
            return self.ready, ()
        return self._built({**target.vars, "target": facts(target)}, partial=False)

    def _built(self, above: Mapping[str, Any], *, partial: bool) -> tuple[Control | None, tuple[Misfit, ...]]:
        """The control under variables that go over the draft's own.

        With `partial`, values that need a variable of a host are left unjudged, and the control is None.
        """
        rendering = Rendering()
        tree = rendered(self.tree, {**self.vars, **above}, rendering)
        faults = rendering.faults if partial else list(rendering.open.values())
        control, told = self._validated(tree, rendering.numbers)
        if control is None:
            faults += [(place, text) for place, text, path in told if not self._unjudged(rendering, path)]
            return None, tuple(faults)
        if rendering.open:
            return None, tuple(faults)
        return control, tuple(self._loosened(control, above, partial=partial))

    def _validated(
        self, tree: Tree, numbers: Set[ValuePath]
    ) -> tuple[Control | None, list[tuple[Position, str, ValuePath]]]:
        """The control, or what is wrong. Numbers that templates gave count as text where text is wanted."""
        try:
            return self.kind.model_validate(plain(tree)), []
        except ValidationError as error:
            wanted = [detail["loc"] for detail in error.errors() if detail["type"] == "string_type"]
            paths = numbers & {tuple(step for step, _, _ in located(tree, loc)) for loc in wanted}
            if paths:
                return self._validated(as_text(tree, paths), numbers - paths)
            return None, list(explain(error, tree, self.kind))

    @staticmethod
    def _unjudged(rendering: Rendering, path: ValuePath) -> bool:
        return rendering.spoiled(path) or (not path and bool(rendering.open))

    def _loosened(self, control: Control, above: Mapping[str, Any], *, partial: bool) -> Iterator[Misfit]:
        """What this layer of an overlay, its variables included, loosens."""
        if self.under is None:
            return
        lower, faults = (self.under.ready, ()) if self.under.ready else self.under._built(above, partial=partial)
        if lower is None:
            # Without a host that is no fault yet; with one, nobody could say that the overlay does not loosen.
            for _, text in () if partial else faults:
                yield self.place, f"{self.id} cannot be measured by the baseline that is extended: {text}"
            return
        for name, message in loosened(lower, control):
            through = " (through `vars` of the overlay)" if self.tree.get(name) is self.under.tree.get(name) else ""
            yield _place_of(self.tree, name), f"{message}{through}"

    def _templates_out_of_place(self) -> Iterator[Misfit]:
        for name in SAME_EVERYWHERE:
            value = self.tree.get(name)
            if value is not None and has_template(value):
                yield value.place, f"`{name}` may not hold a template: it is the same on every host"

    def _text(self, name: str) -> str:
        return str(self.written().get(name, ""))


def facts(target: Target) -> dict[str, Any]:
    """What templates see as `target`: the host as the inventory has it."""
    return {
        "name": target.name,
        "address": target.address,
        "roles": sorted(target.roles),
        "groups": list(target.groups),
        "domains": list(target.domains),
        "resolvers": list(target.resolvers),
        "site": target.site,
    }


def _place_of(tree: Table, name: str) -> Position:
    return (tree.get(name) or tree).place
