"""Dossiers as a roll-up reads them: all of the zip by its digests, and of it only the reports, a piece at a time.

Nothing of a dossier is believed before its manifest is signed by an agency, and nothing in it that the manifest does
not vouch for. Memory does not grow with what a file claims to hold. What history and evidence come to, and whether
clauses follow from findings, the dossier's own verifier says.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from baseline.classes import dataclass
from baseline.dossier.verify_dossier import MANIFEST, SCHEMA, SIGNATURE, directory, local_header
from baseline.errors import UserError
from baseline.rollup.streamed import NoJson, Streamed
from baseline.rollup.told import RunsOfDossier

MOST_OF_MANIFEST = 32 << 20
MOST_OF_REPORT = 256 << 20
MOST_FILES = 1 << 16
MOST_REPORTS = 16
"""A dossier has one for each baseline."""

_PIECE = 1 << 20
_HEADER = 30
_LONGEST_RUN = 1 << 20
_RUNS = "history/runs.jsonl"
_LACKING = ("clauses.json", _RUNS)
"""What every dossier has besides reports."""

LastRuns = Mapping[str, tuple[int, str]]
"""Number and digest of the last run that was seen, by key."""

BEGINS = b"PK\3\4"


@dataclass(frozen=True)
class ListedFile:
    """A file as the manifest lists it, and where its bytes begin in the zip."""

    name: str
    size: int
    sha256: str
    packed_size: int
    packed_sha256: str
    at: int = 0

    @property
    def stored(self) -> bool:
        """Whether it lies there as it is."""
        return self.sha256 == self.packed_sha256


@dataclass(frozen=True)
class Manifest:
    """The manifest as it is signed, its signature, and what it says: whose, up to when, what lacks, which files."""

    raw: bytes
    signature: bytes
    end: int

    def said(self) -> tuple[Mapping[str, Any], list[ListedFile]]:
        """What it says. Raises `UserError`. Only for one whose signature holds."""
        try:
            return _said(self.raw)
        except NoJson as error:
            raise UserError(f"{MANIFEST} in it is no whole JSON: {error}") from None
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"{MANIFEST} in it cannot be read: {error}") from None


def manifest(source: BinaryIO) -> Manifest:
    """The manifest of a dossier and its signature, unverified. Raises `UserError` and OSError."""
    raw, end = _stored(source, MANIFEST, 0, MOST_OF_MANIFEST)
    signature, end = _stored(source, SIGNATURE, end, 1 << 14)
    return Manifest(raw, signature, end)


def whole(source: BinaryIO, signed: Manifest, files: list[ListedFile]) -> list[ListedFile]:
    """The files with their places, where all of the zip is as its manifest says. Raises `UserError` and OSError."""
    entries = [_entry(MANIFEST, signed.raw), _entry(SIGNATURE, signed.signature)]
    placed, at = [], signed.end
    for one in files:
        entry, at = _passed(source, one, at)
        entries.append(entry)
        placed.append(
            ListedFile(one.name, one.size, one.sha256, one.packed_size, one.packed_sha256, at - one.packed_size)
        )
    wanted = directory(entries)
    if source.read(len(wanted) + 1) != wanted:
        raise UserError("is half, or was altered: its directory is not the one of its files, or something is behind it")
    return placed


def reports(files: list[ListedFile]) -> list[ListedFile]:
    """The reports among the files. Raises `UserError` where none is, or what every dossier has is not."""
    found = [one for one in files if one.name.startswith("reports/") and one.name.endswith("/report.json")]
    names = {one.name for one in files}
    lacking = [name for name in _LACKING if name not in names] + ([] if found else ["reports/…/report.json"])
    if lacking:
        raise UserError(f"is half: it has no {lacking[0]}")
    if len(found) > MOST_REPORTS or any(one.size > MOST_OF_REPORT for one in found):
        raise UserError(f"has more than {MOST_REPORTS} reports, or one above {MOST_OF_REPORT >> 20} MiB")
    return found


def runs_told(
    source: BinaryIO, said: Mapping[str, Any], files: list[ListedFile], key: str, seen: LastRuns
) -> RunsOfDossier:
    """The runs of a dossier, and whether they go on from the last one that was seen of this key's history.

    Raises `UserError` where it has none, or says of them what cannot be.
    """
    told = said["runs"]
    try:
        first, last, previous, head = told["first"], told["last"], told["previous"], told["head"]
        if not all(type(one) is int for one in (first, last)) or not all(type(one) is str for one in (previous, head)):
            raise TypeError
    except (TypeError, KeyError):
        raise UserError("is half: it has no run") from None
    if key not in seen:
        return RunsOfDossier(key, last, head)
    number, digest = seen[key]
    if last < number:
        return RunsOfDossier(key, last, head, f"is old: it ends with run {last}, and run {number} was seen before")
    known = {first - 1: previous, last: head}
    if first <= number < last:
        known[number] = _digest_of_run(source, files, number)
    if number in known and known[number] != digest:
        return RunsOfDossier(key, last, head, f"is of another history: its run {number} is not the one that was seen")
    lacks = f"runs {number + 1} to {first - 1} are in no dossier that was seen" if number < first - 1 else ""
    return RunsOfDossier(key, last, head, note=lacks)


def _digest_of_run(source: BinaryIO, files: list[ListedFile], number: int) -> str:
    (listed,) = [one for one in files if one.name == _RUNS]
    member, left = Member(source, listed), b""
    while piece := member.read(_PIECE):
        *lines, left = (left + piece).split(b"\n")
        if len(left) > _LONGEST_RUN:
            raise UserError(f"{_RUNS} in it has a line that is too long")
        for line in lines:
            run = _run(line)
            if run.get("number") == number:
                return str(run.get("digest"))
    return ""


def _run(line: bytes) -> Mapping[str, Any]:
    try:
        run = json.loads(line)
    except (ValueError, RecursionError):
        run = None
    if len(line) > _LONGEST_RUN or not isinstance(run, dict):
        raise UserError(f"{_RUNS} in it has a line that is no run")
    return run


class Member:
    """The content of one file of the zip, inflated as it is read, never more than the manifest says."""

    def __init__(self, source: BinaryIO, listed: ListedFile) -> None:
        self._source, self._listed = source, listed
        self._inflate = None if listed.stored else zlib.decompressobj(-15)
        self._left, self._given = listed.packed_size, 0
        self._digest = hashlib.sha256()
        source.seek(listed.at)

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, none at the end. Raises `UserError` where they are not what the manifest says."""
        wanted = size if size > 0 else _PIECE
        content = self._more(wanted)
        self._given += len(content)
        self._digest.update(content)
        if self._given > self._listed.size:
            raise UserError("is longer than its manifest says")
        return content

    def finish(self) -> None:
        """That all was read, and was what the manifest says. Raises `UserError`."""
        while self.read(_PIECE):
            pass
        if self._given != self._listed.size or self._digest.hexdigest() != self._listed.sha256:
            raise UserError("is not what its manifest says")

    def _more(self, wanted: int) -> bytes:
        try:
            while True:
                kept = b"" if self._inflate is None else self._inflate.unconsumed_tail
                packed = kept or self._source.read(min(_PIECE, self._left))
                self._left -= 0 if kept else len(packed)
                content = packed if self._inflate is None else self._inflate.decompress(packed, wanted)
                if content or not packed:
                    return content
        except zlib.error as error:
            raise UserError(f"cannot be inflated: {error}") from None


