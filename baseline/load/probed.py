"""What is to be probed, as the document of `baseline probe` says it: mailboxes of the agency, and outside providers."""

from __future__ import annotations

from typing import Literal

from baseline.classes import dataclass
from baseline.formats.networks import IPNetwork
from baseline.secret import Secret

Tls = Literal["tls", "starttls", "none"]
MailService = Literal["smtp", "submission", "imap", "pop3", "sieve"]


@dataclass(frozen=True)
class MailServer:
    """Where a service is: over `tls` from the first byte or after STARTTLS. `server_name` is who its certificate is of.

    `ca` is a file of certificates to trust, empty for the system's; `password` is None where nobody logs in.
    """

    host: str
    port: int
    tls: Tls
    server_name: str
    user: str = ""
    password: Secret | None = None
    ca: str = ""


@dataclass(frozen=True)
class Webmail:
    """The page of a webmail: its address, the status that it answers with, and a text that stands in it."""

    url: str
    status: int = 200
    says: str = ""
    ca: str = ""


@dataclass(frozen=True)
class Provider:
    """An outside mail system by its name, and an account there. `authserv_id` is who its verdicts are signed by."""

    name: str
    address: str
    authserv_id: str
    submission: MailServer
    imap: MailServer
    folders: tuple[str, ...] = ("INBOX",)
    junk: tuple[str, ...] = ("Junk", "Spam")


@dataclass(frozen=True)
class ProbedMailbox:
    """A mailbox of the agency that is there for tests alone, and the services that reach it; None: not tried."""

    address: str
    site: str
    authserv_id: str = ""
    smtp: MailServer | None = None
    submission: MailServer | None = None
    imap: MailServer | None = None
    pop3: MailServer | None = None
    sieve: MailServer | None = None
    webmail: Webmail | None = None
    folders: tuple[str, ...] = ("INBOX",)
    junk: tuple[str, ...] = ("Junk", "Spam")

    @property
    def domain(self) -> str:
        """The mail domain, in lower case."""
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True)
class ProbeLimits:
    """How long and how often. Times are in seconds.

    A step of an access test that gets no answer is tried `tries` times, `retry_seconds` apart, each `step_seconds` at
    most. A mail is in time within `latency_seconds`, and lost after `lost_seconds`; it is looked for every
    `poll_seconds`. A server that says "later", as greylisting does, is asked again for `greylist_seconds`. `at_once` is
    how many tests run beside each other.
    """

    step_seconds: int = 20
    tries: int = 3
    retry_seconds: int = 5
    latency_seconds: int = 900
    lost_seconds: int = 1800
    poll_seconds: int = 10
    greylist_seconds: int = 900
    at_once: int = 8


USUAL_LIMITS = ProbeLimits()


@dataclass(frozen=True)
class ProbesDocument:
    """What is probed, from where: `vantage` is where this machine stands, as the agency's network sees it.

    `networks` are the agency's own, and `other_networks` private ones that are not: mail from own ones, or from private
    ones of nobody else, is no mail from outside.
    """

    vantage: Literal["outside", "inside"]
    mailboxes: tuple[ProbedMailbox, ...]
    providers: tuple[Provider, ...] = ()
    limits: ProbeLimits = USUAL_LIMITS
    networks: tuple[IPNetwork, ...] = ()
    other_networks: tuple[IPNetwork, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites that the mailboxes are of, each once."""
        return tuple(dict.fromkeys(one.site for one in self.mailboxes))
