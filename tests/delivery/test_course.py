"""The course of a delivery test between servers on loopback: what becomes of a mail, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from baseline.deadline import Deadline
from baseline.delivery import Own, deliveries, legs
from baseline.delivery.leg import Leg
from baseline.load.probed import ProbeLimits
from baseline.model.measurements import DeliveryMeasured
from tests.delivery.playing import (
    LIMITS,
    PATH,
    ImapServer,
    Post,
    Taking,
    imap,
    mailbox,
    provider,
    submission,
)

OWN = Own(("agensi.example.my",))


@dataclass
class Outside:
    """An outside provider and the agency, with what each of their servers holds."""

    agency: Post
    own: Post
    agency_imap: ImapServer
    taking: Taking
    leg: Leg

    def run(self, limits: ProbeLimits = LIMITS) -> DeliveryMeasured:
        """One test of the way out."""
        (found,) = deliveries([self.leg], OWN, limits, Deadline(30))
        return found


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Everything is well: the mail arrives at once."""
    agency, own = Post(), Post()
    keeps = ImapServer(agency)
    taking = Taking(lambda mail: agency.put("INBOX", PATH.encode() + mail))
    with ExitStack() as stack:
        submits = stack.enter_context(submission(taking))
        there, here = stack.enter_context(imap(ImapServer(own))), stack.enter_context(imap(keeps))
        (leg,) = legs((provider(submits, there),), (mailbox(here),))
        yield Outside(agency, own, keeps, taking, leg)


def delivering(outside: Outside, deliver: Callable[[bytes], None]) -> None:
    outside.taking.deliver = deliver


def test_a_mail_arrives_is_told_and_is_taken_away(outside: Outside) -> None:
    outside.agency.put("INBOX", b"Subject: somebody else's\r\n\r\nblt-\r\n")
    found = outside.run()
    assert (found.outcome, found.reason, found.folder, found.vantage) == ("delivered", "", "INBOX", "outside")
    assert found.submission_reply == "250 2.0.0 Ok: queued"
    assert [hop.by for hop in found.path] == ["mx.agensi.example.my (P)", "out.example.com"]
    assert {one.method: one.result for one in found.authentication} == {"spf": "pass", "dkim": "pass"}
    assert (found.provider, found.identity, found.account) == (
        "mail.example.com",
        "probe@mail.example.com",
        "probe@agensi.example.my",
    )
    assert found.token.encode() in outside.taking.mails[0]
    assert outside.agency.all() == [b"Subject: somebody else's\r\n\r\nblt-\r\n"]


def test_junk_is_told(outside: Outside) -> None:
    delivering(outside, lambda mail: outside.agency.put("Junk", PATH.encode() + mail))
    found = outside.run()
    assert (found.outcome, found.folder, found.reason) == ("junk", "Junk", "its folder is for junk")


def test_the_junk_of_a_server_that_calls_it_otherwise_is_junk(outside: Outside) -> None:
    outside.agency.folders["Mel remeh"] = {}
    outside.agency.flags["Mel remeh"] = r"\HasNoChildren \Junk"
    delivering(outside, lambda mail: outside.agency.put("Mel remeh", PATH.encode() + mail))
    assert outside.run().reason == "its folder is for junk"


def test_a_copy_in_the_folder_of_sent_mail_has_not_arrived(outside: Outside) -> None:
    delivering(outside, lambda mail: outside.agency.put("Sent", PATH.encode() + mail))
    assert outside.run().outcome == "lost"


def test_a_mail_in_another_folder_has_not_reached_its_owner(outside: Outside) -> None:
    outside.agency.folders['Old "mail" \\ 2025'] = {}
    outside.agency_imap.odd = quoting
    delivering(outside, lambda mail: outside.agency.put('Old "mail" \\ 2025', PATH.encode() + mail))
    found = outside.run()
    assert (found.outcome, found.folder) == ("junk", 'Old "mail" \\ 2025'), found.reason
    assert found.reason == "its folder is none of those that count"


