"""Measurements in a history: a chain of their own, each signed by the installation that made it.

What is signed is a line of JSON, `covered`: the number, site, sort and time of a measurement, the digest of its
content, and the digest of the measurement before. So no row can be altered, moved or put in without the key, and one
that was removed is missing in the chain. Each run notes the last measurement that there is, so that the end cannot be
removed either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from baseline.classes import dataclass
from baseline.errors import HistoryError, UserError
from baseline.history.addressed import read
from baseline.history.chain import START
from baseline.history.content import digest, document, packed, read_document, unpacked
from baseline.history.pruned import PRUNE, PRUNED
from baseline.history.tables import measurements, runs
from baseline.model.measurements import Measurement, Sort

_LINKS = (
    measurements.c.number,
    measurements.c.site,
    measurements.c.sort,
    measurements.c.at,
    measurements.c.address,
    measurements.c.previous,
    measurements.c.digest,
)

_HELD = (measurements.c.number, measurements.c.content, measurements.c.signature)

Sign = Callable[[bytes], str]
"""Gives the signature of some bytes, as text."""

Trust = Callable[[bytes, str], object]
"""Raises `UserError` for a signature of some bytes that is not by somebody who is trusted."""


@dataclass(frozen=True)
class KeptMeasurement:
    """A measurement as it is kept: `covered` is what `signature` is of, `digest` (hex) what the next one names."""

    number: int
    measurement: Measurement
    covered: bytes
    signature: str
    digest: str


@dataclass(frozen=True)
class Measured:
    """What was measured, in the order in which it was kept, and sentences about what proves nothing."""

    sound: tuple[KeptMeasurement, ...] = ()
    wrong: tuple[str, ...] = ()


def add(connection: Connection, measurement: Measurement, sign: Sign) -> None:
    """Keep a measurement behind those there are. Raises what `sign` raises."""
    last = _last(connection)
    number, previous = (last[0] + 1, last[1]) if last else (1, START)
    content = document(measurement.to_dict())
    row: dict[str, Any] = {"number": number, "site": measurement.site, "sort": measurement.sort}
    row |= {"at": moment_of(measurement.at), "address": digest(content), "previous": previous}
    covered = covered_by(row)
    row |= {"content": packed(content), "signature": sign(covered), "digest": digest(covered)}
    connection.execute(insert(measurements), [row])


def measured(connection: Connection, site: str, since: datetime, trust: Trust, sort: Sort | None = None) -> Measured:
    """What was measured about a site from a moment on, and what of that time proves nothing; one sort of it, or all.

    All of that time is followed; opened, and its signature looked at, is only what is asked for.
    """
    try:
        return _measured(connection, site, moment_of(since), trust, sort)
    except (ValueError, KeyError, TypeError) as error:
        # What runs noted of measurements was altered.
        raise HistoryError(f"the history is damaged: {str(error).partition(chr(10))[0]}") from None


def _measured(connection: Connection, site: str, since: str, trust: Trust, sort: Sort | None) -> Measured:
    first = connection.execute(select(func.min(measurements.c.number)).where(measurements.c.at >= since)).scalar()
    if first is None:
        return Measured(wrong=tuple(_missed(connection, last_run_only=True)))
    asked = (measurements.c.number >= first) & (measurements.c.site == site) & (measurements.c.at >= since)
    wanted = select(*_HELD).where(asked if sort is None else asked & (measurements.c.sort == sort))
    held = {row.number: row for row in connection.execute(wanted)}
    sound: list[KeptMeasurement] = []
    wrong: list[str] = []
    for row, trouble in _followed(connection, first):
        if trouble:
            wrong.append(trouble)
        elif row.number in held:
            try:
                kept = _opened(row, held[row.number])
                trust(kept.covered, kept.signature)
                sound.append(kept)
            except UserError as error:
                wrong.append(f"measurement {row.number}: {error}")
    return Measured(tuple(sound), (*wrong, *_missed(connection, last_run_only=True)))


def wrong_measurements(connection: Connection) -> Iterator[str]:
    """What was altered among the measurements, removed or put between; signatures are for `measured` to judge."""
    for row, trouble in _followed(connection, 1):
        if trouble:
            yield trouble
            continue
        try:
            _opened(row, connection.execute(select(*_HELD).where(measurements.c.number == row.number)).one())
        except UserError as error:
            yield f"measurement {row.number}: {error}"
    yield from _missed(connection)


def last_measured(connection: Connection) -> list[int | str] | None:
    """Number and digest (hex) of the last measurement, for a run to note; None where there is none."""
    last = _last(connection)
    return [last[0], last[1].hex()] if last else None


def leave_out(connection: Connection, moment: str) -> dict[str, Any]:
    """Remove the measurements before a moment (ISO 8601 in UTC). Gives what the cut's document notes of that."""
    number, head = measured_cut(connection)
    first_kept = connection.execute(select(func.min(measurements.c.number)).where(measurements.c.at >= moment)).scalar()
    last = _last(connection)
    through = first_kept - 1 if first_kept is not None else last[0] if last else 0
    if through > number:
        found = connection.execute(select(measurements.c.digest).where(measurements.c.number == through)).scalar_one()
        number, head = through, _blob(found)
        connection.execute(delete(measurements).where(measurements.c.number <= through))
    return {"measurements": [number, head.hex()]} if number else {}


