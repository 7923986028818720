"""Kind `spf_senders`: the SPF record lets the domain's own hosts send, and no stranger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.formats import names, spf
from baseline.judge import Advised, AtLeast, Equal, OneOf, Want, Wants
from baseline.kinds.base import Line, Loosens
from baseline.kinds.domain import DomainControl
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import View
from baseline.readings.dns import resolve, resolver_but, told
from baseline.readings.senders import outbound, senders
from baseline.readings.spf_evaluation import check_host
from baseline.remedies.mending import faults
from baseline.remedies.remedy import Effects, Remedy
from baseline.remedies.spf_wanted import MINE, SEPARATOR, publish_spf
from baseline.remedies.zone_records import publish, together, txt
from baseline.zone_edits import SetRecords

_STRANGER = "a stranger"

_AS_HOST = "as the host's name from "
_NAME = "name of "
_OF_A_HOST = "v=spf1 a -all"
_LACKS = "no record yet of the host at "


class SpfSenders(DomainControl):
    """What receivers make of mail from the domain's own hosts, and of mail from a stranger.

    The record is evaluated as RFC 7208 has it (check_host, macros and `exists` included), for every address that the
    inventory's hosts send the domain's mail from (`outbound`, else the host's own address), and for an address that
    belongs to nobody. Each host is also looked at by the name in its PTR record: bounces have no sender, and then that
    name's own record decides (2.3); the lack of one is a warning.

    Looked at: the TXT records as the zone's servers have them; what they include, through the resolver. Applied: the
    same record that `spf_record` writes, with `ip4:` or `ip6:` for each address that does not pass, and
    `v=spf1 a -all` for a host's name that has no record, where that name is in the domain's zone.

    What can go wrong: mail that leaves through a relay or NAT is seen with another address than the host's own: put
    that one into `outbound`. How to read it: `from 192.0.2.7` is `softfail`: receivers mark that host's mail. An
    `ip4` network wider than `/16` is a warning: whoever rents an address in it may send in the domain's name. Sources:
    RFC 7208 sections 2.3, 4, 5, 10.
    """

    summary: ClassVar[str] = "The SPF record lets the domain's own hosts send, and no stranger."
    nothing_to_judge: ClassVar[str] = "the inventory has no mta host that sends this domain's mail"
    loosens: ClassVar[Loosens] = {
        "widest_ip4": "lower",
        "stranger": "change",
    }
    in_zone: ClassVar[tuple[str, ...]] = ("record", "from", "as the host's name", "widest ip4 network")

    decides_by: ClassVar[tuple[str, ...]] = (_LACKS,)
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because addresses are added to the record, and a record where a host's name has none",
        notice="Servers elsewhere take mail from every host that sends for the domain.",
    )

    kind: Literal["spf_senders"]
    stranger: Annotated[Line, Field(description="An address that belongs to nobody, and so must not pass.")] = (
        "192.0.2.1"
    )
    widest_ip4: Annotated[int, Field(ge=0, le=32, description="A shorter prefix than this is a warning.")] = 16
    final: Annotated[
        Literal["-all", "~all"], Field(description="How a record that is written ends: fail or softfail.")
    ] = "-all"

    def expected(self, target: Target) -> Wants:
        """Own hosts pass, a stranger does not."""
        if not senders(target):
            return {}
        wants: dict[str, Want] = {f"from {address}": Equal("pass") for address in outbound(target)}
        return {
            **wants,
            f"from {self.stranger} ({_STRANGER})": OneOf(("fail", "softfail")),
            f"{_AS_HOST}*": Advised(Equal("pass")),
            "widest ip4 network": Advised(AtLeast(self.widest_ip4)),
        }

    def outside(self, view: View, state: State, target: Target) -> State:
        """The results for every address."""
        del state
        if not senders(target):
            return {}
        domain = target.subject
        records = told(view, domain, "TXT").whole()
        texts = tuple(text for text in records if spf.is_spf(text))
        ask = resolver_but(view, domain, "TXT", records)
        found = Parts({"record": SEPARATOR.join(texts) or None})
        sender = f"postmaster@{domain}"
        for address in outbound(target):
            with found.part():
                found[f"from {address}"] = check_host(ask, address, domain, sender, domain).result
        with found.part():
            result = check_host(ask, self.stranger, domain, sender, domain)
            found[f"from {self.stranger} ({_STRANGER})"] = result.result
        for address in outbound(target):
            with found.part():
                found |= _as_host(view, address, [peer.fqdn for peer in senders(target) if address in peer.outbound])
        found["widest ip4 network"] = _widest(texts)
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The record with the missing addresses, and one for a host's name without a record."""
        wrong = faults(self.expected(target), state)
        stranger = f"from {self.stranger} ({_STRANGER})"
        remedies: list[Remedy] = []
        if stranger in wrong or any(f"from {address}" in wrong for address in outbound(target)):
            remedies.append(publish_spf(state, target.subject, outbound(target), self.final))
        elif "widest ip4 network" in wrong:
            return Remedy(advice="Name smaller networks in the SPF record: only those that really send.")
        nameless = [peer.fqdn for peer in senders(target) if any(state.get(_LACKS + one) for one in peer.outbound)]
        records = {one: txt(one, _OF_A_HOST, MINE) for one in nameless}
        inside = [one for one in records if not state.get("zone") or names.inside(one, str(state["zone"]))]
        if inside:
            remedies.append(publish(state, [records[one] for one in inside]))
        if nameless and not remedies:
            lines = "; ".join(line for one in records.values() for line in one.lines())
            return Remedy(advice=f"Publish in the zone of the host's name: {lines}")
        return together(remedies)

    def mended_with(self, remedy: Remedy, wrong: Collection[str], state: State) -> bool:
        """Where only names of hosts lack a record, and the remedy of another domain publishes it."""
        lacking = [key.removeprefix(_AS_HOST) for key in wrong if key.startswith(_AS_HOST)]
        written = {names.bare(edit.owner) for edit in remedy.edits if isinstance(edit, SetRecords)}
        return len(lacking) == len(wrong) > 0 and {str(state.get(_NAME + one)) for one in lacking} <= written


def _as_host(view: View, address: str, full_names: Sequence[str]) -> dict[str, Scalar]:
    """What comes of mail without a sender from a host that greets with the name in its PTR record.

    And whether that is the name in the inventory, and has no record yet.
    """
    pointers = resolve(view, names.reverse(address), "PTR").records
    if len(pointers) != 1:
        return {}
    name = names.bare(pointers[0])
    records = told(view, name, "TXT").whole()
    ask = resolver_but(view, name, "TXT", records)
    result = check_host(ask, address, name, f"postmaster@{name}", name)
    return {
        _NAME + address: name,
        _AS_HOST + address: result.result,
        _LACKS + address: result.result == "none" and name in full_names,
    }


def _widest(texts: tuple[str, ...]) -> int:
    """The shortest prefix of an `ip4:` that passes; 32 where there is none."""
    found = [32]
    for text in texts:
        try:
            record = spf.parse(text)
        except spf.SpfError:
            continue
        networks = [one.network for one in record.directives if one.qualifier == "+" and one.network is not None]
        found += [network.prefixlen for network in networks if network.version == 4]
    return min(found)
