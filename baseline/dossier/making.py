"""Putting a dossier together: what was found in a time, with all that proves it, signed."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, Literal

from baseline.classes import dataclass
from baseline.dossier.act854 import act_standings, as_document, as_page
from baseline.dossier.attested import RegisterRead, evidence_files
from baseline.dossier.kept import clauses_csv, clauses_of, history_files
from baseline.dossier.packing import zipped
from baseline.dossier.reported import LastLook, Telling, baselines_of, report_files
from baseline.dossier.verify_dossier import SCHEMA
from baseline.history import History
from baseline.history.excerpt import Excerpt
from baseline.history.reading import LOOKS
from baseline.load import Baseline
from baseline.model import Evidence
from baseline.model.gaps import Gap
from baseline.signing import DOSSIER, Signer
from baseline.version import __version__

Profile = Literal["circular", "act-854"]


@dataclass(frozen=True)
class DossierOrder:
    """What a dossier is to be about: whose, and from when up to when. `present` is now."""

    agency: str
    since: datetime
    until: datetime
    present: datetime
    profile: Profile = "circular"

    @property
    def as_of(self) -> datetime:
        """When it tells how things stood: at its end, or now where that is still to come."""
        return min(self.until, self.present).astimezone(UTC)


@dataclass(frozen=True)
class Material:
    """What a dossier is made of besides the history. `known` tells reports for people what they need.

    `pages` are files that are put in as they are, by their names, and `lacks` sentences on what is not at hand.
    """

    known: Telling
    registers: tuple[RegisterRead, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    domains: tuple[str, ...] = ()
    pages: Mapping[str, bytes] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()


@dataclass
class _Gathered:
    files: dict[str, bytes] = field(default_factory=dict)
    lacks: list[str] = field(default_factory=list)

    def take(self, files: Mapping[str, bytes], lacks: Sequence[str] = ()) -> None:
        self.files |= files
        self.lacks += lacks


def dossier(order: DossierOrder, history: History, material: Material, signer: Signer) -> bytes:
    """The zip. Raises `HistoryError`, `UserError` for what is too large, and OSError for files that cannot be read."""
    kept = history.excerpt(order.since, order.until, order.present)
    told = clauses_of(kept)
    all_of_it = _Gathered()
    all_of_it.take(_opening())
    all_of_it.take({"clauses.json": _json(told), "clauses.csv": clauses_csv(told).encode("utf-8", "backslashreplace")})
    all_of_it.take({"gaps.json": _json([one.to_dict() for one in gaps_within(history, order)])})
    all_of_it.take(history_files(kept), _pruned(kept))
    all_of_it.take(report_files(_last_looks(history, kept), material.known))
    baselines, files, lacks = baselines_of(kept.runs, material.baselines)
    all_of_it.take(files, lacks)
    all_of_it.take(*evidence_files(material.registers, order.as_of))
    all_of_it.take(material.pages, material.lacks)
    all_of_it.take(_of_profile(order, material.registers))
    manifest = {
        "schema": SCHEMA,
        "agency": order.agency,
        "profile": order.profile,
        "since": order.since.isoformat(),
        "until": order.until.isoformat(),
        "as_of": f"{order.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "version": __version__,
        "hosts": sorted({one["host"] for one in kept.findings}),
        "sites": sorted({one.site for one in material.registers}),
        "domains": sorted(material.domains),
        "runs": _ends(kept),
        "baselines": baselines,
        "lacks": all_of_it.lacks,
        "signer": signer.public_line,
    }
    return zipped(manifest, all_of_it.files, _signing(signer))


def _of_profile(order: DossierOrder, registers: Sequence[RegisterRead]) -> dict[str, bytes]:
    """What only this profile has."""
    if order.profile != "act-854":
        return {}
    as_of = order.as_of.astimezone(order.since.tzinfo)
    sites: dict[str, list[Evidence]] = {}
    for one in registers:
        sites.setdefault(one.site, []).extend(one.records)
    told = [standing for site, records in sites.items() for standing in act_standings(site, records, as_of)]
    page = as_page(order.agency, told, as_of).encode("utf-8", "backslashreplace")
    return {"act-854.json": _json(as_document(told, as_of)), "act-854.html": page}


def _signing(signer: Signer) -> Callable[[bytes], str]:
    return lambda raw: signer.sign(raw, DOSSIER)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _opening() -> dict[str, bytes]:
    """What lies in every dossier: a word to begin with, and the verifier for reading."""
    here = importlib.resources.files("baseline.dossier")
    return {name: (here / name).read_bytes() for name in ("README.txt", "verify_dossier.py")}


def _ends(kept: Excerpt) -> dict[str, Any] | None:
    if not kept.runs:
        return None
    first, last = kept.runs[0], kept.runs[-1]
    numbers = {"first": first["number"], "last": last["number"], "count": len(kept.runs)}
    return {**numbers, "previous": first["previous"], "head": last["digest"]}


def _pruned(kept: Excerpt) -> list[str]:
    gone = [run["number"] for run in kept.runs if run["pruned"]]
    if not kept.runs:
        return ["no run was kept in this time"]
    return [f"runs {gone[0]} to {gone[-1]} were pruned: of {len(gone)} runs only a line is left"] if gone else []


def _last_looks(history: History, kept: Excerpt) -> list[LastLook]:
    last = {run["baseline"]: run for run in kept.runs if run["command"] in LOOKS and not run["pruned"]}
    return [LastLook(*history.report(str(run["number"]))) for run in last.values()]


def gaps_within(history: History, order: DossierOrder) -> list[Gap]:
    """The checks that did not happen in the time; a gap that reaches beyond its end is told as far as it is known."""
    since, until = (f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for one in (order.since, order.until))
    newest = history.runs(1)
    # Not by the clock of now: what is told of a time that is past stays the same from day to day.
    known = [order.as_of, *(datetime.fromisoformat(one.finished) for one in newest if one.finished > until)]
    found = history.gaps(present=max(known)) if newest else ()
    return [one for one in found if one.start < until and (not one.end or one.end > since)]
