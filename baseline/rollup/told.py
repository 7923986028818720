"""What one report tells, as little as the roll-up needs of it: for each host, domain and site its judgements.

It is read within bounds, and refused where it is half: where hosts lack findings that others have, where it looked at
some controls only, or where its totals are not those of its findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Any

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.model.clauses import Judgement
from baseline.model.findings import Finding
from baseline.model.hosts import About
from baseline.model.plans import HostApply
from baseline.model.report import SCHEMA, Report
from baseline.model.run import HostReport, Run, SubjectReport
from baseline.model.told import Told
from baseline.model.words import Obligation, Outcome, Severity
from baseline.rollup.streamed import NoJson, Readable, Streamed

MOST_HOSTS = 20_000
MOST_FINDINGS = 400_000
"""A report of a thousand hosts has a quarter of that."""

_MOST = {"hosts": MOST_HOSTS, "subjects": MOST_HOSTS, "findings": MOST_FINDINGS, "applies": MOST_HOSTS, "told": 1_000}


@dataclass(frozen=True)
class MeasuredControl:
    """A control of the baseline that all agencies are measured by: its clauses (`f.i, b`), obligation, and of what."""

    clause: str
    obligation: Obligation
    about: About


@dataclass(frozen=True)
class Measure:
    """What all agencies are measured by. `renamed` has the ids that controls had formerly, and have now."""

    name: str
    sha256: str
    controls: Mapping[str, MeasuredControl]
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JudgedPlace:
    """A host, a domain or a site: what it was found to be, as an exit code, without waivers too, and its judgements."""

    about: About
    name: str
    code: int
    plain_code: int
    judged: tuple[Judgement, ...]


@dataclass(frozen=True)
class RunsOfDossier:
    """The runs that a dossier has: by whose key, and number and digest of the last.

    `wrong` says why they do not go on from the last run that was seen, `note` that some between lack.
    """

    key: str
    last: int
    head: str
    wrong: str = ""
    note: str = ""


@dataclass(frozen=True)
class Reported:
    """A report. `looked` is when its hosts were asked: for recorded answers the end of the run that asked.

    `code` is what it comes to besides its places: that alerts did not go out, or that it was interrupted.
    """

    looked: datetime
    baseline: str
    own: bool
    places: tuple[JudgedPlace, ...]
    code: int = 0
    notes: tuple[str, ...] = ()
    runs: RunsOfDossier | None = None

    @property
    def hosts(self) -> frozenset[str]:
        """The names of its hosts."""
        return frozenset(one.name for one in self.places if one.about == "host")

    @property
    def controls(self) -> frozenset[str]:
        """What its places were judged by."""
        return frozenset(control for judged in {one.judged for one in self.places} for _, control, *_ in judged)


def read(source: Readable, measure: Measure) -> Reported:
    """The report of a document of JSON. Raises `UserError`, which says why it is none, or half."""
    try:
        report, summary = _report(source)
        looked = _looked(report.run)
    except NoJson as error:
        raise UserError(f"is no whole JSON: {error}") from None
    except KeyError as error:
        raise UserError(f"is no report of baseline: it has no {error}") from None
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise UserError(f"is no report of baseline: {error}") from None
    _refuse_half(report, summary)
    report, differing = _by_the_measure(report, measure)
    _refuse_gaps(report, measure)
    return _told(report, measure, looked, differing)


def _looked(run: Run) -> datetime:
    """When hosts were asked. Raises ValueError."""
    return min(_moment(run.finished), _moment(run.recorded.finished if run.recorded else run.finished))


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise ValueError("a time is no text")
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no time zone")
    return found.astimezone(UTC)


def _report(source: Readable) -> tuple[Report, Mapping[str, Any]]:
    streamed, same = Streamed(source), _Same()
    made: dict[str, Callable[[Any], Any]] = {
        "hosts": _host,
        "subjects": SubjectReport.from_dict,
        "findings": same.finding,
        "applies": lambda one: replace(HostApply.from_dict(one), plan=None, steps=()),
        "told": Told.from_dict,
    }
    lists: dict[str, tuple[Any, ...]] = {}
    plain: dict[str, Any] = {}
    for key in streamed.entries():
        if key in made:
            lists[key] = tuple(_bounded(key, streamed, made[key]))
        elif key in ("schema", "run", "strict", "summary"):
            plain[key] = streamed.value()
        else:
            streamed.skip()
    streamed.end()
    if plain["schema"] != SCHEMA:
        raise ValueError(f"its schema is {str(plain['schema'])[:80]!r}, and {SCHEMA} is wanted")
    if not isinstance(plain["strict"], bool) or not isinstance(plain["summary"], dict):
        raise ValueError("`strict` is neither true nor false, or `summary` no object")
    report = Report(
        run=Run.from_dict(plain["run"]),
        hosts=lists["hosts"],
        findings=lists["findings"],
        applies=lists.get("applies", ()),
        strict=plain["strict"],
        subjects=lists["subjects"],
        told=lists.get("told", ()),
    )
    return report, plain["summary"]


def _host(one: Mapping[str, Any]) -> HostReport:
    if type(one["reachable"]) is not bool or type(one["name"]) is not str:
        raise ValueError("`reachable` of a host is neither true nor false, or its name no text")
    return replace(HostReport.from_dict(one), edits=(), timings=None)


def _bounded(key: str, streamed: Streamed, made: Callable[[Any], Any]) -> Iterator[Any]:
    for number, one in enumerate(streamed.members()):
        if number >= _MOST[key]:
            raise ValueError(f"it has more than {_MOST[key]} {key}")
        yield made(one)


class _Same:
    """Makes findings without what only people read, and holds each text once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def finding(self, one: Mapping[str, Any]) -> Finding:
        """A finding. Raises KeyError, TypeError or ValueError for what is none."""
        drift, waived = one["drift"], one["waived"]
        if type(drift) is not bool or not (waived is None or type(waived) is str):
            raise ValueError("`drift` of a finding is neither true nor false, or `waived` no text")
        return Finding(
            host=self._text(one["host"]),
            control=self._text(one["control"]),
            kind="",
            title="",
            outcome=Outcome(one["outcome"]),
            reason="",
            keys=(),
            clause=self._text(one["clause"]),
            obligation=Obligation(one["obligation"]),
            severity=Severity(one["severity"]),
            waived=None if waived is None else "",
            drift=drift,
            subject=self._text(one["subject"]),
            wants_register=one.get("wants_register", False) is True,
        )

    def _text(self, value: object) -> str:
        if type(value) is not str:
            raise ValueError("a name in a finding is no text")
        return self._texts.setdefault(value, value)


