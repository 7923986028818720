"""The frozen values that pass between the rooms of the package.

Nothing here reads a file, a clock or a host.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

Scalar = str | int | float | bool | None
State = Mapping[str, Scalar]
"""A flat mapping of scalars; `None` means "not there"."""


class Outcome(StrEnum):
    """What was found of one control on one host."""

    PASS = "pass"  # noqa: S105 -- an outcome, not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOTAPPLICABLE = "notapplicable"


class Obligation(StrEnum):
    """The mandate's own word: hendaklah, digalakkan, dicadangkan."""

    MANDATORY = "mandatory"
    ENCOURAGED = "encouraged"
    RECOMMENDED = "recommended"


class Severity(StrEnum):
    """How much harm a failing control does; orders findings, decides nothing."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Account:
    """One line of the roster; `created` and `trained` are ISO dates, or empty when not recorded."""

    address: str
    mailbox_class: str = "standard"
    created: str = ""
    trained: str = ""

    @property
    def unlimited(self) -> bool:
        """Whether the mandate suggests no limit for this account (clause f.i)."""
        return self.mailbox_class == "top_management"


@dataclass(frozen=True)
class Target:
    """A host of the inventory, with all that is needed to reach it and to render for it."""

    name: str
    address: str
    port: int = 22
    user: str | None = None
    key_file: str | None = None
    become: bool = False
    known_hosts: tuple[str, ...] = ()
    jump: str | None = None
    roles: frozenset[str] = frozenset()
    groups: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    roster: tuple[Account, ...] | None = None
    site: str = ""
    vars: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """The raw reply of a host to one command."""

    rc: int
    stdout: bytes = b""
    stderr: bytes = b""


# --- what would be changed ------------------------------------------------------------------------


@dataclass(frozen=True)
class FileState:
    """What stands at a path of a host. `content` is None when nothing does; `secret` when nobody may see it."""

    content: bytes | None = field(repr=False)
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    kind: str = "regular file"
    secret: bool = field(default=False, compare=False)

    @property
    def sha256(self) -> str:
        """Hex digest of the content, or `absent`."""
        return "absent" if self.content is None else hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class FileChange:
    """One file as it is and as it shall be; `controls` are the ids that ask for the change.

    `seals` are keyed digests of a secret file before and after, which tell whether two plans are the same and let
    nobody try guesses.
    """

    path: str
    before: FileState
    after: FileState
    controls: tuple[str, ...]
    seals: tuple[str, str] | None = None

    @property
    def secret(self) -> bool:
        """Whether nobody may see the content. What a secret replaces is one as well."""
        return self.before.secret or self.after.secret

    @property
    def hidden(self) -> str:
        """Why the content is not shown unasked; empty when it may be. A secret is not shown at all."""
        if self.secret:
            return "secret"
        sides = [state for state in (self.before, self.after) if state.content is not None]
        return "not readable by everybody" if any(not state.mode & 0o004 for state in sides) else ""

    @property
    def action(self) -> str:
        """`create`, `change` or `delete`."""
        if self.before.content is None:
            return "create"
        return "delete" if self.after.content is None else "change"

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON carries it, without the content. Of a secret not even the digest, which would tell it."""
        after = self.after
        before_digest, after_digest = (self.before.sha256, after.sha256)
        if self.secret:
            before_digest, after_digest = self.seals or ("secret", "secret")
        return {
            "path": self.path,
            "action": self.action,
            "controls": list(self.controls),
            "secret": self.secret,
            "before_sha256": before_digest,
            "after_sha256": after_digest,
            "owner": after.owner,
            "group": after.group,
            "mode": f"{after.mode:04o}",
        }


