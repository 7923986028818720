"""What Debian 13 makes of /tmp and /var/tmp: a tmpfs, and files that are deleted after some days.

Seen on Debian 13: tmp.mount, which systemd 257 starts, and its /usr/lib/tmpfiles.d/tmp.conf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.formats.fstab import has_mount
from baseline.readings.answers import text
from baseline.upgrading.items import Item

if TYPE_CHECKING:
    from testinfra.host import Host

VERSION = "systemctl --version"
_FSTAB = "cat /etc/fstab"
_UNIT = "systemctl is-enabled tmp.mount 2>/dev/null; :"
_MEMORY = "cat /proc/meminfo"
_CLEANING = (
    "grep -sE '^[^#]*[[:space:]]/(var/)?tmp[[:space:]]' /etc/tmpfiles.d/*.conf; ls /etc/tmpfiles.d 2>/dev/null; :"
)
_USED = "du -sxk /tmp 2>/dev/null; :"
QUESTIONS = (_FSTAB, _UNIT, _MEMORY, _CLEANING, _USED)

PROGRAM = "systemd"
_TMP, _VAR_TMP = "/tmp", "/var/tmp"  # noqa: S108 -- places on the host, which nothing is written to
_MIB = 1 << 10
"""Of KiB, which is what /proc/meminfo and du tell."""


def items(host: Host) -> Iterator[Item]:
    """What becomes of /tmp and /var/tmp. Raises `CannotTell`."""
    fstab, unit, memory, cleaning, used = (host.run(question) for question in QUESTIONS)
    masked, told, taken = text(unit).strip(), text(cleaning).splitlines(), text(used)
    own = has_mount(text(fstab), _TMP)
    if own:
        yield Item(PROGRAM, _TMP, "", "/etc/fstab", "same", "fstab says what is mounted there, and is still heard")
    elif masked in ("masked", "masked-runtime"):
        yield Item(PROGRAM, _TMP, "", "tmp.mount", "same", "tmp.mount is masked, and stays so")
    else:
        yield _mounted(_memory(text(memory)) // 2, taken)
    if "tmp.conf" in told:
        said = "this file takes the place of the one of Debian 13, as it does here"
        yield Item(PROGRAM, "tmpfiles.d", "", "/etc/tmpfiles.d/tmp.conf", "same", said)
        return
    for place, days in ((_TMP, 10), (_VAR_TMP, 30)):
        said = f"files that nobody read or wrote for {days} days are deleted: what has to stay belongs elsewhere"
        yield Item(PROGRAM, f"tmpfiles.d {place}", "never", "", "changes", said, _kept(place))


def _memory(printed: str) -> int:
    for line in printed.splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return int(value.split()[0])
    raise CannotTell("/proc/meminfo has no MemTotal")


def _mounted(size: int, used: str) -> Item:
    said = (
        f"{_TMP} becomes a tmpfs of {size // _MIB} MiB, half of the memory: it is empty after every boot, and programs "
        "that write more into it than that fail; `systemctl mask tmp.mount` before the upgrade keeps the directory"
    )
    taken = used.split()[:1]
    if taken and taken[0].isdigit() and int(taken[0]) > size:
        said = f"{said}; it holds {int(taken[0]) // _MIB} MiB now"
    return Item(PROGRAM, _TMP, "a directory", "", "changes", said)


def _kept(place: str) -> str:
    path = f"/etc/tmpfiles.d/keep{place.replace('/', '-')}.conf"
    return f"--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+q {place} 1777 root root -"
