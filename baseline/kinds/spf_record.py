"""Kind `spf_record`: a domain has one SPF record, and receivers can evaluate it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.formats import spf
from baseline.judge import Advised, AtMost, Equal, OneOf, Want, Wants
from baseline.kinds.base import Loosens
from baseline.kinds.domain import DomainControl
from baseline.model import State, Target
from baseline.model.looks import Parts
from baseline.model.probes import View
from baseline.readings.answers import shorten
from baseline.readings.dns import VANTAGE, resolver, resolver_but, told
from baseline.readings.senders import outbound
from baseline.readings.spf_evaluation import MOST_LOOKUPS, MOST_VOID, cost
from baseline.remedies.mending import faults
from baseline.remedies.remedy import Effects, Remedy
from baseline.remedies.spf_wanted import SEPARATOR, least_record, publish_spf
from baseline.remedies.zone_records import RecordSet

MOST_LISTED = 10
"""How many other records of the name a state lists."""


class SpfRecord(DomainControl):
    """One SPF record of the domain: that there is exactly one, that it parses, what it costs, and how it ends.

    Receivers treat two records, a word that is no term, more than ten look-ups or more than two that find nothing as
    a permanent error: the domain then has no SPF at all, although a record stands there. Whether the record names the
    hosts that really send is another control's question.

    Looked at: the TXT records at the domain, at a resolver and at each of the zone's own servers. Look-ups are counted
    as if no term matched, includes and redirects followed. `ends with` is that of the record that a `redirect=`
    leads to, where it has one and no `all`.

    Applied: one record in the zone's file, made of the sound terms of those that are there, the addresses that the
    inventory's hosts send from, and `final`. Other TXT records stay. Without a zone file on a host of the
    inventory, the plan prints the record. A record that needs too many look-ups is for a person.

    What can go wrong: a service that sends in the domain's name and is in no record yet is refused from then on:
    add its `include:` first, or begin with `final: "~all"`. How to read it: `SPF records` 2 means that both have to
    become one. Sources: RFC 7208 sections 3.1, 3.2, 3.4, 4.5, 4.6.4, 5.5; NIST SP 800-177r1.
    """

    summary: ClassVar[str] = "A domain has one SPF record, and receivers can evaluate it."
    loosens: ClassVar[Loosens] = {
        "max_lookups": "higher",
        "max_void": "higher",
        "max_length": "higher",
        "accept": "higher",
    }
    in_zone: ClassVar[tuple[str, ...]] = (
        "SPF records",
        "record",
        "faults",
        "look-ups",
        "uses ptr",
        "ends with",
        "length",
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because one record takes the place of the SPF records that are judged, and their terms "
        "are kept",
        notice="Servers elsewhere can refuse mail in the domain's name from hosts that the record does not name.",
    )

    kind: Literal["spf_record"]
    final: Annotated[
        Literal["-all", "~all"], Field(description="How a record that is written ends: fail or softfail.")
    ] = "-all"
    accept: Annotated[tuple[Literal["-all", "~all"], ...], Field(min_length=1, description="Ends that pass.")] = (
        "-all",
        "~all",
    )
    max_lookups: Annotated[int, Field(ge=1, le=MOST_LOOKUPS, description="The most look-ups that all terms cost.")] = 10
    max_void: Annotated[int, Field(ge=0, le=MOST_VOID, description="The most look-ups that find nothing.")] = 2
    max_length: Annotated[int, Field(ge=64, le=4096, description="Above so many bytes, a warning (RFC 7208 3.4).")] = (
        450
    )

    def expected(self, target: Target) -> Wants:
        """Exactly one record that receivers can evaluate."""
        del target
        wants: dict[str, Want] = {
            "SPF records": Equal(1),
            "faults": Equal(None),
            "look-ups": AtMost(self.max_lookups),
            "look-ups that find nothing": AtMost(self.max_void),
            "uses ptr": Equal(value=False),
            "ends with": OneOf(self.accept),
            "length": Advised(AtMost(self.max_length, unit="bytes")),
        }
        return {**wants, **VANTAGE}

    def outside(self, view: View, state: State, target: Target) -> State:
        """The record, and what evaluating it costs."""
        del state
        domain = target.subject
        here = told(view, domain, "TXT", spf.is_spf)
        texts = here.records
        found = Parts({"SPF records": len(texts), "record": SEPARATOR.join(texts) or None})
        found |= {"length": max((len(text) for text in texts), default=0), **here.state}
        with found.part():
            found["left alone"] = _left_alone(
                [text for text in resolver(view)(domain, "TXT").records if not spf.is_spf(text)]
            )
        if len(texts) != 1:
            nothing = {"faults": None, "look-ups": 0, "look-ups that find nothing": 0, "uses ptr": False}
            found |= {**nothing, "ends with": None}
            return found
        with found.part():
            found["ends with"] = _end(view, texts[0])
        with found.part():
            # What is counted is the record of the resolver; an older copy there is told by its own key.
            spent = cost(resolver_but(view, domain, "TXT", here.records), domain)
            found |= {"look-ups": spent.lookups, "look-ups that find nothing": spent.void, "uses ptr": spent.uses_ptr}
            found["faults"] = "; ".join(spent.faults) or None
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """One record in place of those that are there, where that mends what is wrong."""
        wrong = faults(self.expected(target), state)
        if not wrong.keys() - {*VANTAGE, "length"}:
            return None
        if {"look-ups", "look-ups that find nothing"} & wrong.keys():
            return Remedy(advice="Take terms that cost look-ups (include, a, mx) out of the record by hand.")
        return publish_spf(state, target.subject, _outbound(target), self.final)

    def wanted_records(self, target: Target) -> Sequence[RecordSet]:
        """A record that names the addresses of the inventory."""
        return (least_record(target.subject, _outbound(target), self.final),)


def _outbound(target: Target) -> tuple[str, ...]:
    try:
        return outbound(target)
    except CannotTell:
        return ()


def _end(view: View, text: str) -> str | None:
    """How the record ends, redirects followed; None when it does not parse."""
    seen: set[str] = set()
    while True:
        try:
            record = spf.parse(text)
        except spf.SpfError:
            return None
        target = record.redirect
        if not record.final.startswith("redirect=") or target is None or "%" in target or target in seen:
            return record.final
        seen.add(target)
        texts = [one for one in resolver(view)(target, "TXT").records if spf.is_spf(one)]
        if len(texts) != 1:
            return record.final
        text = texts[0]


def _left_alone(texts: Sequence[str]) -> str | None:
    """The other TXT records of the name, which an apply does not touch, so that whoever reads the report knows them."""
    if not texts:
        return None
    more = [f"and {len(texts) - MOST_LISTED} more"] if len(texts) > MOST_LISTED else []
    return "; ".join([shorten(text, 60) for text in sorted(texts)[:MOST_LISTED]] + more)
