"""Files that agencies hand over: whose key signed each, and what it tells. What proves nothing is refused by name."""

from __future__ import annotations

import io
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.errors import UserError
from baseline.model.agencies import Refused
from baseline.rollup.standing import AgencyDocument
from baseline.rollup.told import Measure, read
from baseline.signing import REPORT, AllowedSigners, verify

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
    """By what documents are taken: who may sign, by what all are measured, now, and whether unsigned ones are read."""

    signers: AllowedSigners
    measure: Measure
    now: datetime
    unsigned: bool = False


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
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        signature = _beside(file)
    except OSError as error:
        return Refused(str(file), "", f"cannot be read: {error.strerror or error}")
    if len(content) > MOST_BYTES:
        return Refused(str(file), "", f"is longer than {MOST_BYTES >> 20} MiB")
    return _report(str(file), content, signature, desk)


def _report(name: str, content: bytes, signature: bytes | None, desk: Desk) -> AgencyDocument | Refused:
    agency = ""
    try:
        if signature is not None:
            agency = verify(content, _text(signature), desk.signers, REPORT, desk.now)
        elif not desk.unsigned:
            return Refused(name, "", f"is not signed: there is no {Path(name).name}.sig beside it")
        return AgencyDocument(name, agency or Path(name).stem, bool(agency), read(io.BytesIO(content), desk.measure))
    except UserError as error:
        return Refused(name, agency, str(error))


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
