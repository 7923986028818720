"""Baselines: loading, choosing from them, and making their controls for a host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baseline import extensions
from baseline.binding import plain as plain_json
from baseline.classes import dataclass
from baseline.errors import CannotTell, InputError, NothingToJudge, UserError
from baseline.kinds import by_whom, kind_named, known_names
from baseline.kinds.base import Control, Titles, asked
from baseline.load import yaml
from baseline.load.alike import OWN, Likeness, Question
from baseline.load.contradictions import contradictions
from baseline.load.document import Instrument, Layer, comes_with_the_package, digest, layers, shipped_paths
from baseline.load.draft import Draft, Misfit
from baseline.load.explain import table
from baseline.load.own_templates import with_own_template
from baseline.load.selection import Selection
from baseline.load.tree import Items, Position, Problems, Table, TableEntry, Tree, nearest, plain
from baseline.model import ROLES, Target
from baseline.own_template import OwnTemplate
from baseline.subjects import subjects_apart

if TYPE_CHECKING:
    from baseline.model import About, Brought, Whole

_FOR_PEOPLE = ("title", "why", "fix", "sources", "tags", "formerly")


@dataclass(frozen=True)
class Baseline:
    """A named, versioned list of controls.

    `sha256` is the digest of the file, or of the digests of all files when it extends others or has templates of its
    own; it tells which rules a run was judged by. `files` are those of the chain, the extended one first. `clauses` are
    the words of the mandate by the names of its clauses, those of extended baselines included. `whole` tells what it
    was chosen from, where it has some of its controls only.
    """

    name: str
    version: str
    title: Titles
    source: Instrument | None
    sha256: str
    files: tuple[str, ...]
    drafts: tuple[Draft, ...]
    clauses: Mapping[str, Titles] = field(default_factory=dict)
    whole: Whole | None = None
    brought: Mapping[str, Brought] = field(default_factory=dict, compare=False)
    """Modules by name and files by path that extensions brought, as far as this process had loaded any."""

    @property
    def control_ids(self) -> tuple[str, ...]:
        """The ids of all controls, in the order of the file."""
        return tuple(draft.id for draft in self.drafts)

    @property
    def renamed(self) -> dict[str, str]:
        """The ids that controls had in earlier versions, and what they are called now."""
        return {old: draft.id for draft in self.drafts for old in draft.formerly()}

    @property
    def given(self) -> str:
        """What it is loaded by: its name where it is shipped, else the absolute path of its file."""
        path = Path(self.files[-1]).absolute()
        return next((name for name, file in shipped_paths().items() if file == path), str(path))

    @property
    def extensions(self) -> tuple[Brought, ...]:
        """Who brought its kinds, templates and files, where that is not this package, in the order of names."""
        modules = {draft.kind.__module__ for draft in self.drafts}
        templates = (draft.written().get("template") for draft in self.drafts)
        files = {one.file for one in templates if isinstance(one, OwnTemplate)}
        modules = {draft.kind.__module__ for draft in self.drafts}
        used = {self.brought[one] for one in (*modules, *files, *self.files) if one in self.brought}
        return tuple(sorted(used, key=str))

    def titles_in(self, code: str) -> dict[str, str]:
        """The titles of controls in another language: by the English ones, as far as the files have them."""
        titles = [draft.written().get("title") for draft in self.drafts]
        return {str(one["en"]): str(one[code]) for one in titles if isinstance(one, Mapping) and one.get(code)}

    def written(self) -> dict[str, dict[str, Any]]:
        """Each control as its file writes it, templates included, without what is only for people to read."""
        return {
            draft.id: {name: plain_json(value) for name, value in draft.written().items() if name not in _FOR_PEOPLE}
            for draft in self.drafts
        }

    def variables(self) -> dict[str, Any]:
        """The variables of the baseline that its controls are rendered with unless an inventory sets them."""
        return {name: plain_json(value) for draft in self.drafts for name, value in draft.vars.items()}

    def controls_for(self, target: Target) -> tuple[Control, ...]:
        """All controls for one host, in the order of the file, whatever their roles.

        Raises `InputError` with every mistake that only this host's variables bring out.
        """
        made = [draft.control_for(target) for draft in self.drafts]
        problems = Problems()
        for place, text in (fault for _, faults in made for fault in faults):
            problems.add(place, f"for host {target.name}: {text}")
        problems.raise_any()
        return tuple(control for control, _ in made if control is not None)

    def validate_all(self, targets: Iterable[Target]) -> None:
        """Make every control for every host, and work out what is wanted of the hosts and of their domains and sites.

        Raises `InputError` with all mistakes, each once with its hosts.
        """
        targets = tuple(targets)
        hosts: dict[Misfit, list[str]] = {}
        alike = Likeness(self._questions(), OWN | {"speaks_for"})
        for target in targets:
            if alike.all_well(target):
                continue
            for fault in self._faults(target):
                hosts.setdefault(fault, []).append(target.name)
        problems = Problems()
        for (place, text), names in hosts.items():
            problems.add(place, f"for {_hosts(names)}: {text}")
        by_about: dict[About, Likeness] = {}
        for subject in subjects_apart(targets):
            about = subject.speaks_for[0].about
            if about not in by_about:
                drafts = [draft for draft in self.drafts if draft.kind.about == about]
                by_about[about] = Likeness([partial(_is_workable, draft) for draft in drafts], OWN | {"speaks_for"})
            if by_about[about].all_well(subject):
                continue
            # Their variables are those of a host, so that the controls themselves were judged with it.
            for place, text in self._unworkable(subject):
                problems.add(place, f"for {about} {subject.name}: {text}")
        problems.raise_any()

    def only(
        self,
        tags: Sequence[str] = (),
        controls: Sequence[str] = (),
        skip: Sequence[str] = (),
        skip_tags: Sequence[str] = (),
    ) -> Baseline:
        """The same baseline with fewer controls: those of any of `tags` and, when both are given, of `controls`.

        `controls` are ids and globs (`MEL-Q-*`), or what is left out (`!MEL-D-13`). `skip` are ids, globs and tags to
        leave out, `skip_tags` tags. An id that a control had formerly stands for the one that it has now. A tag is one
        of the control's tags, its clause or the beginning of one (`f.i` for `f.i-1`), obligation, severity or kind.
        Raises `NothingMatched` naming each part that selects nothing.
        """
        selection = Selection(tuple(tags), tuple(controls), tuple(skip), tuple(skip_tags))
        if selection.everything:
            return self
        labelled = {draft.id: draft.labels() for draft in self.drafts}
        kept = selection.now_called(self.renamed).of(self.name, labelled)
        chosen = tuple(draft for draft in self.drafts if draft.id in kept)
        if len(chosen) == len(self.drafts):
            return self
        return replace(self, drafts=chosen, whole=self.whole or self._counted())

    def _counted(self) -> Whole:
        from baseline.model import Whole

        clauses = Counter(clause for draft in self.drafts for clause in draft.clauses())
        return Whole(len(self.drafts), dict(sorted(clauses.items())))

    def to_dict(self) -> dict[str, Any]:
        """The baseline as JSON carries it; controls as their files write them, templates included."""
        return {
            "name": self.name,
            "version": self.version,
            "title": self.title.model_dump(),
            "source": self.source.model_dump() if self.source else None,
            "sha256": self.sha256,
            "files": list(self.files),
            "controls": [draft.written() for draft in self.drafts],
        }

    def _questions(self) -> list[Question]:
        """What has to be true of every host, so that no fault is to be told of it."""
        questions: list[Question] = []
        for draft in self.drafts:
            questions += [partial(_is_made, draft), partial(_is_workable, draft)]
        return questions if self._of_the_package else [*questions, lambda target: not any(self._contradicted(target))]

    @cached_property
    def _of_the_package(self) -> bool:
        return all(map(comes_with_the_package, self.files))

    def _faults(self, target: Target) -> Iterator[Misfit]:
        for draft in self.drafts:
            yield from draft.control_for(target)[1]
        if not self._of_the_package:
            yield from self._contradicted(target)
        yield from self._unworkable(target)

    def _contradicted(self, target: Target) -> Iterator[Misfit]:
        made = [(draft, draft.control_for(target)[0]) for draft in self.drafts]
        return contradictions([draft.placed(one) for draft, one in made if one is not None], target)

    def _unworkable(self, target: Target) -> Iterator[Misfit]:
        for draft in self.drafts:
            yield from _unworkable(draft, target)


def _is_made(draft: Draft, target: Target) -> bool:
    return not draft.control_for(target)[1]


def _is_workable(draft: Draft, target: Target) -> bool:
    return not any(_unworkable(draft, target))


def _unworkable(draft: Draft, target: Target) -> Iterator[Misfit]:
    """Where it cannot be worked out what is wanted: it may come from a template of the package."""
    about = draft.kind.about
    if about != "host" and all(subject.about != about for subject in target.speaks_for):
        return
    control, _ = draft.control_for(target)
    for one in asked([control] if control else [], target):
        try:
            one.expected(one.asked_of(target))
        except InputError as error:
            yield from draft.unworkable(error, target)
        except UserError as error:
            yield draft.place, f"the wanted values cannot be worked out: {error}"
        except (CannotTell, NothingToJudge):
            # No mistake of a file: the finding of a check says so.
            continue
        except (Exception, SystemExit):
            # Of a kind of others as well: `unknown`, with its maker's name.
            if not by_whom(one):
                raise


def shipped() -> dict[str, Titles]:
    """Name -> title of every baseline that comes with the package, in the order of names."""
    titles = {}
    for name, path in shipped_paths().items():
        problems = Problems()
        tree = yaml.read(path, problems)
        problems.raise_any()
        title = tree.get("title") if isinstance(tree, Table) else None
        titles[name] = Titles.model_validate(None if title is None else plain(title))
    return titles


def load_baseline(name_or_path: str | Path) -> Baseline:
    """The baseline of a shipped name (`mampu-2007`) or of a file (`./ours.yml`).

    Raises `InputError` with every mistake of the file and of those it extends, at file:line:column. What only
    a host's variables bring out is found by `controls_for` and `validate_all`.
    """
    problems = Problems()
    chain = layers(name_or_path, problems)
    drafts: dict[str, Draft] = {}
    variables: dict[str, Any] = {}
    set_at: dict[str, Position] = {}
    for layer in chain:
        variables, set_at = {**variables, **layer.vars}, {**set_at, **layer.set_at}
        drafts = _stacked(drafts, layer, variables, set_at, problems)
    _note_former_names(drafts, problems)
    if not all(comes_with_the_package(str(layer.path)) for layer in chain):
        _note_contradictions(drafts.values(), problems)
    brought = _brought(problems)
    problems.raise_any()
    heads = [layer.document for layer in reversed(chain) if layer.document]
    title = next(head.title for head in heads if head.title)
    source = next((head.source for head in heads if head.source), None)
    clauses = {name: words for head in reversed(heads) if head.source for name, words in head.source.clauses.items()}
    files = tuple(str(layer.path) for layer in chain)
    made = tuple(drafts.values())
    return Baseline(
        heads[0].baseline,
        heads[0].version,
        title,
        source,
        digest(chain, _own_templates(made)),
        files,
        made,
        clauses,
        brought=brought,
    )


def _brought(problems: Problems) -> Mapping[str, Brought]:
    """What extensions brought that this process knows of, and whose rows of programs are right."""
    known = extensions.in_play()
    if not known:
        return known
    from baseline import programs

    try:
        programs.brought()
    except UserError as error:
        problems.add(Position("extensions"), str(error))
    return known


def _note_former_names(drafts: Mapping[str, Draft], problems: Problems) -> None:
    """Note former ids that are in use, or are those of two controls: nobody could tell whom they name."""
    taken: dict[str, str] = {}
    for draft in drafts.values():
        for old in draft.formerly():
            if old in drafts:
                problems.add(draft.place, f"{draft.id} was formerly {old}, which is the id of a control still")
            elif taken.setdefault(old, draft.id) != draft.id:
                problems.add(draft.place, f"{draft.id} was formerly {old}, and so was {taken[old]}: only one can be it")


def _note_contradictions(drafts: Iterable[Draft], problems: Problems) -> None:
    """Note the controls that contradict each other whatever the host, among those that hosts of one role share."""
    anywhere = Target("", "host", roles=frozenset(ROLES))
    ready = [draft.placed(draft.ready) for draft in drafts if draft.ready is not None]
    for place, text in contradictions(ready, anywhere, share_roles=True):
        problems.add(place, text)


def _own_templates(drafts: Iterable[Draft]) -> list[str]:
    """The digests of the templates in files of one's own, in the order of the controls."""
    named = (draft.written().get("template") for draft in drafts)
    return [name.sha256 for name in named if isinstance(name, OwnTemplate)]