def _refuse_half(report: Report, summary: Mapping[str, Any]) -> None:
    """Refuse what tells less than a whole check does. Raises `UserError`."""
    run = report.run
    if not run.baseline_name:
        raise UserError("is the report of a rollback, which judges nothing")
    if run.chosen_from:
        looked = len({one.control for one in report.findings})
        raise UserError(f"is half: its run looked at {looked} of {run.chosen_from.controls} controls only")
    if not report.hosts or not report.findings:
        raise UserError("is half: it tells of no host, or of no finding")
    counted = report.summary
    for name, number in counted.items():
        if summary.get(name, 0) != number:
            raise UserError(
                f"is half: its summary says {summary.get(name, 0)} for {name!r}, and its findings come to {number}"
            )


def _by_the_measure(report: Report, measure: Measure) -> tuple[Report, int]:
    """The report with clauses and obligations of the baseline that all are measured by, and how many differed."""
    found, differing = [], set()
    for one in report.findings:
        control = measure.renamed.get(one.control, one.control)
        asked = measure.controls.get(control)
        if asked and (control, asked.clause, asked.obligation) != (one.control, one.clause, one.obligation):
            if (asked.clause, asked.obligation) != (one.clause, one.obligation):
                differing.add(control)
            one = replace(one, control=control, clause=asked.clause, obligation=asked.obligation)
        found.append(one)
    return replace(report, findings=tuple(found)), len(differing)


