"""Findings that say the same of several hosts, but for the hosts' names: told once for all of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from baseline.classes import dataclass
from baseline.languages import ENGLISH, Language
from baseline.model import Finding, Outcome, Report, Severity
from baseline.reports.words import OUTCOMES, found, wanted

_WORST_FIRST = list(OUTCOMES)
_HARMFUL_FIRST = list(Severity)
_NAME = "\0"
"""Stands for the name of the host when findings are compared; no text of a host may begin a name with it."""


@dataclass(frozen=True)
class TellingKey:
    """One key of a finding as text: what was wanted and found of it, and where it was set, where that is known."""

    key: str
    wanted: str
    found: str
    set_at: str


@dataclass(frozen=True)
class Alike:
    """Findings of one control that are the same but for the names of their hosts; the first stands for all."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one whose facts are told."""
        return self.findings[0]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts, domains and sites that it is about."""
        return tuple(dict.fromkeys(one.host for one in self.findings))

    def rows(self, language: Language = ENGLISH) -> tuple[TellingKey, ...]:
        """The keys that are wrong, of the first finding."""
        return rows_of(self.first, language)


@dataclass(frozen=True)
class ControlTold:
    """What is to be told of one control: its findings that are not as they should be, those alike taken together."""

    groups: tuple[Alike, ...]
    looked: int
    """On how many hosts the control was looked at."""

    @property
    def worst(self) -> Finding:
        """The finding that the control is told by."""
        return self.groups[0].first

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where it is not as it should be."""
        return tuple(dict.fromkeys(host for group in self.groups for host in group.hosts))


def quiet(finding: Finding) -> bool:
    """Whether a finding is as it should be, so that a report only counts it."""
    return finding.outcome in (Outcome.PASS, Outcome.NOTAPPLICABLE) and finding.waived is None and not finding.drift


def unreached(finding: Finding, gone: Mapping[str, str]) -> bool:
    """Whether a finding is unknown for no other reason than that its host was not reached. `gone` says why, by host."""
    error = gone.get(finding.host, "")
    return bool(error) and finding.outcome is Outcome.UNKNOWN and finding.reason.endswith(error)


def rows_of(finding: Finding, language: Language = ENGLISH) -> tuple[TellingKey, ...]:
    """The keys of a finding that are wrong."""
    return tuple(
        TellingKey(one.key, wanted(one, language), found(one, language), str(one.set_at) if one.set_at else "")
        for one in finding.keys
        if one.wrong
    )


def told(report: Report) -> tuple[ControlTold, ...]:
    """The controls that are not as they should be somewhere: what counts against the run first, then by harm.

    What is unknown because its host could not be reached is not among them: that is told once, of the host.
    """
    gone = {host.name: host.error or "" for host in report.hosts if not host.reachable}
    by_control: dict[str, list[Finding]] = {}
    looked: dict[str, set[str]] = {}
    for finding in report.findings:
        looked.setdefault(finding.control, set()).add(finding.host)
        if not quiet(finding) and not unreached(finding, gone):
            by_control.setdefault(finding.control, []).append(finding)
    made = [ControlTold(grouped(report, found), len(looked[control])) for control, found in by_control.items()]
    return tuple(sorted(made, key=lambda one: (*_order(report, one.worst), -len(one.hosts))))


def grouped(report: Report, findings: Iterable[Finding]) -> tuple[Alike, ...]:
    """Findings of one control, those alike together; what is as it should be is alike whatever was found."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        facts = (finding.outcome,) if quiet(finding) else _facts(finding)
        groups.setdefault(facts, []).append(finding)
    made = (Alike(tuple(found)) for found in groups.values())
    return tuple(sorted(made, key=lambda one: (*_order(report, one.first), -len(one.findings))))


def _facts(finding: Finding) -> tuple[object, ...]:
    rows = [text for row in rows_of(finding) for text in (row.key, row.wanted, row.found, row.set_at)]
    said = "" if rows else finding.reason
    texts = (said, finding.waived or "", finding.advice, *finding.unseen, *rows)
    return (
        finding.outcome,
        finding.waived is None,
        finding.drift,
        len(rows),
        *(one.replace(finding.host, _NAME) for one in texts),
    )


def _order(report: Report, finding: Finding) -> tuple[bool, int, int]:
    return (
        not report.counts_against(finding),
        _WORST_FIRST.index(finding.outcome) + (len(_WORST_FIRST) if finding.waived is not None else 0),
        _HARMFUL_FIRST.index(finding.severity),
    )
