"""One DNS question to one server, or to the first resolver that answers."""

from __future__ import annotations

from collections.abc import Sequence

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from baseline.model.probes import Lookup, Records
from baseline.probes.patience import Patience
from baseline.probes.silence import Silence
from baseline.probes.turns import QUESTIONS, RESOLVER, Manners

_TRIES = 2
_SHARE = 0.3
"""Of a probe's step, what each try waits: two of them end before the step would."""
_LONGEST_CHAIN = 16


def look_up(question: Lookup, resolvers: Sequence[str], patience: Patience, silence: Silence | None = None) -> Records:
    """The answer, or why there is none from any server that was to be asked. Who is silent already is not asked."""
    return look_up_held(question, resolvers, patience, silence or Silence())[0]


def look_up_held(
    question: Lookup, resolvers: Sequence[str], patience: Patience, silence: Silence
) -> tuple[Records, float]:
    """The same, and for how many seconds the servers say that it is good; 0 where they do not say."""
    try:
        servers = [question.server] if question.server else list(resolvers) or system_resolvers()
        query = _query(question)
    except (dns.exception.DNSException, ValueError) as error:
        return Records(trouble=f"{question.type} {question.name} cannot be asked: {error}"), 0
    troubles: list[str] = []
    for server in servers:
        reply = _tried(query, server, QUESTIONS if question.server else RESOLVER, patience, silence, troubles)
        if reply is not None:
            return _read(question, reply), _good_for(reply)
    told = "; ".join(dict.fromkeys(troubles)) or "no resolver"
    return Records(trouble=f"{question.type} {question.name}: {told}"), 0


def _tried(
    query: dns.message.QueryMessage,
    server: str,
    manners: Manners,
    patience: Patience,
    silence: Silence,
    troubles: list[str],
) -> dns.message.Message | None:
    """One server's reply, or None; why goes to `troubles`."""
    address, _, port = server.partition("#")
    unanswered = 0
    for _ in range(_TRIES):
        try:
            with patience.turn(address, int(port or 53), manners):
                if silence.of(server):
                    troubles.append(f"{server} does not answer")
                    return None
                reply = _asked(query, address, int(port or 53), min(patience.step * _SHARE, patience.next()))
        except dns.exception.Timeout:
            troubles.append(f"{server} does not answer")
            unanswered += 1
        except (OSError, EOFError, dns.exception.DNSException, ValueError) as error:
            troubles.append(f"{server}: {error or type(error).__name__}")
        else:
            silence.answered(server)
            return reply
    if unanswered == _TRIES:
        silence.waited_for(server)
    return None


def _good_for(reply: dns.message.Message) -> float:
    """Seconds, the whole chain of aliases counted, or as the zone's SOA says where there is nothing (RFC 2308)."""
    try:
        return float(reply.resolve_chaining().minimum_ttl) if isinstance(reply, dns.message.QueryMessage) else 0
    except dns.exception.DNSException:
        return 0


def _asked(query: dns.message.QueryMessage, address: str, port: int, seconds: float) -> dns.message.Message:
    """The reply; of a transfer of a whole zone, which goes by TCP alone (RFC 5936), the first message."""
    if query.question[0].rdtype == dns.rdatatype.AXFR:
        return dns.query.tcp(query, address, seconds, port)
    return dns.query.udp_with_fallback(query, address, seconds, port)[0]


def system_resolvers() -> list[str]:
    """Those that this machine's own programs ask. Raises `dns.exception.DNSException`."""
    return [str(server) for server in dns.resolver.Resolver().nameservers]


def _query(question: Lookup) -> dns.message.QueryMessage:
    query = dns.message.make_query(question.name, question.type, want_dnssec=question.secure, payload=1232)
    # Set in a question, AD asks whether the answer was validated (RFC 6840, 5.7).
    query.flags |= dns.flags.AD
    if not question.recurse:
        query.flags &= ~dns.flags.RD
    if question.unchecked:
        query.flags |= dns.flags.CD
    return query


def _read(question: Lookup, reply: dns.message.Message) -> Records:
    """Follow the aliases; what a parent says of a delegation stands in the authority section (RFC 1034, 4.3.2)."""
    kind = dns.rdatatype.from_text(question.type)
    name, aliases = dns.name.from_text(question.name), list[str]()
    while kind != dns.rdatatype.CNAME and len(aliases) < _LONGEST_CHAIN:
        alias = _rrset(reply.answer, name, dns.rdatatype.CNAME)
        if alias is None:
            break
        name = alias[0].target
        aliases.append(_plain(name))
    found = _rrset(reply.answer, name, kind)
    if found is None and kind == dns.rdatatype.NS:
        found = _rrset(reply.authority, name, kind)
    return Records(
        status=dns.rcode.to_text(reply.rcode()).lower(),
        records=tuple(sorted(_text(record) for record in found or ())),
        ttl=found.ttl if found else 0,
        aliases=tuple(aliases),
        authoritative=bool(reply.flags & dns.flags.AA),
        authenticated=bool(reply.flags & dns.flags.AD),
        signatures=tuple(
            record.to_text()
            for rrset in reply.answer
            if rrset.rdtype == dns.rdatatype.RRSIG and rrset.covers == kind
            for record in rrset
        ),
    )


def _rrset(
    section: Sequence[dns.rrset.RRset], name: dns.name.Name, kind: dns.rdatatype.RdataType
) -> dns.rrset.RRset | None:
    return next((one for one in section if one.name == name and one.rdtype == kind), None)


def _text(record: dns.rrset.RRset) -> str:
    strings = getattr(record, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "backslashreplace")
    return str(record.to_text())


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
