"""What changed since an earlier run, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from baseline.languages import ENGLISH, Language, term
from baseline.model import Change, Changes
from baseline.model.changes import Cause, ChangeClass
from baseline.reports.words import one_line

_CAUSES: dict[Cause, str] = {
    "apply": term("by {what}"),
    "by hand": term("by hand: {what}"),
    "package": term("by a package: {what}"),
    "upgrade": term("by the upgrade: {what}"),
    "baseline": term("by the baseline: {what}"),
    "outside": term("outside: {what}"),
    "waiver": term("answered for by {what}"),
    "unknown": term("cause not known {what}"),
}
_CLASSES: dict[ChangeClass, str] = {
    "newly failing": term("newly failing"),
    "mended": term("mended"),
    "newly unknown": term("newly unknown"),
    "known again": term("known again"),
    "failing otherwise": term("failing otherwise"),
    "flapping": term("flapping"),
    "newly drifted": term("newly drifted"),
    "drift gone": term("drift gone"),
    "control added": term("control added"),
    "control removed": term("control removed"),
    "control changed": term("control changed"),
    "host appeared": term("host appeared"),
    "host vanished": term("host vanished"),
    "release upgraded": term("release upgraded"),
    "waiver begun": term("waiver begun"),
    "waiver expiring": term("waiver expiring"),
    "waiver expired": term("waiver expired"),
    "waiver withdrawn": term("waiver withdrawn"),
}
_GOOD: tuple[ChangeClass, ...] = ("mended", "drift gone", "known again")
_BAD: tuple[ChangeClass, ...] = ("newly failing", "failing otherwise", "newly drifted", "flapping")


def section(changes: Changes, language: Language = ENGLISH) -> Iterator[RenderableType]:
    """A line for each change, its detail and its cause below; in the order that they have."""
    if not changes.since:
        yield Text(language.say("There is no earlier run to compare with."))
        return
    when = changes.since_finished.replace("T", " ").removesuffix("Z")
    if not changes.changes:
        yield Text(language.say("Nothing changed since {when} UTC.", when=when))
        return
    yield Text(language.say("Changes since {when} UTC:", when=when))
    edits: dict[object, list[Change]] = {}
    for one in changes.changes:
        edits.setdefault(_edit(one), []).append(one)
    for same in edits.values():
        yield Padding(_headline(same, language), (0, 0, 0, 2), expand=False)
        for line in _more(same[0], language) if len(same) == 1 else [Text(cause(same[0], language), style="dim")]:
            yield Padding(line, (0, 0, 0, 6), expand=False)


def _edit(one: Change) -> object:
    """What changes have in common that one edit by hand, or an upgrade, brought about: they are told in one line.

    Others have nothing. A file that one person changed once may be that of a dozen controls.
    """
    if one.cause == "upgrade":
        return one.kind, one.host, one.because
    return (one.kind, one.host, one.because) if one.kind == "newly drifted" and one.because else id(one)


def _headline(same: Sequence[Change], language: Language) -> Text:
    one = same[0]
    style = "green" if one.kind in _GOOD else "red" if one.kind in _BAD else "magenta"
    title = one_line(language.tell(one.title)) if len(same) == 1 else ""
    about = "  ".join(part for part in (one_line(one.host), ", ".join(each.control for each in same), title) if part)
    return Text.assemble((language.say(_CLASSES[one.kind]), style), "  ", about)


def _more(one: Change, language: Language) -> Iterator[Text]:
    if one.kind == "release upgraded":
        yield Text(one_line(f"{one.before} → {one.now}"))
    if one.detail:
        yield Text(one_line(language.tell(one.detail)))
    if one.control:
        yield Text(cause(one, language), style="dim")


def cause(one: Change, language: Language = ENGLISH) -> str:
    """Who or what brought a change about, in words."""
    return one_line(language.say(_CAUSES[one.cause], what=language.tell(one.because)).strip())
