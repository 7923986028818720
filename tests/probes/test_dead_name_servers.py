"""A domain whose name servers are dead is looked at in bounded time: what is waited for is counted, not measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import dns.exception
import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from baseline import engine, probes
from baseline.fleet import nobody
from baseline.kinds.base import asked
from baseline.load import load_baseline
from baseline.model import Finding, Outcome, Subject
from baseline.model.probes import Fetched, Presented, Reached, Said
from baseline.probes import Sender
from baseline.probes import dns as asking
from baseline.probes.sharing import Shared
from tests.kinds.dns_world import TARGET, WORLD

RESOLVER = "192.0.2.153"
OWN = ("192.0.2.53", "198.51.100.53")
"""The servers of d.example in that world."""

DOMAIN = replace(
    TARGET, name="d.example", address="", resolvers=(RESOLVER,), speaks_for=(Subject("domain", "d.example"),)
)


@dataclass
class Network:
    """Answers from the world, but for what is dead: seconds that a question waited there are added up."""

    dead: tuple[str, ...]
    waited: dict[str, list[float]] = field(default_factory=dict)

    def asked(self, query: dns.message.QueryMessage, address: str, port: int, seconds: float) -> dns.message.Message:
        """In place of sending."""
        if address in self.dead:
            self.waited.setdefault(address, []).append(seconds)
            raise dns.exception.Timeout
        made = dns.message.make_response(query)
        made.flags |= 0 if address == RESOLVER else dns.flags.AA
        (question,) = query.question
        kind = dns.rdatatype.to_text(question.rdtype)
        found = WORLD.get((question.name.to_text(omit_final_dot=True), kind), ())
        if found:
            texts = [f'"{one}"' for one in found] if kind == "TXT" else list(found)
            made.answer = [dns.rrset.from_text(question.name, 300, "IN", kind, *texts)]
        return made


def looked(
    dead: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, shared: Shared | None
) -> tuple[Network, Mapping[str, Finding]]:
    """A look at the domain with one question at a time, so that every wait is one of the whole."""
    network = Network(dead)
    monkeypatch.setattr(asking, "_asked", network.asked)
    monkeypatch.setattr(probes, "reach", lambda *_: Reached("open"))
    monkeypatch.setattr(probes, "talk", lambda *_: Said(trouble="not here"))
    monkeypatch.setattr(probes, "shake", lambda *_: Presented(trouble="not here"))
    monkeypatch.setattr(probes, "fetch", lambda *_: Fetched(trouble="not here"))
    controls = [one for one in load_baseline("mampu-2007").controls_for(DOMAIN) if one.about == "domain"]
    assert len(asked(controls, DOMAIN)) > 8
    sender = Sender(at_once=1, sleep=lambda _: None, shared=shared)
    result = engine.check(DOMAIN, controls, nobody, outlook=sender)
    return network, {one.control: one for one in result.findings}


@pytest.mark.parametrize("sharing", [False, True], ids=["each for itself", "sharing"])
@pytest.mark.parametrize("dead", [OWN[:1], OWN], ids=["one of two", "both"])
def test_dead_name_servers_are_waited_for_less_than_15_seconds(
    dead: tuple[str, ...], sharing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tries of 3 s each for a server, once, however many questions there are for it."""
    network, findings = looked(dead, monkeypatch, Shared() if sharing else None)
    assert {server: len(tries) for server, tries in network.waited.items()} == dict.fromkeys(dead, 2)
    assert sum(map(sum, network.waited.values())) == pytest.approx(6 * len(dead))
    assert sum(map(sum, network.waited.values())) < 15
    # The zone is there at the resolver: what rests on its own servers is not known, and no pass.
    assert findings["MEL-D-11"].outcome is Outcome.UNKNOWN
    assert findings["MEL-D-01"].outcome is Outcome.UNKNOWN


def test_a_dead_resolver_is_waited_for_less_than_15_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    network, findings = looked((RESOLVER,), monkeypatch, None)
    assert sum(map(sum, network.waited.values())) == pytest.approx(6)
    assert {one.outcome for one in findings.values()} == {Outcome.UNKNOWN}


def test_all_is_well_where_all_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    network, findings = looked((), monkeypatch, None)
    assert network.waited == {}
    assert findings["MEL-D-01"].outcome is Outcome.PASS
