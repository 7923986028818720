"""A control as it is written, and how it becomes a control for one host."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from baseline.classes import dataclass
from baseline.load.alike import frozen
from baseline.load.contradictions import Placed
from baseline.load.document import comes_with_the_package, named
from baseline.load.explain import explain
from baseline.load.rendering import Rendering, as_text, has_template, parts_in, rendered, variables_in
from baseline.load.tighten import loosened
from baseline.load.tree import Items, Leaf, Position, Table, TableEntry, Tree, ValuePath, located, plain
from baseline.own_template import OwnTemplate

if TYPE_CHECKING:
    from baseline.errors import InputError
    from baseline.kinds.base import Control
    from baseline.model import Target

Misfit = tuple[Position, str]

SAME_EVERYWHERE = ("id", "kind", "title", "clause", "obligation", "severity", "roles", "why", "sources", "tags")
"""Fields that say what a control is; they may not differ between hosts, so they hold no template."""


@dataclass(frozen=True)
class Draft:
    """One control of a baseline before its templates are rendered.

    `vars` are the variables of its own layer, `set_at` where they are set. `under` is the same control in the baseline
    that is extended, by which this one is measured, and `override` what this layer says of it. `ready` is the control
    itself, where no template makes it differ between hosts.
    """

    tree: Table
    kind: type[Control]
    vars: Mapping[str, Any]
    set_at: Mapping[str, Position] = field(default_factory=dict)
    under: Draft | None = None
    override: TableEntry | None = None
    ready: Control | None = None
    _made: dict[Hashable, Control] = field(default_factory=dict, init=False, compare=False, repr=False)
    """The controls that were made for hosts, by the variables that their templates use."""

    @property
    def id(self) -> str:
        """The control's id."""
        return self._text("id")

    @property
    def place(self) -> Position:
        """Where the control is written, or overridden: its id in the topmost file that names it."""
        if self.override is not None:
            return self.override.key
        return self.under.place if self.under is not None else _place_of(self.tree, "id")

    @property
    def title(self) -> str:
        """The title in English."""
        title = self.written().get("title", "")
        return str(title.get("en", "")) if isinstance(title, Mapping) else str(title)

    def written(self) -> dict[str, Any]:
        """The control as the file has it, templates included."""
        return dict(plain(self.tree))

    def clauses(self) -> tuple[str, ...]:
        """The clauses that it comes from."""
        return tuple(one for one in re.split(r"[,\s]+", self._text("clause")) if one)

    def formerly(self) -> tuple[str, ...]:
        """The ids that it had in earlier versions of the baseline."""
        given = self.written().get("formerly", ())
        return tuple(map(str, given)) if isinstance(given, list | tuple) else ()

    def labels(self) -> frozenset[str]:
        """All that a tag may name: tags, obligation, severity, kind, and each clause with the clauses around it."""
        written = self.written()
        own = {written[name] for name in ("obligation", "severity", "kind")}
        clauses = {
            clause[: end.start()] for clause in self.clauses() for end in re.finditer(r"(?<=.)(?=[.-]|$)", clause)
        }
        return frozenset({*written.get("tags", ()), *own, *clauses})

    def overridden(
        self, override: TableEntry | None, variables: Mapping[str, Any], set_at: Mapping[str, Position]
    ) -> Draft:
        """This control with the fields of an overlay in place of its own, under the overlay's variables."""
        fields = override.tree.entries if override is not None and isinstance(override.tree, Table) else {}
        tree = Table({**self.tree.entries, **fields}, self.tree.place)
        return Draft(tree, self.kind, variables, set_at, under=self, override=override)

    def prepared(self) -> tuple[Draft, tuple[Misfit, ...]]:
        """The draft with all that can be known of it without a host, and the mistakes found so."""
        control, faults = self._built({}, partial=True)
        alike = not has_template(self.tree) and (self.under is None or self.under.ready is not None)
        return replace(self, ready=control if alike else None), (*self._templates_out_of_place(), *faults)

    def placed(self, control: Control) -> Placed:
        """A control that was made from it, with the places that say so."""
        named = [name for name in _SAY_WHAT if name in self._own]
        return Placed(control, self.place, _place_of(self._own_table, named[0]) if named else self.place)

    def control_for(self, target: Target) -> tuple[Control | None, tuple[Misfit, ...]]:
        """The control for one host; None and the faults when it cannot be made."""
        if self.ready is not None:
            return self.ready, ()
        known = self._known(target)
        if known in self._made:
            return self._made[known], ()
        used = {name: target.vars[name] for name in self._used if name in target.vars}
        control = self._rendered({**used, "target": facts(target)})
        if control is not None:
            if known is not None:
                self._made[known] = control
            return control, ()
        # What is wrong is told with all variables in view, one of which may be meant.
        control, faults = self._built({**target.vars, "target": facts(target)}, partial=False)
        return control, tuple(self._of_the_user(fault, target) for fault in faults)

    def _rendered(self, above: Mapping[str, Any]) -> Control | None:
        """The control as `_built` makes it, when nothing at all is wrong: of the tree, only templates are rendered."""
        if self.under is not None:
            control, faults = self._built(above, partial=False)
            return None if faults else control
        rendering = Rendering()
        fixed, templates = self._parts
        values = {**self.vars, **above}
        made = {name: plain(rendered(tree, values, rendering, (name,))) for name, tree in templates.items()}
        if rendering.open or rendering.faults:
            return None
        try:
            return self.kind.model_validate({**fixed, **made})
        except ValidationError:
            return None

    @cached_property
    def _parts(self) -> tuple[dict[str, Any], dict[str, Tree]]:
        """The fields that hold no template, as plain values, and those that do."""
        entries = {name: entry.tree for name, entry in self.tree.entries.items()}
        templates = {name: tree for name, tree in entries.items() if has_template(tree)}
        return {name: plain(tree) for name, tree in entries.items() if name not in templates}, templates

    def _known(self, target: Target) -> Hashable:
        """All of a host that its templates depend on; None where that cannot be compared."""
        try:
            told = facts(target)
            return (
                *(frozen(target.vars[name]) if name in target.vars else None for name in self._used),
                *(frozen(told[name]) for name in self._used_facts),
            )
        except (TypeError, KeyError):
            return None

    @cached_property
    def _used(self) -> tuple[str, ...]:
        """The variables that its templates use, and those of the control that it is measured by."""
        below = self.under._used if self.under is not None else ()
        here = (name for text in texts_in(self.tree) for name in variables_in(text))
        return tuple(dict.fromkeys((*here, *below)))

    @cached_property
    def _used_facts(self) -> tuple[str, ...]:
        """What its templates use of `target`."""
        below = self.under._used_facts if self.under is not None else ()
        here = (name for text in texts_in(self.tree) for name in parts_in(text, "target"))
        return tuple(dict.fromkeys((*here, *below)))

    def unworkable(self, error: InputError, target: Target) -> Iterator[Misfit]:
        """What a template says that cannot be rendered for a host: in a file of one's own at its own line."""
        own = self.written().get("template")
        for problem in error.problems:
            if isinstance(own, OwnTemplate) and problem.file == own.file:
                yield Position(problem.file, problem.line, problem.column), problem.message
            else:
                fault = self.place, f"the wanted values cannot be worked out: {problem}"
                yield self._of_the_user(fault, target)

    def _of_the_user(self, fault: Misfit, target: Target) -> Misfit:
        """A fault that a host's variables bring out in a file of the package, where the inventory can mend it."""
        place, text = fault
        if "" not in target.set_at or not comes_with_the_package(place.file):
            return fault
        known = [name for name in self._variables_on(place) if name in target.set_at and name in target.vars]
        named = f" (through `{known[0]}`)" if known else ""
        return Position(*target.set_at[known[0] if known else ""]), f"{self.id}: {text}{named}"

    def _variables_on(self, place: Position) -> tuple[str, ...]:
        """The variables of the template that stands at a place."""
        leaves = (entry.tree for entry in self.tree.entries.values())
        return next(
            (variables_in(str(leaf.value)) for leaf in leaves if isinstance(leaf, Leaf) and leaf.place == place), ()
        )

    def _built(self, above: Mapping[str, Any], *, partial: bool) -> tuple[Control | None, tuple[Misfit, ...]]:
        """The control under variables that go over the draft's own.

        With `partial`, values that need a variable of a host are left unjudged, and the control is None.
        """
        rendering = Rendering()
        tree = rendered(self.tree, {**self.vars, **above}, rendering)
        faults = rendering.faults if partial else list(rendering.open.values())
        control, told = self._validated(tree, rendering.numbers)
        if control is None:
            judged = [fault for fault in told if not self._unjudged(rendering, fault[2])]
            faults += [self._placed(*fault, above) for fault in judged]
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

    def _placed(self, place: Position, text: str, path: ValuePath, above: Mapping[str, Any]) -> Misfit:
        """A fault where the one who wrote this layer can mend it.

        What fields are together is told at one of them that this layer sets. A value that comes from a variable is told
        where that is set, unless the variable is a host's.
        """
        if path:
            if self.under is None or path[0] in self._own:
                return place, text
            through = [name for name in self._variables_at(path) if name in self.set_at and name not in above]
            return (self.set_at[through[0]], f"{text} (through `{through[0]}`)") if through else (place, text)
        named = [name for name in self.kind.model_fields if re.search(rf"\b{name}\b", text)]
        written = [name for name in named if name in self._own]
        at = _place_of(self._own_table, written[0]) if written else self.place
        elsewhere = [name for name in named if name not in self._own and re.search(rf"\b{name} \(", text)]
        return at, f"{text}{self._from_elsewhere(elsewhere)}"

    def _from_elsewhere(self, names: list[str]) -> str:
        """What to do about fields that are part of a fault, and that this layer does not set."""
        hints = [
            f"`{name}` is that of the extended baseline: override it as well"
            if self.under is not None and name in self.tree.entries
            else f"`{name}` is not set here, so its default counts: set it as well"
            for name in names
        ]
        return "".join(f"; {hint}" for hint in hints)

    @property
    def _own_table(self) -> Table:
        override = self.override.tree if self.override is not None else None
        return override if isinstance(override, Table) else self.tree

    @property
    def _own(self) -> Set[str]:
        """The fields that this layer sets."""
        return self._own_table.entries.keys() if self.under is None or self.override is not None else frozenset()

    def _variables_at(self, path: ValuePath) -> tuple[str, ...]:
        """The variables in the template at a path."""
        steps = list(located(self.tree, path))
        leaf = steps[-1][2] if steps else None
        return variables_in(leaf.value) if isinstance(leaf, Leaf) and isinstance(leaf.value, str) else ()

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
            at = self.place if through else _place_of(self.tree, name)
            used = [one for one in self._variables_at((name,)) if one in self.set_at]
            before = self.under._set_before(name)
            yield self.set_at[used[0]] if through and used else at, f"{message}{through}; {before}"

    def _set_before(self, name: str) -> str:
        """Where the value of a field is set that a layer above goes over, in words."""
        tree = self.tree.get(name)
        if tree is None:
            return "before, it had the default of its kind"
        used = [f", `{one}` at {named(self.set_at[one])}" for one in self._variables_at((name,)) if one in self.set_at]
        return f"set before at {named(tree.place)}{''.join(used)}"

    def _templates_out_of_place(self) -> Iterator[Misfit]:
        for name in SAME_EVERYWHERE:
            value = self.tree.get(name)
            if value is not None and has_template(value):
                yield value.place, f"`{name}` may not hold a template: it is the same on every host"

    def _text(self, name: str) -> str:
        return str(self.written().get(name, ""))


