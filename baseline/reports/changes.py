"""What changed since an earlier run, as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from baseline.model import Change, Changes
from baseline.model.changes import Cause, ChangeClass
from baseline.reports.words import one_line

_WORDS: dict[Cause, str] = {
    "apply": "by",
    "by hand": "by hand:",
    "package": "by a package:",
    "baseline": "by the baseline:",
    "outside": "outside:",
    "unknown": "cause not known",
}
_GOOD: tuple[ChangeClass, ...] = ("mended", "drift gone", "known again")
_BAD: tuple[ChangeClass, ...] = ("newly failing", "failing otherwise", "newly drifted", "flapping")


def section(changes: Changes) -> Iterator[RenderableType]:
    """A line for each change, its detail and its cause below; in the order that they have."""
    if not changes.since:
        yield Text("There is no earlier run to compare with.")
        return
    when = changes.since_finished.replace("T", " ").removesuffix("Z")
    if not changes.changes:
        yield Text(f"Nothing changed since {when} UTC.")
        return
    yield Text(f"Changes since {when} UTC:")
    for one in changes.changes:
        yield Padding(_headline(one), (0, 0, 0, 2), expand=False)
        for line in _more(one):
            yield Padding(line, (0, 0, 0, 6), expand=False)


def _headline(one: Change) -> Text:
    style = "green" if one.kind in _GOOD else "red" if one.kind in _BAD else "magenta"
    about = "  ".join(part for part in (one_line(one.host), one.control, one_line(one.title)) if part)
    return Text.assemble((one.kind, style), "  ", about)


def _more(one: Change) -> Iterator[Text]:
    if one.kind == "release upgraded":
        yield Text(one_line(f"{one.before} → {one.now}"))
    if one.detail:
        yield Text(one_line(one.detail))
    if one.control:
        yield Text(one_line(f"{_WORDS[one.cause]} {one.because}".strip()), style="dim")
