"""What would be changed on a host, and how changing it ended."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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

    `undo` must put back what `do` changed, also when `do` stopped half-way. Actions come after the files are in
    place; one that is `first` comes before those that are not, which may build on it.
    """

    name: str
    do: str
    undo: str
    controls: tuple[str, ...] = ()
    first: bool = False

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
