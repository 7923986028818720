"""What the sections of the page are made of."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from baseline.classes import dataclass
from baseline.languages import Language, term
from baseline.model import ApplyOutcome, Finding, HostReport, Outcome, Report
from baseline.reports import Display
from baseline.reports.alike import Alike, ControlTold, TellingKey, told, unreached
from baseline.reports.first import MOST, clauses, first_steps, where, worst_clause
from baseline.reports.html.grid import SIGNS, grid, sort_of
from baseline.reports.html.strips import drawn
from baseline.reports.past import Background, Strip, strip
from baseline.reports.verdict import verdict, wanting_a_register
from baseline.reports.words import OBLIGATIONS, OUTCOMES, SEVERITIES, hosts, one_line, tally

_IN_FULL = 8
"""How many groups of a control are told in full; what is said of more hosts stands in a table, a line for each key."""
_LINES = 4000
"""How many lines all these tables have together, shared out among the controls; other hosts are counted."""
_ROWS = 12
"""How many keys of one finding are listed; the rest is counted."""
_HOSTS = 60
"""How many hosts of one group are named; the rest is counted, and the map shows them."""

WORDS = {**{outcome.value: word for outcome, word in OUTCOMES.items()}, "waived": term("waived")}


@dataclass(frozen=True)
class GroupTold:
    """Findings that are alike, as the page shows them. `left` is how many of its keys are not listed."""

    anchor: str
    alike: Alike
    sort: str
    names: str
    rows: tuple[TellingKey, ...]
    left: int
    places: bool
    picture: Markup | None
    since: str


@dataclass(frozen=True)
class Section:
    """One control: its worst finding, where it is not met, its groups in full, and those that are told in short.

    `left` is how many findings are neither: the map shows them, and formats for machines tell them.
    """

    anchor: str
    told: ControlTold
    sort: str
    where: str
    groups: tuple[GroupTold, ...]
    others: tuple[tuple[Alike, TellingKey], ...]
    left: int
    advice: tuple[str, ...]
    picture: Markup | None
    since: str


def parts(report: Report, view: Display) -> dict[str, object]:
    """The values of the template."""
    language = view.language
    controls = told(report)
    sections = tuple(_sections(report, controls, view))
    anchors = {
        (finding.host, finding.control): group.anchor
        for section in sections
        for group in section.groups
        for finding in group.alike.findings
    }
    anchors |= {
        (finding.host, finding.control): section.anchor
        for section in sections
        for group, _ in section.others
        for finding in group.findings
    }
    steps = first_steps(report, language)
    return {
        "report": report,
        "view": view,
        "verdict": verdict(report, language),
        "mood": {0: "good", 3: "open", 130: "open"}.get(report.exit_code, "bad"),
        "tally": tally(report.findings, language),
        "looked": _looked(report, language),
        "steps": steps,
        "more_steps": len(controls) > len(steps) and len(steps) == MOST,
        "anchor_of": {section.told.worst.control: section.anchor for section in sections},
        "worst": worst_clause(report),
        "clauses": clauses(report),
        "where": lambda names: where(report, names, language),
        "background": view.background,
        "grid": grid(report, anchors),
        "signs": SIGNS,
        "words": {name: language.say(word) for name, word in WORDS.items()},
        "obligations": {name: language.say(word) for name, word in OBLIGATIONS.items()},
        "severities": {name: language.say(word) for name, word in SEVERITIES.items()},
        "sections": sections,
        "waived": [finding for finding in report.findings if finding.waived is not None],
        "totals": _totals(report, language),
        "troubled": [host for host in report.hosts if _troubled(host)],
        "unreached": _unreached(report),
        "register": wanting_a_register(report, language),
        "plans": tuple(_plans(report, view)),
        "applies": report.applies,
        "good_apply": (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING),
        "when": when,
        "clause_names": clause_names,
    }


def when(moment: str) -> str:
    """A moment (ISO 8601 in UTC) as people read it."""
    return moment.replace("T", " ").removesuffix("Z")


def clause_names(finding: Finding) -> list[str]:
    """The clauses that a finding speaks of."""
    return [name for name in re.split(r",\s*", finding.clause) if name]


def _looked(report: Report, language: Language) -> str:
    controls = len({finding.control for finding in report.findings})
    counted = (
        language.count("{n} host", "{n} hosts", len(report.hosts)),
        language.count("{n} control", "{n} controls", controls),
    )
    return ", ".join(counted)


def _totals(report: Report, language: Language) -> list[tuple[str, int, int]]:
    """Each outcome with its number, and what that would be without waivers."""
    with_them, without = report.summary, report.summary_without_waivers
    return [(language.say(word), with_them[name], without.get(name, 0)) for name, word in WORDS.items()]


def _unreached(report: Report) -> dict[str, int]:
    gone = {host.name: host.error or "" for host in report.hosts if not host.reachable}
    counts = dict.fromkeys(gone, 0)
    for finding in report.findings:
        if unreached(finding, gone):
            counts[finding.host] += 1
    return counts


def _troubled(host: HostReport) -> bool:
    return bool(
        not host.reachable
        or host.drifted
        or host.stale
        or host.unloadable
        or host.untold
        or host.undecided
        or host.edits
        or host.note
    )


def _sections(report: Report, controls: Sequence[ControlTold], view: Display) -> Iterator[Section]:
    names, until = len({finding.host for finding in report.findings}), report.run.finished
    background, language = view.background, view.language
    for number, one in enumerate(controls, 1):
        full, short = one.groups[:_IN_FULL], one.groups[_IN_FULL:]
        if len(short) == 1:
            full, short = one.groups, ()
        several = len(full) > 1
        groups = tuple(
            _group(f"f{number}-{place}", group, background if several else Background(), until, language)
            for place, group in enumerate(full, 1)
        )
        findings = [finding for group in one.groups for finding in group.findings]
        over_time = pictured(strip(background.past, findings, until), len(findings), language)
        lines = [(group, row) for group in short for row in _short(group, language)][: max(_LINES // len(controls), 20)]
        shown = {id(group) for group, _ in lines}
        said_already = {group.first.advice for group in full}
        yield Section(
            anchor=f"f{number}",
            told=one,
            sort=sort_of(one.worst),
            where=hosts(one.hosts, names, language),
            groups=groups,
            others=tuple(lines),
            left=sum(len(group.findings) for group in short if id(group) not in shown),
            advice=_advice(short, said_already),
            picture=over_time[0],
            since=over_time[1],
        )


def _advice(groups: Sequence[Alike], already: set[str]) -> tuple[str, ...]:
    """The advice of groups that are told in short: each once, whatever host it names; of much the first."""
    texts: dict[str, str] = {one.first.advice.replace(one.first.host, ""): one.first.advice for one in groups}
    known = {text.replace(one.first.host, "") for text in already for one in groups}
    return tuple(text for plain, text in texts.items() if text and plain not in known)[:_ROWS]


def _short(group: Alike, language: Language) -> Sequence[TellingKey]:
    rows = group.rows(language)[:_ROWS]
    return rows or (TellingKey(group.first.reason, "", "", ""),)


def _group(anchor: str, alike: Alike, background: Background, until: str, language: Language) -> GroupTold:
    known = [one_line(host) for host in alike.hosts]
    names = language.all_of(known) if len(known) <= _HOSTS else f"{', '.join(known[:_HOSTS])}…"
    rows = alike.rows(language)
    picture, since = pictured(strip(background.past, alike.findings, until), len(alike.findings), language)
    return GroupTold(
        anchor=anchor,
        alike=alike,
        sort=sort_of(alike.first),
        names=names,
        rows=rows[:_ROWS],
        left=len(rows) - _ROWS,
        places=any(row.set_at for row in rows[:_ROWS]),
        picture=picture,
        since=since,
    )


def pictured(one: Strip | None, findings: int, language: Language) -> tuple[Markup | None, str]:
    """The picture of a strip, and the sentence beside it."""
    if one is None:
        return None, ""
    first, last = (when(moment)[:16] for moment in one.since)
    if findings == 1 or first == last:
        sentence = language.say("so since {first} UTC", first=first)
    else:
        sentence = language.say("so since {first} to {last} UTC", first=first, last=last)
    if one.before:
        words = language.any_of(language.say(WORDS[name]) for name in one.before if name in WORDS)
        sentence = language.say("{since}; before: {words}", since=sentence, words=words)
    begins, ends = when(one.begins)[:10], when(one.ends)[:10]
    return drawn(one, language.say("{begins} to {ends}: {since}", begins=begins, ends=ends, since=sentence)), sentence


def _plans(report: Report, view: Display) -> Iterator[tuple[str, str]]:
    """Each plan as text, as a terminal shows it."""
    if view.subject != "plan":
        return
    from rich.console import Console

    from baseline.reports import plans
    from baseline.reports.lines import printed

    unknown: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.outcome is Outcome.UNKNOWN:
            unknown.setdefault(finding.host, []).append(finding)
    plain = Console(file=io.StringIO(), width=100, color_system=None, highlight=False, markup=False, emoji=False)
    for plan in report.plans:
        yield plan.host, printed(plain, plans.section(plan, view, unknown.get(plan.host, [])))