@dataclass(frozen=True)
class Action:
    """A change that is not a file: POSIX sh to do it, and to undo it.

    `undo` must put back what `do` changed, also when `do` stopped half-way. `before` says whether the
    action comes before the files are swapped (directories) or after (mounts, timers).
    """

    name: str
    do: str
    undo: str
    controls: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The action as JSON carries it."""
        return {"name": self.name, "do": self.do, "undo": self.undo, "controls": list(self.controls)}


@dataclass(frozen=True)
class HostPlan:
    """All that would be done to one host, in the order of the transaction's phases."""

    host: str
    packages: tuple[str, ...] = ()
    files: tuple[FileChange, ...] = ()
    actions: tuple[Action, ...] = ()
    reloads: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    by_hand: tuple[tuple[str, str], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether an apply of this plan would leave the host untouched."""
        return not (self.packages or self.files or self.actions or self.reloads)

    @property
    def digest(self) -> str:
        """Hex SHA-256 over everything that an apply would do; equal plans have equal digests."""
        text = json.dumps(self.to_dict(digest=False), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_dict(self, *, digest: bool = True) -> dict[str, Any]:
        """The plan of one host as JSON carries it."""
        document: dict[str, Any] = {
            "host": self.host,
            "packages": list(self.packages),
            "files": [change.to_dict() for change in self.files],
            "actions": [action.to_dict() for action in self.actions],
            "reloads": list(self.reloads),
            "controls": list(self.controls),
            "by_hand": [{"control": control, "advice": advice} for control, advice in self.by_hand],
        }
        return {**document, "digest": self.digest} if digest else document


# --- what was found -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One control on one host."""

    host: str
    control: str
    kind: str
    title: str
    outcome: Outcome
    reason: str
    expected: State
    actual: State
    clause: str
    obligation: Obligation
    severity: Severity
    waived: str | None = None
    drift: bool = False
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The finding with the keys of the report contract (`baseline.report/1`)."""
        return {
            "host": self.host,
            "control": self.control,
            "kind": self.kind,
            "title": self.title,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "expected": dict(self.expected),
            "actual": dict(self.actual),
            "clause": self.clause,
            "obligation": self.obligation.value,
            "severity": self.severity.value,
            "waived": self.waived,
            "drift": self.drift,
            "advice": self.advice,
        }


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


@dataclass(frozen=True)
class HostReport:
    """How one host was reached. `seconds` is wall time; `exchanges` counts requests over the connection.

    `drifted` lists the files that are not as they were last applied, `stale` the daemons that run a configuration
    older than their files, and `untold` what of these could not be told.
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

    def to_dict(self) -> dict[str, Any]:
        """The host's line of the report contract."""
        return {
            "name": self.name,
            "address": self.address,
            "roles": list(self.roles),
            "reachable": self.reachable,
            "error": self.error,
            "exchanges": self.exchanges,
            "seconds": round(self.seconds, 3),
            "drifted": list(self.drifted),
            "stale": [one.to_dict() for one in self.stale],
            "untold": list(self.untold),
        }


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


class ApplyOutcome(StrEnum):
    """How an apply of one host ended."""

    NOTHING = "nothing"
    APPLIED = "applied"
    ROLLED_BACK = "rolled_back"
    REFUSED = "refused"
    NOT_BEGUN = "not_begun"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class HostApply:
    """What an apply did to one host. `steps` are the transaction's own words, in order."""

    host: str
    outcome: ApplyOutcome
    reason: str
    transaction: str = ""
    plan: HostPlan | None = None
    steps: tuple[str, ...] = ()
    restored: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """The apply of one host as JSON carries it."""
        return {
            "host": self.host,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "transaction": self.transaction,
            "plan": self.plan.to_dict() if self.plan else None,
            "steps": list(self.steps),
            "restored": self.restored,
        }


@dataclass(frozen=True)
class Report:
    """The findings of a run over all selected hosts; every format is printed from it."""

    run: Run
    hosts: tuple[HostReport, ...]
    findings: tuple[Finding, ...]
    plans: tuple[HostPlan, ...] = ()
    applies: tuple[HostApply, ...] = ()
    strict: bool = False

    @property
    def summary(self) -> dict[str, int]:
        """Findings counted by outcome, `waived` and `drift` beside their outcome; and daemons that are `stale`."""
        counts = {outcome.value: 0 for outcome in Outcome} | {"waived": 0, "drift": 0}
        counts["stale"] = sum(len(host.stale) for host in self.hosts)
        for finding in self.findings:
            counts[finding.outcome.value] += 1
            counts["waived"] += finding.waived is not None
            counts["drift"] += finding.drift
        return counts

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
        """The report contract, `baseline.report/1`; plans and applies only where the run made them."""
        document: dict[str, Any] = {
            "schema": "baseline.report/1",
            "run": self.run.to_dict(),
            "hosts": [host.to_dict() for host in self.hosts],
            "findings": [finding.to_dict() for finding in self.findings],
            "summary": self.summary,
            "exit_code": self.exit_code,
        }
        if self.plans:
            document["plans"] = [plan.to_dict() for plan in self.plans]
        if self.applies:
            document["applies"] = [apply.to_dict() for apply in self.applies]
        return document

    def strictly(self) -> Report:
        """The same report under `--strict`: warnings and non-mandatory fails count as well."""
        return replace(self, strict=True)
