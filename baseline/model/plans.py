"""What would be changed on a host, and how changing it ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from baseline.classes import dataclass
from baseline.model.consequences import Displaced, Notice
from baseline.model.origin import MadeFor


@dataclass(frozen=True)
class FileState:
    """What stands at a path of a host. `content` is None when nothing does; `secret` when nobody may see it.

    Of a plan that was read back from a report only the `digest` of the content is known.
    """

    content: bytes | None = field(repr=False)
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    kind: str = "regular file"
    secret: bool = field(default=False, compare=False)
    digest: str = field(default="", compare=False)

    @property
    def absent(self) -> bool:
        """Whether nothing stands there."""
        return self.content is None and not self.digest

    @property
    def sha256(self) -> str:
        """Hex digest of the content, or `absent`."""
        if self.content is None:
            return self.digest or "absent"
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, eq=False)
class FileChange:
    """One file as it is and as it shall be; `controls` are the ids that ask for the change.

    `seals` are keyed digests of a secret file before and after, which tell whether two plans are the same and let
    nobody try guesses. Changes are equal when they tell the same, digests of contents included.
    """

    path: str
    before: FileState
    after: FileState
    controls: tuple[str, ...]
    seals: tuple[str, str] | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileChange) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def secret(self) -> bool:
        """Whether nobody may see the content. What a secret replaces is one as well."""
        return self.before.secret or self.after.secret

    @property
    def hidden(self) -> str:
        """Why the content is not shown unasked; empty when it may be. A secret is not shown at all."""
        if self.secret:
            return "secret"
        sides = [state for state in (self.before, self.after) if not state.absent]
        return "not readable by everybody" if any(not state.mode & 0o004 for state in sides) else ""

    @property
    def action(self) -> str:
        """`create`, `change` or `delete`."""
        if self.before.absent:
            return "create"
        return "delete" if self.after.absent else "change"

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON carries it, without the content. Of a secret not even the digest, which would tell it."""
        before, after = self.before, self.after
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
            "before": None
            if before.absent
            else {"owner": before.owner, "group": before.group, "mode": f"{before.mode:04o}"},
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> FileChange:
        """The opposite of `to_dict`, with digests for contents. Raises KeyError, TypeError or ValueError."""
        action, secret = document["action"], document["secret"]
        digests = (document["before_sha256"], document["after_sha256"])
        before = _state(document.get("before") or {}, "" if action == "create" else digests[0], secret=False)
        after = _state(document, "" if action == "delete" else digests[1], secret=secret)
        seals = digests if secret and digests != ("secret", "secret") else None
        return cls(document["path"], before, after, tuple(document["controls"]), seals)


def _state(document: Mapping[str, Any], digest: str, *, secret: bool) -> FileState:
    owner, group = document.get("owner", "root"), document.get("group", "root")
    return FileState(None, owner, group, int(document.get("mode", "0644"), 8), secret=secret, digest=digest)


