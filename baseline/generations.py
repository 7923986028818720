"""What a host was after each apply, from the journals that it keeps, and the plan that leads back. Pure.

Generation 0 is the host before its first apply; generation N is what the Nth confirmed transaction left. Journals
that were pruned take their generations along, so numbers count from the oldest that is kept.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from baseline.errors import CannotTell, NothingMatched
from baseline.model import HOST_STATE, Action, Answer, FileChange, FileState, HostPlan

QUESTION = (
    f"cd {HOST_STATE}/tx 2>/dev/null || exit 0; "
    "tar -cf - --sort=name --exclude=./*/tree --exclude=./*/new --exclude=./*/validators --exclude=./*/host.sh . "
    "2>/dev/null"
)
"""One command that brings all journals of a host as a tar archive."""

MOST_FILES = 10_000
"""The most files that the journals of a host may hold."""

_IDENTITY = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]+")


@dataclass(frozen=True)
class Generation:
    """One confirmed transaction. `files` are what it replaced: path -> what stood there before."""

    number: int
    transaction: str
    note: Mapping[str, str]
    files: Mapping[str, FileState]
    actions: tuple[Action, ...]
    reloads: tuple[str, ...]

    @property
    def when(self) -> str:
        """ISO 8601 in UTC, from the transaction's id."""
        stamp = self.transaction.partition("-")[0]
        return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[9:11]}:{stamp[11:13]}:{stamp[13:15]}Z"


def read(answer: Answer) -> tuple[Generation, ...]:
    """The generations, oldest first. Raises `CannotTell` when the journals cannot be read."""
    if answer.rc != 0:
        raise CannotTell(f"the journals could not be read: exit code {answer.rc}")
    if not answer.stdout:
        return ()
    journals: dict[str, dict[str, bytes]] = {}
    try:
        # Never compressed, and no file with holes: what comes out is no larger than what the host has sent.
        with tarfile.open(fileobj=io.BytesIO(answer.stdout), mode="r:") as archive:
            for number, member in enumerate(archive):
                if number >= MOST_FILES:
                    raise CannotTell(f"the journals could not be read: they hold more than {MOST_FILES} files")
                identity, _, name = member.name.removeprefix("./").partition("/")
                plain = member.isreg() and not member.issparse()
                content = archive.extractfile(member) if plain else None
                if name and content is not None:
                    journals.setdefault(identity, {})[name] = content.read()
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise CannotTell(f"the journals could not be read: {error}") from None
    confirmed = [identity for identity, parts in sorted(journals.items()) if parts.get("state") == b"confirmed\n"]
    return tuple(_generation(number, identity, journals[identity]) for number, identity in enumerate(confirmed, 1))


def chosen(kept: Sequence[Generation], to: int | None, host: str) -> int:
    """The generation asked for; by default the one before the last. Raises `NothingMatched`."""
    if not kept:
        raise NothingMatched(f"{host} keeps no journal of an apply, so there is nothing to roll back to")
    wanted = len(kept) - 1 if to is None else to
    if not 0 <= wanted < len(kept):
        raise NothingMatched(f"{host} has no generation {wanted} to roll back to: it keeps 0 to {len(kept) - 1}")
    return wanted


def paths_since(kept: Sequence[Generation], wanted: int) -> list[str]:
    """Every file that an apply after generation `wanted` changed."""
    return sorted({path for generation in kept[wanted:] for path in generation.files})


def plan_back(
    host: str, kept: Sequence[Generation], wanted: int, present: Mapping[str, FileState | CannotTell]
) -> HostPlan:
    """The plan that leads from what stands on the host now to generation `wanted`.

    The oldest change after that generation holds what stood there then. Actions are undone, last first; what
    undoes them is how they were done. Raises `CannotTell` for a file that cannot be read.
    """
    then: dict[str, FileState] = {}
    for generation in reversed(kept[wanted:]):
        then |= generation.files
    changes = []
    for path, before in sorted(then.items()):
        now = present[path]
        if isinstance(now, CannotTell):
            raise now
        if now != before:
            changes.append(FileChange(path, now, before, ()))
    backwards = [action for generation in reversed(kept[wanted:]) for action in reversed(generation.actions)]
    reloads = dict.fromkeys(unit for generation in kept[wanted:] for unit in generation.reloads)
    return HostPlan(host, files=tuple(changes), actions=tuple(backwards), reloads=tuple(reloads) if changes else ())


def _generation(number: int, identity: str, parts: Mapping[str, bytes]) -> Generation:
    try:
        return _told(number, identity, parts)
    except (LookupError, ValueError) as error:
        raise CannotTell(f"the journal {identity!r} cannot be read: {error or type(error).__name__}") from None


def _told(number: int, identity: str, parts: Mapping[str, bytes]) -> Generation:
    if not _IDENTITY.fullmatch(identity):
        raise ValueError("it is no name that a journal of ours has")
    looks = {row[0]: row[1] for row in _rows(parts, "looks", 2)}
    secret = {row[0] for row in _rows(parts, "secrets", 1)}
    files = {}
    for n, path, action, *_ in _rows(parts, "files", 7):
        old = FileState(None, secret=n in secret)
        if action != "create":
            kind, owner, mode = looks[n].rsplit(" ", 2)
            name, _, group = owner.partition(":")
            old = FileState(parts[f"old/{n}"], name, group, int(mode, 8), kind, secret=n in secret)
        files[path] = old
    actions = tuple(
        Action(
            name=f"undo: {name}",
            do=parts[f"actions/{n}.undo"].decode(),
            undo=parts[f"actions/{n}.do"].decode(),
        )
        for n, name in _rows(parts, "actions/table", 2)
    )
    note = {row[0]: row[1] for row in _rows(parts, "meta", 2)}
    reloads = tuple(row[0] for row in _rows(parts, "reloads", 1))
    return Generation(number, identity, note, files, actions, reloads)


def _rows(parts: Mapping[str, bytes], name: str, width: int) -> list[tuple[str, ...]]:
    lines = parts.get(name, b"").decode("utf-8", "surrogateescape").split("\n")
    rows = [tuple(line.split("\t")) for line in lines if line]
    if any(len(row) != width for row in rows):
        raise CannotTell(f"the journal's table {name} cannot be read")
    return rows
