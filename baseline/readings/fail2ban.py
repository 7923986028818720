"""What a running fail2ban says of its jails, and whether they read what the programs write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats import fail2ban
from baseline.formats.networks import IPNetwork, Network, everybody
from baseline.programs import PROGRAMS, FailedLogins
from baseline.readings.answers import decoded
from baseline.readings.releases import HostReleases
from baseline.readings.ssh_session import Login
from baseline.readings.units import PROPERTIES, process_of
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

JAILS = {program.jail.name: program for program in PROGRAMS if program.jail}
"""The jails that hosts want, each with the program that it is for."""

_ASKED = ("maxretry", "findtime", "bantime", "actions", "ignoreip")
_STALE_DAYS = 7


def client(jails: Iterable[str]) -> str:
    """All questions to the server in one process: each costs the start of a Python."""
    lines = [line for jail in jails for line in (f"status {jail}", *(f"get {jail} {name}" for name in _ASKED))]
    listed = "\\n".join([*lines, "quit"])
    # It ends with an error at the end of its input, whatever it has said before.
    return f"printf '{listed}\\n' | fail2ban-client -i; r=$?; [ $r = 127 ] && exit 127; exit 0"


def files(jails: Iterable[str]) -> str:
    """Which of the files that jails read are not there, or have not been written to for a week."""
    return script("baseline.readings", "fail2ban", jails=" ".join(jails), days=str(_STALE_DAYS))


def replies(said: CommandResult, jails: list[str]) -> dict[str, dict[str, str]]:
    names = ("status", *_ASKED)
    try:
        replies = fail2ban.replies(decoded(said.stdout_bytes), len(jails) * len(names))
    except ValueError as error:
        raise CannotTell(f"`fail2ban-client -i` gave {error}") from None
    pairs = iter(replies)
    return {jail: {name: next(pairs) for name in names} for jail in jails}


def status(reply: str) -> fail2ban.Watch | None:
    try:
        return fail2ban.status(reply)
    except ValueError as error:
        raise CannotTell(str(error)) from None


def knows(jail: str) -> str:
    """Whether a jail that runs takes the lines that its program writes since some release; see the file."""
    program, written = JAILS[jail], next(one for one in _failed(jail) if one.line)
    line = f"{next(iter(written.journal['SYSLOG_IDENTIFIER']))}[1]: {written.line}"
    since = dotted(written.since)
    return script(
        "baseline.readings", "fail2ban_knows", jail=jail, line=line, since=since, asked=program.releases.asked
    )


def lines_matter(jail: str) -> bool:
    """Whether some release of the program writes lines that fail2ban, as a release of it is shipped, does not know."""
    return any(one.line for one in _failed(jail))


def units_question(jails: Iterable[str]) -> str:
    """Which units the programs run in."""
    names = dict.fromkeys(name for jail in jails for one in JAILS[jail].services for name in one.names)
    return f"systemctl show -p {PROPERTIES} {' '.join(names)}"


@dataclass(frozen=True)
class LoginLines:
    """What hangs on the host's releases: the unit that the journal names, and the lines about failed logins."""

    unit: str
    failed: FailedLogins

    @classmethod
    def of(cls, jail: str, told: HostReleases, blocks: Mapping[str, Mapping[str, str]]) -> LoginLines:
        """For the program of a jail. Raises `CannotTell`."""
        program = JAILS[jail]
        process = process_of(program.services[0], blocks)
        unit = process["Id"] if process and process["LoadState"] != "not-found" else program.services[0].unit
        return cls(unit, told.failed_logins(program))

    def reads(self, watch: fail2ban.Watch, gone: list[str]) -> str:
        """What a jail reads, with what is wrong about it."""
        if not watch.files:
            fits = fail2ban.matching(watch.matches, {"_SYSTEMD_UNIT": frozenset((self.unit,)), **self.failed.journal})
            return f"the journal of {watch.matches or 'everything'}" if fits else f"only {watch.matches}"
        lost = [file for file in watch.files if file in gone]
        return (
            f"{', '.join(lost)}, not written to for {_STALE_DAYS} days"
            if lost
            else f"files of {', '.join(watch.files)}"
        )


def journalmatch(jail: str, unit: str) -> str:
    """What a jail has to read where the filter of some fail2ban names another unit; empty where none does."""
    return f"_SYSTEMD_UNIT={unit}" if JAILS[jail].services[0].processes else ""


def known_by(jail: str, since: str) -> str:
    """The expression by which a jail knows the lines that are written since a release; empty where none is needed."""
    return next((one.known_by for one in _failed(jail) if dotted(one.since) == since), "")


def dotted(since: tuple[int, ...]) -> str:
    return ".".join(map(str, since))


def _failed(jail: str) -> tuple[FailedLogins, ...]:
    found = JAILS[jail].jail
    return found.failed if found else ()


def too_many(ignored: Iterable[str]) -> list[str]:
    """The networks of those never banned that strangers are in; all of them, where they only do so together."""
    listed = sorted(set(ignored))
    found = [one for one in listed if wide(one)]
    if not found and everybody(Network(one) for one in _networks(listed)):
        return listed
    return found


def wide(network: str) -> bool:
    """Whether a network is so large that strangers are in it: private ones are not theirs."""
    try:
        found = ip_network(network, strict=False)
    except ValueError:
        return False
    # fail2ban prints 0.0.0.0/0 without its length.
    everybody = found.network_address.is_unspecified
    return everybody or (found.prefixlen < (8 if found.version == 4 else 19) and not found.is_loopback)


def safe(login: Login | None, lists: list[str]) -> str:
    if login is None:
        return "no login to look at"
    here = ip_address(login.source)
    for listed in lists:
        networks = _networks(fail2ban.members(listed))
        if not any(here in network for network in networks if network.version == here.version):
            return f"{here} could be banned"
    return "never banned"


def _networks(words: Iterable[str]) -> list[IPNetwork]:
    """The words that are addresses or networks; names are not."""
    networks: list[IPNetwork] = []
    for one in words:
        try:
            networks.append(ip_network(one, strict=False))
        except ValueError:
            continue
    return networks
