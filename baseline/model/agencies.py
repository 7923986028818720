"""The roll-up: what the reports of many agencies come to, as a value that every format of it is printed from.

Only a fresh and signed document counts as the word of an agency. Of every other agency nothing is known, and never that
all is well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from baseline.classes import dataclass
from baseline.model.clauses import ClauseOutcome

SCHEMA = "baseline.rollup/1"
"""What a roll-up is written as."""

AgencyStanding = Literal["current", "unsigned", "incomplete", "stale", "refused", "missing"]
"""How an agency stands: told of by a fresh and signed document; by one that nobody signed; by one that lacks hosts that
an earlier one had; by an old one; by none that could be taken; by none at all."""

ClauseCell = ClauseOutcome | Literal["untold"]
"""What a clause came to at an agency; `untold` where no document tells it."""

Turn = Literal["better", "worse", "same", "first"]
"""What something is against the document before; `first` where none was seen."""

WORST_CLAUSE: tuple[ClauseCell, ...] = ("fail", "untold", "unknown", "waived", "warn", "pass", "notapplicable")
WORST_CODE = (6, 4, 1, 3, 0)
_WORST_STANDING: tuple[AgencyStanding, ...] = ("refused", "missing", "stale", "incomplete", "unsigned", "current")


@dataclass(frozen=True)
class ClauseAt:
    """A clause at one agency: its verdict, the same without waivers, the controls that made it so, and the turn.

    `places` is how many hosts, domains and sites are so.
    """

    clause: str
    verdict: ClauseCell
    without_waivers: ClauseCell
    because: tuple[str, ...] = ()
    places: int = 0
    turn: Turn = "first"

    def to_dict(self) -> dict[str, Any]:
        """The clause as JSON carries it."""
        return {
            "clause": self.clause,
            "verdict": self.verdict,
            "without_waivers": self.without_waivers,
            "because": list(self.because),
            "places": self.places,
            "turn": self.turn,
        }


@dataclass(frozen=True)
class Before:
    """What a document of an agency told earlier: when its run ended (ISO 8601 in UTC), exit code, clauses."""

    finished: str
    exit_code: int
    clauses: tuple[tuple[str, ClauseCell], ...]

    def to_dict(self) -> dict[str, Any]:
        """It as JSON carries it."""
        return {"finished": self.finished, "exit_code": self.exit_code, "clauses": dict(self.clauses)}


@dataclass(frozen=True)
class Agency:
    """A line of the roll-up.

    `exit_code` is what its own documents come to; None where none counts. `finished` is when the oldest look at one of
    its hosts ended, the empty text where none is known. `hosts`, `conforming`, `failing` and `unknown` count hosts.
    `notes` are sentences on what is not as it should be. `before` is what earlier documents told, oldest first.
    """

    name: str
    standing: AgencyStanding
    exit_code: int | None = None
    without_waivers: int | None = None
    finished: str = ""
    baseline: str = ""
    hosts: int = 0
    conforming: int = 0
    failing: int = 0
    clauses: tuple[ClauseAt, ...] = ()
    turn: Turn = "first"
    documents: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    before: tuple[Before, ...] = ()

    @property
    def counted(self) -> int:
        """What it counts as: its exit code, but never 0 for one that is not current."""
        code = 3 if self.exit_code is None else self.exit_code
        return 3 if code == 0 and self.standing != "current" else code

    @property
    def unknown(self) -> int:
        """Hosts of which neither is known that they conform nor that they do not."""
        return self.hosts - self.conforming - self.failing

    def at(self, clause: str) -> ClauseAt:
        """What a clause came to here."""
        return next((one for one in self.clauses if one.clause == clause), ClauseAt(clause, "untold", "untold"))

    def to_dict(self) -> dict[str, Any]:
        """The agency as JSON carries it."""
        return {
            "name": self.name,
            "standing": self.standing,
            "exit_code": self.exit_code,
            "without_waivers": self.without_waivers,
            "counted": self.counted,
            "finished": self.finished or None,
            "baseline": self.baseline,
            "hosts": self.hosts,
            "conforming": self.conforming,
            "failing": self.failing,
            "unknown": self.unknown,
            "turn": self.turn,
            "clauses": [one.to_dict() for one in self.clauses],
            "documents": list(self.documents),
            "gone": list(self.gone),
            "notes": list(self.notes),
            "before": [one.to_dict() for one in self.before],
        }


@dataclass(frozen=True)
class Refused:
    """A document that is not taken: its file, the agency where its signature says one, and why."""

    file: str
    agency: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """It as JSON carries it."""
        return {"file": self.file, "agency": self.agency or None, "why": self.why}


@dataclass(frozen=True)
class ClauseOverAll:
    """A clause over all agencies: how many came to what, `untold` those that tell nothing that counts."""

    clause: str
    counts: tuple[tuple[ClauseCell, int], ...]

    @property
    def verdict(self) -> ClauseCell:
        """The worst there is."""
        return next((cell for cell, number in self.counts if number), "untold")

    def number(self, cell: ClauseCell) -> int:
        """How many agencies came to this."""
        return dict(self.counts).get(cell, 0)

    def to_dict(self) -> dict[str, Any]:
        """The clause as JSON carries it."""
        return {"clause": self.clause, "verdict": self.verdict, "agencies": dict(self.counts)}


@dataclass(frozen=True)
class RollUp:
    """The view over all agencies that may sign, the worst first.

    `made` is when (ISO 8601 in UTC), `max_age` the seconds after which a look is stale, `baseline` by what all are
    measured, `clause_names` its clauses.
    """

    made: str
    max_age: int
    baseline: str
    clause_names: tuple[str, ...]
    agencies: tuple[Agency, ...]
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def clauses(self) -> tuple[ClauseOverAll, ...]:
        """Every clause, in their order. What is not current counts as untold."""
        return tuple(_over_all(clause, self.agencies) for clause in self.clause_names)

    @property
    def standings(self) -> dict[AgencyStanding, int]:
        """How many agencies stand how."""
        found = Counter(one.standing for one in self.agencies)
        return {standing: found[standing] for standing in reversed(_WORST_STANDING)}

    @property
    def exit_code(self) -> int:
        """The worst of the agencies: 6 over 4 over 1 over 3 over 0. No agency, and a refused document, is 3."""
        open_ = {3} if self.refused or not self.agencies else set()
        return min(open_ | {one.counted for one in self.agencies}, key=WORST_CODE.index)

    def to_dict(self) -> dict[str, Any]:
        """The roll-up as `baseline.rollup/1`."""
        return {
            "schema": SCHEMA,
            "made": self.made,
            "max_age": self.max_age,
            "baseline": self.baseline,
            "exit_code": self.exit_code,
            "standings": dict(self.standings),
            "clauses": [one.to_dict() for one in self.clauses],
            "agencies": [one.to_dict() for one in self.agencies],
            "refused": [one.to_dict() for one in self.refused],
            "notes": list(self.notes),
        }


def worst_first(agencies: Sequence[Agency]) -> tuple[Agency, ...]:
    """The agencies by what they count as, then by standing, clauses that fail, and the share of hosts that do."""
    return tuple(sorted(agencies, key=_rank))


def _rank(agency: Agency) -> tuple[int, int, int, int, float, str]:
    failing = sum(one.verdict == "fail" for one in agency.clauses)
    open_ = sum(one.verdict in ("unknown", "untold") for one in agency.clauses)
    share = agency.failing / agency.hosts if agency.hosts else 0.0
    standing = _WORST_STANDING.index(agency.standing)
    return WORST_CODE.index(agency.counted), standing, -failing, -open_, -share, agency.name


def _over_all(clause: str, agencies: Sequence[Agency]) -> ClauseOverAll:
    found = Counter(one.at(clause).verdict if one.standing == "current" else "untold" for one in agencies)
    return ClauseOverAll(clause, tuple((cell, found[cell]) for cell in WORST_CLAUSE))


def turned(now: int, before: int) -> Turn:
    """What a place in an order of the worst first is against the one before."""
    return "same" if now == before else "better" if now > before else "worse"