def _refuse_gaps(report: Report, measure: Measure) -> None:
    """Refuse findings of nobody, and hosts that lack findings. Raises `UserError`."""
    hosts, subjects = {one.name for one in report.hosts}, {one.name for one in report.subjects}
    if len(hosts) < len(report.hosts):
        raise UserError("tells of a host twice")
    of: dict[str, set[str]] = {name: set() for name in hosts}
    about_subjects = set()
    for one in report.findings:
        if one.subject:
            about_subjects.add(one.control)
            if one.subject not in subjects or one.subject != one.host:
                raise UserError(f"has findings about {one.subject[:80]!r}, which it does not name")
        elif one.host not in of:
            raise UserError(f"has findings of {one.host[:80]!r}, which it does not name")
        else:
            of[one.host].add(one.control)
    of_others = {control for control, asked in measure.controls.items() if asked.about != "host"}
    wanted = set().union(*of.values()) - about_subjects - of_others
    if report.run.baseline_sha256 == measure.sha256:
        wanted |= {control for control, asked in measure.controls.items() if asked.about == "host"}
    for host, controls in sorted(of.items()):
        if lacks := sorted(wanted - controls):
            more = f" and {len(lacks) - 1} more" if len(lacks) > 1 else ""
            raise UserError(f"is half: it has no finding of {lacks[0][:80]}{more} on {host[:80]}")


def _told(report: Report, measure: Measure, looked: datetime, differing: int) -> Reported:
    run = report.run
    notes = []
    if run.recorded:
        notes.append(f"judged anew, by answers of {run.recorded.finished[:20]}")
    if run.cut_short:
        notes.append(f"its run was cut short ({run.cut_short[:20]})")
    own = run.baseline_sha256 != measure.sha256
    if differing:
        notes.append(f"{differing} controls have another clause or obligation there; those of {measure.name} count")
    if lacking := sorted(measure.controls.keys() - {one.control for one in report.findings}):
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        notes.append(f"not judged: {', '.join(lacking[:3])}{more} of {measure.name}")
    rest = replace(report, hosts=(), findings=(), applies=(), subjects=())
    return Reported(
        looked=looked,
        baseline=f"{run.baseline_name} {run.baseline_version}".strip()[:80],
        own=own,
        places=_places(report),
        code=rest.exit_code,
        notes=tuple(notes),
    )


def _places(report: Report) -> tuple[JudgedPlace, ...]:
    found: dict[tuple[bool, str], list[Finding]] = {(False, one.name): [] for one in report.hosts}
    abouts = {one.name: one.about for one in report.subjects}
    for one in report.findings:
        found.setdefault((bool(one.subject), one.host), []).append(one)
    hosts = {one.name: one for one in report.hosts}
    applies = {one.host: one for one in report.applies}
    run = replace(report.run, cut_short="")
    judged: dict[tuple[Judgement, ...], tuple[Judgement, ...]] = {}
    made = []
    for (of_subject, name), findings in found.items():
        part = Report(
            run,
            hosts=() if of_subject else (hosts[name],),
            findings=tuple(findings),
            applies=(applies[name],) if name in applies and not of_subject else (),
            strict=report.strict,
        )
        told = tuple((one.clause, one.control, one.outcome, one.obligation, one.waived) for one in findings)
        about: About = abouts[name] if of_subject else "host"
        waived = any(one.waived is not None for one in findings)
        plain = part.without_waivers.exit_code if waived else part.exit_code
        made.append(JudgedPlace(about, name, part.exit_code, plain, judged.setdefault(told, told)))
    return tuple(made)
