"""The roll-up of `merge`: documents of many agencies as one view in a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import NothingMatched, UserError

if TYPE_CHECKING:
    from baseline.languages import Language
    from baseline.model.agencies import RollUp
    from baseline.rollup import Measure
    from baseline.signing import AllowedSigners

MAX_AGE = "35d"
"""How old a look may be, unless said otherwise: a month, and some days to hand it over."""

_PROCESSES = 4
"""At most so many processes read: each holds one document."""


@dataclass(frozen=True)
class RollUpWanted:
    """What options say of a roll-up."""

    files: Sequence[Path]
    signers: Path | None
    folder: Path
    baseline: str
    max_age: timedelta
    unsigned: bool = False
    gone: Sequence[str] = ()


def is_rollup(files: Sequence[Path], folders: Sequence[Path]) -> bool:
    """Whether files and outputs can only be those of a roll-up: a dossier, or a folder, is among them."""
    return any(one.suffix == ".zip" or one.is_dir() for one in (*files, *folders))


def rolled_up(wanted: RollUpWanted, spoken: Language) -> int:
    """Write the view over the documents into the folder, say what it comes to, and give its exit code.

    What was seen of each agency is remembered last. Raises `UserError`, `InputError` and `NothingMatched`.
    """
    from baseline import state_files
    from baseline.cli.output import say
    from baseline.cli.site import written
    from baseline.reports.agencies import summary
    from baseline.rollup import Desk, RollUpRules, joined, seen, taken
    from baseline.signing import AllowedSigners

    if wanted.signers is None:
        raise UserError("whose documents count has to be said: give --signers FILE, which names each agency's key")
    files = _files(wanted.files)
    signers = AllowedSigners.of_file(wanted.signers)
    expected = agencies_of(signers)
    for name in wanted.gone:
        if name not in expected:
            raise NothingMatched(f"--accept-gone: {wanted.signers} names no {name}")
    measure, now = measure_of(wanted.baseline), datetime.now(UTC)
    where = str(state_files.directory() / seen.NAME)
    try:
        known = seen.of_bytes(state_files.read(seen.NAME), where)
    except OSError as error:
        raise UserError(f"{where} cannot be read: {error.strerror or error}") from None
    heads = {key: head for one in known.values() for key, head in one.heads.items()}
    read = taken(files, Desk(signers, measure, now, wanted.unsigned, heads), min(_PROCESSES, os.cpu_count() or 1))
    rules = RollUpRules(now, wanted.max_age, expected, frozenset(wanted.gone))
    view, remembered = joined(read, known, measure, rules)
    written(wanted.folder, pages(view))
    try:
        state_files.write(seen.NAME, seen.to_bytes(remembered))
    except OSError as error:
        raise UserError(f"{where}, what was seen of each agency, cannot be kept: {error.strerror or error}") from None
    say(summary(view, str(wanted.folder), spoken))
    return view.exit_code


def agencies_of(signers: AllowedSigners) -> tuple[str, ...]:
    """The names of agencies: those of keys that may sign a dossier or a report. Raises `NothingMatched`."""
    from baseline.signing import DOSSIER, REPORT

    may = [line for line in signers.lines if line.may_sign(DOSSIER) or line.may_sign(REPORT)]
    if not may:
        raise NothingMatched(f"{signers.name} allows nobody to sign what is for {DOSSIER!r} or {REPORT!r}")
    return tuple(dict.fromkeys(line.principals[0] for line in may))


def pages(view: RollUp) -> list[tuple[str, str]]:
    """Path and text of each file of a roll-up."""
    from baseline.languages import CODES, language
    from baseline.reports.agencies import agencies_csv, clauses_csv, render_json
    from baseline.reports.html.agencies import render

    in_words = [
        ("index.html" if code == "en" else f"index.{code}.html", render(view, language(code))) for code in CODES
    ]
    tables = [("agencies.csv", agencies_csv(view)), ("clauses.csv", clauses_csv(view))]
    return [*in_words, *tables, ("rollup.json", render_json(view))]


def measure_of(name: str) -> Measure:
    """By what all agencies are measured: a baseline by its name or file. Raises `InputError` and `UserError`."""
    from baseline.load import load_baseline
    from baseline.model import Obligation
    from baseline.rollup import Measure, MeasuredControl

    loaded = load_baseline(name)
    controls = {
        draft.id: MeasuredControl(
            ", ".join(draft.clauses()), Obligation(draft.written()["obligation"]), draft.kind.about
        )
        for draft in loaded.drafts
    }
    return Measure(f"{loaded.name} {loaded.version}", loaded.sha256, controls, loaded.renamed)


def _files(given: Sequence[Path]) -> list[Path]:
    """The files, and those in folders that may be documents, each once. Raises `NothingMatched`."""
    found: dict[Path, Path] = {}
    for one in given:
        inside = sorted(path for path in one.iterdir() if path.suffix in (".zip", ".json")) if one.is_dir() else [one]
        if not inside:
            raise NothingMatched(f"{one} has no document in it, no .zip and no .json")
        found |= {path.resolve(): path for path in inside}
    return list(found.values())
