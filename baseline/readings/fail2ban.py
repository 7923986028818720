"""What a running fail2ban says of its jails, and whether they read what the programs write."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.formats import fail2ban
from baseline.formats.networks import IPNetwork, Network, everybody
from baseline.programs import PROGRAMS, Program
from baseline.readings.answers import decoded
from baseline.readings.ssh_session import Login
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


def reads(jail: str, watch: fail2ban.Watch, gone: list[str]) -> str:
    if not watch.files:
        fits = fail2ban.matching(watch.matches, _entry(JAILS[jail]))
        return f"the journal of {watch.matches or 'everything'}" if fits else f"only {watch.matches}"
    lost = [file for file in watch.files if file in gone]
    return f"{', '.join(lost)}, not written to for {_STALE_DAYS} days" if lost else f"files of {', '.join(watch.files)}"


def journalmatch(jail: str) -> str:
    """What a jail has to read where the filter that comes with fail2ban names another unit; empty where it does not."""
    return "".join(f"_SYSTEMD_UNIT={one.processes[0]}" for one in JAILS[jail].services if one.processes)


def _entry(program: Program) -> dict[str, frozenset[str]]:
    """What the journal says of the lines in question."""
    units = frozenset(name for one in program.services for name in one.processes[:1] or one.names)
    return {"_SYSTEMD_UNIT": units, **(program.jail.journal if program.jail else {})}


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
