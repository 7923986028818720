"""Waivers and annotations as text: how each of them stands, and every total a second time as if there were none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from baseline.languages import ENGLISH, Language, term
from baseline.model import Report
from baseline.model.action_plan import ActionItem
from baseline.model.waivers import Waivers, WaiverTold, written
from baseline.reports.verdict import verdict
from baseline.reports.words import OUTCOMES, one_line

_STYLES: dict[str, str] = {
    term("expired"): "bold red",
    term("expiring"): "yellow",
    term("in force"): "cyan",
    term("not begun"): "dim",
}
"""The states, those that need somebody first."""


def section(report: Report, language: Language) -> Iterator[RenderableType]:
    """The waivers, and apart from them the annotations, each with its state; those that need somebody first."""
    headings = (
        ("waiver", language.say("Waivers:")),
        ("annotation", language.say("Annotations: verdicts that are said to be wrong:")),
    )
    for kind, heading in headings:
        told = [one for one in report.waivers if one.waiver.kind == kind]
        if told:
            yield Text(heading, style="bold")
            yield from _listed(told, language)
            yield Text()


def totals(report: Report, language: Language) -> Iterator[RenderableType]:
    """The counts and the verdict with and without waivers, where these make a difference."""
    waived = report.summary["waived"]
    if not waived:
        return
    with_them = _counts({**report.summary, "waived": waived}, language)
    yield Text(language.say("with waivers: {counts}", counts=with_them))
    yield Text(language.say("without waivers: {counts}", counts=_counts(report.summary_without_waivers, language)))
    plainly = report.without_waivers
    if plainly.exit_code != report.exit_code:
        yield Text(language.say("Without waivers: {verdict}", verdict=verdict(plainly, language)))


def actions(report: Report, language: Language) -> Iterator[RenderableType]:
    """Who mends what is wrong, and until when: the earliest first, then those without a day."""
    if not report.actions:
        return
    yield Text(language.say("Action plan:"), style="bold")
    today = datetime.fromisoformat(report.run.finished).astimezone(UTC).date()
    yield from _planned(report.actions, language, today)
    yield Text()


def planned(waivers: Waivers) -> Iterator[RenderableType]:
    """What an action plan means: who mends what until when, and what is waived."""
    yield Text(f"Action plan: {len(waivers.actions)}", style="bold")
    yield from _planned(waivers.actions, ENGLISH, None)
    yield Text(f"Waivers: {len(waivers.waivers)}", style="bold")
    yield from (Text(one_line(f"  {one.control}  {one.limit}  {one.words}")) for one in waivers.waivers)


def _planned(items: Sequence[ActionItem], language: Language, today: date | None) -> Iterator[Text]:
    for one in sorted(items, key=lambda one: (one.due is None, one.due or date.max, one.control, one.host)):
        due = language.say("due {day}", day=one.due.isoformat()) if one.due else language.say("no due date")
        late = today is not None and one.overdue(today)
        when = (language.say("overdue since {day}", day=one.due) if late else due, "bold red" if late else "")
        about = "  ".join(one_line(part) for part in (one.control, one.host) if part)
        said = "".join(f"  {one_line(part)}" for part in (one.owner, one.remark) if part)
        yield Text.assemble(f"  {about}  ", when, said)


def _counts(summary: dict[str, int], language: Language) -> str:
    words = {**{outcome.value: word for outcome, word in OUTCOMES.items()}, "waived": term("waived")}
    return ", ".join(f"{summary[key]} {language.say(word).lower()}" for key, word in words.items() if summary.get(key))


def _listed(told: Sequence[WaiverTold], language: Language) -> Iterator[RenderableType]:
    order = list(_STYLES)
    for one in sorted(told, key=lambda one: (order.index(one.state), one.waiver.expires)):
        about = f"  {one_line(one.waiver.control)}  {one_line(one.waiver.limit)}"
        head = Text.assemble((language.say(one.state), _STYLES[one.state]), about)
        yield Padding(head, (0, 0, 0, 2), expand=False)
        for line in _more(one, language):
            yield Padding(line, (0, 0, 0, 6), expand=False)


def _more(one: WaiverTold, language: Language) -> Iterator[Text]:
    waiver = one.waiver
    if one.state == "not begun" and waiver.begins:
        yield Text(language.say("begins at {instant}", instant=written(waiver.begins)))
    yield Text(one_line(waiver.words))
    if one.state == "expired":
        yield Text(language.say("counts no more: mend what it covered, have it prolonged, or take it out"))
    elif not one.needed:
        yield Text(language.say("no longer needed: nothing that it covers fails or warns"), style="yellow")
    elif one.state != "not begun":
        yield Text(language.count("waives {n} finding", "waives {n} findings", one.waives), style="dim")
