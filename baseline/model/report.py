"""The report of a run, which every format is printed from, and the exit code that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.model.action_plan import ActionItem
from baseline.model.changes import Changes
from baseline.model.clauses import ClauseVerdict, verdicts
from baseline.model.findings import Finding
from baseline.model.gaps import Gap
from baseline.model.origin import MadeFrom
from baseline.model.plans import ApplyOutcome, HostApply, HostPlan
from baseline.model.run import HostReport, Run, SubjectReport
from baseline.model.told import Told
from baseline.model.version1 import as_version_2
from baseline.model.waivers import WaiverTold
from baseline.model.words import Obligation, Outcome

Part = TypeVar("Part")

SCHEMA = "baseline.report/2"
"""What reports are written as. Those of version 1 are still read."""


LISTED = ("hosts", "subjects", "findings", "plans", "applies")
"""What a report has many of: fields, and keys of the document."""


@dataclass(frozen=True)
class Report:
    """The findings of a run over all selected hosts; every format is printed from it.

    `made_from` is there when the plans in it can be given to `apply` as a file. `notes` are sentences about the run
    itself, such as that it could not be kept; `gaps` are the scheduled checks that did not happen: those that this run
    ends, and those of hosts that it did not look at. Both decide nothing. `changes` are there where somebody asked.
    `told` is what became of the alerts, where there are channels for them.
    `waivers` are all that the run minded, with how each of them stood.
    `actions` say of what fails or warns who mends it until when, where an action plan was given.
    """

    run: Run
    hosts: tuple[HostReport, ...]
    findings: tuple[Finding, ...]
    plans: tuple[HostPlan, ...] = ()
    applies: tuple[HostApply, ...] = ()
    strict: bool = False
    subjects: tuple[SubjectReport, ...] = ()
    made_from: MadeFrom | None = None
    notes: tuple[str, ...] = ()
    changes: Changes | None = None
    told: tuple[Told, ...] = ()
    waivers: tuple[WaiverTold, ...] = ()
    gaps: tuple[Gap, ...] = ()
    actions: tuple[ActionItem, ...] = ()

    @property
    def clauses(self) -> tuple[ClauseVerdict, ...]:
        """What every clause that a control speaks of came to, in the order of clauses."""
        return verdicts((one.clause, one.control, one.outcome, one.obligation, one.waived) for one in self.findings)

    @property
    def summary(self) -> dict[str, int]:
        """Findings counted by outcome, the `waived` apart; those with `drift`; and `stale` and `unloadable` programs.

        A fail or a warning that is waived counts as `waived` only.
        """
        counts = {outcome.value: 0 for outcome in Outcome} | {"waived": 0}
        for finding in self.findings:
            waived = finding.waived is not None and finding.outcome in (Outcome.FAIL, Outcome.WARN)
            counts["waived" if waived else finding.outcome.value] += 1
        drift = sum(finding.drift for finding in self.findings)
        stale = sum(len(host.stale) for host in self.hosts)
        unloadable = sum(len(host.unloadable) for host in self.hosts)
        return {**counts, "drift": drift, "stale": stale, "unloadable": unloadable}

    @property
    def summary_without_waivers(self) -> dict[str, int]:
        """Findings counted by outcome, as if nothing were waived."""
        found = [finding.outcome for finding in self.findings]
        return {outcome.value: found.count(outcome) for outcome in Outcome}

    @property
    def without_waivers(self) -> Report:
        """The same report as if nothing were waived."""
        return replace(self, findings=tuple(replace(one, waived=None) for one in self.findings), waivers=())

    @property
    def exit_code(self) -> int:
        """What the run came to: the one place where that is worked out.

        6 not wholly restored, over 130 interrupted, over 4 rolled back, over 1 does not conform, over 3 could not tell,
        over 0 conforms.
        """
        ended = {apply.outcome for apply in self.applies}
        if any(apply.restored is False for apply in self.applies) or any(map(_half_restored, self.hosts)):
            return 6
        if self.run.cut_short == "interrupted":
            return 130
        if ApplyOutcome.ROLLED_BACK in ended:
            return 4
        wrong = ApplyOutcome.REFUSED in ended or any(map(_off_course, self.hosts))
        if wrong or any(map(self.counts_against, self.findings)):
            return 1
        lost = ended & {ApplyOutcome.UNKNOWN, ApplyOutcome.NOT_BEGUN}
        # What was seen may be undone at any moment, so it tells nothing of what the host will be.
        unseen = any(host.untold or host.undecided or not host.reachable for host in self.hosts)
        if lost or unseen or any(map(self.leaves_open, self.findings)):
            return 3
        # Somebody relies on being told, and was not: never as if all were well, and never instead of what was found.
        if any(one.trouble for one in self.told):
            return 3
        return 0

    def leaves_open(self, finding: Finding) -> bool:
        """Whether a finding makes it unknown whether all is well.

        What only a register could tell does not while none is named, unless the run is strict.
        """
        return finding.outcome is Outcome.UNKNOWN and (self.strict or not finding.wants_register)

    @property
    def conforms(self) -> bool:
        """Whether all is well: the exit code is 0."""
        return self.exit_code == 0

    def of(self, host: str) -> Report:
        """The part of the report that is about one host, with an exit code of its own.

        What was found of a domain or a site belongs to the host that it was looked at through. That the run was ended
        before its time is told by the findings of those that it did not come to.
        """
        return self.parts([host])[host]

    def parts(self, hosts: Iterable[str] | None = None) -> dict[str, Report]:
        """The part about each of these hosts, or of all, as `of` tells it; all findings are gone through once."""
        names = dict.fromkeys(hosts if hosts is not None else (host.name for host in self.hosts))
        through = _by_host(names, self.subjects, lambda subject: (subject.through,))
        about = {name: [name] for name in names}
        for name, subjects in through.items():
            for subject in subjects:
                about.setdefault(subject.name, []).append(name)
        findings = _by_host(names, self.findings, lambda finding: dict.fromkeys(about.get(finding.host, ())))
        told = _by_host(names, self.hosts, lambda host: (host.name,))
        plans = _by_host(names, self.plans, lambda plan: (plan.host,))
        applies = _by_host(names, self.applies, lambda apply: (apply.host,))
        run = replace(self.run, cut_short="")
        return {
            name: replace(
                self,
                run=run,
                hosts=tuple(told[name]),
                findings=tuple(findings[name]),
                plans=tuple(plans[name]),
                applies=tuple(applies[name]),
                subjects=tuple(through[name]),
                told=(),
            )
            for name in names
        }

    def joined(self, done: Report) -> Report:
        """This report, of the plans for all hosts, with that of the apply of some: one report over all of them.

        Hosts that had something to do are told as they were left, the others as they were seen.
        """
        plans = {plan.host: plan for plan in (*self.plans, *done.plans)}
        nothing = {
            host: HostApply(host, ApplyOutcome.NOTHING, "nothing to do", plan=plan) for host, plan in plans.items()
        }
        findings = {(one.host, one.control): one for one in (*self.findings, *done.findings)}
        return replace(
            done,
            run=replace(done.run, started=self.run.started),
            hosts=tuple({host.name: host for host in (*self.hosts, *done.hosts)}.values()),
            subjects=tuple({(one.about, one.name): one for one in (*self.subjects, *done.subjects)}.values()),
            findings=tuple(findings.values()),
            plans=tuple(plans.values()),
            applies=tuple((nothing | {apply.host: apply for apply in done.applies}).values()),
        )

    def counts_against(self, finding: Finding) -> bool:
        """Whether a finding makes the run "does not conform": unwaived mandatory fails, or any under strict.

        Drift always does: a waiver bears that a control is not met, and not that somebody changes what was applied.
        """
        if finding.drift:
            return True
        if finding.waived is not None:
            return False
        if self.strict:
            return finding.outcome in (Outcome.FAIL, Outcome.WARN)
        return finding.outcome is Outcome.FAIL and finding.obligation is Obligation.MANDATORY

    def to_dict(self) -> dict[str, Any]:
        """The report contract, `baseline.report/2`; plans and applies only where the run made them, notes where any.

        Where the run minded waivers they are in `waivers`; `without_waivers` has the exit code and the clauses'
        verdicts as if there were none, as `summary` has the counts.
        """
        document = self.outline()
        for name in document.keys() & set(LISTED):
            document[name] = [one.to_dict() for one in getattr(self, name)]
        return document

    def outline(self) -> dict[str, Any]:
        """The document of `to_dict` with None in place of each list in `LISTED`, which may be long."""
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "run": self.run.to_dict(),
            "strict": self.strict,
            "hosts": None,
            "subjects": None,
            "findings": None,
            "clauses": [clause.to_dict() for clause in self.clauses],
            "summary": {**self.summary, "without_waivers": self.summary_without_waivers},
            "exit_code": self.exit_code,
        }
        if self.plans:
            document["plans"] = None
        if self.made_from:
            document["made_from"] = self.made_from.to_dict()
        if self.applies:
            document["applies"] = None
        if self.notes:
            document["notes"] = list(self.notes)
        if self.gaps:
            document["gaps"] = [one.to_dict() for one in self.gaps]
        if self.changes:
            document["changes"] = self.changes.to_dict()
        if self.told:
            document["told"] = [one.to_dict() for one in self.told]
        if self.actions:
            document["actions"] = [one.to_dict() for one in self.actions]
        if self.waivers:
            plainly = self.without_waivers
            document["waivers"] = [one.to_dict() for one in self.waivers]
            document["without_waivers"] = {
                "exit_code": plainly.exit_code,
                "clauses": {one.clause: one.verdict for one in plainly.clauses},
            }
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
            made_from=MadeFrom.from_dict(document["made_from"]) if document.get("made_from") else None,
            notes=tuple(document.get("notes", ())),
            gaps=tuple(map(Gap.from_dict, document.get("gaps", ()))),
            changes=Changes.from_dict(document["changes"]) if document.get("changes") else None,
            told=tuple(map(Told.from_dict, document.get("told", ()))),
            waivers=tuple(map(WaiverTold.from_dict, document.get("waivers", ()))),
            actions=tuple(map(ActionItem.from_dict, document.get("actions", ()))),
        )


def _off_course(host: HostReport) -> bool:
    """Whether a host runs, or would run, something else than what was applied or what its files say."""
    return bool(host.drifted or host.stale or host.unloadable)


def _half_restored(host: HostReport) -> bool:
    """Whether an earlier transaction of a host could not be wholly restored: a person has to look."""
    return any(one.state == "broken" for one in host.undecided)


def _by_host(
    names: Iterable[str], parts: Iterable[Part], hosts: Callable[[Part], Iterable[str]]
) -> dict[str, list[Part]]:
    """Every name with the parts that are about it, in their order."""
    found: dict[str, list[Part]] = {name: [] for name in names}
    for part in parts:
        for name in hosts(part):
            if name in found:
                found[name].append(part)
    return found
