"""Agencies with reports and keys, as a roll-up gets them: made up, small, and signed by real keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from baseline.cli.rollup import measure_of
from baseline.dossier.packing import zipped
from baseline.model import Finding, HostReport, Obligation, Outcome, Report, Run, Severity, SubjectReport
from baseline.reports.json import render
from baseline.rollup import Measure
from baseline.signing import DOSSIER, REPORT, Signer

NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)
DAY = timedelta(days=1)


@cache
def measure() -> Measure:
    """The baseline that ships."""
    return measure_of("mampu-2007")


def report(
    hosts: Iterable[str] = ("mx1", "mx2"),
    wrong: Mapping[tuple[str, str], Outcome] | None = None,
    at: datetime = NOW - DAY,
    lacking: Iterable[str] = (),
) -> Report:
    """A check of hosts by all controls but those that are lacking. All pass but what is `wrong`, by place and control.

    What is about domains and sites is about one of each.
    """
    of, wrong = measure(), wrong or {}
    places = {"host": tuple(hosts), "domain": ("agensi.example",), "site": ("hq",)}
    findings = [
        Finding(
            place,
            control,
            "setting",
            control,
            wrong.get((place, control), Outcome.PASS),
            "as found",
            (),
            asked.clause,
            asked.obligation,
            Severity.HIGH,
            subject="" if asked.about == "host" else place,
        )
        for control, asked in of.controls.items()
        if control not in set(lacking)
        for place in places[asked.about]
    ]
    name, version = of.name.split()
    ended = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    run = Run(f"{at:%Y%m%dT%H%M%SZ}-0badcafe", ended, ended, "0.1.0", name, version, of.sha256)
    told = tuple(HostReport(host, "192.0.2.1", ("mta",), reachable=True) for host in places["host"])
    subjects = (SubjectReport("agensi.example", "domain", "mx1"), SubjectReport("hq", "site", "mx1"))
    return Report(run, told, tuple(findings), subjects=subjects)


def waived(one: Report) -> Report:
    """The same report with every fail waived."""
    until = "until 2027-01-01: the new store is ordered"
    return replace(
        one,
        findings=tuple(
            replace(found, waived=until) if found.outcome is Outcome.FAIL else found for found in one.findings
        ),
    )


@dataclass(frozen=True)
class Nation:
    """A folder with an inbox, and the keys of agencies."""

    folder: Path
    keys: Mapping[str, Signer]

    @classmethod
    def of(cls, folder: Path, *names: str) -> Nation:
        """A folder with keys of agencies by their names, which may all sign."""
        keys = {name: Signer.made() for name in names}
        (folder / "inbox").mkdir()
        (folder / "agencies").write_text("".join(f"{name} {key.public_line}\n" for name, key in keys.items()))
        return cls(folder, keys)

    def hand_in(self, agency: str, one: Report, name: str = "") -> Path:
        """Lay a report of an agency, signed by it, into the inbox."""
        file = self.folder / "inbox" / (name or f"{agency}.json")
        return self.sign(agency, file, render(one).encode())

    def sign(self, agency: str, file: Path, content: bytes, namespace: str = REPORT) -> Path:
        """Write a file, and beside it its signature by an agency."""
        file.write_bytes(content)
        Path(f"{file}.sig").write_text(self.keys[agency].sign(content, namespace))
        return file

    def hand_in_dossier(
        self,
        agency: str,
        files: Mapping[str, bytes],
        calls_itself: str = "",
        lacks: Sequence[str] = (),
        runs: Mapping[str, int | str] | None = None,
    ) -> Path:
        """Lay a dossier of an agency with these files, signed by it, into the inbox."""
        file = self.folder / "inbox" / f"{agency}.zip"
        said = {**MANIFEST, "agency": calls_itself or agency, "lacks": list(lacks), "runs": runs or RUNS}
        content = zipped(said, files, lambda raw: self.keys[agency].sign(raw, DOSSIER))
        file.write_bytes(content)
        return file


MANIFEST = {"schema": "baseline.dossier/1", "since": "2026-01-01", "until": "2026-11-27"}
RUNS = {"first": 1, "last": 3, "count": 3, "previous": "0" * 64, "head": "3" * 64}


def filed(one: Report) -> dict[str, bytes]:
    """What a dossier with this report holds, as far as a roll-up wants it."""
    return {
        "clauses.json": b"[]",
        "history/runs.jsonl": b"",
        "reports/mampu-2007/report.json": render(one).encode(),
    }


MANDATORY = next(
    control
    for control, asked in measure().controls.items()
    if asked.about == "host" and asked.obligation is Obligation.MANDATORY
)
"""A control that every host has to meet."""
