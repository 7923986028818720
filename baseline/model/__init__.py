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
- `words`: The words that every room shares: scalars and states, outcomes, obligations, severities.
"""

from baseline.model.changes import Change, Changes
from baseline.model.clauses import ClauseVerdict
from baseline.model.compared import Compared, Location, Operator, Wanted
from baseline.model.edits import HandEdit, Span
from baseline.model.evidence import Evidence
from baseline.model.findings import Finding
from baseline.model.gaps import Gap
from baseline.model.hosts import HOST_STATE, ROLES, TOO_MUCH, About, Account, Answer, Peer, Shell, Subject, Target
from baseline.model.plans import Action, ApplyOutcome, FileChange, FileState, HostApply, HostPlan, WayBack
from baseline.model.report import Report
from baseline.model.run import Brought, HostReport, Recorded, Run, Stale, SubjectReport, Undecided, Unloadable, Whole
from baseline.model.words import Obligation, Outcome, Scalar, Severity, State

__all__ = [
    "HOST_STATE",
    "ROLES",
    "TOO_MUCH",
    "About",
    "Account",
    "Action",
    "Answer",
    "ApplyOutcome",
    "Brought",
    "Change",
    "Changes",
    "ClauseVerdict",
    "Compared",
    "Evidence",
    "FileChange",
    "FileState",
    "Finding",
    "Gap",
    "HandEdit",
    "HostApply",
    "HostPlan",
    "HostReport",
    "Location",
    "Obligation",
    "Operator",
    "Outcome",
    "Peer",
    "Recorded",
    "Report",
    "Run",
    "Scalar",
    "Severity",
    "Shell",
    "Span",
    "Stale",
    "State",
    "Subject",
    "SubjectReport",
    "Target",
    "Undecided",
    "Unloadable",
    "Wanted",
    "WayBack",
    "Whole",
]