def _stacked(
    below: Mapping[str, Draft],
    layer: Layer,
    variables: Mapping[str, Any],
    set_at: Mapping[str, Position],
    problems: Problems,
) -> dict[str, Draft]:
    """The controls of a layer over those of the baseline that it extends, in the order of the files."""
    stack = dict(below)
    written = layer.tree.get("overrides")
    now = {old: draft.id for draft in below.values() for old in draft.formerly()}
    given = written.entries if isinstance(written, Table) else {}
    overrides = {now.get(name, name): one for name, one in given.items()}
    for name in overrides.keys() - below.keys() if below else ():
        problems.add(overrides[name].key, f"there is no control {name} to override: {nearest(name, below)}")
    for name, draft in below.items():
        if name in overrides or layer.vars:
            override = _fields(overrides[name], layer, problems) if name in overrides else None
            stack[name] = _prepared(draft.overridden(override, variables, set_at), problems)
    listed = layer.tree.get("controls")
    for tree in listed.nodes if isinstance(listed, Items) else ():
        made = _draft(tree, layer, variables, set_at, problems)
        if made is None or not made.id:
            continue
        first = stack.setdefault(made.id, made)
        if first is not made:
            twice = f"control {first.id} is given twice: first at {first.place}"
            instead = "change it under `overrides`, or choose another id"
            problems.add(made.place, f"{twice}; {instead}" if made.id in below else twice)
    return stack