def quoting(server: ImapServer, tag: str, verb: str, rest: str) -> str | None:
    """Names with quotes are escaped, or given as literals."""
    if verb == "LIST":
        name = 'Old "mail" \\ 2025'
        return f'* LIST () "/" INBOX\r\n* LIST () "/" {{{len(name)}}}\r\n{name}\r\n{tag} OK done\r\n'
    if verb == "SELECT" and "Old" in rest:
        assert rest == '"Old \\"mail\\" \\\\ 2025"'
        server.folder = 'Old "mail" \\ 2025'
        return f"* 1 EXISTS\r\n{tag} OK done\r\n"
    return None


def test_a_mail_that_comes_too_late_is_delayed(outside: Outside) -> None:
    found = outside.run(replace(LIMITS, latency_seconds=0))
    assert (found.outcome, found.folder) == ("delayed", "INBOX")
    assert found.seconds is not None


def test_a_mail_that_never_comes_is_lost(outside: Outside) -> None:
    delivering(outside, lambda mail: None)
    found = outside.run()
    assert (found.outcome, found.reason) == ("lost", "it was not found within 1 s")
    assert found.arrived_at is None


def report(token_mail: bytes, action: str, said: str) -> bytes:
    """What a server reports of a mail."""
    return (
        b"From: MAILER-DAEMON@mail.example.com\r\nSubject: Undelivered\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\n\r\nI am sorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; out.example.com\r\n\r\nFinal-Recipient: rfc822; probe@agensi.example.my\r\n"
        b"Action: " + action.encode() + b"\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; " + said.encode() + b"\r\n\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n" + token_mail.partition(b"\r\n\r\n")[0] + b"\r\n--b--\r\n"
    )


def test_a_refusal_is_told_in_the_words_of_the_receiver(outside: Outside) -> None:
    delivering(outside, lambda mail: outside.own.put("INBOX", report(mail, "failed", "550 5.1.1 no such user")))
    found = outside.run(replace(LIMITS, lost_seconds=20))
    assert (found.outcome, found.reason) == ("refused", "550 5.1.1 no such user")
    assert outside.own.all() == [], "the report is taken away too"


def test_a_report_of_a_delay_ends_nothing(outside: Outside) -> None:
    delivering(outside, lambda mail: outside.own.put("INBOX", report(mail, "delayed", "450 4.7.1 Greylisted")))
    found = outside.run()
    assert found.outcome == "lost"
    assert found.reason.endswith("the last that was heard: 450 4.7.1 Greylisted")


def test_a_mail_that_was_submitted_inside_never_counts(outside: Outside) -> None:
    inside = "Received: from pc ([9.9.9.9]) by mx.agensi.example.my with ESMTPSA id 1; x\r\n"
    delivering(outside, lambda mail: outside.agency.put("INBOX", inside.encode() + mail))
    found = outside.run()
    assert (found.outcome, found.vantage) == ("inside", "inside")
    assert found.reason == "it was submitted to mx.agensi.example.my, with a login"


def test_a_mail_without_a_path_never_counts(outside: Outside) -> None:
    delivering(outside, lambda mail: outside.agency.put("INBOX", mail))
    assert (outside.run().outcome, outside.run().vantage) == ("inside", "inside")


def test_greylisting_at_the_submission_is_waited_out(outside: Outside) -> None:
    outside.taking.replies = ["450 4.7.1 Greylisted", "450 4.7.1 Greylisted", "450 4.7.1 Greylisted", "250 2.0.0 Ok"]
    found = outside.run(replace(LIMITS, greylist_seconds=20))
    assert (found.outcome, found.tries) == ("delivered", 4)


def test_greylisting_is_waited_out_within_bounds(outside: Outside) -> None:
    outside.taking.replies = ["451 4.7.1 Later"]
    found = outside.run(replace(LIMITS, greylist_seconds=2))
    assert (found.outcome, found.submission_reply) == ("untested", "451 4.7.1 Later")
    assert 1 < found.tries <= 21


def test_a_refusal_at_the_submission_is_tried_once(outside: Outside) -> None:
    outside.taking.replies = ["554 5.7.1 You have sent too much"]
    found = outside.run()
    assert (found.outcome, found.tries) == ("untested", 1)
    assert found.submission_reply == "554 5.7.1 You have sent too much"
    assert "554 5.7.1" in found.reason


