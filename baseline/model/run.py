"""Who looked when, and how each host was reached: what a report says besides its findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, Literal, get_args

from baseline.classes import dataclass
from baseline.model.edits import HandEdit
from baseline.model.hosts import HOST_STATE, About
from baseline.model.timings import Timings
from baseline.model.whole import Whole


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
        if first:
            return f"{self.program} has not read {', '.join(first)} and {last} since they were written"
        return f"{self.program} has not read {last} since it was written"

    def to_dict(self) -> dict[str, Any]:
        """The daemon as JSON carries it."""
        return {"unit": self.unit, "program": self.program, "read": self.read, "files": list(self.files)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Stale:
        """The opposite of `to_dict`. Raises KeyError or TypeError for another document."""
        return cls(document["unit"], document["program"], document["read"], tuple(document["files"]))


@dataclass(frozen=True)
class Unloadable:
    """A program that would not load what stands on disk, by its own checker, whether it `runs` at the moment or not.

    `words` are the checker's, on one line.
    """

    unit: str
    program: str
    runs: bool
    words: str

    def __str__(self) -> str:
        if self.runs:
            return f"{self.program} refuses the files that it would start with: {self.words}"
        return f"{self.program} does not run, and refuses the files that it would start with: {self.words}"

    def to_dict(self) -> dict[str, Any]:
        """The program as JSON carries it."""
        return {"unit": self.unit, "program": self.program, "runs": self.runs, "words": self.words}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Unloadable:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(document["unit"], document["program"], document["runs"], document["words"])


UndecidedState = Literal["at work", "waiting", "interrupted", "broken"]
"""Of a transaction without a decision: somebody is at work on it, it waits for its confirmation, it was cut off midway,
or it could not be wholly restored."""


@dataclass(frozen=True)
class Undecided:
    """A transaction on a host that has changed something, and is neither confirmed nor restored.

    `who` made it. `restores` is when the host restores itself (ISO 8601 in UTC, by its own clock), empty when no
    dead-man is known to watch.
    """

    transaction: str
    state: UndecidedState
    who: str = ""
    restores: str = ""

    def __str__(self) -> str:
        place = f"{HOST_STATE}/tx/{self.transaction}"
        by_hand = f"`sh {place}/host.sh {{}} {place}`"
        restore, confirm = by_hand.format("restore"), by_hand.format("confirm")
        of = f"transaction {self.transaction} of {self.who or 'unknown'}"
        when = f"rolls back automatically at {self.restores}" if self.restores else "is rolled back by the next apply"
        match self.state:
            case "at work":
                return f"{of} is at work on this host now: look again once it has ended"
            case "waiting":
                return f"{of} waits for confirmation and {when}; as root on the host, {confirm} keeps it"
            case "interrupted":
                return f"{of} was interrupted midway and {when}; as root on the host, {restore} does it now"
            case "broken":
                return f"{of} is not wholly rolled back: as root on the host, {restore} tries again and says what fails"

    def to_dict(self) -> dict[str, Any]:
        """The transaction as JSON carries it; `restores` is null when it is not known."""
        return {
            "transaction": self.transaction,
            "state": self.state,
            "who": self.who,
            "restores": self.restores or None,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Undecided:
        """The opposite of `to_dict`. Raises KeyError for another document, ValueError for an unknown state."""
        if document["state"] not in get_args(UndecidedState):
            raise ValueError(f"a transaction is {document['state']!r}")
        return cls(document["transaction"], document["state"], document["who"], document["restores"] or "")


@dataclass(frozen=True)
class HostReport:
    """How one host was reached. `seconds` is wall time; `exchanges` counts requests over the connection.

    `drifted` lists the files that are not as they were last applied, `stale` the daemons that run a configuration
    older than their files, `unloadable` the programs that would not start with the files that they have, `undecided`
    the transactions that are neither confirmed nor restored, and `untold` what of these could not be told. `edits` is
    what was changed by hand since the last apply, where the run looked for that. `note` says how it was looked at,
    where that was not over a connection, that its release changed, or which programs nobody has tried in its release.
    `timings` say where its time went.
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
    unloadable: tuple[Unloadable, ...] = ()
    untold: tuple[str, ...] = ()
    note: str = ""
    undecided: tuple[Undecided, ...] = ()
    edits: tuple[HandEdit, ...] = ()
    timings: Timings | None = field(default=None, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The host's line of the report contract; what not every host has only where there is any."""
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
            "unloadable": [one.to_dict() for one in self.unloadable],
            "untold": list(self.untold),
        }
        if self.undecided:
            document["undecided"] = [one.to_dict() for one in self.undecided]
        if self.edits:
            document["edits"] = [one.to_dict() for one in self.edits]
        if self.timings:
            document["timings"] = self.timings.to_dict()
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
            unloadable=tuple(map(Unloadable.from_dict, document.get("unloadable", ()))),
            untold=tuple(document["untold"]),
            note=document.get("note", ""),
            undecided=tuple(map(Undecided.from_dict, document.get("undecided", ()))),
            edits=tuple(map(HandEdit.from_dict, document.get("edits", ()))),
            timings=Timings.from_dict(document["timings"]) if document.get("timings") else None,
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


