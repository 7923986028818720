"""Reading and writing contents, hosts and series by what they are, and not by the numbers that stand for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Table, func, insert, select

from baseline.errors import HistoryError
from baseline.history.content import packed, unpacked
from baseline.history.tables import contents, hosts, series

CHUNK = 500
"""How many values are asked for at once: databases have bounds for that."""

_T = TypeVar("_T")
Named = tuple[int, str, str, str]
"""A series by what it is: number of the host, baseline, subject, control."""


def chunks(values: Iterable[_T]) -> Iterator[Sequence[_T]]:
    """The values, so many at once."""
    all_of_them = list(values)
    return (all_of_them[start : start + CHUNK] for start in range(0, len(all_of_them), CHUNK))


def next_number(connection: Connection, table: Table) -> int:
    """The number of the next row. Whoever writes is the only one who does."""
    (key,) = table.primary_key.columns
    return (connection.execute(select(func.max(key))).scalar() or 0) + 1


def known(connection: Connection, digests: Iterable[bytes]) -> dict[bytes, int]:
    """The numbers of those contents that are kept already."""
    found: dict[bytes, int] = {}
    for some in chunks(digests):
        rows = connection.execute(select(contents.c.digest, contents.c.id).where(contents.c.digest.in_(some)))
        found |= {bytes(digest): number for digest, number in rows}
    return found


def kept(connection: Connection, wanted: Mapping[bytes, bytes | None]) -> dict[bytes, int]:
    """The numbers of contents; those that are not there yet are kept. Digest -> content, None for one that is packed.

    Raises `HistoryError` for one that is neither there nor given.
    """
    numbers = known(connection, wanted)
    new = [(address, content) for address, content in wanted.items() if address not in numbers]
    missing = [address for address, content in new if content is None]
    if missing:
        raise HistoryError("what it stands on was pruned while the run went on: it is in the next one")
    start = next_number(connection, contents) if new else 0
    for some in chunks(enumerate(new, start)):
        rows = [{"id": number, "digest": one[0], "data": one[1]} for number, one in some]
        connection.execute(insert(contents), rows)
    return numbers | {address: number for number, (address, _) in enumerate(new, start)}


def pack(documents: Mapping[bytes, bytes]) -> dict[bytes, bytes | None]:
    """Contents by their digest, as `kept` takes them."""
    return {address: packed(content) for address, content in documents.items()}


def read(connection: Connection, numbers: Iterable[int]) -> dict[int, bytes]:
    """Contents by their numbers."""
    found: dict[int, bytes] = {}
    for some in chunks(dict.fromkeys(numbers)):
        rows = connection.execute(select(contents.c.id, contents.c.data).where(contents.c.id.in_(some)))
        found |= {number: unpacked(bytes(data)) for number, data in rows}
    return found


def host_numbers(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The numbers of hosts by name; those that were never seen get one."""
    wanted = list(dict.fromkeys(names))
    found: dict[str, int] = {}
    for some in chunks(wanted):
        rows = connection.execute(select(hosts.c.name, hosts.c.id).where(hosts.c.name.in_(some)))
        found |= {name: number for name, number in rows}
    new = {
        name: number
        for number, name in enumerate((name for name in wanted if name not in found), next_number(connection, hosts))
    }
    if new:
        connection.execute(insert(hosts), [{"id": number, "name": name} for name, number in new.items()])
    return found | new


def series_numbers(connection: Connection, wanted: Sequence[Named]) -> dict[Named, int]:
    """The numbers of series; those that were never seen get one."""
    found: dict[Named, int] = {}
    if not wanted:
        return found
    for some in chunks(dict.fromkeys(host for host, _, _, _ in wanted)):
        rows = connection.execute(
            select(series.c.host, series.c.baseline, series.c.subject, series.c.control, series.c.id).where(
                series.c.host.in_(some), series.c.baseline == wanted[0][1]
            )
        )
        found |= {(host, baseline, subject, control): number for host, baseline, subject, control, number in rows}
    missing = [one for one in dict.fromkeys(wanted) if one not in found]
    new = {one: number for number, one in enumerate(missing, next_number(connection, series))} if missing else {}
    if new:
        names = ("host", "baseline", "subject", "control")
        connection.execute(
            insert(series), [{"id": number, **dict(zip(names, one, strict=True))} for one, number in new.items()]
        )
    return found | new
