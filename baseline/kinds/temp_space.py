"""Kind `temp_space`: room for the temporary files of every component of a mail host."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline import sizes
from baseline.edits import Edit, PutFile, SetBlock, SetUcl
from baseline.errors import CannotTell
from baseline.formats import ucl
from baseline.formats.dovecot import DROP_IN, setting_line
from baseline.judge import AtLeast, Equal, Want, Wants
from baseline.kinds.base import AbsolutePath, Control, Loosens, Size
from baseline.model import Action, State, Target
from baseline.model.looks import Parts, also_unread
from baseline.readings.answers import ask, shorten, text
from baseline.readings.temp import FLOOR, components, places, unit_name
from baseline.remedies.remedy import Effects, Remedy
from baseline.shell import script
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.host import Host


MOVABLE = ("dovecot", "rspamd")
"""Components that can be pointed at another directory. Postfix's queue stays where it is."""

TMPFILES = "/etc/tmpfiles.d/baseline-temp.conf"
_ROOT = "set ansible_become, or log in as root"
RSPAMD_OPTIONS = "/etc/rspamd/local.d/options.inc"


class TempSpace(Control):
    """At least 1 GB of capacity behind the temp location of Postfix, Dovecot, Rspamd and, where it is installed, clamd.

    Looked at: where each component says that its temporary files go (`postconf queue_directory`, `doveconf
    mail_temp_dir`, `rspamadm configdump options.tempdir`, `TemporaryDirectory` of clamd.conf), the size of the
    filesystem behind that place (`df`), and whether the daemon's user may write there. Capacity is what the
    circular asks for; free space is another control's matter (`temp_free`). A directory on the root filesystem
    shares its capacity with everything there.

    Applied: a directory of their own for Dovecot and Rspamd below `directory`, made at every boot by
    systemd-tmpfiles; on the filesystem that holds it when that is large enough, else on a tmpfs of `size`, which
    is mounted when memory and swap allow (`tmpfs_max_ram_pct`). Postfix's queue is never moved, and never put on
    a tmpfs: when its filesystem is too small, an administrator has to enlarge it.

    What can go wrong: a tmpfs size is a ceiling, and not memory set aside; with `PrivateTmp`, `/tmp` of a
    service is a directory of its own on the same filesystem. Sources: clause f.ii; tmpfiles.d(5),
    systemd.mount(5).
    """

    summary: ClassVar[str] = "Capacity of the filesystems behind the temp locations of all mail components."
    loosens: ClassVar[Loosens] = {"min_bytes": "lower"}
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because only Dovecot's and Rspamd's own directories move, and the old ones stay",
        notice="Nothing; temporary files lie elsewhere.",
    )

    kind: Literal["temp_space"]
    min_bytes: Annotated[
        Size, Field(ge=FLOOR, description="Bytes of capacity below which a place warns; below 1 000 000 000 it fails.")
    ] = 1_073_741_824
    directory: Annotated[AbsolutePath, Field(description="Where directories for the components are made.")] = (
        "/var/spool/mailtmp"
    )
    filesystem: Annotated[
        Literal["auto", "directory", "tmpfs"],
        Field(description="What `directory` is: plain, a tmpfs, or whichever is large enough."),
    ] = "auto"
    size: Annotated[Size, Field(description="Bytes of the tmpfs, when one is made.")] = 2_147_483_648
    tmpfs_max_ram_pct: Annotated[
        int, Field(ge=1, le=100, description="The most of memory and swap, in percent, that a tmpfs may take.")
    ] = 50

    def expected(self, target: Target) -> Wants:
        """Capacity of at least the floor for every component of the host, and a place that can be written."""
        wants: dict[str, Want] = {f"{name} capacity*": self._floor() for name in components(target)}
        return {**wants, "writable by *": Equal(value=True)}

    def actual(self, host: Host, target: Target) -> State:
        """Directory, capacity and writability per component; `room` and `memory` are what a remedy could use."""
        (room,) = ask(host, self._room())
        found, lost = places(host, target)
        state = Parts(unseen=lost)
        unasked: list[str] = []
        for place in found:
            state[f"{place.component} directory"] = place.directory
            state[f"{place.component} capacity"] = place.size
            if place.writable is not None:
                state[f"writable by {place.component}"] = place.writable
            if place.needs_root:
                unasked.append(f"whether {place.component} may write to {place.directory} only root can ask: {_ROOT}")
        with state.part():
            fields = text(room).split()
            if len(fields) < 3 or not all(field.isdigit() for field in fields[:2]):
                raise CannotTell(f"the room for {self.directory} cannot be read: {shorten(text(room))}")
            state |= {"room": int(fields[0]), "memory": int(fields[1]) * sizes.KIB, "mounted": fields[2] == "mounted"}
            state["kept"] = ",".join(fields[3:])
        return also_unread(state, unasked[:1])

    def reads(self, target: Target) -> tuple[str, ...]:
        """What tells systemd of the directories and the mount, and the settings of the components."""
        moved = [name for name in MOVABLE if name in components(target)]
        paths = {"dovecot": DROP_IN, "rspamd": RSPAMD_OPTIONS}
        return (TMPFILES, f"/etc/systemd/system/{self._unit}", *(paths[name] for name in moved))

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Directories of their own for the components without enough room, if there is enough."""
        failing = [
            name
            for name in components(target)
            if (f"{name} capacity" in state and self._floor().judge(state[f"{name} capacity"]) != "pass")
            or state.get(f"writable by {name}") is False
        ]
        fixed = [name for name in failing if name not in MOVABLE]
        if fixed:
            place = state.get(f"{fixed[0]} directory")
            return Remedy(advice=f"Enlarge the filesystem that holds {place}: {fixed[0]} stays there.")
        tmpfs = self._wants_tmpfs(state)
        if tmpfs is None:
            return Remedy(advice=f"Mount a filesystem of at least 1 GiB at {self.directory}, then apply again.")
        kept = [name for name in str(state["kept"]).split(",") if name]
        used = [name for name in MOVABLE if name in kept or name in failing]
        edits: list[Edit] = [
            PutFile(TMPFILES, render("systemd/temp.conf.j2", directory=self.directory, components=used))
        ]
        actions = []
        if tmpfs:
            unit = render("systemd/temp.mount.j2", directory=self.directory, size=self.size)
            edits.append(PutFile(f"/etc/systemd/system/{self._unit}", unit))
            actions.append(self._mount(made=not kept))
        actions.append(self._directories([name for name in used if name not in kept], made=not kept))
        if "dovecot" in failing:
            line = setting_line("mail_temp_dir", f"{self.directory}/dovecot")
            edits.append(SetBlock(DROP_IN, self.id, line))
        if "rspamd" in failing:
            edits.append(SetUcl(RSPAMD_OPTIONS, "tempdir", ucl.quoted(f"{self.directory}/rspamd")))
        return Remedy(edits=tuple(edits), actions=tuple(actions), reloads=tuple(failing))

    def advice(self, state: State) -> str:
        """What a person can do where no machine can."""
        del state
        return (
            self.fix
            or f"Give the temp locations a filesystem of at least 1 GiB, such as one mounted at {self.directory}."
        )

    def _floor(self) -> AtLeast:
        return AtLeast(self.min_bytes, FLOOR, "bytes")

    def _room(self) -> str:
        """Capacity where `directory` is or would be, memory and swap, whether it is a mount, and what is below it."""
        return script("baseline.kinds", "temp_space", p=self.directory, below=" ".join(MOVABLE))

    def _wants_tmpfs(self, state: State) -> bool | None:
        """True for a tmpfs, False for a plain directory, None when neither would be large enough."""
        roomy = self._floor().judge(state["room"]) == "pass"
        if roomy and (self.filesystem != "tmpfs" or state["mounted"]):
            return False
        memory = state["memory"]
        allowed = isinstance(memory, int) and self.size * 100 <= memory * self.tmpfs_max_ram_pct
        return True if self.filesystem != "directory" and allowed and self.size >= self.min_bytes else None

    @property
    def _unit(self) -> str:
        return f"{unit_name(self.directory)}.mount"

    def _mount(self, *, made: bool) -> Action:
        directory, unit = shlex.quote(self.directory), shlex.quote(self._unit)
        away = f"; umount {directory} 2>/dev/null; rmdir {directory} 2>/dev/null" if made else ""
        return Action(
            name=f"mount a tmpfs at {self.directory}",
            do=f"systemctl daemon-reload && systemctl --quiet enable --now {unit} && mountpoint -q {directory}",
            undo=f"systemctl --quiet disable --now {unit} 2>/dev/null{away}; true",
        )

    def _directories(self, new: list[str], *, made: bool) -> Action:
        """Undoing takes away only what was not there before."""
        gone = "".join(f"rm -rf -- {shlex.quote(f'{self.directory}/{name}')}; " for name in new)
        parent = f"rmdir {shlex.quote(self.directory)} 2>/dev/null; " if made else ""
        return Action(
            name=f"make the directories below {self.directory}",
            do=f"systemd-tmpfiles --create {TMPFILES}",
            undo=f"{gone}{parent}true",
            undo_after_files=True,
        )
