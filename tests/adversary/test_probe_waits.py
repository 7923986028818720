"""A server that is looked at from outside may keep its own probe waiting, and that one only for so long."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from tests.adversary.bounded import bounded_code
from tests.adversary.case import adversary
from tests.probes.servers import Script, credentials, listening, name_server

WAITS = "who keeps others waiting"

pytestmark = pytest.mark.slow

LOOK = """
import sys
from baseline.deadline import Deadline
from baseline.model.probes import Fetch, Handshake, Lookup, Talk
from baseline.probes import Sender

sender = Sender(seconds=1, whole=3)
probe = eval(sys.argv[1])
(seen,) = sender.look([probe], sys.argv[2:], Deadline()).values()
print(seen.trouble or seen)
"""


def looked(probe: str, *resolvers: str) -> str:
    """The trouble of a probe, sent by a process of its own: 1 s for a step, 3 s for all of it."""
    ran = bounded_code(LOOK, (probe, *resolvers))
    assert (ran.code, ran.err) == (0, "")
    return ran.out.strip()


def dripping(text: bytes) -> Script:
    """Sends a byte at a time, each well within the time of a step, over and over."""

    def script(connection: socket.socket) -> None:
        while True:
            for byte in text:
                connection.sendall(bytes([byte]))
                time.sleep(0.3)

    return script


def flooding(text: bytes) -> Script:
    """Sends the same as fast as it is taken."""

    def script(connection: socket.socket) -> None:
        while True:
            connection.sendall(text * 100)

    return script


def lines(connection: socket.socket) -> None:
    """Sends whole lines of a greeting, each in time, and never the last one."""
    while True:
        connection.sendall(b"220-wait\r\n")
        time.sleep(0.3)


@adversary(WAITS, "a mail server that sends its greeting by the byte, or line after line without the last")
@pytest.mark.parametrize("greeting", [dripping(b"2"), lines])
def test_a_greeting_that_drips(greeting: Script) -> None:
    """A line has the time of one step, 10 s, and all of a probe 60 s.

    Before: each byte and each line had that time anew, so that it had no end.
    """
    with listening(greeting) as port:
        said = looked(f'Talk("127.0.0.1", {port}, "smtp")')
        assert said == f"127.0.0.1 port {port}: no answer in time"


@adversary(WAITS, "a mail server that sends a reply by the byte")
def test_a_reply_that_drips() -> None:
    """What was said until then is told, and that it ended there.

    Before: a byte every 0.8 s never met a limit of 1 s for each receive.
    """

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 mx ESMTP\r\n")
        connection.recv(100)
        dripping(b"2")(connection)

    with listening(script) as port:
        assert "no answer in time" in looked(f'Talk("127.0.0.1", {port}, "smtp")')


def test_a_handshake_that_drips() -> None:
    with listening(dripping(b"\x16\x03\x03")) as port:
        assert "no answer in time" in looked(f'Handshake("127.0.0.1", {port})')


@adversary(WAITS, "a server that answers the first handshake, and never the second, which checks the certificate")
def test_a_second_handshake_that_is_never_answered_says_nothing_of_trust(tmp_path: Path) -> None:
    """That it could not be had is trouble, and no mistrust.

    Before: the certificate was told as not trusted: "no answer in time".
    """
    context, served = credentials(tmp_path).context, []

    def script(connection: socket.socket) -> None:
        served.append(1)
        if len(served) > 1:
            time.sleep(4)
            return
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with listening(script) as port:
        said = looked(f'Handshake("127.0.0.1", {port}, server_name="mx.example.test")')
        assert said == f"127.0.0.1 port {port}: no answer in time"


def test_a_name_server_that_drips_over_tcp() -> None:
    with _truncating() as server:
        assert "does not answer" in looked('Lookup("example.test", "TXT")', server)


@adversary(WAITS, "a web server that sends `100 Continue` without end, or its head by the byte")
@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (flooding(b"HTTP/1.1 100 Continue\r\n\r\n"), "an answer without end"),
        (dripping(b"HTTP/1.1 100 Continue\r\n\r\n"), "no answer in time"),
        (dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"), "no answer in time"),
    ],
)
def test_a_web_server_that_never_comes_to_its_answer(
    answer: Script, trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the answer has the time of one probe, and 256 KiB.

    Before: the standard library read interim answers for as long as they came.
    """
    made = credentials(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))

    def script(connection: socket.socket) -> None:
        with made.context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1000)
            answer(secured)

    with listening(script) as port, name_server(_here) as server:
        assert looked(f'Fetch("https://mx.example.test:{port}/x")', server) == f"mx.example.test: {trouble}"


@adversary(WAITS, "what has no limit of its own, such as a look-up by the system")
def test_a_thread_that_does_not_end_keeps_nobody_waiting() -> None:
    """Its probe is given up, and the program ends.

    Before: the threads of `concurrent.futures` were joined when the program ended.
    """
    stuck = "import baseline.probes, time\nbaseline.probes.talk = lambda *_: time.sleep(999)\n"
    code = LOOK.replace("probe = eval", f"{stuck}probe = eval")
    ran = bounded_code(code, ('Talk("127.0.0.1", 25, "smtp")',))
    assert (ran.code, ran.out.strip()) == (0, "127.0.0.1 port 25: no answer in time")


def _here(question: dns.message.Message) -> dns.message.Message:
    reply = dns.message.make_response(question)
    name = question.question[0].name
    if question.question[0].rdtype == dns.rdatatype.A:
        reply.answer = [dns.rrset.from_text(name, 60, "IN", "A", "127.0.0.1")]
    return reply


@contextlib.contextmanager
def _truncating() -> Iterator[str]:
    """A name server that says over UDP to come by TCP, on the same port, and drips there."""

    def truncated(question: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(question)
        reply.flags |= dns.flags.TC
        return reply

    with name_server(truncated) as server:
        port = int(server.rpartition("#")[2])
        with socket.create_server(("127.0.0.1", port)) as tcp:
            threading.Thread(target=_drip_over, args=(tcp,), daemon=True).start()
            yield server
            tcp.shutdown(socket.SHUT_RDWR)


def _drip_over(tcp: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = tcp.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"\xff\xff")
                dripping(b"x")(connection)
