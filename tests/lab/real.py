"""A lab host as a person at its console and its users see it."""

from __future__ import annotations

import hashlib
import imaplib
import smtplib
import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from baseline.lab import LabHost


def eventually(true: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether something becomes true within the time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


@dataclass(frozen=True)
class RealHost:
    """One host of the lab."""

    lab: LabHost
    inside: tuple[str, ...]
    directory: Path

    @property
    def name(self) -> str:
        """As in the inventory."""
        return self.lab.name

    def root(self, command: str, *, seconds: float = 60, fine: bool = True) -> str:
        """The output of a command at the console. Fails the test when the command fails, unless told not to."""
        argv = [*self.inside, "sh", "-c", command]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        assert not fine or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def address_of(self, account: str) -> str:
        """The mail address of an account."""
        return f"{account}@{self.lab.domain}"

    def smtp(self) -> smtplib.SMTP:
        """A stranger's connection to port 25."""
        return smtplib.SMTP(self.lab.address, 25, "client.lab.test", timeout=30)

    def submission(self, account: str) -> smtplib.SMTP:
        """An officer's connection to port 587, logged in."""
        client = smtplib.SMTP(self.lab.address, 587, "client.lab.test", timeout=30)
        client.starttls(context=self.trusting())
        client.login(self.address_of(account), f"lab-{account}")
        return client

    def lmtp(self) -> smtplib.LMTP:
        """Dovecot's socket for delivery, with no Postfix before it."""
        process = self.inside[self.inside.index("--target") + 1]
        return smtplib.LMTP(f"/proc/{process}/root/run/dovecot/lmtp")

    def trusting(self) -> ssl.SSLContext:
        """TLS that trusts the lab's authority; names are not checked, since clients connect by address."""
        context = ssl.create_default_context(cafile=str(self.directory / "lab-ca.pem"))
        context.check_hostname = False
        return context

    def imap(self, account: str) -> imaplib.IMAP4_SSL:
        """An officer's mailbox."""
        client = imaplib.IMAP4_SSL(self.lab.address, ssl_context=self.trusting(), timeout=30)
        client.login(self.address_of(account), f"lab-{account}")
        client.select()
        return client

    def subjects(self, account: str) -> list[str]:
        """The subjects of all mail in the account's inbox."""
        with self.imap(account) as client:
            found = []
            for number in client.search(None, "ALL")[1][0].split():
                parts = client.fetch(number.decode(), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
                assert isinstance(parts[0], tuple)
                found.append(parts[0][1].decode().partition(":")[2].strip())
            return found

    def delivers(self, subject: str, account: str = "alice") -> bool:
        """Whether mail from outside arrives in the account's inbox, by SMTP, LMTP and IMAP."""
        message = EmailMessage()
        message["From"], message["To"] = "someone@machine.lab.test", self.address_of(account)
        message["Subject"] = subject
        message.set_content("It arrives.")
        with self.smtp() as client:
            client.send_message(message)
        return eventually(lambda: subject in self.subjects(account))

    def configuration(self) -> str:
        """A digest over every file below /etc and what baseline installs: names, owners, modes and contents."""
        listing = self.root(
            "cd / && find etc usr/local var/lib/baseline/manifest -xdev ! -name '*.db' ! -path 'etc/mtab' "
            "\\( -type f -o -type l \\) -printf '%p %U:%G %m %l\\n' 2>/dev/null | sort; "
            "find etc usr/local -xdev -type f ! -name '*.db' -exec sha256sum {} + | sort"
        )
        return hashlib.sha256(listing.encode()).hexdigest()
