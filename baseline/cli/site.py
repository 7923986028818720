"""A site over a history, written as a whole: it comes in place of the one before, or that stays."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.errors import BaselineError, HistoryError, NothingMatched, UserError

if TYPE_CHECKING:
    from baseline.history import History
    from baseline.languages import Language
    from baseline.load import Baseline
    from baseline.model import Changes
    from baseline.reports.html.site import RunOfSite

_MARK = ".baseline-site"
"""A file that says that all that is beside it may be replaced."""


def made(history: History, most: int, rules: Baseline | None, language: Language) -> list[tuple[str, str]]:
    """Path and text of the pages over the last runs. Raises `HistoryError`, and `NothingMatched` where none is."""
    from baseline.cli.background import background, past_of
    from baseline.reports.html.site import pages

    runs = _runs(history, most)
    if not runs:
        raise NothingMatched("no run is kept that a site could be made of")
    last = runs[0].report
    told = background(last, rules, None, language)
    return list(pages(runs, past_of(last, history), told, language))


def _runs(history: History, most: int) -> list[RunOfSite]:
    """The last runs of the baseline of the last one, newest first; those that were pruned are left out."""
    from baseline.reports.html.site import RunOfSite

    made: list[RunOfSite] = []
    for kept in history.runs():
        if len(made) == most or (made and kept.baseline != made[0].report.run.baseline_name):
            continue
        with contextlib.suppress(HistoryError):
            report = history.report(kept.id)[1]
            if report.findings:
                made.append(RunOfSite(kept.number, kept.command, report, _changes(history, kept.id)))
    return made


def _changes(history: History, run: str) -> Changes | None:
    try:
        return history.changes(until=run)
    except BaselineError:
        return None


def written(folder: Path, pages: Iterable[tuple[str, str]]) -> int:
    """Write the pages in place of what a site of ours is in a folder; give how many. Raises `UserError`."""
    place = folder.resolve()
    if place.exists() and not (place / _MARK).is_file() and (not place.is_dir() or any(place.iterdir())):
        raise UserError(f"{folder} is no site of baseline, and nothing in it is replaced: name another directory")
    beside = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    old = place.with_name(f".{place.name}.old.{secrets.token_hex(8)}")
    try:
        number = _filled(beside, pages)
        if place.exists():
            place.rename(old)
            try:
                beside.rename(place)
            except OSError:
                old.rename(place)
                raise
        else:
            beside.rename(place)
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return number


def _filled(folder: Path, pages: Iterable[tuple[str, str]]) -> int:
    folder.mkdir(parents=True)
    (folder / _MARK).write_text(
        "All of this is written anew by `baseline report --site` or `baseline merge --signers`.\n"
    )
    number = 0
    for path, text in pages:
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8", "backslashreplace")
        number += 1
    return number
