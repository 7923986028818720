"""Kind `disk_headroom`: no filesystem that mail depends on is about to fill, or has become read-only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.errors import CannotTell
from baseline.judge import AtMost, Equal, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.readings.answers import ask, shorten, text
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

_STORE = "doveadm -f tab mailbox path -A INBOX"
_PLACES: Mapping[str, str] = {
    "mta": 'p=$(postconf -hx queue_directory) || exit; add "$p"',
    "mailstore": f'p=$({_STORE}) || exit; add "$(printf \'%s\\n\' "$p" | tail -n +2 | cut -f2-)"',
    "antispam": "for p in /var/lib/rspamd /var/lib/redis; do [ ! -d $p ] || add $p; done",
    "dns": "[ ! -d /var/cache/bind ] || add /var/cache/bind",
}
"""Role -> shell that adds the places its data lies in."""

_MEASURE = script("baseline.kinds", "disk_headroom")


class DiskHeadroom(Control):
    """Space and inodes in use on the filesystems that mail depends on, and whether they can be written.

    Looked at: the filesystems of `/`, `/var/log`, Postfix's queue, the mail store (the INBOX of every account),
    Rspamd's and Redis' data and BIND's cache, as far as the host's roles have them; each filesystem once, by its
    mount point. `percent used` is as df counts it, so that blocks reserved for root do not count as free. Above
    `warn_pct` it warns, above `fail_pct` it fails; the same holds for inodes, which filesystems without such a limit
    (btrfs) are not asked for. One that is mounted read-only fails: the kernel does that to a failing disk.

    Applied: nothing; only a person knows what may be deleted. Not looked at: how many days are left, which takes
    samples over weeks. What can go wrong: df knows nothing of quotas of a file server and of thin volumes. Sources:
    clause c; df(1); findmnt(8).
    """

    summary: ClassVar[str] = "No filesystem that mail depends on is about to fill, or is read-only."
    loosens: ClassVar[Loosens] = {
        "warn_pct": "higher",
        "fail_pct": "higher",
    }

    kind: Literal["disk_headroom"]
    warn_pct: Annotated[int, Field(ge=10, le=99, description="Percent in use above which it warns.")] = 80
    fail_pct: Annotated[int, Field(ge=10, le=99, description="Percent in use above which it fails.")] = 90

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.warn_pct > self.fail_pct:
            raise ValueError(f"warn_pct ({self.warn_pct}) is above fail_pct ({self.fail_pct})")
        return self

    def expected(self, target: Target) -> Wants:
        """Room on every filesystem, and none that is read-only."""
        del target
        used = AtMost(self.warn_pct, self.fail_pct, "%")
        return {"mount of *": Equal("writable"), "space used on *": used, "inodes used on *": used}

    def actual(self, host: Host, target: Target) -> State:
        """What is used of each filesystem, by mount point."""
        roles = [role for role in _PLACES if role in target.roles]
        lines = ["all='/\n/var/log'", 'add() { all="$all\n$1"; }', *(_PLACES[role] for role in roles), _MEASURE]
        (answer,) = ask(host, "\n".join(lines))
        return _read(text(answer))

    def advice(self, state: State) -> str:
        """What to do about it."""
        if self.fix:
            return self.fix
        if any(value == "read-only" for value in state.values()):
            return "Find out from the kernel's log why it is read-only, and look after the disk before remounting it."
        return "Free space or enlarge: look for old files (du -x) and for deleted ones still open (lsof +L1)."


def _read(printed: str) -> State:
    lines = printed.splitlines()
    if not lines or lines[-1] != "whole" or len(lines) % 2 == 0:
        raise CannotTell(f"`df` and `findmnt` cannot be read: {shorten(printed)}")
    state: dict[str, Scalar] = {}
    for numbers, mount in zip(lines[:-1:2], lines[1:-1:2], strict=True):
        match = re.fullmatch(r"\s*(\d+)\s+(\d+)\s+(\d+|-)\s+(\d+|-)\s*", numbers)
        fields = mount.split(" ")
        if match is None or len(fields) != 3:
            raise CannotTell(f"`df` and `findmnt` cannot be read: {shorten(f'{numbers}; {mount}')}")
        used, avail, inodes, inodes_used = (0 if number == "-" else int(number) for number in match.groups())
        where = re.sub(r"\\x([0-9a-f]{2})", lambda escaped: chr(int(escaped[1], 16)), fields[0])
        read_only = any("ro" in options.split(",") for options in fields[1:])
        state[f"mount of {where}"] = "read-only" if read_only else "writable"
        state[f"space used on {where}"] = _percent(used, used + avail)
        if inodes:
            state[f"inodes used on {where}"] = _percent(inodes_used, inodes)
    return state


def _percent(part: int, whole: int) -> float:
    if not whole:
        raise CannotTell("`df` tells no size of a filesystem")
    return round(100 * part / whole, 1)