def measured_cut(connection: Connection) -> tuple[int, bytes]:
    """Up to which measurement was pruned, and that one's digest. Raises ValueError, KeyError or TypeError for none."""
    wanted = select(runs.c.document).where(runs.c.command == PRUNE).order_by(runs.c.number.desc()).limit(1)
    number = connection.execute(wanted).scalar()
    told = None if number is None else read_document(read(connection, [number])[number]).get("measurements")
    return (0, START) if told is None else (int(told[0]), bytes.fromhex(told[1]))


def _followed(connection: Connection, number: int) -> Iterator[tuple[Any, str]]:
    """Each row from a number on, without what it holds, and why it counts for nothing; empty where it does."""
    through, previous = measured_cut(connection)
    if number > through + 1:
        before = connection.execute(select(measurements.c.digest).where(measurements.c.number == number - 1)).scalar()
        through, previous = number - 1, b"" if before is None else _blob(before)
    rows = connection.execute(select(*_LINKS).where(measurements.c.number > through).order_by(measurements.c.number))
    for row in rows.all():
        trouble = ""
        if digest(covered_by(row._mapping)) != _blob(row.digest):
            trouble = f"measurement {row.number} was altered"
        elif row.number != through + 1 or _blob(row.previous) != previous:
            trouble = f"measurement {row.number} does not follow on the one before it: one was removed"
        yield row, trouble
        through, previous = row.number, _blob(row.digest)


def _opened(row: Any, held: Any) -> KeptMeasurement:
    """What a row holds. Raises `UserError` where that is not what the row says."""
    try:
        content = unpacked(_blob(held.content))
        if digest(content) != _blob(row.address):
            raise ValueError("its content was altered")
        found = Measurement.from_dict(read_document(content))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"it cannot be read: {str(error).partition(chr(10))[0]}") from None
    if (found.site, found.sort, moment_of(found.at)) != (row.site, row.sort, row.at):
        raise UserError("it is of another site, sort or time than it says")
    return KeptMeasurement(row.number, found, covered_by(row._mapping), str(held.signature), _blob(row.digest).hex())


def covered_by(row: Any) -> bytes:
    """What the signature of a measurement is of, by its columns."""
    heads = [row[name] for name in ("number", "site", "sort", "at")]
    return document([*map(_plain, heads), *(_blob(row[name]).hex() for name in ("address", "previous"))])


def _blob(value: Any) -> bytes:
    """The bytes of a column; what SQLite gives back of another kind was put in by somebody, and is no digest."""
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


def _plain(value: Any) -> Any:
    """A value as it was written; SQLite gives back bytes where bytes were put into a column of text."""
    return value.hex() if isinstance(value, bytes) else value


def _last(connection: Connection) -> tuple[int, bytes] | None:
    wanted = select(measurements.c.number, measurements.c.digest).order_by(measurements.c.number.desc()).limit(1)
    row = connection.execute(wanted).first()
    if row is None:
        number, head = measured_cut(connection)
        return (number, head) if number else None
    return row.number, _blob(row.digest)


def _missed(connection: Connection, *, last_run_only: bool = False) -> Iterator[str]:
    """Sentences about measurements that runs noted as the last one there was, and that are there no more."""
    through, _ = measured_cut(connection)
    wanted = select(runs.c.number, runs.c.about).order_by(runs.c.number.desc())
    for run, about in connection.execute(wanted.limit(1) if last_run_only else wanted).all():
        content = read(connection, [about])[about]
        number, head = (None if content == PRUNED else read_document(content).get("measured")) or (0, "")
        if number > through:
            found = connection.execute(select(measurements.c.digest).where(measurements.c.number == number)).scalar()
            if found is None or _blob(found).hex() != head:
                yield f"run {run} knew of measurement {number}, which is another one now, or was removed"


def moment_of(moment: datetime) -> str:
    """A moment as the column `at` has it: such texts are in the order of time."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
