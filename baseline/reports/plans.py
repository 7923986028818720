"""A plan as people review it: what would be done, then every changed line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.model import Action, FileChange, FileState, HandEdit, HostPlan
from baseline.model.consequences import Notice
from baseline.reports import Display, hiding
from baseline.reports.words import count, listed, one_line, visible

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
_ACTION_STYLES = {"create": "green", "change": "yellow", "delete": "red"}


def section(plan: HostPlan, view: Display, left_alone: Sequence[str] = ()) -> Iterator[RenderableType]:
    """What an apply would do to one host, in the order of its phases, and what it leaves to a person.

    `left_alone` are controls that are unknown, so that nothing was planned for them.
    """
    items = [*_items(plan), *_noticed(plan)]
    items += [("by hand", Text(f"{control}: {visible(advice)}")) for control, advice in plan.by_hand]
    items += [("left out", Text(f"{control}: {visible(reason)}")) for control, reason in plan.left_out]
    if left_alone:
        items.append(("unknown", Text(f"{listed(left_alone)}: left alone", style="magenta")))
    if not plan.empty:
        items.append(("digest", Text(plan.digest[:16], style="dim")))
    yield _phases(items or [("", Text("nothing to do"))])
    if view.diff:
        yield from details(plan, view)


def done(plan: HostPlan, view: Display) -> Iterator[RenderableType]:
    """What an apply did to one host."""
    yield _phases([*_items(plan, back=view.subject == "rollback")])
    if view.diff:
        yield from details(plan, view)


def way_back(plan: HostPlan, edits: Sequence[HandEdit], view: Display) -> Iterator[RenderableType]:
    """What a rollback would do to one host, line by line, and what becomes of edits by hand: to be asked about."""
    yield _phases([*_items(plan, back=True)] or [("", Text("nothing to do"))])
    yield from by_hand(edits)
    yield from details(plan, view)


def by_hand(edits: Sequence[HandEdit]) -> Iterator[RenderableType]:
    """What was changed by hand since the last apply, and what a rollback does about it."""
    for kept, becomes in ((False, "discarded"), (True, "kept")):
        told = [edit for edit in edits if edit.kept is kept]
        if told:
            heading = f"not as the last apply left it, and {becomes} by the rollback:"
            yield Padding(Text(heading, "bold"), (0, 0, 0, 2), expand=False)
            lines = (Text(f"{one_line(edit.path)}: {edit.told}", "" if kept else "yellow") for edit in told)
            yield from (Padding(line, (0, 0, 0, 4), expand=False) for line in lines)


def drift(edits: Sequence[HandEdit], view: Display) -> Iterator[RenderableType]:
    """Every line that is not as it was last applied."""
    for edit in edits:
        lines = diff(edit.change, private=view.private, labels=(" as applied", " now")) if edit.change else []
        if lines:
            yield Text()
            yield from (_diff_line(line, heading=number < 2) for number, line in enumerate(lines))


def _phases(items: Sequence[tuple[str, Text]]) -> RenderableType:
    if not items[0][0]:
        return Padding(items[0][1], (0, 0, 0, 2), expand=False)
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True, width=8)
    grid.add_column(overflow="fold")
    for label, what in items:
        grid.add_row(Text(label, style="dim"), what)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _items(plan: HostPlan, *, back: bool = False) -> Iterator[tuple[str, Text]]:
    """The phases; of a plan that leads `back` no control asks for a change."""
    for label, packages in (("install", plan.packages), ("upgrade", plan.upgrades)):
        if packages:
            yield label, Text(", ".join(map(one_line, packages))).append("  not undone by a rollback", "dim")
    for change in plan.files:
        line = Text(one_line(change.path)).append("" if back else f"  {_controls(change.controls)}", "dim")
        for note in attributes(change):
            line.append(f"\n{note}", "dim")
        yield change.action, _tinted(line, change)
    for action in plan.actions:
        yield "run", Text(one_line(action.name)).append("" if back else f"  {_controls(action.controls)}", "dim")
    if plan.reloads:
        yield "reload", Text(", ".join(map(one_line, plan.reloads)))
    for lost in plan.displaced:
        yield "displace", Text(visible(str(lost)), style="yellow").append(f"  {lost.control}", "dim")


def _noticed(plan: HostPlan) -> Iterator[tuple[str, Text]]:
    """Each planned control with its obligation and what users will notice; those with the same words as one.

    Nobody has to read why nothing is noticed: those come last, together.
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for one in sorted(plan.notices, key=_unnoticed):
        words = "nothing" if _unnoticed(one) else one.text
        alike.setdefault((one.obligation.value, words), []).append(one.control)
    for (obligation, text), controls in alike.items():
        yield "notice", Text(f"{', '.join(controls)} ").append(obligation, "dim").append(f": {visible(text)}")


def _unnoticed(one: Notice) -> bool:
    return one.text.startswith("Nothing")