_SAY_WHAT = ("value", "content", "template", "absent", "masked", "running", "enabled", "runs", "mode", "name", "unit")
"""Fields that say what is wanted of a setting, the ones that say most first."""


def texts_in(tree: Tree) -> Iterator[str]:
    """All texts in a tree."""
    if isinstance(tree, Leaf):
        yield from [tree.value] if isinstance(tree.value, str) else []
        return
    for inner in tree.nodes if isinstance(tree, Items) else (entry.tree for entry in tree.entries.values()):
        yield from texts_in(inner)


def facts(target: Target) -> Mapping[str, Any]:
    """What templates see as `target`: the host as the inventory has it."""
    return _Facts(target)


_FACTS: Mapping[str, Callable[[Target], Any]] = {
    "name": lambda target: target.name,
    "address": lambda target: target.address,
    "roles": lambda target: sorted(target.roles),
    "groups": lambda target: list(target.groups),
    "domains": lambda target: list(target.domains),
    "resolvers": lambda target: list(target.resolvers),
    "site": lambda target: target.site,
}


class _Facts(Mapping[str, Any]):
    """Facts of a host, each of which is read when it is asked for."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def __getitem__(self, name: str) -> Any:
        return _FACTS[name](self._target)

    def __iter__(self) -> Iterator[str]:
        return iter(_FACTS)

    def __len__(self) -> int:
        return len(_FACTS)


def _place_of(tree: Table, name: str) -> Position:
    return (tree.get(name) or tree).place
