"""What findings were before: from when to when each was what, as a history tells it, and what that comes to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from baseline.classes import dataclass

if TYPE_CHECKING:
    from baseline.model import Finding


@dataclass(frozen=True)
class Lived:
    """An outcome from one moment to another (ISO 8601 in UTC); `ended` is empty while it lasts."""

    outcome: str
    began: str
    ended: str = ""


Past = Mapping[tuple[str, str], tuple[Lived, ...]]
"""By host and key of a finding, oldest first."""


@dataclass(frozen=True)
class Background:
    """What a report is told with besides the report itself: words of clauses, and what findings were before.

    `clauses` are texts of the mandate by the names of clauses, in the language `language` (BCP 47).
    """

    clauses: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    past: Past = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """A piece of a strip: from and to where, as shares of its length, and what share of the hosts was what."""

    begins: float
    ends: float
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Strip:
    """What findings were over time, drawn as one strip, and the same in dates.

    `since` is when the first and the last of the findings became what they are.
    """

    begins: str
    ends: str
    pieces: tuple[Piece, ...]
    since: tuple[str, str]
    before: tuple[str, ...]


def strip(past: Past, findings: Iterable[Finding], until: str) -> Strip | None:
    """The strip of some findings up to the end of a run; None where nothing is known of them before it."""
    lives = [past[one.host, one.key] for one in findings if past.get((one.host, one.key))]
    if not lives:
        return None
    begins = min(life[0].began for life in lives)
    first, last = _seconds(begins), _seconds(until)
    if last <= first:
        return None
    last_ones = sorted(life[-1].began for life in lives)
    before = dict.fromkeys(life[-2].outcome for life in lives if len(life) > 1)
    pieces = tuple(_pieces(lives, first, last))
    return Strip(begins, until, pieces, (last_ones[0], last_ones[-1]), tuple(before))


def _pieces(lives: Sequence[Sequence[Lived]], first: float, last: float) -> Iterable[Piece]:
    began = {_seconds(one.began) for life in lives for one in life}
    edges = sorted({first, last, *(moment for moment in began if moment < last)})
    length = last - first
    for begins, ends in pairwise(edges):
        found: dict[str, int] = {}
        for life in lives:
            outcome = next((one.outcome for one in reversed(life) if _seconds(one.began) <= begins), "")
            found[outcome] = found.get(outcome, 0) + 1
        shares = tuple((name, number / len(lives)) for name, number in sorted(found.items()) if name)
        yield Piece((begins - first) / length, (ends - first) / length, shares)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
