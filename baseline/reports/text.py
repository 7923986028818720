"""The report for a person at a terminal, or for a mail from cron: calm, aligned, at home in 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from baseline.languages import Language, term
from baseline.model import ApplyOutcome, Finding, HostApply, HostPlan, HostReport, Outcome, Report
from baseline.reports import Display, findings, waivers
from baseline.reports.lines import Part, indented, printed
from baseline.reports.verdict import verdict, wanting_a_register
from baseline.reports.words import OUTCOMES, gap_in_words, hosts, one_line, tally, visible

if TYPE_CHECKING:
    from rich.console import Console

Some = TypeVar("Some", Finding, HostPlan, HostApply)

_VERDICT_STYLES = {0: "bold green", 1: "bold red", 3: "bold magenta", 4: "bold red", 6: "bold red", 130: "bold magenta"}
_CLAUSE_STYLES = {
    **{outcome.value: style for outcome, style in findings.STYLES.items()},
    "waived": "cyan",
}
_CLAUSE_WORDS = {outcome.value: word for outcome, word in OUTCOMES.items()} | {"waived": term("waived")}
_APPLY_STYLES = {
    ApplyOutcome.APPLIED: "green",
    ApplyOutcome.NOTHING: "",
    ApplyOutcome.ROLLED_BACK: "bold red",
    ApplyOutcome.REFUSED: "red",
    ApplyOutcome.UNKNOWN: "magenta",
    ApplyOutcome.NOT_BEGUN: "magenta",
}
_ENDED_BADLY = {
    ApplyOutcome.ROLLED_BACK: term("rolled back: {why}"),
    ApplyOutcome.REFUSED: term("refused: {why}"),
    ApplyOutcome.UNKNOWN: term("unknown: {why}"),
    ApplyOutcome.NOT_BEGUN: term("not begun: {why}"),
}
_APPLIES = {
    ApplyOutcome.APPLIED: term("applied on {hosts}"),
    ApplyOutcome.NOTHING: term("nothing to do on {hosts}"),
    ApplyOutcome.REFUSED: term("refused on {hosts}"),
    ApplyOutcome.ROLLED_BACK: term("rolled back on {hosts}"),
    ApplyOutcome.UNKNOWN: term("unknown on {hosts}"),
    ApplyOutcome.NOT_BEGUN: term("not begun on {hosts}"),
}
"""What became of applies, in the order in which it is told."""


def render(report: Report, view: Display, console: Console) -> str:
    """The text, laid out for the console's width and with its colours."""
    return printed(console, _parts(report, view, console.width))


def _parts(report: Report, view: Display, width: int) -> Iterator[Part]:
    by_host: dict[str, list[Finding]] = {**{host.name: [] for host in report.hosts}, **_by_host(report.findings)}
    planned, applied = _by_host(report.plans), _by_host(report.applies)
    facts: dict[findings.FactsTold, str] = {}
    for host in report.hosts:
        yield findings.headline(host, view)
        if host.note:
            yield findings.noted(host, view.language)
        if view.timings and host.timings:
            from baseline.reports import timings

            yield from timings.section(host.timings, view.language)
        if view.subject == "plan":
            yield from _planned(planned.get(host.name, ()), host, by_host[host.name], view)
        else:
            if not host.reachable and host.name not in applied:
                yield findings.unreachable(host, view.language)
            yield from _applied(applied.get(host.name, ()), host, view)
            yield from findings.section(host, by_host[host.name], view, width, facts)
            if view.diff and view.subject == "check":
                yield from _details(planned.get(host.name, ()), host, view)
        yield Text()
    yield from _about_others(report, by_host, view, width, facts)
    if report.changes:
        from baseline.reports import changes

        yield from changes.section(report.changes, view.language)
        yield Text()
    yield from waivers.section(report, view.language)
    yield from waivers.actions(report, view.language)
    yield from _closing(report, by_host, view)


def _by_host(parts: Iterable[Some]) -> dict[str, list[Some]]:
    told: dict[str, list[Some]] = {}
    for part in parts:
        told.setdefault(part.host, []).append(part)
    return told


def _about_others(
    report: Report,
    by_host: Mapping[str, Sequence[Finding]],
    view: Display,
    width: int,
    facts: dict[findings.FactsTold, str],
) -> Iterator[Part]:
    """Findings about what is no host of the inventory: a domain."""
    hosts = {host.name for host in report.hosts}
    for name, found in by_host.items():
        if name not in hosts:
            yield Text(one_line(name), style="bold")
            yield from findings.section(HostReport(name, "", (), reachable=True), found, view, width, facts)
            yield Text()


def _planned(made: Sequence[HostPlan], host: HostReport, found: Sequence[Finding], view: Display) -> Iterator[Part]:
    if not host.reachable:
        yield findings.unreachable(host, view.language)
    yield from findings.daemons(host, view.language)
    unknown = [finding for finding in found if finding.outcome is Outcome.UNKNOWN]
    from baseline.reports import plans

    for plan in made:
        yield from plans.section(plan, view, unknown)


def _details(made: Sequence[HostPlan], host: HostReport, view: Display) -> Iterator[Part]:
    from baseline.reports import plans

    yield from plans.drift(host.edits, view)
    for plan in made:
        if not plan.empty:
            yield from plans.details(plan, view)


