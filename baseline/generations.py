"""What a host was after each apply, from the journals that it keeps. Pure.

Generation 0 is the host before its first apply; generation N is what the Nth confirmed transaction left. The host
numbers them, so neither the clocks of controllers nor journals that were pruned change what a number means.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from itertools import pairwise

from baseline.classes import dataclass
from baseline.errors import CannotTell, NothingMatched
from baseline.model import HOST_STATE, Action, Answer, FileState
from baseline.shell import script

QUESTION = script("baseline", "generations", root=HOST_STATE)
"""Brings all journals of a host as a tar archive, in the order in which the host wrote them."""

MOST_FILES = 10_000
"""The most files that the journals of a host may hold."""

_IDENTITY = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]+")
_NUMBER = re.compile(rb"[1-9][0-9]{0,8}\n")


@dataclass(frozen=True)
class Effect:
    """What an apply was seen to change besides files: a unit, a user, a directory. See `surroundings.sh` for `item`."""

    item: str
    before: str
    after: str


@dataclass(frozen=True)
class Written:
    """What an apply wrote at a path. `place` is where the host keeps the content; empty where it deleted the file."""

    place: str
    owner: str
    group: str
    mode: int


@dataclass(frozen=True)
class Generation:
    """One confirmed transaction. `files` are what it replaced: path -> what stood there before; `wrote`: what it put.

    `when` is ISO 8601 in UTC, by the host's clock. `done` are its actions, `made` the directories that it made for
    files. `back_to` is set for a rollback: the generation that it led back to.
    """

    number: int
    transaction: str
    when: str
    note: Mapping[str, str]
    files: Mapping[str, FileState]
    done: tuple[Action, ...]
    reloads: tuple[str, ...]
    made: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    back_to: int | None = None
    wrote: Mapping[str, Written] = field(default_factory=dict)


@dataclass
class _Journal:
    parts: dict[str, bytes] = field(default_factory=dict)
    written: float = 0


def read(answer: Answer) -> tuple[Generation, ...]:
    """The generations, oldest first. Raises `CannotTell` when the journals cannot be read."""
    if answer.rc != 0:
        raise CannotTell(f"the journals could not be read: exit code {answer.rc}")
    if not answer.stdout:
        return ()
    journals: dict[str, _Journal] = {}
    import tarfile

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
                    journal = journals.setdefault(identity, _Journal())
                    journal.parts[name] = content.read()
                    journal.written = float(member.mtime) if name == "state" else journal.written
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise CannotTell(f"the journals could not be read: {error}") from None
    confirmed = [identity for identity, one in journals.items() if one.parts.get("state") == b"confirmed\n"]
    numbers = _numbered({identity: journals[identity].parts.get("number") for identity in confirmed})
    return tuple(_generation(number, identity, journals[identity]) for number, identity in numbers)


def chosen(kept: Sequence[Generation], to: int | None, host: str) -> int:
    """The generation asked for; by default the one before the last. Raises `NothingMatched`.

    There is a way back only as far as no journal is missing.
    """
    if not kept:
        raise NothingMatched(f"{host} keeps no journal of an apply, so there is nothing to roll back to")
    last, first = kept[-1].number - 1, in_a_row(kept)[0].number - 1
    wanted = last if to is None else to
    if not first <= wanted <= last:
        raise NothingMatched(f"{host} has no generation {wanted} to roll back to: it keeps {first} to {last}")
    return wanted


def in_a_row(kept: Sequence[Generation]) -> Sequence[Generation]:
    """The newest generations of which none is missing in between."""
    gaps = [n for n, (earlier, later) in enumerate(pairwise(kept), 1) if later.number != earlier.number + 1]
    return kept[gaps[-1] :] if gaps else kept


def paths_since(kept: Sequence[Generation], wanted: int) -> list[str]:
    """Every file that an apply after generation `wanted` changed."""
    return sorted({path for generation in kept if generation.number > wanted for path in generation.files})


def last_written(kept: Sequence[Generation]) -> dict[str, Written]:
    """What the last apply or rollback that changed it put at each path."""
    return {path: written for generation in kept for path, written in generation.wrote.items()}


def secret_paths(kept: Sequence[Generation]) -> frozenset[str]:
    """The files that have held a secret, before or after one of the applies."""
    return frozenset(path for generation in kept for path, state in generation.files.items() if state.secret)


def _numbered(confirmed: Mapping[str, bytes | None]) -> list[tuple[int, str]]:
    """Each confirmed journal with its number, oldest first; `confirmed` has them in the order of the host.

    Those of versions that gave no numbers come after all with numbers: what such a version applied before is numbered
    by the first apply that gives numbers. Raises `CannotTell` for what is no number, or is that of two.
    """
    found: dict[int, str] = {}
    for identity, given in confirmed.items():
        if given is None:
            continue
        if not _NUMBER.fullmatch(given) or int(given) in found:
            raise CannotTell(f"the journal {identity!r} cannot be read: its number {given!r} is none, or another's")
        found[int(given)] = identity
    last = max(found, default=0)
    without = [identity for identity, given in confirmed.items() if given is None]
    return [*sorted(found.items()), *enumerate(without, last + 1)]


def _generation(number: int, identity: str, journal: _Journal) -> Generation:
    try:
        return _told(number, identity, journal)
    except (LookupError, ValueError, OverflowError, OSError) as error:
        raise CannotTell(f"the journal {identity!r} cannot be read: {error or type(error).__name__}") from None


def _told(number: int, identity: str, journal: _Journal) -> Generation:
    parts = journal.parts
    if not _IDENTITY.fullmatch(identity):
        raise ValueError("it is no name that a journal of ours has")
    looks = {row[0]: row[1] for row in _rows(parts, "looks", 2)}
    secret = {row[0] for row in _rows(parts, "secrets", 1)}
    files, wrote = {}, {}
    for n, path, action, new_owner, new_group, new_mode, _ in _rows(parts, "files", 7):
        if not n.isdecimal():
            raise ValueError(f"{n!r} is no number of a file")
        place = "" if action == "delete" else f"{HOST_STATE}/tx/{identity}/new/{n}"
        wrote[path] = Written(place, new_owner, new_group, int(new_mode, 8))
        old = FileState(None, secret=n in secret)
        if action != "create":
            kind, owner, mode = looks[n].rsplit(" ", 2)
            name, _, group = owner.partition(":")
            old = FileState(parts[f"old/{n}"], name, group, int(mode, 8), kind, secret=n in secret)
        files[path] = old
    note = {row[0]: row[1] for row in _rows(parts, "meta", 2)}
    when = f"{datetime.fromtimestamp(journal.written, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return Generation(
        number,
        identity,
        when,
        note,
        files,
        done=tuple(_action(parts, *row) for row in _rows(parts, "actions/table", 2, 4)),
        reloads=tuple(row[0] for row in _rows(parts, "reloads", 1)),
        made=tuple(dict.fromkeys(row[0] for row in _rows(parts, "made", 1))),
        effects=tuple(Effect(*row) for row in _rows(parts, "effects", 3)),
        back_to=_back_to(note, number),
        wrote=wrote,
    )


def _action(parts: Mapping[str, bytes], n: str, name: str, done: str = "after", undone: str = "after") -> Action:
    """An action of a journal. Earlier versions gave no moments: in a rollback, they undid theirs after the files."""
    do, undo = (parts[f"actions/{n}.{way}"].decode() for way in ("do", "undo"))
    return Action(name, do, undo, before_files=done == "before", undo_after_files=undone == "after")


def _back_to(note: Mapping[str, str], number: int) -> int | None:
    """Where a rollback led. Earlier versions told it by the note alone, which named a number, or the last one."""
    told = note.get("back", "") or note.get("baseline", "").removeprefix("rollback to ")
    if told == "the last" and "back" not in note:
        return number - 2
    return int(told) if told.isdecimal() and int(told) < number else None


def _rows(parts: Mapping[str, bytes], name: str, *widths: int) -> list[tuple[str, ...]]:
    lines = parts.get(name, b"").decode("utf-8", "surrogateescape").split("\n")
    rows = [tuple(line.split("\t")) for line in lines if line]
    if any(len(row) not in widths for row in rows):
        raise CannotTell(f"the journal's table {name} cannot be read")
    return rows
