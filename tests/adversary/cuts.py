"""What may come in place of an answer when it is cut off on the way, and worse answers that it could have been."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from baseline.deadline import Deadline
from baseline.facts import look
from baseline.model import Answer, Finding, Outcome
from baseline.model.looks import Looked
from baseline.model.probes import (
    Fetch,
    Fetched,
    Handshake,
    Lookup,
    Port,
    Presented,
    Probe,
    Reached,
    Records,
    Said,
    Seen,
    ServerReply,
    Talk,
)
from baseline.outside import look_outside
from baseline.visit import findings_of
from tests.cases.case import NEVER_APPLIED, NO_TIME, Case, Remembered

_LATE = "no answer in time"


def allowed(before: Outcome, after: Outcome, *, said: bool = False) -> bool:
    """Whether a failed measurement may change a finding so.

    What is not known may have been anything, so that every outcome may become unknown. None becomes pass, warn, waived
    or not applicable, each of which says that something was seen. Neither does one become fail, save where the answer
    `said` something: SERVFAIL and REFUSED do, of the server.
    """
    return after in (before, Outcome.UNKNOWN) or (said and after is Outcome.FAIL)


def worse(one: Outcome, other: Outcome) -> bool:
    """Whether an outcome says of a host what is worse than another one says; unknown says nothing."""
    said = (Outcome.FAIL, Outcome.WARN, Outcome.PASS)
    if one not in said:
        return False
    return other is Outcome.NOTAPPLICABLE or (other in said and said.index(one) < said.index(other))


def cut_answers(answer: Answer) -> Iterator[Answer]:
    """A question to the host whose command was not to be had: out of time, killed half-way, failed without a word."""
    yield Answer(124, b"", b"")
    yield Answer(137, answer.stdout[: len(answer.stdout) // 2], b"Killed\n")
    yield Answer(126, b"", b"sh: 1: Permission denied\n")


def cut_seen(probe: Probe, seen: Seen) -> Iterator[Seen]:
    """What `baseline.probes` gives for a probe that was cut off: `test_cut_probes.py` shows that it gives no other."""
    match probe, seen:
        case Lookup(), Records():
            yield from (Records(trouble=_LATE), Records("servfail"))
            # Where a server is asked whether it serves strangers, this is the very answer.
            if probe.type != "AXFR" and not (probe.server and probe.recurse):
                yield Records("refused")
        case Talk(), Said():
            yield Said(trouble=_LATE)
            if not seen.trouble:
                for number in range(len(seen.replies) + 1):
                    yield replace(seen, replies=seen.replies[:number], ended=_LATE)
        case Handshake(), Presented():
            yield Presented(trouble=_LATE)
        case Port(), Reached():
            yield from (Reached(trouble=_LATE), Reached("silent"))
        case Fetch(), Fetched():
            yield Fetched(trouble=_LATE)


def begins(cut: Seen, other: Seen) -> bool:
    """Whether this answer, whole, could be what was cut: what came before the cut was the same."""
    if not isinstance(cut, Said) or not isinstance(other, Said) or cut.trouble:
        return True
    before = replace(cut, replies=(), ended="") == replace(other, replies=(), ended="")
    count = len(cut.replies)
    return before and count < len(other.replies) and cut.replies == other.replies[:count]


_OTHER_RECORDS: Mapping[str, tuple[str, ...]] = {
    "A": ("192.0.2.99", "127.255.255.254"),
    "AAAA": ("2001:db8::99",),
    "MX": ("0 .", "10 192.0.2.99."),
    "NS": ("ns.elsewhere.example.",),
    "TXT": ("v=spf1 +all", "v=DMARC1; p=none", "v=DKIM1; p=", "v=STSv1; id=1 2"),
    "PTR": ("elsewhere.example.",),
    "CNAME": ("elsewhere.example.",),
    "CAA": ('128 unheard ";"', '0 issue ";"'),
    "TLSA": (f"3 1 1 {'0' * 64}",),
    "AXFR": ("elsewhere.example. 300 IN A 192.0.2.1",),
    "NSEC3PARAM": ("1 0 100 -",),
    "DS": (f"1 8 2 {'0' * 64}",),
}


def other_seen(probe: Probe, seen: Seen) -> Iterator[Seen]:
    """Answers that a probe could have had on a host, a domain or a site that is worse."""
    match probe, seen:
        case Lookup(), Records():
            yield from _other_records(probe, seen)
        case Talk(), Said():
            yield from _other_dialogues(seen)
        case Handshake(), Presented():
            yield from (
                Presented("TLSv1", "x", seen.chain, trusted, "" if trusted else "?") for trusted in (True, False)
            )
            yield Presented(refused="tlsv1 alert protocol version")
        case Port(), Reached():
            yield from (Reached("refused"), Reached("open"))
        case Fetch(), Fetched():
            yield Fetched(404, "text/html", "not here")
            yield replace(seen, body=seen.body.replace("enforce", "none"))
            yield replace(seen, body="")


def _other_records(probe: Lookup, seen: Records) -> Iterator[Records]:
    yield from (replace(seen, records=(), status=status, aliases=()) for status in ("noerror", "nxdomain"))
    for other in _OTHER_RECORDS.get(probe.type, ()):
        for own in (True, False):
            yield Records("noerror", (other,), 300, authoritative=own)
            yield Records("noerror", tuple(sorted((*seen.records, other))), 300, authoritative=own)
    yield replace(seen, authenticated=False)
    if probe.type == "SOA" and seen.records:
        fields = seen.records[0].split()
        yield replace(seen, records=(" ".join([*fields[:2], str(int(fields[2]) + 5), *fields[3:]]),))
        yield replace(seen, records=(" ".join([*fields[:3], "1", "1", "1", "1"]),))


def _other_dialogues(seen: Said) -> Iterator[Said]:
    for code in ("250", "550"):
        yield replace(seen, replies=tuple(ServerReply(code, "so") for _ in seen.replies))
        for number in range(len(seen.replies)):
            so = (*seen.replies[:number], ServerReply(code, "so"), *seen.replies[number + 1 :])
            yield replace(seen, replies=so)
    yield replace(
        seen, features=("AUTH PLAIN", "AUTH=PLAIN", "USER", "SASL PLAIN", '"SASL" "PLAIN"'), features_in_tls=()
    )
    yield replace(seen, greeting="elsewhere.example ESMTP")


class Replayed:
    """A recorded case, judged again and again with one answer in place of another."""

    def __init__(self, case: Case) -> None:
        self.case = case
        control = case.as_control()
        self._control = control.on(case.subject) if case.subject else control
        self._target = case.as_target()
        self._now = datetime.fromisoformat(case.now) if case.now else NO_TIME
        self._inside = self._told({})

    def finding(self, answers: Mapping[str, Answer] | None = None, seen: Mapping[Probe, Seen] | None = None) -> Finding:
        """The finding with these answers instead of the recorded ones."""
        inside = self._told(answers) if answers else self._inside
        outlook = Remembered({**self.case.seen, **(seen or {})}, self._now)
        looked = look_outside([self._control], self._target, inside, outlook, Deadline())
        (finding,) = findings_of([self._control], self._target, looked.states)
        return finding

    def _told(self, answers: Mapping[str, Answer]) -> Looked:
        known = {**NEVER_APPLIED, **self.case.answers, **answers}
        lost = Answer(124, b"", b"not recorded")
        return look([self._control], self._target, lambda asked: {one: known.get(one, lost) for one in asked})
