"""One dialogue with a server of a mailbox: in TLS with a certificate that is checked, and bounded in every step."""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import ssl
from collections.abc import Iterator

from baseline.deadline import Deadline
from baseline.delivery.failing import NoAnswer, WrongAnswer
from baseline.delivery.trusting import trusted
from baseline.load.probed import MailServer, MailService
from baseline.model.probes import ServerReply
from baseline.probes.lines import Lines, NotUnderstood, reply_of
from baseline.probes.patience import TOO_LATE, Patience
from baseline.secret import scrubbed

_MOST_TOLD = 200
_UNPRINTABLE = re.compile(r"[^ -~\u00a0-\u024f]+")
_PROTOCOLS: dict[MailService, str] = {"submission": "smtp"}
_BEGIN_TLS = {"smtp": "STARTTLS", "imap": "s1 STARTTLS", "pop3": "STLS", "sieve": "STARTTLS"}
_GOOD = {"smtp": ("2", "3"), "imap": ("OK", "PREAUTH"), "pop3": ("+OK",), "sieve": ("OK",)}
_TAG = re.compile(r"^[as]\d+ ")
_FOR_NOW = re.compile(r"\[?(UNAVAILABLE|INUSE|SYS/TEMP|TRYLATER|LIMIT|IN-USE|LOGIN-DELAY)\b", re.I)


class NonsenseAnswer(WrongAnswer):
    """A server said what is no reply of its protocol. It may have been cut off, so it is asked again."""


def shown(text: str) -> str:
    """What a server said, as it can be kept: one line of printable characters, short, and without any password."""
    plain = " ".join(_UNPRINTABLE.sub(" ", scrubbed(text)).split())
    return plain if len(plain) <= _MOST_TOLD else f"{plain[:_MOST_TOLD]}…"


