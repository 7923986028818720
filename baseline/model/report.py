"""What was found, and the report that every format is printed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from baseline.errors import UserError
from baseline.model.clauses import ClauseVerdict, verdicts
from baseline.model.findings import Finding
from baseline.model.hosts import About
from baseline.model.plans import ApplyOutcome, HostApply, HostPlan
from baseline.model.version1 import as_version_2
from baseline.model.words import Obligation, Outcome

SCHEMA = "baseline.report/2"
"""What reports are written as. Those of version 1 are still read."""


@dataclass(frozen=True)
class Stale:
    """A daemon that runs a configuration older than its files: they were written, and it was not reloaded since.

    `unit` is what to reload, `program` its name, `read` when it last read its configuration (ISO 8601 in UTC), and
    `files` are those that were written after that.
    """

    unit: str
    program: str
    read: str
    files: tuple[str, ...]

    def __str__(self) -> str:
        *first, last = self.files
        files = f"{', '.join(first)} and {last} since they were" if first else f"{last} since it was"
        return f"{self.program} has not read {files} written"

    def to_dict(self) -> dict[str, Any]:
        """The daemon as JSON carries it."""
        return {"unit": self.unit, "program": self.program, "read": self.read, "files": list(self.files)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Stale:
        """The opposite of `to_dict`. Raises KeyError or TypeError for another document."""
        return cls(document["unit"], document["program"], document["read"], tuple(document["files"]))


@dataclass(frozen=True)
class HostReport:
    """How one host was reached. `seconds` is wall time; `exchanges` counts requests over the connection.

    `drifted` lists the files that are not as they were last applied, `stale` the daemons that run a configuration
    older than their files, and `untold` what of these could not be told. `note` says how it was looked at, where that
    was not over a connection.
    """

    name: str
    address: str
    roles: tuple[str, ...]
    reachable: bool
    error: str | None = None
    exchanges: int = 0
    seconds: float = 0.0
    drifted: tuple[str, ...] = ()
    stale: tuple[Stale, ...] = ()
    untold: tuple[str, ...] = ()
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The host's line of the report contract; `note` only where there is one."""
        document = {
            "name": self.name,
            "address": self.address,
            "roles": list(self.roles),
            "reachable": self.reachable,
            "error": self.error,
            "exchanges": self.exchanges,
            "seconds": self.seconds,
            "drifted": list(self.drifted),
            "stale": [one.to_dict() for one in self.stale],
            "untold": list(self.untold),
        }
        return {**document, "note": self.note} if self.note else document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> HostReport:
        """The opposite of `to_dict`. Raises KeyError or TypeError for another document."""
        return cls(
            name=document["name"],
            address=document["address"],
            roles=tuple(document["roles"]),
            reachable=document["reachable"],
            error=document["error"],
            exchanges=document["exchanges"],
            seconds=document["seconds"],
            drifted=tuple(document["drifted"]),
            stale=tuple(map(Stale.from_dict, document["stale"])),
            untold=tuple(document["untold"]),
            note=document.get("note", ""),
        )


