"""Kind `dns_blocklists`: the DNS block lists in use answer this site, and answer sensibly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell, NothingToJudge
from baseline.judge import Equal, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Lookup, Records, View
from baseline.readings.smtpd_services import SmtpdServices

if TYPE_CHECKING:
    from testinfra.host import Host

Zone = Annotated[str, Field(pattern=r"^([a-z0-9_-]+\.)+[a-z0-9-]+$")]
_LISTED, _CLEAN = "2.0.0.127", "1.0.0.127"
_FILTERED = "answers counted in"


class DnsBlocklists(Control):
    """Each list says that 127.0.0.2 is listed and 127.0.0.1 is not, as RFC 5782 has every list do.

    Looked at: the lists named in `lists`, and those that Postfix asks (`reject_rbl_client` in any list of a service
    that others can reach). They are looked up through the resolvers that the inventory gives the host; give it the one
    that the host itself uses, since operators answer by who asks. `working`: the entry for 127.0.0.2 answers within
    127.0.0.0/8 and that for 127.0.0.1 does not exist. `refusing this resolver`: 127.255.255.x, which operators answer
    to public resolvers and to clients that ask a lot. `listing everything`: a resolver or dead list that answers all.
    `listing nothing`: the list is gone, or hides from users without a contract. A failed look-up (SERVFAIL, no answer)
    is unknown.

    For Postfix's own lists also whether `reject_rbl_client zone=127.0.0.[2..11]` says which answers count. A bare
    zone takes 127.255.255.254, which only says that the resolver is not welcome, for a listing: then all mail is
    refused. Rspamd's own lists have their answers in its configuration, and are left to it.

    No list in `lists` and none in Postfix: nothing to judge. Name the lists that the agency may use; most are free
    for small use only, and none is the default for that reason.

    Applied: nothing. What helps: a recursive resolver of one's own on the host, and a contract where one is due.
    Sources: RFC 5782 section 5; postconf(5) reject_rbl_client; the operators' terms of use.
    """

    summary: ClassVar[str] = "The DNS block lists in use answer this site, and answer sensibly."
    shows: ClassVar[tuple[str, ...]] = ("list *",)
    loosens: ClassVar[Loosens] = {"lists": "lower"}

    kind: Literal["dns_blocklists"]
    lists: Annotated[
        tuple[Zone, ...],
        Field(
            description="Zones of lists that the agency may use.",
            examples=[["zen.spamhaus.org"]],
        ),
    ] = ()

    def expected(self, target: Target) -> Wants:
        """Every list works; every list of Postfix says which answers count."""
        del target
        return {"list *": Equal("working"), f"{_FILTERED} *": Equal("yes")}

    def actual(self, host: Host, target: Target) -> State:
        """The lists to be looked up, and how Postfix asks its own."""
        del target
        smtpd = SmtpdServices(host)
        state: dict[str, Scalar] = {}
        for service in smtpd.public:
            for rules in smtpd.all_rules(service):
                for rule in rules:
                    match = re.search(r"reject_rbl_client ([^\s=,]+)(=\S+)?", rule)
                    if match:
                        zone = match[1].rstrip(".").lower()
                        counted = "yes" if match[2] else "no"
                        key = f"{_FILTERED} {zone}"
                        state[key] = "no" if state.get(key) == "no" else counted
        zones = sorted({*self.lists, *(key.removeprefix(f"{_FILTERED} ") for key in state)})
        if not zones:
            raise NothingToJudge("no block list is named, and Postfix asks none")
        return state | {"lists": " ".join(zones)}

    def assumed(self, target: Target) -> State:
        """The lists that the baseline names."""
        del target
        if not self.lists:
            raise NothingToJudge("no block list is named, and nobody logs in to ask what Postfix asks")
        return {"lists": " ".join(sorted(self.lists))}

    def outside(self, view: View, state: State, target: Target) -> State:
        """What each list says of the two addresses that every list knows."""
        del target
        zones = str(state["lists"]).split()
        asked = {zone: (Lookup(f"{_LISTED}.{zone}", "A"), Lookup(f"{_CLEAN}.{zone}", "A")) for zone in zones}
        view.ahead(*(probe for pair in asked.values() for probe in pair))
        seen = Parts()
        for zone, (one, other) in asked.items():
            with seen.part():
                seen[f"list {zone}"] = _verdict(zone, view.see(one), view.see(other))
        return seen

    def advice(self, state: State) -> str:
        """What a person can do."""
        if any(value == "no" for key, value in state.items() if key.startswith(_FILTERED)):
            return self.fix or "Write `reject_rbl_client ZONE=127.0.0.[2..11]`, with the answers of that list."
        return self.fix or (
            "Ask through a recursive resolver of your own, not a public one; see the terms of the list, or give it up."
        )


def _verdict(zone: str, listed: Records, clean: Records) -> str:
    """What the answers about 127.0.0.2 and 127.0.0.1 make of a list. Raises `CannotTell` when there are none."""
    for answer in (listed, clean):
        if answer.trouble or answer.status not in ("noerror", "nxdomain"):
            raise CannotTell(f"{zone} could not be looked up: {answer.trouble or answer.status}")
    if any(address.startswith("127.255.255.") for address in (*listed.records, *clean.records)):
        return "refusing this resolver"
    if clean.records:
        return "listing everything"
    if not listed.records:
        return "listing nothing"
    odd = [address for address in listed.records if not address.startswith("127.")]
    return f"answering {odd[0]}, which is no answer of a list" if odd else "working"
