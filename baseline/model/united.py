"""One report over what several runs told of their hosts: the shards of a fleet, or zones that are run one by one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from baseline.errors import UserError
from baseline.model.findings import Finding
from baseline.model.report import Report
from baseline.model.run import CutShort, Run, SubjectReport
from baseline.model.waivers import WaiverTold
from baseline.model.words import Outcome

One = TypeVar("One")

_WORST = (Outcome.NOTAPPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.UNKNOWN, Outcome.FAIL)
_MOST_NAMED = 5


def united(reports: Sequence[Report]) -> Report:
    """One report over all hosts of several, in their order, as if one run had worked on all of them.

    Where no host is in two of them, its exit code is the worst of theirs: 6, 130, 4, 1, 3, 0. A host that several tell
    of is told as of the run that ended last, and a note says so. Of what is about a domain or a site the worst counts.
    The plans in it cannot be applied: each run's own can. Raises `UserError` for none at all, for runs by different
    baselines, and where some are strict and some are not.
    """
    if not reports:
        raise UserError("there is no report to join")
    _of_one_kind(reports)
    latest = {host.name: report for report in sorted(reports, key=_ended) for host in report.hosts}
    own = [(report, host) for report in reports for host in report.hosts if latest[host.name] is report]
    subjects = _subjects(reports)
    return Report(
        run=_run(reports),
        hosts=tuple(host for _, host in own),
        findings=(*_of_hosts(reports, latest), *_of_subjects(reports, {one.name for one in subjects})),
        plans=tuple(plan for report in reports for plan in report.plans if latest.get(plan.host) is report),
        applies=tuple(one for report in reports for one in report.applies if latest.get(one.host) is report),
        strict=reports[0].strict,
        subjects=subjects,
        notes=(*_once(note for report in reports for note in report.notes), *_twice(reports, latest)),
        told=tuple(one for report in reports for one in report.told),
        waivers=_waivers(reports),
        gaps=_once(gap for report in reports for gap in report.gaps),
        actions=_once(item for report in reports for item in report.actions),
    )


def _of_one_kind(reports: Sequence[Report]) -> None:
    def differing(of: Callable[[Report], str]) -> list[str]:
        return sorted({of(report) for report in reports})

    rules = differing(lambda one: f"{one.run.baseline_name} {one.run.baseline_version}".strip() or "none")
    if len(rules) > 1:
        raise UserError(f"these reports are by different baselines, {' and '.join(rules)}: join those of one")
    if len(differing(lambda one: one.run.baseline_sha256)) > 1:
        raise UserError(f"these reports are by different versions of {rules[0]}: the digests of their files differ")
    if len({report.strict for report in reports}) > 1:
        raise UserError("some of these reports are strict and some are not: what fails in one does not in another")


def _ended(report: Report) -> str:
    return report.run.finished


def _run(reports: Sequence[Report]) -> Run:
    """A run from the first beginning to the last end, with an id that these reports always give."""
    runs = [report.run for report in reports]
    ids = "\n".join(sorted(run.id for run in runs))
    finished = max(run.finished for run in runs)
    cut: set[CutShort] = {run.cut_short for run in runs}
    return replace(
        runs[0],
        id=f"{finished.replace('-', '').replace(':', '')}-{hashlib.sha256(ids.encode()).hexdigest()[:8]}",
        started=min(run.started for run in runs),
        finished=finished,
        version=", ".join(_once(run.version for run in runs)),
        cut_short="interrupted" if "interrupted" in cut else "deadline" if "deadline" in cut else "",
        chosen_from=next((run.chosen_from for run in runs if run.chosen_from), None),
        every=max(run.every for run in runs),
    )


def _subjects(reports: Sequence[Report]) -> tuple[SubjectReport, ...]:
    """Each domain and site once, with the host that it was looked at through where there is one."""
    found: dict[tuple[str, str], SubjectReport] = {}
    for subject in (one for report in reports for one in report.subjects):
        known = found.get((subject.about, subject.name))
        if known is None or (subject.through and not known.through):
            found[subject.about, subject.name] = subject
    return tuple(found.values())


def _of_hosts(reports: Sequence[Report], latest: dict[str, Report]) -> Iterable[Finding]:
    return (one for report in reports for one in report.findings if not one.subject and latest.get(one.host) is report)


def _of_subjects(reports: Sequence[Report], names: set[str]) -> Iterable[Finding]:
    """The worst finding of each control about each domain and site: several runs may have looked at it."""
    worst: dict[tuple[str, str], tuple[tuple[bool, int], Finding]] = {}
    for report in reports:
        for one in report.findings:
            rank = (report.counts_against(one), _WORST.index(one.outcome))
            known = worst.get((one.host, one.control))
            if one.subject and one.subject in names and (known is None or rank > known[0]):
                worst[one.host, one.control] = (rank, one)
    return (finding for _, finding in worst.values())


def _waivers(reports: Sequence[Report]) -> tuple[WaiverTold, ...]:
    """Each waiver once, with how many findings it waives in all."""
    found: dict[str, WaiverTold] = {}
    for told in (one for report in reports for one in report.waivers):
        key = f"{told.state} {sorted(told.waiver.to_dict().items(), key=str)}"
        known = found.get(key)
        if known is not None:
            told = replace(told, waives=told.waives + known.waives, needed=told.needed or known.needed)
        found[key] = told
    return tuple(found.values())


def _twice(reports: Sequence[Report], latest: dict[str, Report]) -> tuple[str, ...]:
    """A note where hosts are in several reports, and one where what changed was told in them."""
    told = Counter(host.name for report in reports for host in report.hosts)
    twice = [name for name in latest if told[name] > 1]
    notes: list[str] = []
    if twice:
        shown = ", ".join(twice[:_MOST_NAMED])
        more = f" and {len(twice) - _MOST_NAMED} more" if len(twice) > _MOST_NAMED else ""
        notes.append(f"in several of the joined reports, and told as of the one that ended last: {shown}{more}")
    if any(report.changes for report in reports):
        notes.append("what changed since the runs before stands in each of the joined reports")
    return tuple(notes)


def _once(values: Iterable[One]) -> tuple[One, ...]:
    return tuple(dict.fromkeys(values))
