"""Tests of delivery among servers and mails that mean harm: what they say is bounded, and makes no mail count."""

from __future__ import annotations

import contextlib
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from baseline.deadline import Deadline
from baseline.delivery import Own, deliveries, legs
from baseline.delivery.bounce import bounce
from baseline.delivery.letter import new_token
from baseline.delivery.wire import LARGEST_REPLY
from baseline.load.probed import MailServer
from baseline.model.measurements import DeliveryMeasured
from tests.adversary.case import adversary
from tests.delivery.playing import LIMITS, PATH, Answer, ImapServer, Post, Taking, imap, mailbox, provider, submission
from tests.probes.servers import Script, listening

SERVERS = "mail servers that a delivery test uses"
MAILS = "mails that a delivery test finds"
QUICK = replace(LIMITS, step_seconds=1, lost_seconds=1, tries=1)
Put = Callable[[Post, bytes], None]


def ran(
    agency: Post,
    put: Put,
    odd: Answer | None = None,
    imap_at: MailServer | None = None,
    smtp_at: MailServer | None = None,
) -> DeliveryMeasured:
    """One test of the way out, with a server of our own in the place of one of the good ones."""
    taking = Taking(lambda mail: put(agency, mail))
    with submission(taking) as submits, imap(ImapServer(Post())) as there, imap(ImapServer(agency, odd)) as here:
        (leg,) = legs((provider(smtp_at or submits, there),), (mailbox(imap_at or here),))
        # Only who meets a server that never answers has to give up soon.
        limits = QUICK if imap_at or smtp_at else LIMITS
        (found,) = deliveries([leg], Own(("agensi.example.my",)), limits, Deadline(60))
    return found


def arrives(agency: Post, mail: bytes) -> None:
    """As it should."""
    agency.put("INBOX", PATH.encode() + mail)


@contextlib.contextmanager
def at(script: Script) -> Iterator[MailServer]:
    """A server that runs a script for whoever connects."""
    with listening(script, connections=6) as port, imap(ImapServer(Post())) as usual:
        yield replace(usual, port=port)


def silent(connection: socket.socket) -> None:
    """Takes the connection, and says nothing."""
    with contextlib.suppress(OSError):
        connection.recv(1)


def dripping(connection: socket.socket) -> None:
    """A byte now and then, and never an end of the line."""
    for _ in range(40):
        connection.sendall(b"*")
        time.sleep(0.1)


def flooding(line: bytes) -> Script:
    """The same line again and again, without end."""

    def script(connection: socket.socket) -> None:
        while True:
            connection.sendall(line * 200)

    return script


def chosen(answer: bytes) -> Script:
    """A greeting, and the same answer to every line."""

    def script(connection: socket.socket) -> None:
        connection.sendall(b"* OK ready\r\n")
        for line in connection.makefile("rb"):
            connection.sendall(answer.replace(b"TAG", line.split(b" ")[0]))

    return script


@adversary(SERVERS, "IMAP that never answers, answers by the byte, without end, or with nonsense")
@pytest.mark.parametrize(
    "script",
    [
        silent,
        dripping,
        flooding(b"* OK still here\r\n"),
        flooding(b"x" * 1000),
        chosen(b"\x00\xff\xfe\r\n"),
        chosen(b"* " + b"(" * 3000 + b"\r\nTAG OK done\r\n"),
        chosen(b"TAG OK all is well\r\n"),
        chosen(b"* LIST {99999999999999999999}\r\nTAG OK done\r\n"),
        chosen(b"* CAPABILITY IMAP4rev1\r\nTAG OK " + b"9" * 5000 + b"\r\n"),
        lambda connection: connection.sendall(b"* BYE go away\r\n"),
        lambda connection: connection.sendall(b"* PREAUTH you are somebody\r\n"),
    ],
)
def test_an_inbox_that_cannot_be_looked_into_is_no_loss(script: Script) -> None:
    """Within the time of its steps the test is `untested`: nothing is known of the mail, neither good nor bad.

    Before: clients of the standard library wait for each packet anew, and keep as much as a reply is said to hold.
    """
    with at(script) as hostile:
        found = ran(Post(), arrives, imap_at=hostile)
    assert found.outcome == "untested"
    assert found.reason.startswith("nobody could look whether it arrived: IMAP at 127.0.0.1 port ")
    assert found.reason.isprintable()


