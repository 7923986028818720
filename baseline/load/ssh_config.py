"""What ssh_config(5) says of a host: names, users, ports, keys, jump hosts, as ssh(1) would take them from it.

What would lead to a host by another way than is taken here is refused.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TypeVar

from baseline.classes import dataclass
from baseline.late import regex
from baseline.load.ssh_args import NOT_FOLLOWED, jump_of_proxy
from baseline.load.ssh_rules import SaidOfHost, SshRules, named
from baseline.load.text import expanded
from baseline.load.tree import Position, Problems

Wrong = Callable[[Position, str], None]
T = TypeVar("T")

SYSTEM = Path("/etc/ssh/ssh_config")
MOST_HOPS = 8
"""Jump hosts on the way to a host. A file may send in circles."""

_USER_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_ALL_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_TOKEN = regex(r"%(.?)|\$\{([^}]*)\}")


@dataclass(frozen=True)
class HostEntry:
    """What is said of one host; empty where nothing is. Of several `keys` the files are there."""

    address: str = ""
    port: int = 0
    user: str | None = None
    keys: tuple[str, ...] = ()
    known_hosts: tuple[str, ...] = ()
    jump: str | None = None
    alias: str = ""


@dataclass(frozen=True)
class Jumps:
    """The jump hosts on a way, the first one first: `user@host:port` with commas between several.

    Of each the key file, the files where its host key is looked up, and its name there, where it has its own.
    """

    written: str | None = None
    keys: tuple[str, ...] = ()
    known_hosts: tuple[tuple[str, ...], ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class SshConfig:
    """The rules of some files, or of none; `place` is the first of these."""

    rules: SshRules | None = None
    place: Position = field(default_factory=lambda: Position(""))
    mine: Mapping[str, str] = field(default_factory=dict)
    """What the tokens stand for that are the same for all hosts: they cost more than the rest of what a host takes."""

    @classmethod
    def read(cls, files: Sequence[Path], problems: Problems, notes: Problems) -> SshConfig:
        """The files, of which earlier ones go before; nothing where none is there. Mistakes go to `problems`."""
        there = [file for file in files if file.is_file()]
        if not there:
            return cls()
        folders = [SYSTEM.parent if file == SYSTEM else expanded("~/.ssh") for file in there]
        rules = SshRules.read(list(zip(there, folders, strict=True)), problems.add, notes.add)
        mine = {"%": "%", "d": str(Path.home()), "i": str(os.getuid()), "u": getpass.getuser()}
        return cls(rules, Position(str(there[0])), mine)

    def of(self, host: str, wrong: Wrong, user: str | None = None, port: int | None = None) -> HostEntry:
        """What is said of a host as it is called; `user` and `port` are known already, if they are."""
        if self.rules is None:
            return HostEntry()
        said, places = self.rules.of(host, user, port)
        place = next(iter(places.values()), self.place)
        if said.get("canonicalizehostname", ["no"])[0].lower() in ("yes", "always", "true"):
            wrong(places["canonicalizehostname"], "`CanonicalizeHostname` is not followed: write `HostName`")
        name = named(said, host) if "hostname" in said else host
        number = self._port(said.get("port", [""])[0], host, places.get("port", place), wrong)
        tokens = _tokens(self.mine, host, name, number, said)
        keys = [_filled(one, tokens, host, places["identityfile"], wrong) for one in said.get("identityfile", ())]
        return HostEntry(
            address="" if name == host else name,
            port=number,
            user=said.get("user", [None])[0] if user is None else None,
            keys=tuple(str(one) for one in map(expanded, filter(None, keys)) if one.is_file()),
            known_hosts=_known_hosts(said, tokens, host, place, wrong),
            jump=_jump(said, f"{name}:{number or 22}", host, places, wrong),
            alias=said.get("hostkeyalias", [""])[0].lower(),
        )

    def jumps(self, written: str | None, wrong: Wrong) -> Jumps:
        """The way over jump hosts, `user@host:port` with commas between several, with what is said of each of them."""
        hops: list[tuple[str, HostEntry]] = []
        rest = [] if written is None or written.lower() == "none" else written.split(",")
        while rest:
            if len(hops) + len(rest) > MOST_HOPS:
                wrong(self.place, f"there are more than {MOST_HOPS} jump hosts on a way: does one lead to itself?")
                break
            *before, last = rest
            entry, login = self._hop(last, wrong)
            hops.insert(0, (login, entry))
            # A jump host is reached as its own entry says, unless the way to it is written out.
            own = entry.jump if not before and entry.jump and entry.jump.lower() != "none" else None
            rest = before or (own.split(",") if own else [])
        if not hops:
            return Jumps()
        entries = [entry for _, entry in hops]
        return Jumps(
            ",".join(login for login, _ in hops),
            _if_any(next(iter(entry.keys), "") for entry in entries),
            _if_any(entry.known_hosts for entry in entries),
            _if_any(entry.alias for entry in entries),
        )

    def _hop(self, written: str, wrong: Wrong) -> tuple[HostEntry, str]:
        user, _, rest = written.removeprefix("ssh://").rpartition("@")
        host, colon, port = rest.rpartition(":")
        if not colon or not port.isdigit() or (":" in host and not host.startswith("[")):
            host, port = rest, ""
        host = host.strip("[]")
        said = self.of(host, wrong, user or None, int(port) if port else None)
        user, address, number = user or said.user or "", said.address or host, port or str(said.port or "")
        login = f"{user}@" if user else ""
        if not number:
            return said, f"{login}{address}"
        return said, f"{login}[{address}]:{number}" if ":" in address else f"{login}{address}:{number}"

    def _port(self, text: str, host: str, place: Position, wrong: Wrong) -> int:
        if text and not (text.isdigit() and len(text) < 6 and 1 <= int(text) <= 65535):
            wrong(place, f"host {host}: `Port {text}` is not between 1 and 65535")
            return 0
        return int(text or 0)


def _if_any(values: Iterable[T]) -> tuple[T, ...]:
    """The values, or nothing where none says anything."""
    found = tuple(values)
    return found if any(found) else ()


def _jump(said: SaidOfHost, at: str, host: str, places: Mapping[str, Position], wrong: Wrong) -> str | None:
    if "proxyjump" in said:
        return said["proxyjump"][0]
    proxy = said.get("proxycommand", ["none"])[0]
    if proxy.strip().lower() == "none":
        return None
    jump = jump_of_proxy(proxy) or jump_of_proxy(proxy, at)
    if jump is None:
        wrong(places["proxycommand"], f"host {host}: `ProxyCommand {proxy}` {NOT_FOLLOWED}")
    return jump


def _known_hosts(said: SaidOfHost, tokens: dict[str, str], host: str, place: Position, wrong: Wrong) -> tuple[str, ...]:
    """The files of both sorts where either is named: ssh reads those of the other all the same."""
    if not {"userknownhostsfile", "globalknownhostsfile"} & said.keys():
        return ()
    own, shared = said.get("userknownhostsfile", _USER_HOSTS), said.get("globalknownhostsfile", _ALL_HOSTS)
    written = [one for many in (own, shared) for one in many if one.lower() != "none"]
    return tuple(str(expanded(_filled(one, tokens, host, place, wrong))) for one in written)


def _tokens(mine: Mapping[str, str], host: str, name: str, port: int, said: SaidOfHost) -> dict[str, str]:
    return {
        **mine,
        "h": name,
        "k": said.get("hostkeyalias", [host])[0],
        "n": host,
        "p": str(port or 22),
        "r": said.get("user", [mine["u"]])[0],
    }


def _filled(text: str, tokens: dict[str, str], host: str, place: Position, wrong: Wrong) -> str:
    """A path with what its tokens stand for; empty, with the mistake noted, where one stands for nothing known."""
    if text.lower() == "none":
        return ""
    missing = [
        one[0] for one in _TOKEN.finditer(text) if (os.environ if one[2] else tokens).get(one[2] or one[1]) is None
    ]
    if missing:
        wrong(place, f"host {host}: `{text}`: {missing[0]} stands for nothing known here: write the path")
        return ""
    return _TOKEN.sub(lambda found: os.environ[found[2]] if found[2] else tokens[found[1]], text)
