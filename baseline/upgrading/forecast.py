"""What Debian 13 makes of one host's programs: all of them asked at once, each told by its own module."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.programs import BIND, DOVECOT, FAIL2BAN, NFTABLES, OPENSSH, POSTFIX, RSPAMD
from baseline.readings.answers import decoded, text
from baseline.readings.dovecot import VERSION as DOVECOT_VERSION
from baseline.upgrading import bind, fail2ban, nftables, openssh, postfix, rspamd, temp
from baseline.upgrading.dovecot import asking as dovecot
from baseline.upgrading.items import Item

if TYPE_CHECKING:
    from testinfra.host import Host

RELEASE = "cat /etc/os-release"
_FROM, _TO = "bookworm", "trixie"
TARGETS = (_TO,)
"""The releases that a host can be looked at for."""


@dataclass(frozen=True)
class Foreseen:
    """One program: how it tells its version, which one is Debian 12's, and what is foreseen of its settings."""

    program: str
    version: str
    tried: str
    """A regular expression that matches what Debian 12's version prints."""
    questions: tuple[str, ...]
    items: Callable[[Host], Iterable[Item]]

    def of(self, host: Host) -> Iterator[Item]:
        """What is foreseen on this host; nothing where the program is not there."""
        answer = host.run(self.version)
        # The loader ends with 127 as well, for a program that is there and lacks a library.
        if answer.rc == 127 and "not found" in decoded(answer.stderr_bytes + answer.stdout_bytes):
            return
        try:
            said = text(answer).strip()
            if not re.match(self.tried, said):
                first = next(iter(said.splitlines()), "nothing")
                yield self._unknown(f"nobody has tried the upgrade from this version: {first}")
                return
            yield from self.items(host)
        except CannotTell as reason:
            yield self._unknown(str(reason))
        except Exception as error:  # noqa: BLE001 -- an answer that nobody foresaw is "could not look"
            yield self._unknown(f"an answer could not be read: {type(error).__name__}: {error}")

    def _unknown(self, why: str) -> Item:
        return Item(self.program, "", "", "", "unknown", why)


ALL: tuple[Foreseen, ...] = (
    Foreseen(DOVECOT.name, DOVECOT_VERSION, r"2\.3\.", (dovecot.QUESTION,), dovecot.items),
    Foreseen(POSTFIX.name, postfix.VERSION, r"3\.7\.", postfix.QUESTIONS, postfix.items),
    Foreseen(RSPAMD.name, rspamd.VERSION, r"Rspamd daemon version 3\.4\b", rspamd.QUESTIONS, rspamd.items),
    Foreseen(BIND.name, bind.VERSION, r"BIND 9\.18\.", bind.QUESTIONS, bind.items),
    Foreseen(OPENSSH.name, openssh.VERSION, r"[\s\S]*OpenSSH_9\.2p?", openssh.QUESTIONS, openssh.items),
    Foreseen(FAIL2BAN.name, fail2ban.VERSION, r"Fail2Ban v1\.0\.", fail2ban.QUESTIONS, fail2ban.items),
    Foreseen(NFTABLES.name, nftables.VERSION, r"nftables v1\.0\.", nftables.QUESTIONS, nftables.items),
    Foreseen(temp.PROGRAM, temp.VERSION, r"systemd 252\b", temp.QUESTIONS, temp.items),
)
"""In the order in which people read of them."""

QUESTIONS = tuple(dict.fromkeys([RELEASE, *(one for it in ALL for one in (it.version, *it.questions))]))
"""Everything that a host is asked, in one exchange."""


def release(host: Host) -> str:
    """The release of Debian that a host has, by its name. Raises `CannotTell`."""
    found = re.search(r"^VERSION_CODENAME=\"?(\w+)", text(host.run(RELEASE)), re.M)
    if found is None:
        raise CannotTell("/etc/os-release names no release of Debian")
    return found[1]


def foreseen(host: Host) -> tuple[Item, ...]:
    """What Debian 13 makes of this host's settings. Raises `CannotTell` for a host that is not of Debian 12."""
    now = release(host)
    if now == _TO:
        raise CannotTell(f"it runs {_TO} already: there is nothing to upgrade")
    if now != _FROM:
        raise CannotTell(f"it runs {now}, and only the upgrade from {_FROM} to {_TO} was tried")
    return tuple(item for one in ALL for item in one.of(host))
