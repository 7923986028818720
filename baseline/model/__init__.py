"""The frozen values that pass between the rooms of the package.

Nothing here reads a file, a clock or a host.
"""

from baseline.model.evidence import Evidence
from baseline.model.hosts import Account, Answer, Target
from baseline.model.plans import Action, ApplyOutcome, FileChange, FileState, HostApply, HostPlan
from baseline.model.report import Finding, HostReport, Report, Run
from baseline.model.words import Obligation, Outcome, Scalar, Severity, State

__all__ = [
    "Account",
    "Action",
    "Answer",
    "ApplyOutcome",
    "Evidence",
    "FileChange",
    "FileState",
    "Finding",
    "HostApply",
    "HostPlan",
    "HostReport",
    "Obligation",
    "Outcome",
    "Report",
    "Run",
    "Scalar",
    "Severity",
    "State",
    "Target",
]
