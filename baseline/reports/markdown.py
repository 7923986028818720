"""The report as Markdown, for a ticket, a wiki or a merge request: verdict, what to do first, clauses and findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from baseline.languages import Language, term
from baseline.model import Report
from baseline.reports import Display
from baseline.reports.alike import Alike, ControlTold, told
from baseline.reports.first import clauses, first_steps, where
from baseline.reports.html.grid import SIGNS, sort_of
from baseline.reports.verdict import verdict, wanting_a_register
from baseline.reports.words import OBLIGATIONS, OUTCOMES, SEVERITIES, hosts, one_line, tally

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&!$@])")
_LINKS = re.compile(r"(?i)(:)(?=//)|(\.)(?=[^\s.])(?<=www\.)|(:)(?=[^\s])")
"""What GitHub and others make links of without being asked: addresses, and names that begin with www."""
_LONGEST = 400
_MOST = 10
"""How many groups of hosts are told of one control, and how many keys of one group; the rest is counted."""
_WORDS = {**{outcome.value: word for outcome, word in OUTCOMES.items()}, "waived": term("waived")}


def plain(text: str) -> str:
    """Text as Markdown shows it: on one line, and no sign in it means anything."""
    shown = one_line(text)
    shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
    return _LINKS.sub(lambda match: f"\\{match[0]}", _SIGNS.sub(r"\\\1", shown))


def render(report: Report, view: Display) -> str:
    """The document."""
    return "\n".join(_lines(report, view.language)) + "\n"


def _lines(report: Report, language: Language) -> Iterator[str]:
    run = report.run
    yield f"# {plain(verdict(report, language))}"
    yield ""
    finished = run.finished.replace("T", " ").removesuffix("Z")
    name = plain(run.baseline_name or "baseline")
    yield f"{name} {plain(run.baseline_version)}, {finished} UTC. {tally(report.findings, language)}."
    for note in report.notes:
        yield ""
        yield f"**{language.say('Note:')}** {plain(language.tell(note))}"
    yield from _first(report, language)
    yield from _clauses(report, language)
    controls = told(report)
    if controls:
        yield ""
        yield f"## {language.say('Findings')}"
        for one in controls:
            yield from _control(report, one, language)
    yield from _every(report, language)
    if report.findings and any(one.waived is not None for one in report.findings):
        yield from _totals(report, language)


def _first(report: Report, language: Language) -> Iterator[str]:
    yield ""
    yield f"## {language.say('What to do first')}"
    yield ""
    steps = first_steps(report, language)
    for number, step in enumerate(steps, 1):
        yield f"{number}. **{plain(step.where)}**: {plain(step.what)}. {plain(step.mend)}"
    if not steps:
        yield language.say("Nothing has to be done.")


def _clauses(report: Report, language: Language) -> Iterator[str]:
    found = clauses(report)
    if not found:
        return
    yield ""
    yield f"## {language.say('Clauses')}"
    yield ""
    yield from _table(
        [language.say("Clause"), language.say("Verdict"), language.say("Because of"), language.say("Hosts")],
        [
            [
                one.verdict.clause,
                language.say(_WORDS[one.verdict.verdict]),
                ", ".join(one.verdict.because),
                where(report, one.hosts, language) if one.hosts else "",
            ]
            for one in found
        ],
    )
    if register := wanting_a_register(report, language):
        yield ""
        yield plain(register)


def _every(report: Report, language: Language) -> Iterator[str]:
    """A line for every host and a column for every control, with a sign for each finding."""
    found: dict[str, dict[str, str]] = {host.name: {} for host in report.hosts}
    controls = list(dict.fromkeys(finding.control for finding in report.findings))
    for finding in report.findings:
        found.setdefault(finding.host, {})[finding.control] = SIGNS[sort_of(finding)]
    yield ""
    yield f"## {language.say('Hosts and controls')}"
    yield ""
    yield ", ".join(f"{plain(SIGNS[name])} {language.say(word)}" for name, word in _WORDS.items())
    yield ""
    rows = [[host, *(signs.get(control, "") for control in controls)] for host, signs in found.items()]
    yield from _table([language.say("Host"), *map(plain, controls)], rows)


def _control(report: Report, one: ControlTold, language: Language) -> Iterator[str]:
    worst, total = one.worst, len({finding.host for finding in report.findings})
    yield ""
    yield f"### {plain(language.say(OUTCOMES[worst.outcome]))} {plain(worst.control)}: {plain(worst.title)}"
    yield ""
    about = [language.say(OBLIGATIONS[worst.obligation]), language.say(SEVERITIES[worst.severity])]
    about += [language.say("clause {clause}", clause=worst.clause)] if worst.clause else []
    yield f"{plain(language.say('on {hosts}', hosts=hosts(one.hosts, total, language)))}; {plain(', '.join(about))}"
    for group in one.groups[:_MOST]:
        yield ""
        yield from _group(group, total, language)
    left = sum(len(group.findings) for group in one.groups[_MOST:])
    if left:
        yield ""
        yield language.say("and {n} more", n=left)


def _group(group: Alike, total: int, language: Language) -> Iterator[str]:
    first, rows = group.first, group.rows(language)
    yield f"- **{plain(hosts(group.hosts, total, language))}**: {plain(language.say(OUTCOMES[first.outcome]))}"
    if first.waived is not None:
        yield f"  - {language.say('Waived:')} {plain(first.waived)}"
    for row in rows[:_MOST]:
        place = f" ({plain(row.set_at)})" if row.set_at else ""
        what, wanted, found = plain(row.key), plain(row.wanted), plain(row.found)
        yield f"  - {what}{place}: {language.say('wanted')} {wanted}, {language.say('found')} {found}"
    if len(rows) > _MOST:
        yield f"  - {language.say('and {n} more', n=len(rows) - _MOST)}"
    if not rows:
        yield f"  - {plain(language.tell(first.reason))}"
    for reason in first.unseen:
        yield f"  - {language.say('Not seen:')} {plain(language.tell(reason))}"
    if first.advice:
        yield f"  - {language.say('To do:')} {plain(language.tell(first.advice))}"


def _totals(report: Report, language: Language) -> Iterator[str]:
    with_them, without = report.summary, report.summary_without_waivers
    yield ""
    yield f"## {language.say('Waivers')}"
    yield ""
    yield from _table(
        [language.say("Outcome"), language.say("With waivers"), language.say("Without")],
        [[language.say(word), str(with_them[name]), str(without.get(name, 0))] for name, word in _WORDS.items()],
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(map(plain, row))} |"
