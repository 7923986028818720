"""Handing a mail in at a submission server, as a user's program does it."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from email.message import EmailMessage
from typing import Any, cast

from baseline.classes import dataclass
from baseline.deadline import Deadline
from baseline.delivery.commented import shown
from baseline.delivery.failing import NoAnswer, StepFailed, WrongAnswer
from baseline.delivery.trusting import trusted
from baseline.delivery.wire import TooMuch, Wire, connected, cut, secured
from baseline.errors import CannotTell
from baseline.load.probed import MailServer
from baseline.probes.patience import Patience

_LONGEST_REPLY = 200


@dataclass(frozen=True)
class Handed:
    """That a server took a mail, and the words in which it did."""

    reply: str


def hand_in(
    server: MailServer, sender: str, recipient: str, mail: EmailMessage, deadline: Deadline, step: float
) -> Handed:
    """Log in and hand a mail in. Raises `NoAnswer` and `WrongAnswer`."""
    where = f"submission at {server.host} port {server.port}"
    client = _Client(server, Patience(step, deadline))
    try:
        with deadline.closing(lambda: cut(client.sock)):
            return _handed(client, server, sender, recipient, mail)
    except smtplib.SMTPAuthenticationError as error:
        # The words are left out: what a server answers to a login may quote it.
        raise _failed(where, error.smtp_code, "the login is refused") from None
    except smtplib.SMTPResponseException as error:
        raise _failed(where, error.smtp_code, _words(error.smtp_error)) from None
    except ssl.SSLCertVerificationError as error:
        raise WrongAnswer(f"{where}: the certificate is not trusted: {error.verify_message}") from None
    except smtplib.SMTPNotSupportedError as error:
        raise WrongAnswer(f"{where}: {error}") from None
    except CannotTell as error:
        raise WrongAnswer(str(error)) from None
    except TooMuch as error:
        raise WrongAnswer(f"{where}: {error}") from None
    except (OSError, smtplib.SMTPException) as error:
        if isinstance(error.__context__, TooMuch):
            raise WrongAnswer(f"{where}: {error.__context__}") from None
        raise NoAnswer(f"{where}: {shown(str(error)) or type(error).__name__}") from None
    except ValueError as error:
        raise WrongAnswer(f"{where}: {shown(str(error))}") from None
    finally:
        client.close()


def _handed(client: _Client, server: MailServer, sender: str, recipient: str, mail: EmailMessage) -> Handed:
    code, said = client.connect(server.host, server.port)
    _expect(code, said, 220)
    client.ehlo()
    if server.tls == "starttls":
        client.secure()
        client.ehlo()
    if server.password is not None:
        client.login(server.user, server.password.reveal())
    _expect(*client.mail(sender), 250)
    _expect(*client.rcpt(recipient), 250, 251)
    code, said = client.data(mail.as_bytes())
    _expect(code, said, 250)
    with contextlib.suppress(smtplib.SMTPException, OSError):
        client.quit()
    return Handed(f"{code} {_words(said)}"[:_LONGEST_REPLY])


def _expect(code: int, said: bytes, *wanted: int) -> None:
    if code not in wanted:
        raise smtplib.SMTPResponseException(code, said)


def _failed(where: str, code: int, words: str) -> StepFailed:
    """A 4xx holds for now. Anything else, also what is no reply at all, will be no other next time."""
    kind = NoAnswer if 400 <= code < 500 else WrongAnswer
    if code <= 0:
        return kind(f"{where}: no reply of SMTP: {words}")
    return kind(f"{where}: {code} {words}", f"{code} {words}")


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return shown(text)[:_LONGEST_REPLY]


class _Bounded:
    """What `smtplib` reads lines from, in the place of a file."""

    def __init__(self, client: _Client) -> None:
        self._client = client

    def readline(self, longest: int) -> bytes:
        connection = self._client.sock
        if connection is None:
            return b""
        return self._client.wire.line(connection)[:longest]

    def close(self) -> None:
        """The connection is closed by its client."""


class _Client(smtplib.SMTP):
    """A client that waits no longer than its patience, and keeps no more than a reply may hold."""

    def __init__(self, server: MailServer, patience: Patience) -> None:
        super().__init__(local_hostname="probe.invalid", timeout=patience.step)
        self._server = server
        self._host = server.server_name
        self.wire = Wire(patience)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        del timeout
        patience = self.wire.patience
        plain = self.sock = connected(host, port, patience)
        if self._server.tls != "tls":
            return plain
        return secured(plain, trusted(self._server.ca), self._server.server_name, patience)

    def secure(self) -> None:
        """Go on inside TLS, as `starttls` does, but not with what was slipped in before."""
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError("it offers no STARTTLS")
        _expect(*self.docmd("STARTTLS"), 220)
        self.wire.forget()
        assert self.sock is not None
        context = trusted(self._server.ca)
        self.sock = secured(self.sock, context, self._server.server_name, self.wire.patience)
        # Nothing that was said before counts any more (RFC 3207, section 4.2).
        self.file = None
        self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            # A new connection, or one that has just gone into TLS.
            self.wire.forget()
            self.file = cast(Any, _Bounded(self))
        self.wire.allow()
        return super().getreply()

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.wire.patience.next())
        super().send(s)
