"""By which programs of its own choice a site does what a remedy would begin to do: filters, firewalls, jails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from baseline.classes import dataclass
from baseline.model import Answer
from baseline.shell import script

QUESTION = script("baseline.readings", "own_means")
"""See the file."""

UNITS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "amavis.service": ("Amavis", ("filters", "scans")),
    "amavisd.service": ("Amavis", ("filters", "scans")),
    "spamass-milter.service": ("SpamAssassin's milter", ("filters",)),
    "mimedefang.service": ("MIMEDefang", ("filters", "scans")),
    "mailscanner.service": ("MailScanner", ("filters", "scans")),
    "clamav-milter.service": ("ClamAV's milter", ("scans",)),
    "clamsmtp.service": ("ClamSMTP", ("scans",)),
    "opendkim.service": ("OpenDKIM", ("signs",)),
    "dkimpy-milter.service": ("dkimpy-milter", ("signs",)),
    "postgrey.service": ("postgrey", ("greylists",)),
    "milter-greylist.service": ("milter-greylist", ("greylists",)),
    "sqlgrey.service": ("SQLgrey", ("greylists",)),
    "cbpolicyd.service": ("PolicyD", ("greylists",)),
    "firewalld.service": ("firewalld", ("guards",)),
    "shorewall.service": ("Shorewall", ("guards",)),
    "ferm.service": ("ferm", ("guards",)),
    "netfilter-persistent.service": ("netfilter-persistent", ("guards",)),
    "crowdsec.service": ("CrowdSec", ("bans",)),
    "sshguard.service": ("SSHGuard", ("bans",)),
    "denyhosts.service": ("DenyHosts", ("bans",)),
}
"""Unit, as Debian's package names it -> what runs there, and the jobs that it does."""


@dataclass(frozen=True)
class Means:
    """One program of the site's: its name, the jobs that it does, and where it is set up."""

    name: str
    does: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True)
class OwnMeans:
    """What a site does by programs of its own choice. `filters` are services of Postfix with their content_filter.

    `rules` are Dovecot's warnings for quotas by the name of their setting, `jails` those of fail2ban, each with file
    and line.
    """

    programs: tuple[Means, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    jails: Mapping[str, str] = field(default_factory=dict)
    unseen: str = ""
    """Why that could not be seen; empty when it was."""


def own_means(answer: Answer | None) -> OwnMeans:
    """What `QUESTION` told; where it failed, that nobody knows what there is. None is of a host that was not asked."""
    if answer is not None and answer.rc != 0:
        said = (answer.stderr or answer.stdout).decode("utf-8", "backslashreplace").strip().partition("\n")[0][:200]
        return OwnMeans(unseen=said or f"exit code {answer.rc}")
    programs: dict[str, Means] = {}
    filters: dict[str, str] = {}
    places: dict[str, dict[str, str]] = {"rule": {}, "jail": {}}
    told = b"" if answer is None else answer.stdout
    for line in told.decode("utf-8", "backslashreplace").split("\n"):
        word, _, rest = line.partition("\t")
        first, _, second = rest.partition("\t")
        if word == "unit" and first in UNITS:
            name, does = UNITS[first]
            programs[name] = Means(name, does, first)
        elif word == "ufw":
            programs["ufw"] = Means("ufw", ("guards",), "/etc/ufw/ufw.conf")
        elif word == "filter" and second:
            filters[first] = second
        elif word in places and second:
            places[word][second] = first
    return OwnMeans(tuple(programs.values()), filters, places["rule"], places["jail"])
