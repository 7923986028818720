"""Mail systems on loopback, played by a few lines: one that submits and one that keeps mailboxes."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from baseline.load.probed import MailServer, ProbedMailbox, ProbeLimits, Provider
from baseline.secret import Secret

LIMITS = ProbeLimits(
    step_seconds=10, tries=2, retry_seconds=0, latency_seconds=60, lost_seconds=1, poll_seconds=1, greylist_seconds=1
)
AGENCY, OUTSIDE = "probe@agensi.example.my", "probe@mail.example.com"
PATH = (
    "Received: from out.example.com (out.example.com [8.8.4.4]) by mx.agensi.example.my (P) with ESMTPS id 1"
    "; Fri, 27 Nov 2026 05:05:27 +0000\r\n"
    "Authentication-Results: mx.agensi.example.my; spf=pass smtp.mailfrom=x; dkim=pass header.d=mail.example.com\r\n"
    "Received: from me (me [9.9.9.9]) by out.example.com with ESMTPSA id 2; Fri, 27 Nov 2026 05:05:26 +0000\r\n"
)


@dataclass
class Post:
    """The mail of one account: folder -> its mails by their numbers, and the folders' flags."""

    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}, "Junk": {}, "Sent": {}})
    flags: dict[str, str] = field(default_factory=lambda: {"Junk": r"\Junk", "Sent": r"\Sent"})
    logins: list[str] = field(default_factory=list)
    _last: int = 0

    def put(self, folder: str, mail: bytes) -> None:
        """Deliver a mail."""
        self._last += 1
        self.folders[folder][self._last] = mail

    def all(self) -> list[bytes]:
        """Every mail of every folder."""
        return [mail for folder in self.folders.values() for mail in folder.values()]


Answer = Callable[["ImapServer", str, str, str], str | None]


class ImapServer:
    """Enough of IMAP, for one session. `odd` may answer a command (tag, verb, rest) as no good server would."""

    def __init__(self, post: Post, odd: Answer | None = None, heard: list[str] | None = None) -> None:
        self.post = post
        self.odd = odd
        self.heard = [] if heard is None else heard
        self.folder = "INBOX"
        self._doomed: set[int] = set()

    def serve(self, connection: socket.socket) -> None:
        """One session."""
        connection.sendall(b"* OK ready\r\n")
        for raw in connection.makefile("rb"):
            tag, _, said = raw.decode().strip().partition(" ")
            verb, _, rest = said.partition(" ")
            if verb == "UID":
                verb, _, rest = rest.partition(" ")
            self.heard.append(f"{verb} {rest}")
            answer = self.odd(self, tag, verb, rest) if self.odd else None
            if answer is None:
                answer = f"{self._said(verb, rest)}{tag} OK done\r\n"
            connection.sendall(answer.encode("latin-1"))
            if verb == "LOGOUT":
                return

    def _said(self, verb: str, rest: str) -> str:
        mails = self.post.folders.get(self.folder, {})
        if verb == "CAPABILITY":
            return "* CAPABILITY IMAP4rev1 UIDPLUS\r\n"
        if verb == "LOGIN":
            self.post.logins.append(rest)
        if verb == "LIST":
            names = self.post.folders
            return "".join(f'* LIST ({self.post.flags.get(one, "")}) "/" "{one}"\r\n' for one in names)
        if verb == "SELECT":
            self.folder = rest.strip('"')
            return f"* {len(mails)} EXISTS\r\n"
        if verb == "SEARCH":
            word = rest.split('"')[1].encode()
            return f"* SEARCH {' '.join(str(one) for one, mail in mails.items() if word in mail)}\r\n"
        if verb == "FETCH":
            return self._part(rest, mails)
        if verb == "STORE":
            self._doomed |= {int(one) for one in rest.split()[0].split(",")}
        if verb == "EXPUNGE":
            for one in self._doomed:
                mails.pop(one, None)
        return ""

    @staticmethod
    def _part(rest: str, mails: dict[int, bytes]) -> str:
        number = int(rest.split()[0])
        mail = mails[number]
        part = mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in rest else mail
        name = re.sub(r"[()]|PEEK|\.(?=\[)|<0\.\d+>", "", rest.split(" ", 1)[1])
        return f"* 1 FETCH (UID {number} {name}<0> {{{len(part)}}}\r\n{part.decode('latin-1')})\r\n"


@contextlib.contextmanager
def imap(server: ImapServer) -> Iterator[MailServer]:
    """The server, and how it is reached. It serves one session after another until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    threading.Thread(target=session, args=(connection,), daemon=True).start()

        def session(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError, ValueError):
                connection.settimeout(10)
                ImapServer(server.post, server.odd, server.heard).serve(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield reached(listening.getsockname()[1])
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@dataclass
class Taking:
    """What a submission server does with a mail: `replies` one after another, the last one again and again."""

    deliver: Callable[[bytes], None]
    replies: list[str] = field(default_factory=lambda: ["250 2.0.0 Ok: queued"])
    mails: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server
        assert session.authenticated, "nobody logged in"
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        if reply.startswith("2"):
            self.deliver(envelope.content)
        return reply


def _started(taking: Taking, authenticate: Callable[..., AuthResult]) -> Controller:
    """A server on a free port. It cannot be given one that is held for it, so that another may come first."""
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        controller = Controller(taking, "127.0.0.1", port, authenticator=authenticate, auth_require_tls=False)
        try:
            controller.start()
        except OSError:
            continue
        return controller
    raise AssertionError("no port stays free")


@contextlib.contextmanager
def submission(taking: Taking, *, login: bool = True) -> Iterator[MailServer]:
    """A server that takes mail from whoever logs in; with `login` False nobody can."""

    def authenticate(*args: object) -> AuthResult:
        del args
        return AuthResult(success=login, handled=False)

    controller = _started(taking, authenticate)
    try:
        yield reached(controller.port)
    finally:
        controller.stop()


def reached(port: int) -> MailServer:
    """A server on loopback, without TLS."""
    return MailServer("127.0.0.1", port, "none", "127.0.0.1", "probe", Secret("the test", lambda: "hush-hush"))


def provider(submits: MailServer, reads: MailServer) -> Provider:
    """The outside."""
    return Provider("mail.example.com", OUTSIDE, "mail.example.com", submits, reads)


def mailbox(reads: MailServer, submits: MailServer | None = None) -> ProbedMailbox:
    """The agency's mailbox."""
    return ProbedMailbox(AGENCY, "site", "mx.agensi.example.my", imap=reads, submission=submits)
