"""Extensions that are installed: distributions with entry points of ours, one group for each sort of thing."""

from __future__ import annotations

from functools import cache, partial
from importlib import import_module, metadata, resources
from pathlib import Path
from types import ModuleType
from typing import Any

from baseline.errors import UserError
from baseline.extensions.offers import THINGS, Offer, Thing
from baseline.extensions.walls import check_kind
from baseline.model import Brought

GROUPS: dict[str, Thing] = {f"baseline.{thing}": thing for thing in THINGS}
"""The groups of entry points. Of kinds the value is a module, of templates and baselines the package that holds the
files, of programs a row, and of report formats a function of the report."""


@cache
def installed() -> tuple[Offer, ...]:
    """All that installed distributions offer. Reads their metadata and imports nothing. Raises `UserError`."""
    try:
        points = metadata.entry_points()
        return tuple(_offer(one, thing) for group, thing in GROUPS.items() for one in points.select(group=group))
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 -- metadata that any other distribution left behind
        raise UserError(
            f"what installed distributions bring cannot be read: {type(error).__name__}: {error}; `pip check` may tell"
        ) from None


def _offer(point: metadata.EntryPoint, thing: Thing) -> Offer:
    by = Brought(point.dist.name, point.dist.version) if point.dist else Brought("an unnamed distribution", "")
    return Offer(thing, point.name, by, partial(_got, point, thing, by))


def _got(point: metadata.EntryPoint, thing: Thing, by: Brought) -> Any:
    if thing == "kinds":
        check_kind(point.module, by)
        return import_module(point.module)
    if thing == "templates":
        return _folder(import_module(point.module), by)
    if thing == "baselines":
        file = _folder(import_module(point.module), by) / f"{point.name}.yml"
        if not file.is_file():
            raise UserError(f"{by} says that it brings the baseline `{point.name}`, and there is no {file}")
        return file
    return point.load()


def _folder(package: ModuleType, by: Brought) -> Path:
    files = resources.files(package)
    if not isinstance(files, Path):
        raise UserError(f"{by} is not installed as files, which its {package.__name__} has to be")
    return files