class Dialogue:
    """A connection on which replies are had by command. Raises `NoAnswer` and `WrongAnswer` that say where and why."""

    def __init__(self, server: MailServer, service: MailService, lines: Lines) -> None:
        self.server = server
        self.protocol = _PROTOCOLS.get(service, service)
        self.where = f"{server.host} port {server.port}"
        self.tls = ""
        self._lines = lines
        self._hidden: list[str] = []
        self._number = 1

    @property
    def near(self) -> bool:
        """Whether the server is on this very machine."""
        there, here = self._lines.socket.getpeername()[0], self._lines.socket.getsockname()[0]
        return bool(there == here or there.startswith("127.") or there == "::1")

    def begin(self) -> ServerReply:
        """The greeting, in TLS where that is wanted. Of SMTP what the server can do, once it is in TLS."""
        if self.server.tls == "tls":
            self._secure()
        greeting = self.fine(self._reply(), "greeting")
        if self.protocol == "smtp":
            greeting = self._hello()
        if self.server.tls == "starttls":
            offered = greeting.text if self.protocol in ("smtp", "sieve") else "STARTTLS"
            if "STARTTLS" not in offered.upper():
                raise WrongAnswer(f"{self.where}: it does not offer STARTTLS")
            self._lines.send(_BEGIN_TLS[self.protocol])
            self.fine(self._reply("s1"), "STARTTLS")
            if self._lines.spoke_ahead:
                raise WrongAnswer(f"{self.where}: it said more before TLS began, which may be anybody's word")
            self._secure()
            if self.protocol == "sieve":
                return self.fine(self._reply(), "greeting")
            if self.protocol == "smtp":
                return self._hello()
        return greeting

    def ask(self, command: str, what: str = "", *, many: bool = False) -> ServerReply:
        """The good reply to a command; `what` is the word for it in messages, by default its first one."""
        self._number += 1
        tag = f"a{self._number}"
        self._lines.send(f"{tag} {command}" if self.protocol == "imap" else command)
        return self.fine(self._reply(tag, many=many), what or command.partition(" ")[0])

    def log_in(self, command: str) -> None:
        """Log in by SASL's PLAIN with its first response, which stands for `{plain}` in the command (RFC 4616)."""
        user, password = self.server.user, self._password()
        plain = base64.b64encode(b"\0".join((b"", user.encode(), password.encode()))).decode()
        self._hidden.append(plain)
        self.ask(command.format(plain=plain), "login")

    def log_in_by_words(self, *commands: str) -> None:
        """Log in by commands in which `{user}` and `{password}` stand as they are, or quoted. Raises `WrongAnswer`."""
        words = {"user": self.server.user, "password": self._password()}
        for name, word in words.items():
            if not word.isascii() or not word.isprintable():
                raise WrongAnswer(f"{self.where}: its `{name}` holds what this login cannot carry")
        if self.protocol == "imap":
            words = {name: word.replace("\\", "\\\\").replace('"', '\\"') for name, word in words.items()}
        for command in commands:
            self.ask(command.format(**words), "login")

    def end(self) -> None:
        """Say goodbye, to whoever still listens."""
        with contextlib.suppress(OSError):
            self._lines.send({"imap": "z1 LOGOUT", "sieve": "LOGOUT"}.get(self.protocol, "QUIT"))

    def fine(self, reply: ServerReply, what: str) -> ServerReply:
        """A reply that is good. Raises `NoAnswer` for one that holds for now only, `WrongAnswer` for another."""
        if reply.code.startswith(_GOOD[self.protocol]):
            return reply
        text = f"{reply.code} {reply.text}" if self.protocol == "smtp" else _TAG.sub("", reply.text.splitlines()[-1])
        said = self.told(f"{what}: {text}")
        later = reply.code.startswith("4") if self.protocol == "smtp" else _FOR_NOW.search(reply.text) is not None
        if later or reply.code == "BYE":
            raise NoAnswer(said, reply.text)
        raise WrongAnswer(said, reply.text)

    def told(self, text: str) -> str:
        """Something about this server, as it can be kept."""
        for hidden in self._hidden:
            text = text.replace(hidden, "(secret)")
        return shown(f"{self.where}: {text}")

    def _password(self) -> str:
        assert self.server.password is not None, "a service that is logged in to has a password"
        password = self.server.password.reveal()
        self._hidden.append(password)
        return password

    def _hello(self) -> ServerReply:
        self._lines.send("EHLO probe.invalid")
        return self.fine(self._reply(), "EHLO")

    def _reply(self, tag: str | None = None, *, many: bool = False) -> ServerReply:
        return reply_of(self._lines, self.protocol, tag, many=many)

    def _secure(self) -> None:
        self._lines.secure(trusted(self.server.ca), self.server.server_name)
        secured = self._lines.socket
        self.tls = (secured.version() or "") if isinstance(secured, ssl.SSLSocket) else ""


@contextlib.contextmanager
def dialogue(server: MailServer, service: MailService, seconds: float) -> Iterator[Dialogue]:
    """A dialogue that has begun with nothing. `seconds` is the time for all of it."""
    patience = Patience(seconds, Deadline(seconds))
    where = f"{server.host} port {server.port}"
    made: Dialogue | None = None
    try:
        with Lines.connected(server.host, server.port, patience) as lines:
            made = Dialogue(server, service, lines)
            yield made
    except ssl.SSLCertVerificationError as error:
        raise WrongAnswer(f"{where}: its certificate is not trusted: {shown(error.verify_message)}") from None
    except NotUnderstood as error:
        raise NonsenseAnswer(made.told(str(error)) if made else shown(f"{where}: {error}")) from None
    except (OSError, EOFError) as error:
        raise NoAnswer(shown(f"{where}: {_words(error)}")) from None


def _words(error: OSError | EOFError) -> str:
    if isinstance(error, TimeoutError):
        return TOO_LATE
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, socket.gaierror):
        return f"its name cannot be looked up: {error.strerror}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