def test_a_login_that_is_refused_is_tried_once_and_tells_nothing_of_the_password(outside: Outside) -> None:
    with submission(outside.taking, login=False) as refusing:
        outside.leg = replace(outside.leg, submission=refusing)
        found = outside.run()
    assert (found.outcome, found.tries) == ("untested", 1)
    assert "the login is refused" in found.reason
    assert "hush" not in repr(found)


def test_a_submission_that_nobody_answers_is_tried_again_within_bounds(outside: Outside) -> None:
    outside.leg = replace(outside.leg, submission=replace(outside.leg.submission, port=1))
    found = outside.run()
    assert (found.outcome, found.tries) == ("untested", LIMITS.tries)
    assert found.submission_reply == ""


def test_a_mailbox_that_cannot_be_looked_into_is_no_loss(outside: Outside) -> None:
    outside.leg = replace(outside.leg, imap=replace(outside.leg.imap, port=1))
    found = outside.run()
    assert found.outcome == "untested"
    assert found.reason.startswith("nobody could look whether it arrived: IMAP at 127.0.0.1 port 1: ")


def test_a_session_that_breaks_is_begun_anew(outside: Outside) -> None:
    broken: list[str] = []

    def once(server: ImapServer, tag: str, verb: str, rest: str) -> str | None:
        del server, tag, rest
        if verb == "SEARCH" and not broken:
            broken.append(verb)
            return "* BYE for a moment\r\n* nonsense"
        return None

    outside.agency_imap.odd = once
    assert outside.run(replace(LIMITS, lost_seconds=20)).outcome == "delivered"
    assert broken


def test_a_mail_that_cannot_be_taken_away_has_arrived_all_the_same(outside: Outside) -> None:
    outside.agency_imap.odd = lambda server, tag, verb, rest: f"{tag} NO read-only\r\n" if verb == "STORE" else None
    found = outside.run()
    assert found.outcome == "delivered"
    assert found.reason.startswith("it could not be taken away: ")


def test_the_way_back_and_many_at_once(outside: Outside) -> None:
    """Two providers and both ways, beside each other; the way back is judged by the provider's own results."""
    back = PATH.replace("agensi.example.my", "mail.example.com").replace("out.example.com", "mx.agensi.example.my")
    sending = Taking(lambda mail: outside.own.put("INBOX", back.encode() + mail))
    with submission(sending) as submits:
        one = replace(outside.leg.provider, authserv_id="mx.mail.example.com")
        box = replace(outside.leg.mailbox, submission=submits)
        wanted = legs((one, replace(one, name="second.example")), (box,))
        found = deliveries(wanted, OWN, LIMITS, Deadline(30))
    assert [(each.provider, each.direction) for each in found] == [
        ("mail.example.com", "out"),
        ("mail.example.com", "back"),
        ("second.example", "out"),
        ("second.example", "back"),
    ]
    assert {each.outcome for each in found} == {"delivered"}
    assert {one.method for one in found[1].authentication} == {"spf", "dkim"}


def test_a_test_that_was_given_up_is_untested(outside: Outside) -> None:
    over = Deadline()
    over.give_up("the run was interrupted")
    (found,) = deliveries([outside.leg], OWN, LIMITS, over)
    assert (found.outcome, found.reason) == ("untested", "given up: the run was interrupted")
    assert outside.taking.mails == []


def test_a_loss_tells_that_a_refusal_would_not_have_been_heard(outside: Outside) -> None:
    delivering(outside, lambda mail: None)
    assert outside.leg.bounces is not None
    outside.leg = replace(outside.leg, bounces=replace(outside.leg.bounces, port=1))
    found = outside.run(replace(LIMITS, tries=1))
    assert (found.outcome, found.reason.partition("; ")[2]) == ("lost", "whether a report came back is not known")


def test_a_mailbox_with_more_folders_than_are_looked_into_is_no_loss(outside: Outside) -> None:
    outside.agency.folders |= {f"Folder {number}": {} for number in range(100)}
    found = outside.run()
    assert found.outcome == "untested"
    assert "more than 100 folders" in found.reason
