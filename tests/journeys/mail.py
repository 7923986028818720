"""Three hosts as those see them who send and read mail there, and as their admin sees what is his own."""

from __future__ import annotations

import imaplib
import re
import smtplib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message

from tests.lab.real import RealHost, eventually

STRANGER = "someone@machine.lab.test"
WARNED_OF = "Your mailbox is 95 % full"
MARKS = {
    "signed by the site": r"\bs=site2019;",
    "its signature holds at the relay": r"\bdkim=pass\b[^;]*\bheader\.s=site2019\b",
}


@dataclass(frozen=True)
class Site:
    """The hosts that `all_in_one.sh`, `relay.sh` and `store.sh` made."""

    all_in_one: RealHost
    relay: RealHost
    store: RealHost

    @property
    def hosts(self) -> tuple[RealHost, ...]:
        """All three."""
        return (self.all_in_one, self.relay, self.store)

    def look(self) -> Mapping[str, str]:
        """What one who tries everything is told: what was tried -> what came of it. Always the same keys."""
        mx, store = self.all_in_one, self.store
        now = time.monotonic_ns()
        mails = {
            "from outside to a user in SQL": (mx, "", "alice@d1.lab.test", mx),
            "from outside to a user in the file": (mx, "", "dan@clinic.d1.lab.test", mx),
            "from outside through the relay": (self.relay, "", "frank@d3.lab.test", store),
            "from a user in SQL to another host": (mx, "alice@d1.lab.test", "grace@d3.lab.test", store),
            "from a user in the file to the other domain": (mx, "dan@clinic.d1.lab.test", "alice@d1.lab.test", mx),
            "to one whose mailbox is almost full": (mx, "", "bob@d1.lab.test", mx),
        }
        sent = {
            what: send(host, login, to, f"{what} {now}", 990_000 if "bob@" in to else 100)
            for what, (host, login, to, _) in mails.items()
        }
        found = {what: sent[what] or arrived(reader, to, f"{what} {now}") for what, (_, _, to, reader) in mails.items()}
        found["the site's own warning"] = arrived(mx, "bob@d1.lab.test", WARNED_OF)
        for reader, to in {(reader, to) for _, _, to, reader in mails.values()}:
            reader.root(f"doveadm expunge -u {to} mailbox INBOX all")
        found["a stranger who wants the first host to relay"] = refused(mx, "frank@d3.lab.test")
        found["a stranger who wants the relay to relay"] = refused(self.relay, "alice@d1.lab.test")
        for host, to in ((mx, "nobody@d1.lab.test"), (mx, "no@clinic.d1.lab.test"), (self.relay, "no@d3.lab.test")):
            found[f"from outside to {to}"] = refused(host, to)
        found["a wrong password"] = wrong_password(mx)
        return {**found, **self._own()}

    def _own(self) -> Mapping[str, str]:
        """What belongs to the site on the hosts, and that all runs."""
        jails = "fail2ban-client status | sed -n 's/.*Jail list:\\s*//p'"
        running = self.all_in_one.root(jails).replace(",", " ").split()
        own = {f"jail {name}": "runs" if name in running else "is gone" for name in ("sshd", "site-submission")}
        for zone, name in (("d1.lab.test", "www"), ("clinic.d1.lab.test", "site2019._domainkey")):
            ask = f"dig +short +norecurse @127.0.0.1 {name}.{zone} ANY; dig +short +norecurse @127.0.0.1 {zone} SOA"
            answers = self.all_in_one.root(ask).splitlines()
            own[f"zone {zone}"] = "served" if len(answers) == 2 else f"answers {answers}"
        for host in self.hosts:
            table = host.root("nft list table inet site | sed 's/counter packets .* bytes [0-9]*/counter/'")
            own[f"firewall of {host.name}"] = table
            own[f"units of {host.name}"] = host.root(
                "systemctl is-system-running; systemctl --failed --no-legend --plain", fine=False
            )
            own[f"queue of {host.name}"] = host.root("postqueue -j")
        return own

    def serials(self) -> list[int]:
        """The serials that the first host serves its zones with."""
        ask = "dig +short +norecurse @127.0.0.1 d1.lab.test SOA clinic.d1.lab.test SOA"
        return [int(line.split()[2]) for line in self.all_in_one.root(ask).splitlines()]


def message(sender: str, to: str, subject: str, size: int) -> EmailMessage:
    """A message with a text of about `size` bytes."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made.set_content("It arrives.\n" * (size // 12))
    return made


def send(host: RealHost, login: str, to: str, subject: str, size: int) -> str:
    """Send a message, logged in or as a stranger; what the host says against it, or nothing."""
    try:
        with submission(host, login) if login else host.smtp() as client:
            client.send_message(message(login or STRANGER, to, subject, size))
    except (smtplib.SMTPException, OSError) as error:
        return f"not taken: {error}"
    return ""


def submission(host: RealHost, login: str) -> smtplib.SMTP:
    """A user's connection to port 587. The password is the lab's."""
    client = smtplib.SMTP(host.lab.address, 587, "client.lab.test", timeout=30)
    client.starttls(context=host.trusting())
    client.login(login, f"lab-{login.partition('@')[0]}")
    return client


def arrived(host: RealHost, to: str, subject: str) -> str:
    """How a message came to the user's inbox, with `MARKS`; or that it did not, within half a minute."""
    found: list[Message] = []

    def there() -> bool:
        with imaplib.IMAP4_SSL(host.lab.address, ssl_context=host.trusting(), timeout=30) as client:
            client.login(to, f"lab-{to.partition('@')[0]}")
            client.select()
            for number in client.search(None, "SUBJECT", f'"{subject}"')[1][0].split():
                (part, *_) = client.fetch(number.decode(), "(BODY.PEEK[HEADER])")[1]
                assert isinstance(part, tuple)
                found.append(message_from_bytes(part[1]))
        return bool(found)

    if not eventually(there):
        return "does not arrive"
    told = " ".join([*found[0].get_all("DKIM-Signature", []), *found[0].get_all("Authentication-Results", [])])
    return ", ".join(["arrives", *(what for what, mark in MARKS.items() if re.search(mark, told))])


def refused(host: RealHost, to: str) -> str:
    """Whether a stranger may send there."""
    with host.smtp() as client:
        client.ehlo()
        client.mail(STRANGER)
        code, said = client.rcpt(to)
    return "refused" if code >= 400 else f"taken: {code} {said.decode(errors='replace')}"


def wrong_password(host: RealHost) -> str:
    """Whether one who guesses gets in."""
    client = smtplib.SMTP(host.lab.address, 587, "client.lab.test", timeout=30)
    with client:
        client.starttls(context=host.trusting())
        try:
            client.login("alice@d1.lab.test", "guessed")
        except smtplib.SMTPAuthenticationError:
            return "refused"
    return "taken"
