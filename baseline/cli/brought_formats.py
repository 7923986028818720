"""Formats of reports that extensions bring: a function of the report that gives the whole document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from baseline import extensions
from baseline.errors import BaselineError

if TYPE_CHECKING:
    from baseline.model import Brought, Report


def brought() -> Mapping[str, Brought]:
    """The names of all, and who brings each."""
    return extensions.names("reports")


def is_brought(name: str) -> bool:
    """Whether an extension brings a format, which is loaded then. Raises `UserError` for one that cannot be used."""
    offer = extensions.find("reports", name, _ours())
    return offer is not None and callable(extensions.loaded(offer))


def made(name: str, report: Report) -> str | bytes:
    """The report in such a format. Raises `BaselineError` that names whoever brings it, when it makes none."""
    offer = extensions.find("reports", name, _ours())
    assert offer is not None, "formats are looked at before the run"
    try:
        text = extensions.loaded(offer)(report)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever others wrote
        said = " ".join(str(error).split())[:300]
        raise BaselineError(f"{offer.told} made no report: {type(error).__name__}: {said}; {offer.way_out}") from None
    if not isinstance(text, str | bytes) or not text:
        raise BaselineError(f"{offer.told} made no report: it gave {type(text).__name__}; {offer.way_out}")
    return text


def _ours() -> tuple[str, ...]:
    from baseline.reports import BINARY, FORMATS

    return (*FORMATS, *BINARY)
