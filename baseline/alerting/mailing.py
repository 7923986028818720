"""A message as a mail, by SMTP."""

from __future__ import annotations

import platform
import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from baseline.alerting.failing import NotSent
from baseline.alerting.trusting import cut, trusted
from baseline.alerting.wording import Message
from baseline.deadline import cut_after
from baseline.errors import CannotTell
from baseline.load.alerts import ByMail


def as_mail(mail: ByMail, message: Message) -> EmailMessage:
    """The mail. No text can end a header: the standard library refuses a line end in one, and none comes so far."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(addr_spec=mail.sender)
    made["To"] = [Address(addr_spec=one) for one in mail.to]
    made["Subject"] = message.subject
    made["Date"] = format_datetime(datetime.fromisoformat(message.document["created"]))
    made["Message-ID"] = f"<{message.id}.{mail.sender}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Baseline-Run"] = message.document["run"]
    made.set_content(message.text, cte="quoted-printable")
    return made


def send_mail(mail: ByMail, message: Message) -> None:
    """Send the mail to all its recipients. Raises `NotSent`."""
    made = as_mail(mail, message)
    where = f"{mail.server}:{mail.port}"
    try:
        password = mail.password.reveal() if mail.password else ""
        context = trusted(mail.ca)
        held: list[smtplib.SMTP] = []
        with (
            cut_after(mail.seconds, lambda: cut(held[0].sock if held else None)),
            _client(mail, context, held) as client,
        ):
            if mail.tls == "starttls":
                client.starttls(context=context)
            _say(client, mail, password, made)
    except CannotTell as error:
        raise NotSent(str(error)) from None
    except smtplib.SMTPAuthenticationError:
        # What a server answers to a login may quote it.
        raise NotSent(f"{where} refuses the login of {mail.user}") from None
    except smtplib.SMTPRecipientsRefused as error:
        told = "; ".join(f"{one}: {code} {_words(said)}" for one, (code, said) in error.recipients.items())
        raise NotSent(f"{where} refuses the recipients: {told}") from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"{where} answers {error.smtp_code} {_words(error.smtp_error)}") from None
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"the certificate of {where} is not trusted: {error.verify_message}") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotSent(f"{where}: {error or type(error).__name__}") from None


def _client(mail: ByMail, context: ssl.SSLContext, held: list[smtplib.SMTP]) -> smtplib.SMTP:
    """A client that is connected, and was put into `held` before it was, so that it can be cut off meanwhile."""

    class Held(smtplib.SMTP):
        def connect(self, *args: Any, **options: Any) -> tuple[int, bytes]:
            held.append(self)
            return super().connect(*args, **options)

    class HeldTls(smtplib.SMTP_SSL):
        def connect(self, *args: Any, **options: Any) -> tuple[int, bytes]:
            held.append(self)
            return super().connect(*args, **options)

    # Not what the DNS says of this machine, which may take long to ask.
    ours = platform.node() or "localhost"
    if mail.tls == "tls":
        return HeldTls(mail.server, mail.port, ours, timeout=mail.seconds, context=context)
    return Held(mail.server, mail.port, ours, timeout=mail.seconds)


def _say(client: smtplib.SMTP, mail: ByMail, password: str, made: EmailMessage) -> None:
    if mail.user:
        client.login(mail.user, password)
    refused = client.send_message(made, mail.sender, list(mail.to))
    if refused:
        # The others have it: to send it once more would tell them twice.
        raise NotSent(f"refused for {', '.join(refused)}", delivered=True)


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
