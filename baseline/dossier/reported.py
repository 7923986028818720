"""Reports in a dossier: the last look by each baseline in every form, and the baselines themselves."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from baseline.classes import dataclass
from baseline.history.reading import KeptRun
from baseline.languages import Language, language
from baseline.load import Baseline
from baseline.model import Report
from baseline.reports import FORMATS, Display
from baseline.reports.action_plan import csv_of
from baseline.reports.past import Background

Telling = Callable[[Report, Language], Background]
"""What reports for people are told with besides."""

_FILES = {
    "report.json": ("json", "en"),
    "report.html": ("html", "en"),
    "report.ms.html": ("html", "ms"),
    "report.csv": ("csv", "en"),
    "oscal-results.json": ("oscal", "en"),
    "oscal-poam.json": ("oscal-poam", "en"),
    "hdf.json": ("hdf", "en"),
}


@dataclass(frozen=True)
class LastLook:
    """The last look of a time by one baseline: the run, and its report."""

    run: KeptRun
    report: Report


def report_files(looks: Iterable[LastLook], known: Telling) -> dict[str, bytes]:
    """The files of the folder `reports`."""
    files: dict[str, bytes] = {}
    for look in looks:
        folder = f"reports/{as_folder(look.report.run.baseline_name)}"
        for name, (form, code) in _FILES.items():
            spoken = language(code)
            background = known(look.report, spoken) if form == "html" else Background()
            view = Display(look.run.shown_as, language=spoken, background=background)
            made = FORMATS[form](look.report, view, Console(file=io.StringIO()))
            files[f"{folder}/{name}"] = made.encode("utf-8", "backslashreplace")
        files[f"{folder}/action-plan.csv"] = csv_of(look.report).encode("utf-8", "backslashreplace")
    return files


def as_folder(name: str) -> str:
    """The name of a baseline or a site as that of a folder: ASCII, and different for different names."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name).strip(".") or "_"
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def baselines_of(
    runs: Iterable[Mapping[str, Any]], at_hand: Sequence[Baseline]
) -> tuple[list[dict[str, Any]], dict[str, bytes], list[str]]:
    """The baselines of runs for the manifest, the files of those at hand, and sentences on those that are not.

    Raises OSError.
    """
    by_digest = {one.sha256: one for one in at_hand}
    told: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    lacks = []
    judged = [run for run in runs if run["baseline"]]
    for name, version, sha256 in dict.fromkeys(
        (run["baseline"], run["baseline_version"], run["baseline_sha256"]) for run in judged
    ):
        contents = [Path(file).read_bytes() for file in by_digest[sha256].files] if sha256 in by_digest else []
        names = [f"baselines/{hashlib.sha256(content).hexdigest()}.yml" for content in contents]
        files |= dict(zip(names, contents, strict=True))
        told.append({"name": name, "version": version, "sha256": sha256, "files": names})
        if not names:
            lacks.append(f"the text of {name} {version} ({sha256[:12]}…) is not at hand: name its file with -b")
    return told, files, lacks
