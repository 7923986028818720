"""What to do first, and which clause stands worst: for who has a quarter of a minute. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baseline.classes import dataclass
from baseline.languages import ENGLISH, Language
from baseline.model import ClauseVerdict, Finding, HostReport, Outcome, Report
from baseline.reports.alike import ControlTold, told
from baseline.reports.words import hosts

MOST = 5
"""How many things may come first."""
_WORST_FIRST = ("fail", "unknown", "waived", "warn", "pass", "notapplicable")


@dataclass(frozen=True)
class FirstStep:
    """One thing to do: what is the matter, where, and what mends it. `control` is empty for what is of a host."""

    what: str
    where: str
    mend: str
    control: str = ""
    outcome: Outcome = Outcome.FAIL


@dataclass(frozen=True)
class Clause:
    """A clause with the hosts that made it what it is."""

    verdict: ClauseVerdict
    hosts: tuple[str, ...]
    findings: int


def first_steps(report: Report, language: Language = ENGLISH, most: int = MOST) -> tuple[FirstStep, ...]:
    """The first things to do, the most urgent first; none where all is as it should be."""
    made = [*_of_hosts(report, language), *_of_controls(report, language)]
    return tuple(made[:most])


def _of_hosts(report: Report, language: Language) -> Iterator[FirstStep]:
    """What no finding tells: hosts that were not wholly restored, not reached, or that run something else."""
    total = len(report.hosts)
    for host in report.hosts:
        for one in sorted(host.undecided, key=lambda one: one.state != "broken"):
            broken = language.say("A change is not wholly rolled back")
            what = broken if one.state == "broken" else language.say("A change waits for a decision")
            yield FirstStep(what, hosts([host.name], total, language), language.tell(str(one)))
    for reason, names in _unreached(report).items():
        what = language.say("Not reached, so nothing is known")
        yield FirstStep(what, hosts(names, total, language), language.tell(reason), outcome=Outcome.UNKNOWN)
    for host in report.hosts:
        yield from _off_course(host, total, language)


def _unreached(report: Report) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for host in report.hosts:
        if not host.reachable:
            found.setdefault(host.error or "no reason given", []).append(host.name)
    return found


def _off_course(host: HostReport, total: int, language: Language) -> Iterator[FirstStep]:
    where = hosts([host.name], total, language)
    for refused in host.unloadable:
        what = language.say("{program} refuses its files", program=refused.program)
        yield FirstStep(what, where, language.tell(str(refused)))
    for old in host.stale:
        what = language.say("{program} runs an older configuration", program=old.program)
        mend = language.say("Reload {unit}: {why}.", unit=old.unit, why=language.tell(str(old)))
        yield FirstStep(what, where, mend)
    if host.drifted:
        files = language.all_of(one.partition(": ")[0] for one in host.drifted)
        mend = language.say("See who changed {files}, then apply again.", files=files)
        yield FirstStep(language.say("Files are not as they were applied"), where, mend)


def _of_controls(report: Report, language: Language) -> Iterator[FirstStep]:
    total = len({finding.host for finding in report.findings})
    for one in told(report):
        first = _there(one)
        if first is not None:
            names = [found.host for group in one.groups for found in group.findings if found.waived is None]
            mend = language.tell(first.advice or first.reason)
            yield FirstStep(first.title, hosts(names, total, language), mend, first.control, first.outcome)


def _there(one: ControlTold) -> Finding | None:
    """The worst finding of a control that is not waived."""
    there = (found for group in one.groups for found in group.findings)
    return next((found for found in there if found.waived is None), None)


def clauses(report: Report) -> tuple[Clause, ...]:
    """Every clause, in the order of clauses, with the hosts of what made it what it is."""
    told_of: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        if finding.outcome not in (Outcome.PASS, Outcome.NOTAPPLICABLE):
            for clause in re.split(r",\s*", finding.clause):
                told_of.setdefault((clause, finding.control), []).append(finding)
    made = []
    for verdict in report.clauses:
        there = [one for control in verdict.because for one in told_of.get((verdict.clause, control), ())]
        found = [one for one in there if _says(one, verdict.verdict)]
        made.append(Clause(verdict, tuple(dict.fromkeys(one.host for one in found)), len(found)))
    return tuple(made)


def _says(finding: Finding, verdict: str) -> bool:
    """Whether a finding is one of those that made its clause what it is. A fail of what is only advised warns."""
    waived = finding.waived is not None and finding.outcome in (Outcome.FAIL, Outcome.WARN)
    match verdict:
        case "waived":
            return waived
        case "warn":
            return not waived
        case _:
            return not waived and finding.outcome == verdict


def worst_clause(report: Report) -> Clause | None:
    """The clause that stands worst, by its verdict, then by how many findings made it so; None where all are met."""
    bad = [one for one in clauses(report) if one.verdict.because]
    if not bad:
        return None
    return min(bad, key=lambda one: (_WORST_FIRST.index(one.verdict.verdict), -one.findings))


def where(report: Report, names: tuple[str, ...], language: Language = ENGLISH) -> str:
    """`mx1 and mx2`, or how many of all that findings are about."""
    return hosts(names, len({finding.host for finding in report.findings}), language)
