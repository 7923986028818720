"""What the looks of one run share: whoever answers one question answers no other one."""

from __future__ import annotations

from collections import Counter

import dns.message
import dns.rrset

from baseline.deadline import Deadline
from baseline.model.probes import Lookup, Records
from baseline.probes import Sender
from baseline.probes.sharing import Shared
from tests.adversary.case import adversary
from tests.probes.servers import name_server
from tests.probes.test_sharing import zone

NETWORK = "what is learnt from the network"


@adversary(NETWORK, "a name server that sends, beside its answer, records of names that are not its own")
def test_a_zone_never_answers_for_another_ones_names() -> None:
    """The next look at that name asks its own servers, and has what these say.

    Before: answers were not kept at all; a cache that takes what it is not asked for is what RFC 5452 warns of.
    """
    heard: Counter[str] = Counter()

    def liar(query: dns.message.Message) -> dns.message.Message:
        made = zone(heard)(query)
        for section in (made.answer, made.authority, made.additional):
            section.append(dns.rrset.from_text("bank.test.", 86_400, "IN", "A", "203.0.113.66"))
            section.append(dns.rrset.from_text("bank.test.", 86_400, "IN", "MX", "1 evil.test."))
        return made

    with name_server(liar) as lying, name_server(zone(heard)) as honest:
        sender = Sender(shared=Shared())
        sender.look([Lookup("a.test", "A", lying), Lookup("a.test", "A")], [lying], Deadline())
        theirs, ours = Lookup("bank.test", "A", honest), Lookup("bank.test", "A")
        seen = sender.look([theirs], [honest], Deadline())
        assert seen[theirs] == Records("noerror", ("192.0.2.7",), 300)
        # Another resolver's answer is another answer, too.
        assert sender.look([ours], [honest], Deadline())[ours] == Records("noerror", ("192.0.2.7",), 300)
    assert heard["bank.test. A"] == 2