@dataclass(frozen=True)
class SubjectReport:
    """A domain or site that findings are about; `through` is the host it was looked at through, empty for none."""

    name: str
    about: About
    through: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The subject as JSON carries it."""
        return {"name": self.name, "about": self.about, "through": self.through}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> SubjectReport:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(document["name"], document["about"], document["through"])


@dataclass(frozen=True)
class Run:
    """Who looked when, with what. Times are ISO 8601 in UTC."""

    id: str
    started: str
    finished: str
    version: str
    baseline_name: str
    baseline_version: str
    baseline_sha256: str

    def to_dict(self) -> dict[str, Any]:
        """The `run` object of the report contract."""
        return {
            "id": self.id,
            "started": self.started,
            "finished": self.finished,
            "version": self.version,
            "baseline": {
                "name": self.baseline_name,
                "version": self.baseline_version,
                "sha256": self.baseline_sha256,
            },
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Run:
        """The opposite of `to_dict`. Raises KeyError or TypeError for another document."""
        own = (document[name] for name in ("id", "started", "finished", "version"))
        return cls(*own, *(document["baseline"][name] for name in ("name", "version", "sha256")))


@dataclass(frozen=True)
class Report:
    """The findings of a run over all selected hosts; every format is printed from it."""

    run: Run
    hosts: tuple[HostReport, ...]
    findings: tuple[Finding, ...]
    plans: tuple[HostPlan, ...] = ()
    applies: tuple[HostApply, ...] = ()
    strict: bool = False
    subjects: tuple[SubjectReport, ...] = ()

    @property
    def clauses(self) -> tuple[ClauseVerdict, ...]:
        """What every clause that a control speaks of came to, in the order of clauses."""
        return verdicts((one.clause, one.control, one.outcome, one.obligation, one.waived) for one in self.findings)

    @property
    def summary(self) -> dict[str, int]:
        """Findings counted by outcome, the `waived` apart; how many of them have `drift`; and daemons that are `stale`.

        A fail or a warning that is waived counts as `waived` only.
        """
        counts = {outcome.value: 0 for outcome in Outcome} | {"waived": 0}
        for finding in self.findings:
            waived = finding.waived is not None and finding.outcome in (Outcome.FAIL, Outcome.WARN)
            counts["waived" if waived else finding.outcome.value] += 1
        drift = sum(finding.drift for finding in self.findings)
        return {**counts, "drift": drift, "stale": sum(len(host.stale) for host in self.hosts)}

    @property
    def summary_without_waivers(self) -> dict[str, int]:
        """Findings counted by outcome, as if nothing were waived."""
        found = [finding.outcome for finding in self.findings]
        return {outcome.value: found.count(outcome) for outcome in Outcome}

    @property
    def exit_code(self) -> int:
        """4 rolled back, over 3 could not tell, over 1 does not conform, over 0 conforms."""
        if any(apply.outcome is ApplyOutcome.ROLLED_BACK for apply in self.applies):
            return 4
        untold = any(apply.outcome is ApplyOutcome.UNKNOWN for apply in self.applies)
        untold = untold or any(host.untold for host in self.hosts)
        if untold or any(finding.outcome is Outcome.UNKNOWN for finding in self.findings):
            return 3
        refused = any(apply.outcome is ApplyOutcome.REFUSED for apply in self.applies)
        drifted = any(host.drifted or host.stale for host in self.hosts)
        if refused or drifted or any(self.counts_against(finding) for finding in self.findings):
            return 1
        return 0

    def counts_against(self, finding: Finding) -> bool:
        """Whether a finding makes the run "does not conform": unwaived mandatory fails, or any under strict."""
        if finding.waived is not None:
            return False
        if finding.drift:
            return True
        if self.strict:
            return finding.outcome in (Outcome.FAIL, Outcome.WARN)
        return finding.outcome is Outcome.FAIL and finding.obligation is Obligation.MANDATORY

    def to_dict(self) -> dict[str, Any]:
        """The report contract, `baseline.report/2`; plans and applies only where the run made them."""
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "run": self.run.to_dict(),
            "strict": self.strict,
            "hosts": [host.to_dict() for host in self.hosts],
            "subjects": [subject.to_dict() for subject in self.subjects],
            "findings": [finding.to_dict() for finding in self.findings],
            "clauses": [clause.to_dict() for clause in self.clauses],
            "summary": {**self.summary, "without_waivers": self.summary_without_waivers},
            "exit_code": self.exit_code,
        }
        if self.plans:
            document["plans"] = [plan.to_dict() for plan in self.plans]
        if self.applies:
            document["applies"] = [apply.to_dict() for apply in self.applies]
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Report:
        """The report of a document of version 2 or 1. What follows from findings and hosts is worked out anew.

        Raises `UserError` for a document that is no report.
        """
        try:
            schema = document["schema"]
            if schema not in (SCHEMA, "baseline.report/1"):
                raise ValueError(f"its schema is {schema!r}")
            return cls._read(document if schema == SCHEMA else as_version_2(document))
        except KeyError as error:
            raise UserError(f"this is no report of baseline: it has no {error}") from None
        except (TypeError, ValueError, AttributeError) as error:
            raise UserError(f"this is no report of baseline: {error}") from None

    @classmethod
    def _read(cls, document: Mapping[str, Any]) -> Report:
        return cls(
            run=Run.from_dict(document["run"]),
            hosts=tuple(map(HostReport.from_dict, document["hosts"])),
            findings=tuple(map(Finding.from_dict, document["findings"])),
            plans=tuple(map(HostPlan.from_dict, document.get("plans", ()))),
            applies=tuple(map(HostApply.from_dict, document.get("applies", ()))),
            strict=document["strict"],
            subjects=tuple(map(SubjectReport.from_dict, document["subjects"])),
        )