@dataclass(frozen=True)
class Action:
    """A change that is not a file: POSIX sh to do it, and to undo it.

    `undo` must put back what `do` changed, also when `do` stopped half-way, and both have to bear being run twice.
    Actions come after the files are in place; one that is `first` comes before those that are not, which may build on
    it. They are undone before the files go back; with `undo_after_files`, after that: what a file names stays as long
    as it names it. `before_files` is for what undoes an action, in a rollback to a generation.
    """

    name: str
    do: str
    undo: str
    controls: tuple[str, ...] = ()
    first: bool = False
    before_files: bool = False
    undo_after_files: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The action as JSON carries it."""
        return {
            "name": self.name,
            "do": self.do,
            "undo": self.undo,
            "controls": list(self.controls),
            "first": self.first,
            "before_files": self.before_files,
            "undo_after_files": self.undo_after_files,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Action:
        """The opposite of `to_dict`. Raises KeyError or TypeError for another document."""
        orders = {name: bool(document.get(name, False)) for name in _ORDERS}
        return cls(document["name"], document["do"], document["undo"], tuple(document["controls"]), **orders)


_ORDERS = ("first", "before_files", "undo_after_files")
"""What version 1 of the report does not tell of an action."""


@dataclass(frozen=True)
class WayBack:
    """What a plan that leads back to a generation has besides.

    `directories` are taken away at the decision where they are empty by then, the deepest first. `surroundings` is how
    units, users, groups and directories shall be after it, item by item.
    """

    generation: int
    directories: tuple[str, ...] = ()
    surroundings: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The way back as JSON carries it."""
        return {
            "generation": self.generation,
            "directories": list(self.directories),
            "surroundings": dict(self.surroundings),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> WayBack:
        """The opposite of `to_dict`. Raises KeyError, TypeError or AttributeError for another document."""
        surroundings = tuple(sorted(document["surroundings"].items()))
        return cls(document["generation"], tuple(document["directories"]), surroundings)


@dataclass(frozen=True)
class HostPlan:
    """All that would be done to one host, in the order of the transaction's phases.

    `packages` are to be installed; `upgrades` are installed, and too old. `left_out` are controls that would add what
    nobody asked for, each with the option that takes it; `displaced` is what of the site's own gives way.
    `made_for` is the machine that it was made for: the same changes for another one are another plan. None for the way
    back to a generation, and in reports of version 1.
    """

    host: str
    packages: tuple[str, ...] = ()
    files: tuple[FileChange, ...] = ()
    actions: tuple[Action, ...] = ()
    reloads: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    by_hand: tuple[tuple[str, str], ...] = ()
    upgrades: tuple[str, ...] = ()
    made_for: MadeFor | None = None
    way_back: WayBack | None = None
    left_out: tuple[tuple[str, str], ...] = ()
    displaced: tuple[Displaced, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether an apply of this plan would leave the host untouched."""
        return not (self.packages or self.upgrades or self.files or self.actions or self.reloads)

    @property
    def digest(self) -> str:
        """Hex SHA-256 over everything that an apply would do; equal plans have equal digests."""
        document = self._document()
        # Digests are those of version 1 of the report, so that plans which were reviewed as such can be applied.
        document["files"] = [_without(change, "before") for change in document["files"]]
        document["actions"] = [_without(action, *_ORDERS) for action in document["actions"]]
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """The plan of one host as JSON carries it."""
        told = {"notices": [one.to_dict() for one in self.notices]} if self.notices else {}
        return {**self._document(), **told, "digest": self.digest}

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "host": self.host,
            "packages": list(self.packages),
            "files": [change.to_dict() for change in self.files],
            "actions": [action.to_dict() for action in self.actions],
            "reloads": list(self.reloads),
            "controls": list(self.controls),
            "by_hand": [{"control": control, "advice": advice} for control, advice in self.by_hand],
        }
        if self.upgrades:
            document["upgrades"] = list(self.upgrades)
        if self.way_back:
            document["way_back"] = self.way_back.to_dict()
        if self.left_out:
            document["left_out"] = [{"control": control, "reason": reason} for control, reason in self.left_out]
        if self.displaced:
            document["displaced"] = [one.to_dict() for one in self.displaced]
        return {**document, "made_for": self.made_for.to_dict()} if self.made_for else document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> HostPlan:
        """The opposite of `to_dict`; the digest is worked out anew. Raises KeyError, TypeError or ValueError."""
        return cls(
            host=document["host"],
            packages=tuple(document["packages"]),
            files=tuple(map(FileChange.from_dict, document["files"])),
            actions=tuple(map(Action.from_dict, document["actions"])),
            reloads=tuple(document["reloads"]),
            controls=tuple(document["controls"]),
            by_hand=tuple((one["control"], one["advice"]) for one in document["by_hand"]),
            upgrades=tuple(document.get("upgrades", ())),
            made_for=MadeFor.from_dict(document["made_for"]) if document.get("made_for") else None,
            way_back=WayBack.from_dict(document["way_back"]) if document.get("way_back") else None,
            left_out=tuple((one["control"], one["reason"]) for one in document.get("left_out", ())),
            displaced=tuple(map(Displaced.from_dict, document.get("displaced", ()))),
            notices=tuple(map(Notice.from_dict, document.get("notices", ()))),
        )


def _without(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in keys}


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

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> HostApply:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        plan = document["plan"]
        return cls(
            host=document["host"],
            outcome=ApplyOutcome(document["outcome"]),
            reason=document["reason"],
            transaction=document["transaction"],
            plan=HostPlan.from_dict(plan) if plan else None,
            steps=tuple(document["steps"]),
            restored=document["restored"],
        )