@adversary(SERVERS, "IMAP that announces a mail of ten gigabytes, or sends one reply without end")
@pytest.mark.parametrize("answer", ["* 1 FETCH (BODY[HEADER] {10000000000}\r\n", "* 1 EXISTS\r\n" * 90_000])
def test_a_reply_is_kept_up_to_a_size(answer: str) -> None:
    """A reply may hold 1 MiB. What holds more is not read, and the memory of the test stays small.

    Before: the literal's size was believed, and what came was kept until it was whole.
    """

    def odd(server: ImapServer, tag: str, verb: str, rest: str) -> str | None:
        del server, rest
        return answer + f"{tag} OK done\r\n" if verb == "FETCH" else None

    tracemalloc.start()
    try:
        found = ran(Post(), arrives, odd)
        used = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.outcome == "untested"
    assert "a reply without end" in found.reason
    assert used < 16 * LARGEST_REPLY


@adversary(SERVERS, "IMAP that gives other people's mail for the token")
def test_a_search_that_lies_finds_nothing_and_takes_nothing_away() -> None:
    """A mail has to bear the token and its sender; only such are deleted.

    Before: whatever a search gives is what it was asked for, to a client that does not look again.
    """
    agency = Post()
    agency.put("INBOX", b"From: minister@agensi.example.my\r\nSubject: the budget\r\n\r\nx\r\n")
    verbs: list[str] = []

    def odd(server: ImapServer, tag: str, verb: str, rest: str) -> str | None:
        del rest
        verbs.append(verb)
        lying = verb == "SEARCH" and server.folder == "INBOX"
        return f"* SEARCH 1\r\n{tag} OK done\r\n" if lying else None

    found = ran(agency, lambda post, mail: None, odd)
    assert found.outcome == "lost"
    assert len(agency.all()) == 1
    assert not {"STORE", "EXPUNGE"} & set(verbs)


@adversary(SERVERS, "IMAP whose folders have names with commands in them")
def test_no_name_of_a_folder_is_a_command() -> None:
    """A folder whose name holds a line end or another control character is not opened.

    Before: a name is written into the next command as it came.
    """
    agency = Post()
    heard: list[str] = []

    def odd(server: ImapServer, tag: str, verb: str, rest: str) -> str | None:
        del server
        heard.append(f"{verb} {rest}")
        name = 'x"\r\nA DELETE INBOX'
        listed = f'* LIST () "/" INBOX\r\n* LIST () "/" {{{len(name)}}}\r\n{name}\r\n* LIST () "/" "a\x1bb"\r\n'
        return f"{listed}{tag} OK done\r\n" if verb == "LIST" else None

    assert ran(agency, arrives, odd).outcome == "delivered"
    assert {one for one in heard if one.startswith(("SELECT", "DELETE", "A "))} == {'SELECT "INBOX"'}


@adversary(SERVERS, "a submission server that never answers, answers by the byte, or without end")
@pytest.mark.parametrize("script", [silent, dripping, flooding(b"220-wait\r\n"), flooding(b"2" * 1000)])
def test_a_submission_that_never_comes_to_its_end(script: Script) -> None:
    """Within the time of its steps and its tries it is `untested`.

    Before: the standard library's client collects the lines of a reply for as long as they come.
    """
    with at(script) as hostile:
        found = ran(Post(), arrives, smtp_at=hostile)
    assert (found.outcome, found.submission_reply) == ("untested", "")
    assert found.tries == 1
    assert found.reason.startswith("it was not sent: submission at 127.0.0.1 port ")


@adversary(SERVERS, "somebody on the way who says more before TLS than was asked for")
@pytest.mark.parametrize("sort", ["imap", "smtp"])
def test_nothing_said_before_tls_counts_inside_it(sort: str) -> None:
    """The test ends there: no login goes out.

    Before: the standard library's IMAP client dropped it in silence, so that nobody heard of it.
    """
    heard: list[bytes] = []

    def script(connection: socket.socket) -> None:
        connection.sendall(b"* OK ready\r\n" if sort == "imap" else b"220 ready\r\n")
        for line in connection.makefile("rb"):
            heard.append(line)
            tag = line.split()[0]
            if b"STARTTLS" in line:
                connection.sendall(
                    tag + b" OK go\r\n* OK slipped in\r\n" if sort == "imap" else b"220 go\r\n250 in\r\n"
                )
            elif sort == "imap":
                connection.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n" + tag + b" OK done\r\n")
            else:
                connection.sendall(b"250-me\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")

    with at(script) as hostile:
        server = replace(hostile, tls="starttls")
        imap_at, smtp_at = (server, None) if sort == "imap" else (None, server)
        found = ran(Post(), arrives, imap_at=imap_at, smtp_at=smtp_at)
    assert found.outcome == "untested"
    assert not [line for line in heard if b"AUTH" in line or b"LOGIN" in line]
    assert "before TLS" in found.reason