CutShort = Literal["", "interrupted", "deadline"]
"""What ended a run before its time: nothing, a person, or its deadline."""


@dataclass(frozen=True)
class Recorded:
    """The run whose answers were judged, by its id, and when it was finished (ISO 8601 in UTC)."""

    run: str
    finished: str

    def to_dict(self) -> dict[str, Any]:
        """The run as JSON carries it."""
        return {"run": self.run, "finished": self.finished}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Recorded:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(document["run"], document["finished"])


@dataclass(frozen=True)
class Brought:
    """Whoever brings something that is not of this package: a distribution, or a `folder` with the digest of its files.

    `version` is the distribution's own.
    """

    name: str
    version: str
    folder: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    def to_dict(self) -> dict[str, Any]:
        """It as JSON carries it; `folder` only where it is one."""
        return {"name": self.name, "version": self.version, **({"folder": True} if self.folder else {})}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Brought:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(document["name"], document["version"], document.get("folder", False))


@dataclass(frozen=True)
class Run:
    """Who looked when, with what. Times are ISO 8601 in UTC. A rollback has no baseline: its three fields are empty.

    `chosen_from` is the whole baseline where the run looked at some of its controls only. `every` is of a run that a
    schedule made: in how many seconds from its beginning the next one is due. It is 0 for one that somebody asked for.
    `recorded` is there where no host was asked, and the answers of an earlier run were judged. `renamed` has the ids
    that controls of the baseline had formerly, and those that they have now. `extensions` are those who brought kinds,
    templates or files that the baseline is made of, where that is not this package.
    """

    id: str
    started: str
    finished: str
    version: str
    baseline_name: str
    baseline_version: str
    baseline_sha256: str
    cut_short: CutShort = ""
    chosen_from: Whole | None = None
    every: int = 0
    recorded: Recorded | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    extensions: tuple[Brought, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The `run` object of the report contract.

        `cut_short` only where something ended it before its time, `chosen_from` where some controls were chosen,
        `every` where a schedule made it, `recorded` where no host was asked, `renamed` where controls were,
        `extensions` where there are any.
        """
        document: dict[str, Any] = {
            "id": self.id,
            "started": self.started,
            "finished": self.finished,
            "version": self.version,
            "baseline": {
                "name": self.baseline_name,
                "version": self.baseline_version,
                "sha256": self.baseline_sha256,
            }
            if self.baseline_name
            else None,
        }
        if self.chosen_from:
            document["chosen_from"] = self.chosen_from.to_dict()
        if self.every:
            document["every"] = self.every
        if self.renamed:
            document["renamed"] = dict(self.renamed)
        if self.recorded:
            document["recorded"] = self.recorded.to_dict()
        if self.extensions:
            document["extensions"] = [one.to_dict() for one in self.extensions]
        return {**document, "cut_short": self.cut_short} if self.cut_short else document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Run:
        """The opposite of `to_dict`. Raises KeyError or TypeError for another document."""
        own = (document[name] for name in ("id", "started", "finished", "version"))
        rules = document["baseline"] or {"name": "", "version": "", "sha256": ""}
        made = cls(*own, *(rules[name] for name in ("name", "version", "sha256")))
        whole = Whole.from_dict(document["chosen_from"]) if "chosen_from" in document else None
        recorded = Recorded.from_dict(document["recorded"]) if "recorded" in document else None
        cut_short, every = document.get("cut_short", ""), document.get("every", 0)
        renamed = dict(document.get("renamed", {}))
        extensions = tuple(map(Brought.from_dict, document.get("extensions", ())))
        return replace(
            made,
            cut_short=cut_short,
            chosen_from=whole,
            every=every,
            recorded=recorded,
            renamed=renamed,
            extensions=extensions,
        )
