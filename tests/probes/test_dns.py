"""Look-ups against a server on loopback that answers as told."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from baseline.deadline import Deadline
from baseline.model.probes import Lookup, Records
from baseline.probes import Sender
from baseline.probes.dns import look_up
from baseline.probes.patience import Patience
from baseline.probes.silence import SECONDS, Silence
from tests.probes.servers import Mind, name_server


def answering(*answer: str, rcode: str = "NOERROR", authority: str = "", flags: int = 0) -> Mind:
    """A server's mind: record sets in the form of a zone file, one a string; lines of one set are separated by `|`."""

    def sets(texts: tuple[str, ...]) -> list[dns.rrset.RRset]:
        made = []
        for text in texts:
            name, kind, *rdata = text.split(" ", 2)
            made.append(dns.rrset.from_text(name, 300, "IN", kind, *rdata[0].split("|")))
        return made

    def reply(query: dns.message.Message) -> dns.message.Message:
        made = dns.message.make_response(query)
        made.set_rcode(dns.rcode.from_text(rcode))
        made.answer, made.authority = sets(answer), sets((authority,) if authority else ())
        made.flags |= flags
        return made

    return reply


def asked(question: Lookup, mind: Mind, silent: int = 0) -> Records:
    with name_server(mind, silent=silent) as server:
        return look_up(question, [server], Patience(2))


def test_records_come_sorted_and_txt_strings_joined() -> None:
    seen = asked(Lookup("a.test", "TXT"), answering('a.test. TXT "v=spf1 mx"|"b" "c d"', flags=dns.flags.AA))
    assert seen.status == "noerror"
    assert seen.records == ("bc d", "v=spf1 mx")
    assert seen.authoritative
    assert not seen.authenticated
    assert seen.ttl == 300


def test_aliases_are_followed() -> None:
    seen = asked(Lookup("w.test", "A"), answering("w.test. CNAME x.test.", "x.test. A 192.0.2.1"))
    assert (seen.aliases, seen.records) == (("x.test",), ("192.0.2.1",))


def test_aliases_in_a_circle_end() -> None:
    seen = asked(Lookup("w.test", "A"), answering("w.test. CNAME x.test.", "x.test. CNAME w.test."))
    assert seen.records == ()
    assert len(seen.aliases) == 16


def test_a_parents_delegation_is_told() -> None:
    seen = asked(Lookup("d.test", "NS", recurse=False), answering(authority="d.test. NS ns1.d.test.|ns2.d.test."))
    assert seen.records == ("ns1.d.test.", "ns2.d.test.")
    assert not seen.authoritative


@pytest.mark.parametrize(
    ("rcode", "status"),
    [
        ("NOERROR", "noerror"),
        ("NXDOMAIN", "nxdomain"),
        ("SERVFAIL", "servfail"),
        ("REFUSED", "refused"),
    ],
)
def test_no_records_have_a_status_and_are_no_trouble(rcode: str, status: str) -> None:
    seen = asked(Lookup("n.test", "A"), answering(rcode=rcode))
    assert seen == Records(status=status)


def test_the_flags_of_the_question() -> None:
    heard: list[dns.message.Message] = []

    def mind(query: dns.message.Message) -> dns.message.Message:
        heard.append(query)
        return dns.message.make_response(query)

    asked(Lookup("q.test", "A"), mind)
    asked(Lookup("q.test", "A", recurse=False, secure=True, unchecked=True), mind)
    plain, odd = heard
    assert plain.flags & dns.flags.RD
    assert not plain.ednsflags & dns.flags.DO
    assert not odd.flags & dns.flags.RD
    assert odd.flags & dns.flags.CD
    assert odd.ednsflags & dns.flags.DO


def test_a_lost_question_is_asked_again() -> None:
    assert asked(Lookup("l.test", "A"), answering("l.test. A 192.0.2.1"), silent=1).records == ("192.0.2.1",)


def test_silence_is_trouble_and_names_the_server() -> None:
    with name_server(answering(), silent=99) as server:
        seen = look_up(Lookup("s.test", "MX"), [server], Patience(0.2))
    assert seen.status == ""
    assert seen.trouble.startswith("MX s.test: 127.0.0.1#")
    assert "does not answer" in seen.trouble


def test_the_next_resolver_is_asked() -> None:
    with name_server(answering(), silent=99) as mute, name_server(answering("s.test. A 192.0.2.7")) as speaking:
        assert look_up(Lookup("s.test", "A"), [mute, speaking], Patience(0.2)).records == ("192.0.2.7",)


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test"])
def test_what_is_no_name_is_trouble(name: str) -> None:
    assert "cannot be asked" in look_up(Lookup(name, "A", server="127.0.0.1#9"), [], Patience(1)).trouble


def counting(heard: list[str], mind: Mind) -> Mind:
    """The same mind, which notes what it was asked."""

    def reply(query: dns.message.Message) -> dns.message.Message:
        heard.append(query.question[0].name.to_text())
        return mind(query)

    return reply


def test_a_resolver_that_is_silent_is_waited_for_once_and_by_all_looks_together() -> None:
    """Sixteen looks in three rounds: each round after the first costs no wait, as no packet goes out any more."""
    heard: list[str] = []
    with name_server(counting(heard, answering()), deaf=True) as server:
        sender = Sender(seconds=0.5)
        first = [Lookup(f"a{number}.test", "A") for number in range(16)]
        seen = dict(sender.look(first, [server], Deadline()))
        asked_first = len(heard)
        assert 2 <= asked_first <= 2 * len(first)
        later = [Lookup(f"b{number}.test", "MX") for number in range(16)]
        seen |= sender.look(later, [server], Deadline())
        seen |= sender.look([Lookup("c.test", "TXT", server=server)], [], Deadline())
        assert len(heard) == asked_first
    assert all("does not answer" in one.trouble for one in seen.values())
    assert seen[later[0]].trouble.startswith("MX b0.test: ")


def test_a_resolver_that_answered_is_asked_again_after_a_question_that_it_left_open() -> None:
    silence = Silence()
    with name_server(answering("s.test. A 192.0.2.7"), mute_from=1, mute_to=3) as server:
        assert look_up(Lookup("s.test", "A"), [server], Patience(0.3), silence).records
        assert look_up(Lookup("open.test", "A"), [server], Patience(0.3), silence).trouble
        assert look_up(Lookup("s.test", "A"), [server], Patience(0.3), silence).records


def test_a_silent_resolver_gets_another_chance_after_a_while() -> None:
    now = 100.0
    silence = Silence(lambda: now)
    silence.waited_for("192.0.2.53")
    assert silence.of("192.0.2.53")
    assert not silence.of("192.0.2.54")
    now += SECONDS
    assert not silence.of("192.0.2.53")
