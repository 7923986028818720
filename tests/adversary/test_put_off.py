"""Who is put off, or not let in, has learnt nothing of the host: no control passes for it, and none fails."""

from __future__ import annotations

import pytest

from baseline.errors import CannotTell
from baseline.readings.relay_attempts import attempts
from tests.adversary.case import adversary
from tests.kinds.antispam import HERE, host, replies, state, verdict
from tests.kinds.hosts import control
from tests.kinds.test_antispam_outside import KNOWN, nobody

GREYLISTED = "450 4.2.0 <x@y>: Recipient address rejected: Greylisted"
BUSY = "451 4.3.0 <x@y>: Temporary lookup failure"
UNVERIFIED = "450 4.1.1 <x@y>: Recipient address rejected: unverified address: Address verification in progress"
NOT_LET_IN = "554 5.7.1 <unknown[192.0.2.9]>: Client host rejected: Access denied"
DENIED = "454 4.7.1 <relay-test@y>: Relay access denied"
UNKNOWN_USER = "450 4.1.1 <relay-test%y@z>: Recipient address rejected: User unknown in virtual mailbox table"


def relay(*said: str, **main: str) -> str:
    """What comes of the control of relaying with these answers to the attempts, the last one repeated."""
    plain, local = attempts(HERE.address, "example.org", "example.org")
    wanted = control("open_relay")
    given = ("250", *said, *(said[-1:] * (5 - len(said))))
    seen = {**replies(plain, given), **replies(local, given[:2])}
    try:
        return verdict(wanted, state(wanted, host(main), seen)).outcome.value
    except CannotTell:
        return "unknown"


@adversary("probes", "put every attempt to relay off, to take it at the next one")
@pytest.mark.parametrize("answer", [GREYLISTED, BUSY, UNVERIFIED])
def test_relaying_that_is_put_off_is_not_refused(answer: str) -> None:
    """It is unknown, also where only some attempts are put off; a 4xx that denies relaying is a refusal.

    Before: any answer of 4xx counted as refused, and the control passed.
    """
    assert relay(answer) == "unknown"
    assert relay(DENIED, answer) == "unknown"
    assert relay(answer, smtpd_relay_restrictions="permit") == "fail"
    assert relay(answer, "250") == "fail"
    assert relay(DENIED) == relay("550") == relay(DENIED, UNKNOWN_USER) == relay(NOT_LET_IN) == "pass"


def recipients(*said: str, **main: str) -> str:
    """What comes of the control of recipients with these answers to nobody and to postmaster."""
    wanted = control("unknown_recipients")
    try:
        found = state(wanted, host(KNOWN | main), replies(nobody(), ("250", *said)))
    except CannotTell:
        return "unknown"
    return verdict(wanted, found).outcome.value


@adversary("probes", "refuse every recipient for the sake of who asks")
@pytest.mark.parametrize("answer", [GREYLISTED, BUSY, NOT_LET_IN])
def test_what_is_said_of_everybody_is_said_of_no_recipient(answer: str) -> None:
    """The control of recipients is unknown, unless something else fails it.

    Before: a client that was not let in (5.7.1) had unknown recipients refused and postmaster missing, and a postmaster
    who was put off was missing as well.
    """
    assert recipients(answer, answer) == "unknown"
    assert recipients("550 5.1.1 unknown", answer) == "unknown"
    assert recipients("250", answer) == "fail"
    assert recipients(answer, answer, luser_relay="root") == "fail"
    assert recipients("550 5.1.1 unknown", "550 5.1.1 unknown") == "fail"
    assert recipients("550 5.1.1 unknown", "250") == "pass"
