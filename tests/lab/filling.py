"""Mailboxes filled by mail from outside, on hosts with the smallest quota that the mandate allows."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from tests.lab.real import RealHost, eventually

MEGABYTE = 1 << 20
TRIES = 4
OVERLAY = """\
baseline: thresholds
version: 1.0.0
extends: mampu-2007
overrides:
  MEL-Q-01:
    quota: 100MB
"""


def message(host: RealHost, account: str, megabytes: int) -> EmailMessage:
    """Mail from outside with a file of this many MiB, as it travels.

    It is no text: Rspamd would look at each word of that, for longer than it may take where a machine is busy.
    """
    mail = EmailMessage()
    mail["From"], mail["To"] = "someone@machine.lab.test", host.address_of(account)
    mail["Subject"] = f"{megabytes} MiB"
    mail.set_content("The readings of the month.\n")
    # Of base64, a line of 76 characters and its end holds 57 bytes.
    readings = bytes(megabytes * MEGABYTE // 77 * 57)
    mail.add_attachment(readings, maintype="application", subtype="octet-stream", filename="readings.dat")
    return mail


def receives(host: RealHost, account: str, megabytes: int) -> None:
    """Have mail delivered, and wait until it is in the mailbox."""
    before = used(host, account)
    sends(host, message(host, account, megabytes))
    assert eventually(lambda: used(host, account) >= before + megabytes * 1000)


def sends(host: RealHost, mail: EmailMessage) -> None:
    """Deliver from outside as servers do: mail that is not taken for now is sent again.

    Rspamd gives up on a large one (451 4.7.1) when the machine is short of breath.
    """
    for left in reversed(range(TRIES)):
        try:
            with host.smtp() as client:
                assert client.send_message(mail) == {}
            return
        except smtplib.SMTPDataError as refused:
            if not left or refused.smtp_code != 451:
                raise


def used(host: RealHost, account: str) -> int:
    """KiB in the account's mailbox, as Dovecot counts them."""
    told = host.root(f"doveadm -f tab quota get -u {host.address_of(account)}")
    (storage,) = [line for line in told.splitlines() if "\tSTORAGE\t" in line]
    return int(storage.split("\t")[2])


def may_send(host: RealHost, account: str) -> bool:
    """Whether a logged-in submission by the account is accepted; a refusal has to be the threshold's own."""
    with host.submission(account) as client:
        try:
            client.sendmail(host.address_of(account), host.address_of("bob"), "Subject: hello\r\n\r\nhello\r\n")
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, text),) = refused.recipients.values()
            assert (code, text[:5]) == (552, b"5.2.2"), text
            return False
    return True