def _applied(applies: Sequence[HostApply], host: HostReport, view: Display) -> Iterator[Part]:
    if not applies:
        return
    from baseline.reports import plans

    for apply in applies:
        yield indented(_ended(apply, view.language), 2)
        if view.verbose:
            steps = (Text(visible(view.language.tell(step)), style="dim") for step in apply.steps)
            yield from (indented(step, 4) for step in steps)
        if view.subject == "rollback" and apply.outcome is ApplyOutcome.ROLLED_BACK:
            yield from plans.by_hand(host.edits, view.language)
        told = apply.outcome is ApplyOutcome.APPLIED or view.verbose or view.diff or view.subject == "rollback"
        if told and apply.plan and not apply.plan.empty:
            yield from plans.done(apply.plan, view)
        if view.subject == "apply":
            yield Text()


def _ended(apply: HostApply, language: Language) -> Text:
    word = apply.outcome.value.replace("_", " ")
    style = _APPLY_STYLES[apply.outcome]
    if apply.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING):
        return Text(visible(language.tell(apply.reason or word)), style=style)
    reason = visible(language.tell(apply.reason.removeprefix(f"{word}, ").removeprefix(f"{word} ")))
    told = Text(language.say(_ENDED_BADLY[apply.outcome], why=reason))
    told.stylize(style, 0, len(told) - len(reason))
    return told


def _closing(report: Report, by_host: Mapping[str, Sequence[Finding]], view: Display) -> Iterator[Part]:
    language = view.language
    if len(by_host) > 1 and view.subject != "plan":
        yield _table(by_host, language)
        yield Text()
    if view.subject != "plan" and report.clauses:
        yield _clauses(report, language)
        yield Text()
    if view.subject == "plan" or (view.subject == "check" and view.diff):
        from baseline.reports import plans

        yield Text(plans.amount(report.plans, language))
    if view.subject == "apply":
        yield from _tally_of_applies(report, language)
    if report.run.baseline_name:
        name, version = one_line(report.run.baseline_name), one_line(report.run.baseline_version)
        yield Text(f"{name} {version}: {tally(report.findings, language)}")
    if report.run.extensions:
        makers = ", ".join(one_line(str(one)) for one in report.run.extensions)
        yield Text(language.say("Judged with extensions: {makers}", makers=makers))
    yield from waivers.totals(report, language)
    if records := wanting_a_register(report, language):
        yield Text(records)
    for gap in report.gaps:
        yield Text(visible(gap_in_words(gap, language)), style="yellow")
    for note in report.notes:
        yield Text(visible(language.tell(note)), style="yellow")
    yield Text(verdict(report, language), style=_VERDICT_STYLES[report.exit_code])


def _clauses(report: Report, language: Language) -> RenderableType:
    """What every clause came to, and the controls that it is for; how many were looked at, where it was not all.

    Of one that waivers make otherwise, also what it is without them.
    """
    whole = report.run.chosen_from
    plainly = {one.clause: one.verdict for one in report.without_waivers.clauses}
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for clause in report.clauses:
        style = _CLAUSE_STYLES[clause.verdict]
        name = Text(language.say("clause {clause}", clause=one_line(clause.clause)), style="dim")
        total, looked = whole.clauses.get(clause.clause, 0) if whole else 0, len(clause.controls)
        some = language.say("{n} of {total} controls looked at", n=looked, total=total) if looked < total else ""
        bare = language.say(_CLAUSE_WORDS[plainly[clause.clause]])
        differs = plainly[clause.clause] != clause.verdict
        otherwise = language.say("without waivers: {verdict}", verdict=bare) if differs else ""
        told = "; ".join(part for part in (", ".join(clause.because), otherwise, some) if part)
        table.add_row(name, Text(language.say(_CLAUSE_WORDS[clause.verdict]), style), told)
    return table


def _tally_of_applies(report: Report, language: Language) -> Iterator[Part]:
    parts = []
    for outcome, sentence in _APPLIES.items():
        names = [apply.host for apply in report.applies if apply.outcome is outcome]
        if names:
            parts.append(language.say(sentence, hosts=hosts(names, len(report.hosts), language)))
    if parts:
        sentence = ", ".join(parts)
        yield Text(f"{sentence[0].upper()}{sentence[1:]}.")


def _table(by_host: Mapping[str, Sequence[Finding]], language: Language) -> RenderableType:
    """One line per host with its counts; a zero is a dash, so that what is there stands out.

    They are those without waivers; how many of them are waived stands behind, where any is.
    """
    waived = any(finding.waived is not None for found in by_host.values() for finding in found)
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, overflow="ellipsis")
    heads = [language.say(word).lower() for word in (*OUTCOMES.values(), *((term("waived"),) if waived else ()))]
    for _ in heads:
        table.add_column(justify="right", no_wrap=True)
    table.add_row("", *(Text(word, style="dim") for word in heads))
    for name, found in by_host.items():
        cells = [Text(one_line(name))]
        for outcome in OUTCOMES:
            number = sum(finding.outcome is outcome for finding in found)
            cells.append(_number(number, findings.STYLES[outcome]))
        if waived:
            cells.append(_number(sum(finding.waived is not None for finding in found), "cyan"))
        table.add_row(*cells)
    return table


def _number(number: int, style: str) -> Text:
    return Text(str(number), style=style) if number else Text("-", style="dim")
