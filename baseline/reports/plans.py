"""A plan as people review it: what would be done, then every changed line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.languages import ENGLISH, Language, term
from baseline.model import Action, FileChange, FileState, Finding, HandEdit, HostPlan, Obligation
from baseline.model.consequences import Notice
from baseline.reports import Display, hiding
from baseline.reports.words import OBLIGATIONS, one_line, visible

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
_ACTION_STYLES = {"create": "green", "change": "yellow", "delete": "red"}
_ACTIONS = {"create": term("create"), "change": term("change"), "delete": term("delete")}
_LABEL = 8
"""Columns of the words before what is planned, at least."""


def section(plan: HostPlan, view: Display, left_alone: Sequence[Finding] = ()) -> Iterator[RenderableType]:
    """What an apply would do to one host, in the order of its phases, and what it leaves to a person.

    `left_alone` are findings that are unknown, so that nothing was planned for them.
    """
    language = view.language
    items = [*_items(plan, language), *_noticed(plan, language)]
    for label, told in ((language.say("by hand"), plan.by_hand), (language.say("left out"), plan.left_out)):
        items += [(label, Text(f"{control}: {visible(language.tell(why))}")) for control, why in told]
    for why, alike in _by_reason(left_alone).items():
        alone = language.say(
            "{controls}: left alone: {why}", controls=language.all_of(alike), why=visible(language.tell(why))
        )
        items.append((language.say("unknown"), Text(alone, style="magenta")))
    if not plan.empty:
        items.append((language.say("digest"), Text(plan.digest[:16], style="dim")))
    yield _phases(items or _nothing(language))
    if view.diff:
        yield from details(plan, view)


def _by_reason(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """Reason -> the controls that have it, so that it is said once."""
    found: dict[str, list[str]] = {}
    for one in findings:
        found.setdefault(one.reason, []).append(one.control)
    return found


def done(plan: HostPlan, view: Display) -> Iterator[RenderableType]:
    """What an apply did to one host."""
    yield _phases([*_items(plan, view.language, back=view.subject == "rollback")])
    if view.diff:
        yield from details(plan, view)


def way_back(plan: HostPlan, edits: Sequence[HandEdit], view: Display) -> Iterator[RenderableType]:
    """What a rollback would do to one host, line by line, and what becomes of edits by hand: to be asked about."""
    yield _phases([*_items(plan, view.language, back=True)] or _nothing(view.language))
    yield from by_hand(edits, view.language)
    yield from details(plan, view)


def by_hand(edits: Sequence[HandEdit], language: Language = ENGLISH) -> Iterator[RenderableType]:
    """What was changed by hand since the last apply, and what a rollback does about it."""
    headings = (
        (False, term("not as the last apply left it, and discarded by the rollback:")),
        (True, term("not as the last apply left it, and kept by the rollback:")),
    )
    for kept, heading in headings:
        told = [edit for edit in edits if edit.kept is kept]
        if told:
            yield Padding(Text(language.say(heading), "bold"), (0, 0, 0, 2), expand=False)
            said = (f"{one_line(edit.path)}: {language.tell(edit.told)}" for edit in told)
            lines = (Text(line, "" if kept else "yellow") for line in said)
            yield from (Padding(line, (0, 0, 0, 4), expand=False) for line in lines)


def drift(edits: Sequence[HandEdit], view: Display) -> Iterator[RenderableType]:
    """Every line that is not as it was last applied."""
    for edit in edits:
        labels = (view.language.say(" as applied"), view.language.say(" now"))
        lines = _shown(edit.change, view, labels) if edit.change else []
        if lines:
            yield Text()
            yield from (_diff_line(line, heading=number < 2) for number, line in enumerate(lines))


def _nothing(language: Language) -> list[tuple[str, Text]]:
    return [("", Text(language.say("nothing to do")))]


def _phases(items: Sequence[tuple[str, Text]]) -> RenderableType:
    if not items[0][0]:
        return Padding(items[0][1], (0, 0, 0, 2), expand=False)
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True, width=max(_LABEL, *(cell_len(label) for label, _ in items)))
    grid.add_column(overflow="fold")
    for label, what in items:
        grid.add_row(Text(label, style="dim"), what)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _items(plan: HostPlan, language: Language, *, back: bool = False) -> Iterator[tuple[str, Text]]:
    """The phases; of a plan that leads `back` no control asks for a change."""
    stays = language.say("not undone by a rollback")
    for label, packages in ((language.say("install"), plan.packages), (language.say("upgrade"), plan.upgrades)):
        if packages:
            yield label, Text(", ".join(map(one_line, packages))).append(f"  {stays}", "dim")
    for change in plan.files:
        line = Text(one_line(change.path)).append("" if back else f"  {_controls(change.controls, language)}", "dim")
        for note in attributes(change, language):
            line.append(f"\n{note}", "dim")
        yield language.say(_ACTIONS[change.action]), _tinted(line, change)
    for action in plan.actions:
        by = "" if back else f"  {_controls(action.controls, language)}"
        yield language.say("run"), Text(one_line(language.tell(action.name))).append(by, "dim")
    if plan.reloads:
        yield language.say("reload"), Text(", ".join(map(one_line, plan.reloads)))
    for lost in plan.displaced:
        what = visible(language.tell(str(lost)))
        yield language.say("displace"), Text(what, style="yellow").append(f"  {lost.control}", "dim")


def _noticed(plan: HostPlan, language: Language) -> Iterator[tuple[str, Text]]:
    """Each planned control with its obligation and what users will notice; those with the same words as one.

    Nobody has to read why nothing is noticed: those come last, together.
    """
    alike: dict[tuple[Obligation, str], list[str]] = {}
    for one in sorted(plan.notices, key=_unnoticed):
        words = language.say("nothing") if _unnoticed(one) else language.tell(one.text)
        alike.setdefault((one.obligation, words), []).append(one.control)
    for (obligation, text), controls in alike.items():
        by = language.say(OBLIGATIONS[obligation])
        yield language.say("notice"), Text(f"{', '.join(controls)} ").append(by, "dim").append(f": {visible(text)}")


def _unnoticed(one: Notice) -> bool:
    return one.text.startswith("Nothing")


def _tinted(line: Text, change: FileChange) -> Text:
    line.stylize(_ACTION_STYLES[change.action], 0, len(one_line(change.path)))
    return line


def _controls(names: Sequence[str], language: Language) -> str:
    return ", ".join(names) or language.say("the record of what was applied")


def attributes(change: FileChange, language: Language = ENGLISH) -> list[str]:
    """Owner and mode in words: as they will be for a new file, as they change for one that stays."""
    before, after = change.before, change.after
    if change.action == "create":
        return [f"{after.owner}:{after.group} {after.mode:04o}"]
    if change.action == "delete":
        return []
    notes = []
    if (before.owner, before.group) != (after.owner, after.group):
        old, new = f"{before.owner}:{before.group}", f"{after.owner}:{after.group}"
        notes.append(language.say("owner {before} becomes {after}", before=old, after=new))
    if before.mode != after.mode:
        old, new = f"{before.mode:04o}", f"{after.mode:04o}"
        notes.append(language.say("mode {before} becomes {after}", before=old, after=new))
    return notes


def details(plan: HostPlan, view: Display) -> Iterator[RenderableType]:
    """Every changed line of every file, and every command with what undoes it.

    A change that no control asks for is this package's own record of digests: its lines are shown with `verbose` only.
    """
    for change in plan.files:
        lines = _shown(change, view)
        if lines and (change.controls or view.verbose or view.subject == "rollback"):
            yield Text()
            yield from (_diff_line(line, heading=number < 2) for number, line in enumerate(lines))
    for action in plan.actions:
        yield Text()
        yield from _script(action, view.language)


def _diff_line(line: str, *, heading: bool) -> Text:
    style = "bold" if heading else _DIFF_STYLES.get(line[:1], "")
    return Text(line, style=style, no_wrap=True, overflow="ignore")


def _script(action: Action, language: Language) -> Iterator[Text]:
    heading = language.say("run: {what}", what=one_line(language.tell(action.name)))
    yield Text(heading, style="bold", no_wrap=True, overflow="ignore")
    for label, script in (("do", action.do), ("undo", action.undo)):
        for line in visible(script).splitlines():
            yield Text(f"{label:<4} | {line}", style="dim" if label == "undo" else "", no_wrap=True, overflow="ignore")


def _shown(change: FileChange, view: Display, labels: tuple[str, str] = ("", "")) -> list[str]:
    return diff(change, private=view.private, labels=labels, language=view.language)


def diff(
    change: FileChange, *, private: bool = False, labels: tuple[str, str] = ("", ""), language: Language = ENGLISH
) -> list[str]:
    """The unified diff of one file, three lines of context, without newlines at the ends; empty when text is equal.

    A last line without newline is marked as diff(1) marks it. Bytes that are no UTF-8 are shown as escapes. Of a file
    that not everybody may read only that it differs is told, unless `private`; of a secret nothing more in any case,
    and what looks like a password or a private key is hidden in every line. `labels` follow the names of the file.
    """
    hidden = change.hidden if change.secret or not private else ""
    if change.before.digest or change.after.digest:
        hidden = hidden or term("the report does not hold it")
    if hidden:
        differs = change.before.sha256 != change.after.sha256
        why = language.tell(hidden)
        told = language.say("{path}: content is not shown: {why}", path=one_line(change.path), why=why)
        return [told] if differs else []
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


def amount(plans: Sequence[HostPlan], language: Language = ENGLISH) -> str:
    """One sentence on all plans of a run."""
    by_hand = sum(len(plan.by_hand) for plan in plans)
    unasked = sum(len(plan.left_out) for plan in plans)
    sentences = [_todo(plans, by_hand > 0 and not unasked, language)]
    if by_hand:
        sentences.append(language.count("Left to a person: {n} finding.", "Left to a person: {n} findings.", by_hand))
    if unasked:
        sentences.append(
            language.count(
                "Left out: {n} control that nobody asked for.", "Left out: {n} controls that nobody asked for.", unasked
            )
        )
    return " ".join(sentences)


def _todo(plans: Sequence[HostPlan], people_only: bool, language: Language) -> str:
    todo = [plan for plan in plans if not plan.empty]
    if not plans:
        return language.say("No plan: no host could be asked.")
    if not todo and people_only:
        return language.count(
            "Nothing that a machine can do on {n} host.", "Nothing that a machine can do on {n} hosts.", len(plans)
        )
    if not todo:
        return language.count("Nothing to do on {n} host.", "Nothing to do on {n} hosts.", len(plans))
    packages = sum(len(plan.packages) + len(plan.upgrades) for plan in todo)
    files, commands = sum(len(plan.files) for plan in todo), sum(len(plan.actions) for plan in todo)
    reloads = sum(len(plan.reloads) for plan in todo)
    parts = [language.count("{n} package", "{n} packages", packages)] if packages else []
    parts += [language.count("{n} file", "{n} files", files)] if files else []
    parts += [language.count("{n} command", "{n} commands", commands)] if commands else []
    parts += [language.count("{n} reload", "{n} reloads", reloads)] if reloads else []
    return language.count(
        "To do on {some} of {n} host: {what}.",
        "To do on {some} of {n} hosts: {what}.",
        len(plans),
        some=len(todo),
        what=", ".join(parts),
    )
