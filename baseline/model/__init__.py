"""The frozen values that pass between the rooms of the package.

Nothing here reads a file, a clock or a host.

What is here:

- `action_plan`: The action plan: who mends what until when. Written as a table, filled in by people, and read back.
- `agencies`: The roll-up: what the reports of many agencies come to, as a value that every format of it is printed
  from.
- `cells`: Text in cells of spreadsheets: neutralised, so that no program takes it for a formula, and back again.
- `changes`: What changed since an earlier run: each change of one class, and with its cause as far as that is known.
- `checklist`: The daily checklist as it stands: items that were filled and ticked, the day they make up, and a month of
  days.
- `clauses`: What a clause of the mandate came to, over all hosts and all controls that speak of it.
- `compared`: What a control wanted of each key of a state, what was found, and where that was set: as data.
- `consequences`: What a plan means for the people of a site: what of theirs gives way, what they will notice, what was
  left out.
- `edits`: What somebody changed by hand since the last apply.
- `evidence`: Evidence: dated records for what no machine sees on a host, each with the facts that its control asks for.
- `findings`: What was found of one control: the outcome, and every key of it as data.
- `gaps`: Checks that did not happen, as values.
- `heard`: What one host answered, as it can be kept: questions and answers as text and bytes, and which control asked
  what.
- `hosts`: Hosts of the inventory, their accounts, and what they answer.
- `looks`: What one look at a host brought, before it is judged.
- `measurements`: Measurements: what this tool saw itself from outside of a mail system, each dated, to be signed and
  kept.
- `numbers`: Numbers as people read them and as JSON can hold them, whatever a host sent for one.
- `origin`: What a plan was made for and made from: the machine, what the inventory said of it, and the files that were
  read.
- `plans`: What would be changed on a host, and how changing it ended.
- `probes`: What can be looked at from outside a host, and what was seen: questions and answers as values.
- `quotas`: What an Exchange organisation says of its mailbox quotas, as values.
- `report`: The report of a run, which every format is printed from, and the exit code that follows from it.
- `run`: Who looked when, and how each host was reached: what a report says besides its findings.
- `taking`: What an apply takes of the remedies there are: whose obligation, and what of the site may give way.
- `timings`: Where the time of a host's visit went.
- `told`: What became of the alerts of a run, channel by channel.
- `united`: One report over what several runs told of their hosts: the shards of a fleet, or zones that are run one by
  one.
- `version1`: Reports of `baseline.report/1`, as those of version 2 would say the same.
- `waivers`: Waivers: that a control is not met for a while, who answers for it, and until which instant.
- `whole`: What a baseline has besides what was chosen of it. Apart from what a run found, which not everybody needs.
- `words`: The words that every room shares: scalars and states, outcomes, obligations, severities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from baseline.late import given_late

if TYPE_CHECKING:
    from baseline.model.changes import Change as Change
    from baseline.model.changes import Changes as Changes
    from baseline.model.clauses import ClauseVerdict as ClauseVerdict
    from baseline.model.compared import Compared as Compared
    from baseline.model.compared import Location as Location
    from baseline.model.compared import Operator as Operator
    from baseline.model.compared import Wanted as Wanted
    from baseline.model.edits import HandEdit as HandEdit
    from baseline.model.edits import Span as Span
    from baseline.model.evidence import Evidence as Evidence
    from baseline.model.findings import Finding as Finding
    from baseline.model.gaps import Gap as Gap
    from baseline.model.hosts import HOST_STATE as HOST_STATE
    from baseline.model.hosts import ROLES as ROLES
    from baseline.model.hosts import TOO_MUCH as TOO_MUCH
    from baseline.model.hosts import About as About
    from baseline.model.hosts import Account as Account
    from baseline.model.hosts import Answer as Answer
    from baseline.model.hosts import Peer as Peer
    from baseline.model.hosts import Shell as Shell
    from baseline.model.hosts import Subject as Subject
    from baseline.model.hosts import Target as Target
    from baseline.model.plans import Action as Action
    from baseline.model.plans import ApplyOutcome as ApplyOutcome
    from baseline.model.plans import FileChange as FileChange
    from baseline.model.plans import FileState as FileState
    from baseline.model.plans import HostApply as HostApply
    from baseline.model.plans import HostPlan as HostPlan
    from baseline.model.plans import WayBack as WayBack
    from baseline.model.report import Report as Report
    from baseline.model.run import Brought as Brought
    from baseline.model.run import HostReport as HostReport
    from baseline.model.run import Recorded as Recorded
    from baseline.model.run import Run as Run
    from baseline.model.run import Stale as Stale
    from baseline.model.run import SubjectReport as SubjectReport
    from baseline.model.run import Undecided as Undecided
    from baseline.model.run import Unloadable as Unloadable
    from baseline.model.whole import Whole as Whole
    from baseline.model.words import Obligation as Obligation
    from baseline.model.words import Outcome as Outcome
    from baseline.model.words import Scalar as Scalar
    from baseline.model.words import Severity as Severity
    from baseline.model.words import State as State

_HOMES = {
    "changes": ("Change", "Changes"),
    "clauses": ("ClauseVerdict",),
    "compared": ("Compared", "Location", "Operator", "Wanted"),
    "edits": ("HandEdit", "Span"),
    "evidence": ("Evidence",),
    "findings": ("Finding",),
    "gaps": ("Gap",),
    "hosts": ("HOST_STATE", "ROLES", "TOO_MUCH", "About", "Account", "Answer", "Peer", "Shell", "Subject", "Target"),
    "plans": ("Action", "ApplyOutcome", "FileChange", "FileState", "HostApply", "HostPlan", "WayBack"),
    "report": ("Report",),
    "run": ("Brought", "HostReport", "Recorded", "Run", "Stale", "SubjectReport", "Undecided", "Unloadable"),
    "whole": ("Whole",),
    "words": ("Obligation", "Outcome", "Scalar", "Severity", "State"),
}
"""Module -> names of it that the package gives."""

__all__ = [name for names in _HOMES.values() for name in names]

__getattr__ = given_late(__name__, _HOMES)
