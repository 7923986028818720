"""The steps of an access test: what a user's program does with each service, once, each with its own time.

A step raises `NoAnswer` where a server gave no answer or one that holds for now only, and `WrongAnswer` where another
try would get the same.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable

from baseline.classes import dataclass
from baseline.deadline import Deadline
from baseline.delivery.failing import NoAnswer, WrongAnswer
from baseline.delivery.trusting import trusted
from baseline.load.probed import MailServer, MailService, Webmail
from baseline.model.probes import Fetch, Lookup, Records
from baseline.probes.https import fetch
from baseline.probes.patience import Patience
from baseline.probing.dialogue import Dialogue, NonsenseAnswer, dialogue, shown


@dataclass(frozen=True)
class Passed:
    """A step went through: by which version of TLS, and whether the server is on this very machine."""

    tls: str = ""
    near: bool = False


def tried(service: MailService, server: MailServer, seconds: float) -> Passed:
    """One step at a mail server, within so many seconds. Raises `NoAnswer`, `WrongAnswer`, and `CannotTell`."""
    with dialogue(server, service, seconds) as spoken:
        told = spoken.begin().text
        _STEPS[service](spoken, told)
        spoken.end()
        return Passed(spoken.tls, spoken.near)


def _smtp(spoken: Dialogue, told: str) -> None:
    """The banner and the EHLO, in TLS, are all that a stranger may see without a mail."""
    del spoken, told


def _submission(spoken: Dialogue, told: str) -> None:
    if not re.search(r"^AUTH\b.*\bPLAIN\b", told, re.I | re.M):
        raise WrongAnswer(f"{spoken.where}: it does not offer a login (AUTH PLAIN)")
    spoken.log_in("AUTH PLAIN {plain}")


def _imap(spoken: Dialogue, told: str) -> None:
    del told
    can = spoken.ask("CAPABILITY").text.upper()
    if "AUTH=PLAIN" in can and "SASL-IR" in can:
        spoken.log_in("AUTHENTICATE PLAIN {plain}")
    else:
        spoken.log_in_by_words('LOGIN "{user}" "{password}"')
    listed = spoken.ask('LIST "" "*"').text
    if not re.search(r'^\* LIST \([^)]*\) \S+ "?INBOX"?\s*$', listed, re.I | re.M):
        raise WrongAnswer(f"{spoken.where}: LIST shows no INBOX")
    selected = spoken.ask("SELECT INBOX").text
    if not re.search(r"^\* \d+ EXISTS\s*$", selected, re.I | re.M):
        raise WrongAnswer(f"{spoken.where}: SELECT does not say how many mails there are")


def _pop3(spoken: Dialogue, told: str) -> None:
    del told
    spoken.log_in_by_words("USER {user}", "PASS {password}")
    if not re.match(r"\+OK \d+ \d+", spoken.ask("STAT").text):
        raise NonsenseAnswer(f"{spoken.where}: STAT does not say how many mails there are")


def _sieve(spoken: Dialogue, told: str) -> None:
    if not re.search(r'^"SASL" ".*\bPLAIN\b', told, re.I | re.M):
        raise WrongAnswer(f"{spoken.where}: it does not offer a login (SASL PLAIN)")
    spoken.log_in('AUTHENTICATE "PLAIN" "{plain}"')
    spoken.ask("LISTSCRIPTS")


_STEPS: dict[MailService, Callable[[Dialogue, str], None]] = {
    "smtp": _smtp,
    "submission": _submission,
    "imap": _imap,
    "pop3": _pop3,
    "sieve": _sieve,
}


@dataclass
class _Trusting:
    checking: ssl.SSLContext


def opened(webmail: Webmail, seconds: float) -> Passed:
    """The page of a webmail answers as it should, within so many seconds. Raises `NoAnswer` and `WrongAnswer`."""
    found = fetch(Fetch(webmail.url), _looked_up, _Trusting(trusted(webmail.ca)), Patience(seconds, Deadline(seconds)))
    if found.trouble:
        said = shown(f"{webmail.url}: {found.trouble}")
        raise WrongAnswer(said) if "certificate" in found.trouble else NoAnswer(said)
    if found.status != webmail.status:
        said = f"{webmail.url}: it answers {found.status}, and {webmail.status} is wanted"
        raise NoAnswer(said) if found.status in (429, 502, 503, 504) else WrongAnswer(said)
    if webmail.says and webmail.says not in found.body:
        raise WrongAnswer(f"{webmail.url}: its page does not say {shown(webmail.says)!r}")
    return Passed("TLS")


def _looked_up(lookup: Lookup) -> Records:
    """The addresses of a name as this machine finds them, as a browser on it would."""
    family = socket.AF_INET if lookup.type == "A" else socket.AF_INET6
    try:
        found = socket.getaddrinfo(lookup.name, 443, family, socket.SOCK_STREAM)
    except OSError as error:
        return Records(trouble=str(error.strerror or error))
    return Records("noerror", tuple(dict.fromkeys(str(one[4][0]) for one in found)))
