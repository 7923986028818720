"""Where the components of a mail host keep temporary files, and the filesystems behind those places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.model import Target
from baseline.programs import PROGRAMS, Temp
from baseline.readings.answers import ask, shorten, text
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

_PLACES = {program.name.lower(): (program.role, program.temp) for program in PROGRAMS if program.temp}
"""Components by the names that they have in findings: the role whose hosts run it, and its place."""


@dataclass(frozen=True)
class TempPlace:
    """One component's temp location. Sizes in bytes; `size` is None when the directory is not there.

    `writable` is None where no one user can be named that has to write there, and where only root could ask
    (`needs_root`).
    """

    component: str
    directory: str
    size: int | None = None
    free: int = 0
    inodes: int = 0
    free_inodes: int = 0
    source: str = ""
    fstype: str = ""
    mount_point: str = ""
    writable: bool | None = None
    needs_root: bool = False

    @property
    def shared(self) -> bool:
        """Whether the place lies on the root filesystem, with everything else."""
        return self.mount_point == "/"


def components(target: Target) -> list[str]:
    """The components that a host of these roles runs; a host without roles may run any."""
    return [name for name, (role, _) in _PLACES.items() if not target.roles or role in target.roles]


def questions(target: Target) -> list[str]:
    """One command per component of the host."""
    return [_question(_PLACES[component][1]) for component in components(target)]


def places(host: Host, target: Target) -> tuple[list[TempPlace], list[CannotTell]]:
    """The temp locations of the host's components, and why those of others are not known."""
    results = ask(host, *questions(target))
    found, lost = [], []
    for component, result in zip(components(target), results, strict=True):
        try:
            printed = text(result)
            if printed.strip():
                found.append(_place(component, printed))
            elif not _PLACES[component][1].optional:
                raise CannotTell(f"{component} does not say where its temporary files go")
        except CannotTell as reason:
            lost.append(reason.kept())
    return found, lost


def _question(temp: Temp) -> str:
    return f"{temp.where}\n{script('baseline.readings', 'temp')}"


def _place(component: str, printed: str) -> TempPlace:
    lines = printed.splitlines()
    directory = lines[0].strip()
    if not directory.startswith("/"):
        raise CannotTell(f"{component} names no directory for its temporary files, but {shorten(directory)!r}")
    if len(lines) == 1:
        return TempPlace(component, directory)
    fields = lines[1].split(None, 6)
    try:
        source, fstype, size, free, inodes, free_inodes, mount_point = fields
        counts = [0 if field == "-" else int(field) for field in (size, free, inodes, free_inodes)]
    except ValueError:
        raise CannotTell(f"`df` of {directory} printed what cannot be read: {shorten(lines[1])}") from None
    asked = lines[2].strip() if len(lines) > 2 else ""
    return TempPlace(
        component=component,
        directory=directory,
        size=counts[0],
        free=counts[1],
        inodes=counts[2],
        free_inodes=counts[3],
        source=source,
        fstype=fstype,
        mount_point=mount_point,
        writable=asked == "writable" if asked in ("writable", "not writable") else None,
        needs_root=asked == "not asked",
    )


FLOOR = 1_000_000_000
"""1 GB by the SI reading of the circular: enough for a warning, not for a pass."""


def unit_name(path: str) -> str:
    """The name of a path as systemd-escape(1) --path writes it, without its suffix."""
    plain = path.strip("/")
    parts = []
    for index, character in enumerate(plain):
        if character == "/":
            parts.append("-")
        elif character.isascii() and (character.isalnum() or character in ":_" or (character == "." and index)):
            parts.append(character)
        else:
            parts += [f"\\x{byte:02x}" for byte in character.encode()]
    return "".join(parts) or "-"