def _said(raw: bytes) -> tuple[Mapping[str, Any], list[ListedFile]]:
    streamed = Streamed(io.BytesIO(raw))
    plain: dict[str, Any] = {}
    files: list[ListedFile] = []
    for key in streamed.entries():
        if key == "files":
            files += _listed(streamed)
        elif key in ("schema", "agency", "since", "until", "as_of", "lacks", "runs"):
            plain[key] = streamed.value()
        else:
            streamed.skip()
    streamed.end()
    if plain["schema"] != SCHEMA:
        raise ValueError(f"its schema is {str(plain['schema'])[:80]!r}, and {SCHEMA} is wanted")
    if not isinstance(plain["lacks"], list) or not all(isinstance(one, str) for one in plain["lacks"]):
        raise ValueError("`lacks` is no list of sentences")
    return plain, files


def _listed(streamed: Streamed) -> Iterator[ListedFile]:
    names: set[str] = set()
    for told in streamed.members():
        one = ListedFile(*(told[key] for key in ("name", "size", "sha256", "packed_size", "packed_sha256")))
        texts, sizes = (one.name, one.sha256, one.packed_sha256), (one.size, one.packed_size)
        if any(type(text) is not str for text in texts) or any(type(size) is not int or size < 0 for size in sizes):
            raise ValueError("a file of it is listed without name, size or digest")
        if not one.name.isascii() or one.name in names or len(names) >= MOST_FILES:
            raise ValueError(f"{one.name[:80]!r} is listed twice, is not ASCII, or is one too many")
        names.add(one.name)
        yield one


def _stored(source: BinaryIO, name: str, at: int, most: int) -> tuple[bytes, int]:
    """The content of a file that lies at a place as it is, and where it ends."""
    head = source.read(_HEADER + len(name))
    if len(head) < _HEADER + len(name) or head[:4] != BEGINS:
        raise UserError(f"is no dossier: there is no {name} where it belongs")
    size = int.from_bytes(head[18:22], "little")
    if size > most:
        raise UserError(f"is no dossier: {name} is longer than {most >> 10} KiB")
    content = source.read(size)
    if len(content) < size or head != local_header(*_entry(name, content)):
        raise UserError(f"is half, or was altered: {name} in it")
    return content, at + len(head) + size


def _entry(name: str, content: bytes) -> tuple[str, int, int, int, int]:
    return name, 0, zlib.crc32(content), len(content), len(content)


def _passed(source: BinaryIO, one: ListedFile, at: int) -> tuple[tuple[str, int, int, int, int], int]:
    """A file of the zip passed over, its packed bytes compared with their digest; and where it ends."""
    length = _HEADER + len(one.name)
    head = source.read(length)
    crc = int.from_bytes(head[14:18], "little")
    entry = (one.name, 0 if one.stored else 8, crc, one.packed_size, one.size)
    try:
        as_listed = head == local_header(*entry)
    except struct.error:
        as_listed = False
    digest, left = hashlib.sha256(), one.packed_size
    while as_listed and left and (piece := source.read(min(left, _PIECE))):
        digest.update(piece)
        left -= len(piece)
    if not as_listed or left or digest.hexdigest() != one.packed_sha256:
        raise UserError(f"is half, or was altered: {one.name} in it is not as its manifest lists it")
    return entry, at + length + one.packed_size
