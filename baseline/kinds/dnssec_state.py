"""Kind `dnssec_state`: the domain's zone is signed, and validates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.judge import Advised, AtLeast, AtMost, OneOf, Want, Wants
from baseline.kinds.base import ByHand, Control, Loosens
from baseline.model import About, Scalar, State, Target
from baseline.model.probes import Lookup, Records, View
from baseline.readings.dns import answered, apex, ask, no_answer

SECURE, UNSIGNED, BOGUS = "secure", "unsigned", "bogus"


class DnssecState(Control):
    """Whether a validating resolver finds the domain secure, unsigned or bogus, and how long its signatures last.

    A bogus zone does not exist for everybody who validates: mail to the domain fails, and nothing else tells why.

    Looked at, through a resolver: the domain's SOA record with DNSSEC, and once more without validation (CD):
    SERVFAIL to the first and an answer to the second is bogus. DS at the parent; the expiry of the signature; the
    iterations of NSEC3, which have to be 0. With DS and without the mark of validation (AD), the resolver does not
    validate: the control is unknown, and asks for another one in `resolvers`. Nothing is applied: signing needs the
    parent's help.

    What can go wrong: a clock that is wrong on signer or resolver; a DS record that stays after a zone is signed no
    more; signatures that nobody renews. How to read it: `unsigned` is a warning, `bogus` is an outage. To sign a zone
    of BIND 9.18, set `dnssec-policy default; inline-signing yes;`, and have the parent publish the DS record that
    `dnssec-dsfromkey` prints. Sources: RFC 4033 to 4035; RFC 6781; RFC 9276; NIST SP 800-81.
    """

    summary: ClassVar[str] = "The domain's zone is signed, and validates."
    loosens: ClassVar[Loosens] = {"min_days": "lower"}
    about: ClassVar[About] = "domain"
    by_hand: ClassVar[ByHand] = {
        "days left*": "Have the zone signed anew (`rndc sign ZONE`), and find out in named's log why it was not.",
        "NSEC3 iterations*": "Set the iterations of NSEC3 to 0 in the dnssec-policy of the zone.",
    }

    kind: Literal["dnssec_state"]
    min_days: Annotated[int, Field(ge=0, le=30, description="Days that signatures have to last yet.")] = 3

    def expected(self, target: Target) -> Wants:
        """Secure, for long enough."""
        del target
        wants: dict[str, Want] = {
            "zone": OneOf((SECURE,), warn=(UNSIGNED,)),
            "days left*": AtLeast(self.min_days, unit="days"),
            "NSEC3 iterations*": Advised(AtMost(0)),
        }
        return wants

    def outside(self, view: View, state: State, target: Target) -> State:
        """What a validating resolver finds."""
        del state
        question = Lookup(target.subject, "SOA", secure=True)
        unchecked = Lookup(target.subject, "SOA", secure=True, unchecked=True)
        view.ahead(question, unchecked)
        seen = view.see(question)
        if seen.status == "servfail" and not seen.trouble:
            if answered(view.see(unchecked)):
                return {"zone": BOGUS}
            raise CannotTell(no_answer(question, seen))
        if not answered(seen):
            raise CannotTell(no_answer(question, seen))
        domain = apex(view, target.subject) or target.subject
        signed = ask(view, Lookup(domain, "DS", secure=True)).records
        if not signed:
            return {"zone": UNSIGNED}
        if not seen.authenticated:
            raise CannotTell(f"{domain} has DS records, and the resolver does not validate: name one that does")
        iterations = ask(view, Lookup(domain, "NSEC3PARAM")).records
        found: dict[str, Scalar] = {"zone": SECURE, **_left(seen, view.now)}
        if iterations:
            found["NSEC3 iterations"] = max(int(one.split()[2]) for one in iterations)
        return found

    def advice(self, state: State) -> str:
        """How a zone comes to validate."""
        if state.get("zone") == BOGUS:
            return (
                "Nobody who validates finds the domain: sign the zone anew, or have the parent take its DS record out "
                "until the signatures are right."
            )
        return (
            "Sign the zone: `dnssec-policy default; inline-signing yes;` in its zone statement of named.conf, then "
            "have the parent publish what `dnssec-dsfromkey` prints."
        )


def _left(seen: Records, now: datetime) -> dict[str, Scalar]:
    """Whole days that the first signature to run out lasts yet. Raises `CannotTell`."""
    ends = []
    for signature in seen.signatures:
        fields = signature.split()
        if len(fields) > 4 and fields[4].isdigit() and len(fields[4]) == 14:
            ends.append(datetime.strptime(fields[4], "%Y%m%d%H%M%S").replace(tzinfo=UTC))
    if not ends:
        raise CannotTell("the answer is marked as validated, and has no signature that could be read")
    return {"days left of the signature": (min(ends) - now) // timedelta(days=1)}