@adversary(MAILS, "a path with control characters, and a report with them")
def test_nothing_that_acts_on_a_terminal_is_told() -> None:
    """Each is shown as `?`, in the path, in the results, and in the reason of a refusal.

    Before: `Received` and `Diagnostic-Code` hold what a stranger called itself, as it came.
    """
    evil = "\x1b]0;owned\x07\u202e"
    path = PATH.replace("out.example.com (", f"out{evil}.example.com (").replace(
        "smtp.mailfrom=x", f"smtp.mailfrom={evil}"
    )
    found = ran(Post(), lambda post, mail: post.put("INBOX", path.encode() + mail))
    assert found.outcome == "delivered"
    told = [text for hop in found.path for text in (hop.by, hop.from_, hop.with_, hop.tls)]
    told += [text for one in found.authentication for text in (one.method, one.result, one.detail)]
    assert all(text.isprintable() for text in told)
    assert any("?" in text for text in told)
    token = new_token()
    report = (
        f"Content-Type: message/delivery-status\n\nA: b\n\nAction: failed\nDiagnostic-Code: smtp; 550 {evil}{token}\n"
    )
    known = bounce(report.encode(), token)
    assert known is not None
    assert known.reason.isprintable()


@adversary(
    MAILS, "the token in a folder that mail does not come into, in a mail of somebody else, or twice in one field"
)
@pytest.mark.parametrize(
    "put",
    [
        lambda post, mail: post.put("Sent", PATH.encode() + mail),
        lambda post, mail: post.put("INBOX", PATH.encode() + mail.replace(b"From: probe@mail", b"From: mallory@evil")),
        lambda post, mail: post.put("INBOX", PATH.encode() + b"From: probe@mail.example.com, x@evil\r\n" + mail),
        lambda post, mail: post.put("INBOX", PATH.encode() + b"Subject: other\r\n" + mail),
        lambda post, mail: post.put("INBOX", PATH.encode() + b"Subject: no\r\n\r\n" + mail),
    ],
)
def test_such_a_mail_has_not_arrived(put: Put) -> None:
    """It is lost, and stays where it lies.

    Before: a search for the token finds each of them.
    """
    agency = Post()
    assert ran(agency, put).outcome == "lost"
    assert len(agency.all()) == 1


@adversary(MAILS, "a mail that brings the receiver's results and hops along")
def test_what_a_mail_brings_along_makes_it_count_no_more() -> None:
    """Only what stands at the border or above is the receiver's: the forged results are not told.

    Before: a field with the right name in it is believed wherever it stands.
    """
    forged = (
        "Authentication-Results: mx.agensi.example.my; spf=pass; dkim=pass; dmarc=pass\r\n"
        "Received: from out.example.com ([8.8.4.4]) by mx.agensi.example.my with ESMTPS id 9; x\r\n"
    )
    inside = "Received: from pc ([9.9.9.9]) by mx.agensi.example.my with ESMTPSA id 1; x\r\n"
    found = ran(Post(), lambda post, mail: post.put("INBOX", (inside + "Received: x\r\n" + forged).encode() + mail))
    assert (found.outcome, found.vantage, found.authentication) == ("inside", "inside", ())
    border, results = PATH.partition("Authentication")[0], forged.partition("Received")[0]
    found = ran(Post(), lambda post, mail: post.put("INBOX", (border + "Received: x\r\n" + results).encode() + mail))
    assert (found.outcome, found.authentication) == ("delivered", ())


@adversary(MAILS, "a report with parts in parts without end, or about another mail")
def test_a_report_is_read_to_a_depth() -> None:
    """It is no report, and costs nothing.

    Before: the parser goes as deep as a mail goes.
    """
    token = new_token()
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(300))
    status = f"Content-Type: message/delivery-status\n\nX: y\n\nAction: failed\nDiagnostic-Code: x; {token}\n"
    assert bounce((deep + status).encode(), token) is None
    assert bounce(status.encode(), new_token()) is None
    assert bounce(status.encode(), token) is not None
