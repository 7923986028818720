"""Kind `dane_records`: where TLSA records stand, they are secure, and fit what the mail hosts present."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell, NothingToJudge
from baseline.formats import names, tlsa
from baseline.judge import Advised, Equal, Matches, Want, Wants
from baseline.kinds.base import ByHand, Control, Line, Loosens
from baseline.model import About, Scalar, State, Target
from baseline.model.probes import Handshake, Lookup, View
from baseline.readings.dns import addresses, ask

FITS = "fits a record"


class DaneRecords(Control):
    """The TLSA records of every MX host of the domain, against the certificates that the hosts present on port 25.

    Senders that heed DANE deliver nothing to a host whose records do not fit: a wrong record is worse than none.
    Where no MX host has any, the control does not apply.

    Looked at: MX and TLSA at a resolver, with the mark that it validated them (AD); the certificate chain behind
    STARTTLS at every address of every MX host. Every usable record is tried; one that fits is enough, since two stand
    side by side while a key changes. Nothing is applied: the records follow from the certificate, and have to be
    published before it changes.

    What can go wrong: a certificate renewed with a new key, and a record `3 1 1` of the old one. A zone that is not
    signed makes TLSA meaningless. Usages 0 and 1 mean nothing for SMTP. How to read it: `ADDRESS of HOST` says what
    the host presents and no record has. Sources: RFC 7672 sections 2.2 and 3.1; RFC 7671; BSI TR-03108.
    """

    summary: ClassVar[str] = "Where TLSA records stand, they are secure, and fit what the mail hosts present."
    loosens: ClassVar[Loosens] = {"advised": "change"}
    about: ClassVar[About] = "domain"
    by_hand: ClassVar[ByHand] = {
        "MX": "Sign the zone first (MEL-D-12): DANE counts in signed zones alone.",
        "TLSA of *": "Publish TLSA records of {rest} in a signed zone.",
        "usable records of *": "Publish a TLSA record 3 1 1 of {rest}.",
        "form at *": "Publish {wanted} at {rest}.",
        "certificate of *": (
            "Publish the TLSA record of the certificate in use at {rest}; with the next certificate, its record first."
        ),
    }

    kind: Literal["dane_records"]
    advised: Annotated[
        tuple[Line, ...], Field(min_length=1, description="Usage, selector and matching type; others are a warning.")
    ] = ("3 1 1", "2 1 1")

    def expected(self, target: Target) -> Wants:
        """Secure records that fit."""
        del target
        wants: dict[str, Want] = {
            "MX": Equal("secure"),
            "TLSA of *": Equal("secure"),
            "usable records of *": Equal(value=True),
            "form at *": Advised(Matches("|".join(self.advised), " or ".join(self.advised))),
            "certificate of *": Equal(FITS),
        }
        return wants

    def outside(self, view: View, state: State, target: Target) -> State:
        """Records and certificates."""
        del state
        mx = ask(view, Lookup(target.subject, "MX", secure=True))
        hosts = [host for host in (names.bare(one.split()[-1]) for one in mx.records) if host]
        questions = {host: Lookup(f"_25._tcp.{host}", "TLSA", secure=True) for host in hosts}
        view.ahead(*questions.values())
        records = {host: ask(view, question) for host, question in questions.items()}
        having = {host: found for host, found in records.items() if found.records}
        if not having:
            raise NothingToJudge("no MX host of the domain has a TLSA record")
        state_: dict[str, Scalar] = {"MX": _standing(mx.authenticated)}
        for host, found in having.items():
            try:
                parsed = [tlsa.parse(text) for text in found.records]
            except ValueError as error:
                raise CannotTell(f"TLSA of {host}: {error}") from None
            usable = [one for one in parsed if one.usable]
            state_[f"TLSA of {host}"] = _standing(found.authenticated)
            state_[f"usable records of {host}"] = bool(usable)
            state_ |= {f"form at {host}, {n}": one.parameters for n, one in enumerate(usable, 1)}
            state_ |= _presented(view, host, usable)
        return state_


def _standing(authenticated: bool) -> str:
    return "secure" if authenticated else "not secure"


def _presented(view: View, host: str, usable: list[tlsa.Tlsa]) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    questions = {address: Handshake(address, 25, "smtp", host) for address in addresses(view, host)}
    if not questions:
        raise CannotTell(f"the certificate of {host}: it has no address")
    view.ahead(*questions.values())
    for address, question in questions.items():
        seen = view.see(question)
        if seen.trouble or not seen.chain:
            raise CannotTell(f"the certificate of {host} at {address}: {seen.trouble or seen.refused or 'none'}")
        fits = any(one.fits(seen.chain) for one in usable)
        own = f"3 1 1 {tlsa.associated(seen.chain[0], 1, 1)}"
        found[f"certificate of {host} at {address}"] = FITS if fits else f"fits none: its own would be {own}"
    return found
