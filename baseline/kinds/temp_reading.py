"""Where each mail component keeps temporary files, and the filesystem that holds them. Sizes are bytes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.kinds.reading import decoded, shorten, text
from baseline.model import Target

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

_PLACE = r"""
place() {
  p=$3 there=yes writes=yes
  [ -d "$p" ] || there=no
  while [ ! -e "${p:=/}" ]; do p=${p%/*}; done
  if [ "$there" = yes ] && [ "$2" != - ] && id -u "$2" >/dev/null 2>&1; then
    setpriv --reuid "$2" --regid "$(id -g "$2")" --init-groups test -w "$3" || writes=no
  fi
  printf '%s\t%s\t%s\t%s\t' "$1" "$3" "$there" "$writes"
  df -B1 --output=size,avail,itotal,iavail,fstype,target -- "$p" | tail -n 1
}
has() { command -v "$1" >/dev/null 2>&1; }
""".strip()

LOCATIONS = (
    _PLACE
    + r"""
if has postconf; then d=$(postconf -hx queue_directory) && [ -n "$d" ] || exit; place postfix - "$d"; fi
if has doveconf; then
  d=$(doveconf -h mail_temp_dir) && u=$(doveconf -h mail_uid) || exit
  place dovecot "${u:--}" "$d"
fi
if has rspamadm; then
  d=$(rspamadm configdump -C options.tempdir 2>/dev/null | tr -d '"') || exit
  place rspamd _rspamd "${d:-/tmp}"
fi
if has clamconf; then
  d=$(clamconf 2>/dev/null | sed -n 's/^TemporaryDirectory *= *"\(.*\)".*/\1/p' | tail -n 1)
  place clamav clamav "${d:-/tmp}"
fi
if has amavisd-new || has amavisd; then
  d=$(cat /etc/amavis/conf.d/* 2>/dev/null | sed -n 's/^ *\$TEMPBASE *= *["'"'"']\(\/[^"'"'"']*\).*/\1/p' | tail -n 1)
  place amavis amavis "${d:-/var/lib/amavis/tmp}"
fi
if has opendkim; then
  d=$(awk 'tolower($1) == "temporarydirectory" { print $2 }' /etc/opendkim.conf 2>/dev/null | tail -n 1)
  place opendkim opendkim "${d:-/tmp}"
fi
"""
)
"""One line for each component that is installed. rspamd's option is addressed exactly: a wrapper in local.d
prints a second `tempdir` in the dump while the first stays in force."""

MEMORY = 'awk \'$1 == "MemTotal:" || $1 == "SwapTotal:" { sum += $2 } END { print sum * 1024 }\' /proc/meminfo'
"""Bytes of memory and swap together, which is what a tmpfs can fill."""

BY_ROLE = {"mta": "postfix", "mailstore": "dovecot"}
"""Components that a host must have for a role. What filters mail differs from site to site, so it is found."""


@dataclass(frozen=True)
class Place:
    """One component's directory. `size`, `free` are of the filesystem that holds it, or would hold it.

    `inodes` is 0 where the filesystem has no such limit. `writable` is by the component's own user.
    """

    component: str
    directory: str
    there: bool
    writable: bool
    size: int
    free: int
    inodes: int
    free_inodes: int
    fstype: str
    mount: str

    @property
    def dedicated(self) -> bool:
        """Whether the filesystem is there for this directory, rather than shared with the whole system."""
        return self.mount != "/" and self.mount in (self.directory, self.directory.rpartition("/")[0])


def question(directory: str, *below: str) -> str:
    """The command that tells of a directory of ours, and of some below it, whether they are there yet or not."""
    paths = (directory, *(f"{directory}/{name}" for name in below))
    return "\n".join([_PLACE, *(f"place {shlex.quote(path)} - {shlex.quote(path)}" for path in paths)])


def places(result: CommandResult) -> dict[str, Place]:
    """Component -> place, out of the answer to `LOCATIONS` or `question`. Raises `CannotTell`."""
    found: dict[str, Place] = {}
    for line in text(result).split("\n"):
        if not line.strip():
            continue
        fields = line.split("\t")
        numbers = fields[4].split(None, 5) if len(fields) == 5 else []
        if len(numbers) != 6 or not numbers[0].isdigit() or not numbers[1].isdigit():
            raise CannotTell(f"`df` told nothing of use about {shorten(line)}")
        size, free, inodes, free_inodes = (int(one) if one.isdigit() else 0 for one in numbers[:4])
        name, directory, there, writes = fields[:4]
        found[name] = Place(
            name, directory, there == "yes", writes == "yes", size, free, inodes, free_inodes, numbers[4], numbers[5]
        )
    return found


def of_components(result: CommandResult, target: Target) -> Mapping[str, Place]:
    """The places of all components. Raises `CannotTell` when one that the host's role needs is not installed."""
    found = places(result)
    lacking = [name for role, name in BY_ROLE.items() if role in target.roles and name not in found]
    if lacking:
        raise CannotTell(f"{lacking[0]} is not installed, although the host's roles need it")
    if not found:
        raise CannotTell("no mail component is installed whose temporary files could be looked at")
    return found


def memory(result: CommandResult) -> int:
    """Bytes of memory and swap, out of the answer to `MEMORY`. Raises `CannotTell`."""
    printed = text(result).strip()
    if not printed.isdigit() or printed == "0":
        raise CannotTell(f"/proc/meminfo told no size: {shorten(decoded(result.stdout_bytes))}")
    return int(printed)


def unit_of(path: str) -> str:
    """The name of the mount unit for a path, as systemd-escape(1) --path writes it."""
    parts = [part for part in path.split("/") if part]
    escaped = "-".join("".join(_escaped(one, place == 0) for place, one in enumerate(part)) for part in parts)
    return f"{escaped or '-'}.mount"


def _escaped(character: str, first: bool) -> str:
    plain = character.isascii() and (character.isalnum() or character in ":_" or (character == "." and not first))
    return character if plain else "".join(f"\\x{byte:02x}" for byte in character.encode())
