"""Files that agencies hand over: whose key signed each, and what it tells. What proves nothing is refused by name."""

from __future__ import annotations

import io
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import field, replace
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.model.agencies import Refused
from baseline.rollup import dossiers
from baseline.rollup.standing import AgencyDocument
from baseline.rollup.told import Measure, Reported, read
from baseline.signing import DOSSIER, REPORT, AllowedSigners, sshsig, verify
from baseline.signing.keys import public_line

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BYTES = 256 << 20
"""The longest report that is read: a thousand hosts have less."""

MOST_OF_SIGNATURE = 1 << 14

_FEW_BYTES = 8 << 20
"""Documents that are read sooner than another process is begun."""

_TURNS = 8
"""How many times a process is handed files: with each time goes what they are judged by."""


@dataclass(frozen=True)
class Desk:
    """By what documents are taken: who may sign, by what all are measured, now, and whether unsigned ones are read.

    `heads` are number and digest of the last run that was seen, by the key that signed it.
    """

    signers: AllowedSigners
    measure: Measure
    now: datetime
    unsigned: bool = False
    heads: dossiers.LastRuns = field(default_factory=dict)


def taken(files: Sequence[Path], desk: Desk, processes: int) -> list[AgencyDocument | Refused]:
    """Every file as a document or as refused, in their order; several processes read them.

    Raises `UserError` when one of them is ended from outside, as the kernel does where memory lacks.
    """
    if processes < 2 or len(files) < 2 or sum(map(_size, files)) < _FEW_BYTES:
        return [document(file, desk) for file in files]
    together = max(1, len(files) // (processes * _TURNS))
    # Not forked: threads of whoever imports this would be half there.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            return list(pool.map(partial(document, desk=desk), files, chunksize=together))
        except BrokenProcessPool:
            raise UserError("a process that read the documents was ended: memory may lack") from None


def document(file: Path, desk: Desk) -> AgencyDocument | Refused:
    """A file as a document, or why it is refused."""
    agency = [""]
    try:
        with file.open("rb") as opened:
            if opened.read(len(dossiers.BEGINS)) == dossiers.BEGINS:
                opened.seek(0)
                return _dossier(str(file), opened, desk, agency)
            opened.seek(0)
            return _report(file, opened, desk, agency)
    except UserError as error:
        return Refused(str(file), agency[0], str(error))
    except OSError as error:
        return Refused(str(file), agency[0], f"cannot be read: {error.strerror or error}")


def _report(file: Path, opened: BinaryIO, desk: Desk, agency: list[str]) -> AgencyDocument:
    """A report; `agency` is told as soon as it is known. Raises `UserError` and OSError."""
    content, signature = opened.read(MOST_BYTES + 1), _beside(file)
    if len(content) > MOST_BYTES:
        raise UserError(f"is longer than {MOST_BYTES >> 20} MiB")
    if signature is not None:
        agency[0] = verify(content, _text(signature), desk.signers, REPORT, desk.now)
    elif not desk.unsigned:
        raise UserError(f"is not signed: there is no {file.name}.sig beside it")
    told = read(io.BytesIO(content), desk.measure)
    return AgencyDocument(str(file), agency[0] or file.stem, bool(agency[0]), told)


def _dossier(name: str, opened: BinaryIO, desk: Desk, agency: list[str]) -> AgencyDocument:
    """The report in a dossier that judges most of what all are measured by. Raises `UserError` and OSError."""
    signed = dossiers.manifest(opened)
    agency[0] = verify(signed.raw, _text(signed.signature), desk.signers, DOSSIER, desk.now)
    said, files = signed.said()
    placed = dossiers.whole(opened, signed, files)
    key = public_line(sshsig.read(_text(signed.signature)).key)
    runs = dossiers.runs_told(opened, said, placed, key, desk.heads)
    told = [_inside(opened, one, desk) for one in dossiers.reports(placed)]
    best = max(told, key=lambda one: (len(one.controls & desk.measure.controls.keys()), one.looked))
    notes = [*best.notes, *(f"its dossier lacks: {lack[:200]}" for lack in said["lacks"])]
    notes += [runs.note] if runs.note else []
    if len(told) > 1:
        notes.append(f"of {len(told)} reports in its dossier that by {best.baseline} is told")
    return AgencyDocument(name, agency[0], signed=True, reported=replace(best, notes=tuple(notes), runs=runs))


def _inside(opened: BinaryIO, listed: dossiers.ListedFile, desk: Desk) -> Reported:
    member = dossiers.Member(opened, listed)
    try:
        told = read(member, desk.measure)
        member.finish()
    except UserError as error:
        raise UserError(f"{listed.name} in it {error}") from None
    return told


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _beside(file: Path) -> bytes | None:
    """The signature beside a file; None where there is none. Raises OSError."""
    try:
        with Path(f"{file}.sig").open("rb") as opened:
            return opened.read(MOST_OF_SIGNATURE + 1)
    except FileNotFoundError:
        return None


def _text(signature: bytes) -> str:
    try:
        return signature.decode("ascii")
    except UnicodeDecodeError:
        raise UserError("its signature is no text") from None
