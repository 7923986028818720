"""All rows: those of the table, and those that extensions in play bring."""

from __future__ import annotations

from baseline import extensions
from baseline.errors import UserError
from baseline.programs.columns import Daemon, Program
from baseline.programs.table import PROGRAMS


def brought() -> tuple[Program, ...]:
    """The rows of extensions of which a baseline uses anything. Raises `UserError` for what is none.

    Of such a row these columns count: `services`, `trees`, `renewal`, `reload` and `writers`.
    """
    known = {one.name.lower() for one in PROGRAMS}
    units = {name for one in PROGRAMS for name in one.units}
    rows = extensions.rows()
    for row, maker in rows:
        if not isinstance(row, Program):
            raise UserError(f"{maker} brings a {type(row).__name__} as the row of a program: it has to be a `Program`")
        if row.name.lower() in known or not units.isdisjoint(row.units):
            raise UserError(f"{maker} brings a row for {row.name}, of which this package, or another one, has a row")
        known.add(row.name.lower())
        units.update(row.units)
    return tuple(row for row, _ in rows)


def programs() -> tuple[Program, ...]:
    """All rows, those of this package first. Raises as `brought`."""
    return (*PROGRAMS, *brought())


def service_of(unit: str) -> Daemon:
    """The service whose unit this is, or that may run in it; one of which nothing else is known, for another unit."""
    known = (service for program in programs() for service in program.services)
    return next((service for service in known if unit in (service.unit, *service.processes)), Daemon(unit))