def _tinted(line: Text, change: FileChange) -> Text:
    line.stylize(_ACTION_STYLES[change.action], 0, len(one_line(change.path)))
    return line


def _controls(names: Sequence[str]) -> str:
    return ", ".join(names) or "the record of what was applied"


def attributes(change: FileChange) -> list[str]:
    """Owner and mode in words: as they will be for a new file, as they change for one that stays."""
    before, after = change.before, change.after
    if change.action == "create":
        return [f"{after.owner}:{after.group} {after.mode:04o}"]
    if change.action == "delete":
        return []
    notes = []
    if (before.owner, before.group) != (after.owner, after.group):
        notes.append(f"owner {before.owner}:{before.group} becomes {after.owner}:{after.group}")
    if before.mode != after.mode:
        notes.append(f"mode {before.mode:04o} becomes {after.mode:04o}")
    return notes


def details(plan: HostPlan, view: Display) -> Iterator[RenderableType]:
    """Every changed line of every file, and every command with what undoes it.

    A change that no control asks for is this package's own record of digests: its lines are shown with `verbose` only.
    """
    for change in plan.files:
        lines = diff(change, private=view.private)
        if lines and (change.controls or view.verbose or view.subject == "rollback"):
            yield Text()
            yield from (_diff_line(line, heading=number < 2) for number, line in enumerate(lines))
    for action in plan.actions:
        yield Text()
        yield from _script(action)


def _diff_line(line: str, *, heading: bool) -> Text:
    style = "bold" if heading else _DIFF_STYLES.get(line[:1], "")
    return Text(line, style=style, no_wrap=True, overflow="ignore")


def _script(action: Action) -> Iterator[Text]:
    yield Text(f"run: {one_line(action.name)}", style="bold", no_wrap=True, overflow="ignore")
    for label, script in (("do", action.do), ("undo", action.undo)):
        for line in visible(script).splitlines():
            yield Text(f"{label:<4} | {line}", style="dim" if label == "undo" else "", no_wrap=True, overflow="ignore")


def diff(change: FileChange, *, private: bool = False, labels: tuple[str, str] = ("", "")) -> list[str]:
    """The unified diff of one file, three lines of context, without newlines at the ends; empty when text is equal.

    A last line without newline is marked as diff(1) marks it. Bytes that are no UTF-8 are shown as escapes. Of a file
    that not everybody may read only that it differs is told, unless `private`; of a secret nothing more in any case,
    and what looks like a password or a private key is hidden in every line. `labels` follow the names of the file.
    """
    hidden = change.hidden if change.secret or not private else ""
    if change.before.digest or change.after.digest:
        hidden = hidden or "the report does not hold it"
    if hidden:
        differs = change.before.sha256 != change.after.sha256
        return [f"{one_line(change.path)}: content is not shown: {hidden}"] if differs else []
    before, after = _lines(change.before), _lines(change.after)
    old, new = (
        "/dev/null" if state.absent else f"{one_line(change.path)}{label}"
        for state, label in zip((change.before, change.after), labels, strict=True)
    )
    found = difflib.unified_diff(before, after, old, new, lineterm="")
    keys = hiding.of_private_keys(before) | hiding.of_private_keys(after)
    shown = (line if number < 2 else _without_secrets(line, keys) for number, line in enumerate(found))
    return [part for line in shown for part in line.split("\n")]


def _without_secrets(line: str, keys: frozenset[str]) -> str:
    """A line of a diff, after its sign."""
    sign, text = line[:1], line[1:]
    return f"{sign}{hiding.HIDDEN if text in keys else hiding.hidden(text)}"


def _lines(state: FileState) -> list[str]:
    """The lines of a file; one without its newline carries the mark for that, so that it differs from one with."""
    text = visible((state.content or b"").decode("utf-8", "backslashreplace"))
    lines = text.split("\n")
    last = lines.pop()
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


def amount(plans: Sequence[HostPlan]) -> str:
    """One sentence on all plans of a run."""
    todo = [plan for plan in plans if not plan.empty]
    by_hand = sum(len(plan.by_hand) for plan in plans)
    left = f" Left to a person: {count(by_hand, 'finding')}." if by_hand else ""
    unasked = sum(len(plan.left_out) for plan in plans)
    left += f" Left out: {count(unasked, 'control')} that nobody asked for." if unasked else ""
    if not plans:
        return "No plan: no host could be asked."
    if not todo:
        what = "Nothing that a machine can do" if by_hand and not unasked else "Nothing to do"
        return f"{what} on {count(len(plans), 'host')}.{left}"
    parts = [
        count(number, noun)
        for noun, number in (
            ("package", sum(len(plan.packages) + len(plan.upgrades) for plan in todo)),
            ("file", sum(len(plan.files) for plan in todo)),
            ("command", sum(len(plan.actions) for plan in todo)),
            ("reload", sum(len(plan.reloads) for plan in todo)),
        )
        if number
    ]
    return f"To do on {len(todo)} of {count(len(plans), 'host')}: {', '.join(parts)}.{left}"
