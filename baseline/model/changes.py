"""What changed since an earlier run: each change of one class, and with its cause as far as that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from baseline.classes import dataclass

ChangeClass = Literal[
    "newly failing",
    "mended",
    "newly unknown",
    "known again",
    "failing otherwise",
    "flapping",
    "newly drifted",
    "drift gone",
    "control added",
    "control removed",
    "control changed",
    "host appeared",
    "host vanished",
    "release upgraded",
    "waiver begun",
    "waiver expiring",
    "waiver expired",
    "waiver withdrawn",
]
"""What a change is. A warning counts as failing here; what does not apply counts as well."""

Cause = Literal["apply", "by hand", "package", "upgrade", "baseline", "outside", "waiver", "unknown"]
"""Who or what brought a change about: an apply or rollback of ours, somebody by hand, a package's new version, another
release of Debian, another version of the baseline, the world outside of the host (DNS, certificates, block lists), or
who answers for a waiver."""


@dataclass(frozen=True)
class Change:
    """One change. `control` is empty for what is about a host as a whole, `host` for what is about all of them.

    `before` and `now` are outcomes, or releases; `detail` says more, as does `because` of the cause. `seen` is the id
    of the run that first saw it.
    """

    kind: ChangeClass
    host: str
    control: str = ""
    subject: str = ""
    title: str = ""
    before: str = ""
    now: str = ""
    detail: str = ""
    cause: Cause = "unknown"
    because: str = ""
    seen: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON carries it."""
        return {"class": self.kind, **{name: value for name, value in self.__dict__.items() if name != "kind"}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Change:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        kind: ChangeClass = document["class"]
        if kind not in get_args(ChangeClass):
            raise ValueError(f"{kind!r} is no class of changes")
        return cls(kind, **{name: value for name, value in document.items() if name != "class"})


@dataclass(frozen=True)
class Changes:
    """What changed since a run, up to another one. `since` is empty where there is no earlier run to compare with.

    Both are ids of runs; `since_finished` is when the earlier one was finished (ISO 8601 in UTC).
    """

    since: str
    since_finished: str
    until: str
    changes: tuple[Change, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The changes as JSON carries them."""
        return {
            "since": self.since,
            "since_finished": self.since_finished,
            "until": self.until,
            "changes": [one.to_dict() for one in self.changes],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Changes:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        changes = tuple(map(Change.from_dict, document["changes"]))
        return cls(document["since"], document["since_finished"], document["until"], changes)
