"""The frozen values that pass between the rooms of the package.

Nothing here reads a file, a clock or a host.
"""

from baseline.model.clauses import ClauseVerdict
from baseline.model.evidence import Evidence
from baseline.model.hosts import About, Account, Answer, Peer, Shell, Subject, Target
from baseline.model.plans import Action, ApplyOutcome, FileChange, FileState, HostApply, HostPlan
from baseline.model.report import Finding, HostReport, Report, Run, Stale, SubjectReport
from baseline.model.words import Obligation, Outcome, Scalar, Severity, State

__all__ = [
    "About",
    "Account",
    "Action",
    "Answer",
    "ApplyOutcome",
    "ClauseVerdict",
    "Evidence",
    "FileChange",
    "FileState",
    "Finding",
    "HostApply",
    "HostPlan",
    "HostReport",
    "Obligation",
    "Outcome",
    "Peer",
    "Report",
    "Run",
    "Scalar",
    "Severity",
    "Shell",
    "Stale",
    "State",
    "Subject",
    "SubjectReport",
    "Target",
]