def _fields(override: TableEntry, layer: Layer, problems: Problems) -> TableEntry | None:
    fields = table(override.tree, "an override", problems)
    if fields is None:
        return None
    for name in ("id", "kind"):
        if name in fields.entries:
            problems.add(
                fields.entries[name].key, f"`{name}` cannot be overridden: add a control of another id instead"
            )
    entries = {key: entry for key, entry in fields.entries.items() if key not in ("id", "kind")}
    return TableEntry(override.key, with_own_template(Table(entries, fields.place), layer.path.parent, problems))


def _draft(
    tree: Tree, layer: Layer, variables: Mapping[str, Any], set_at: Mapping[str, Position], problems: Problems
) -> Draft | None:
    control = table(tree, "a control", problems)
    if control is None:
        return None
    kind = control.get("kind")
    if kind is None:
        problems.add(control.place, f"`kind` is missing: {nearest('', known_names())}")
        return None
    try:
        known = kind_named(str(plain(kind)))
    except UserError as error:
        problems.add(kind.place, str(error))
        return None
    if known is None:
        problems.add(kind.place, f"there is no kind `{plain(kind)}`: {nearest(str(plain(kind)), known_names())}")
        return None
    control = with_own_template(control, layer.path.parent, problems) if "template" in known.model_fields else control
    return _prepared(Draft(control, known, variables, set_at), problems)


def _prepared(draft: Draft, problems: Problems) -> Draft:
    prepared, faults = draft.prepared()
    for place, text in faults:
        problems.add(place, text)
    return prepared


def _hosts(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"host{'s' if len(names) > 1 else ''} {shown}{more}"
