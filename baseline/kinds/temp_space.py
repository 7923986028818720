"""Kind `temp_space`: every mail component's directory for temporary files is on a filesystem of at least 1 GB."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.edits import Edit, PutFile, SetBlock, SetUcl
from baseline.formats.dovecot import DROP_IN, setting_line
from baseline.formats.ucl import quoted
from baseline.judge import AtLeast, Equal, Wants
from baseline.kinds.base import AbsolutePath, Control, Remedy, Size
from baseline.kinds.mending import helps
from baseline.kinds.reading import ask
from baseline.kinds.temp_reading import LOCATIONS, MEMORY, memory, of_components, places, question, unit_of
from baseline.model import Action, Scalar, State, Target
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.host import Host

FLOOR = 1_000_000_000
"""1 GB by the SI reading: enough for a warning, not for a pass."""

OPTIONS = "/etc/rspamd/local.d/options.inc"
TMPFILES = "/etc/tmpfiles.d/baseline-tmp.conf"
_OWNERS = {"dovecot": ("1777", "root", "root"), "rspamd": ("0750", "_rspamd", "_rspamd")}
"""Mode, owner and group of a component's own folder. Dovecot's mail processes may run as many users."""


class TempSpace(Control):
    """The capacity behind the temporary files of each mail component that is installed.

    Looked at: the directory each component has in force (Postfix `queue_directory`, Dovecot `mail_temp_dir`, Rspamd
    `options.tempdir`; ClamAV, Amavis and OpenDKIM where installed), and the size of the filesystem that holds it.
    The mandate speaks of capacity, so what is free is another control's matter (`temp_free`). A size on `/` is
    shared with everything else there. Each directory has to be there and writable for the component's user.

    Applied: `directory` with a folder for each component, made by systemd-tmpfiles; Dovecot's `mail_temp_dir` in
    the drop-in and Rspamd's `tempdir` in local.d/options.inc point there. With `filesystem: auto` it is a plain
    directory where the filesystem below it is large enough, and else a tmpfs of `size`, as a systemd mount unit,
    if that is at most `tmpfs_max_ram_pct` of memory and swap. `plain` and `tmpfs` insist on one of them.

    What can go wrong: the queue of Postfix is never moved, because mail that waits would be lost: give it a larger
    filesystem by hand. So it is with ClamAV, Amavis and OpenDKIM, whose own files name their directory. What lies
    on a tmpfs is gone at a reboot; Dovecot and Rspamd keep nothing there that has to last. A hardened unit
    (ProtectSystem=strict) needs ReadWritePaths for the directory. Sources: postconf(5) queue_directory;
    doc.dovecot.org 2.3 mail_temp_dir; rspamd.com "Global options"; tmpfiles.d(5); systemd.mount(5).
    """

    summary: ClassVar[str] = "Temporary files of every mail component have at least 1 GB of capacity."
    loosens: ClassVar[Mapping[str, Literal["lower", "higher", "change"]]] = {"min_bytes": "lower"}

    kind: Literal["temp_space"]
    min_bytes: Annotated[
        Size, Field(ge=FLOOR, description="Bytes below which a capacity warns; below 1 000 000 000 it fails.")
    ] = 1_073_741_824
    directory: Annotated[AbsolutePath, Field(description="Directory to apply.")] = "/var/spool/baseline-tmp"
    filesystem: Annotated[
        Literal["auto", "plain", "tmpfs"], Field(description="What holds the directory: see above.")
    ] = "auto"
    size: Annotated[Size, Field(description="Bytes of the tmpfs to apply, not below `min_bytes`.")] = 2_147_483_648
    tmpfs_max_ram_pct: Annotated[
        int, Field(ge=1, le=100, description="Percent of memory and swap that the tmpfs may take.")
    ] = 50

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.size < self.min_bytes:
            raise ValueError(f"size ({self.size} bytes) is below min_bytes ({self.min_bytes} bytes)")
        return self

    def expected(self, target: Target) -> Wants:
        """Capacity, and a directory to write to, for each component."""
        del target
        return {
            "directory of *": Equal("there"),
            "capacity for *": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "writable for *": Equal("yes"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """Directory and capacity of each component, and what the remedy has to work with."""
        located, own, ram = ask(host, LOCATIONS, question(self.directory, *_OWNERS), MEMORY)
        state: dict[str, Scalar] = {}
        for name, place in of_components(located, target).items():
            state[f"path of {name}"] = place.directory
            state[f"directory of {name}"] = "there" if place.there else None
            state[f"filesystem of {name}"] = f"{place.fstype} at {place.mount}"
            if place.there:
                state[f"capacity for {name}"] = place.size
                state[f"writable for {name}"] = "yes" if place.writable else "no"
        ours = places(own)
        state["size of the directory to apply"] = ours[self.directory].size
        state["parts of it that are there"] = " ".join(path for path, place in ours.items() if place.there)
        state["memory and swap"] = memory(ram)
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The drop-in, Rspamd's options, and the files of the directory to apply."""
        del target
        return (DROP_IN, OPTIONS, TMPFILES, self._unit_file)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """A directory with enough behind it, and the components at fault pointed there."""
        wants = self.expected(target)
        if not helps(wants, state, lambda key: key.rpartition(" ")[2] not in _OWNERS):
            return None
        holder = self._holder(state)
        if holder is None:
            return None
        at_fault = [name for name in _OWNERS if self._at_fault(name, state)]
        folders = [name for name in _OWNERS if name in at_fault or state.get(f"path of {name}") == self._folder(name)]
        edits: list[Edit] = [PutFile(TMPFILES, self._tmpfiles(folders))]
        actions = []
        if holder == "tmpfs":
            edits.append(PutFile(self._unit_file, self._mount_unit()))
            actions.append(self._mount(state))
        actions.append(self._make(state, folders))
        if "dovecot" in at_fault:
            edits.append(SetBlock(DROP_IN, self.id, setting_line("mail_temp_dir", self._folder("dovecot"))))
        if "rspamd" in at_fault:
            edits.append(SetUcl(OPTIONS, "tempdir", quoted(self._folder("rspamd"))))
        return Remedy(edits=tuple(edits), actions=tuple(actions), reloads=tuple(at_fault))

    def advice(self, state: State) -> str:
        """What a person has to give the host."""
        del state
        return self.fix or (
            f"Give the components at fault a filesystem of {self.min_bytes} bytes or more: a partition or volume of "
            "its own for Postfix's queue; for others a larger one below their directory, or more memory for a tmpfs."
        )

    # --- what is written --------------------------------------------------------------------------

    def _folder(self, component: str) -> str:
        return f"{self.directory}/{component}"

    @property
    def _unit_file(self) -> str:
        return f"/etc/systemd/system/{unit_of(self.directory)}"

    def _at_fault(self, component: str, state: State) -> bool:
        if f"path of {component}" not in state:
            return False
        capacity = state.get(f"capacity for {component}")
        small = not isinstance(capacity, int) or capacity < self.min_bytes
        return small or state.get(f"writable for {component}") != "yes"

    def _holder(self, state: State) -> Literal["plain", "tmpfs"] | None:
        """What the directory is to be, or None where neither would be large enough."""
        present, ram = state["size of the directory to apply"], state["memory and swap"]
        fits = isinstance(present, int) and present >= self.min_bytes
        affordable = isinstance(ram, int) and self.size * 100 <= ram * self.tmpfs_max_ram_pct
        if self.filesystem != "tmpfs" and fits:
            return "plain"
        return "tmpfs" if self.filesystem != "plain" and affordable else None

    def _tmpfiles(self, folders: list[str]) -> str:
        lines = [
            {"path": self._folder(name), "mode": _OWNERS[name][0], "owner": _OWNERS[name][1], "group": _OWNERS[name][2]}
            for name in folders
        ]
        return render("systemd/baseline-tmp.conf.j2", directory=self.directory, folders=lines)

    def _mount_unit(self) -> str:
        return render("systemd/baseline-tmp.mount.j2", directory=self.directory, size=self.size)

    def _mount(self, state: State) -> Action:
        unit = shlex.quote(unit_of(self.directory))
        undo = f"systemctl --quiet disable --now {unit}\n"
        if self.directory not in str(state["parts of it that are there"]).split():
            undo += f"rmdir {self.directory} 2>/dev/null\n"
        return Action(
            f"mount a tmpfs at {self.directory}",
            f"systemctl daemon-reload && systemctl --quiet enable {unit} || exit\n"
            f"if mountpoint -q {self.directory}; then mount -o remount,size={self.size} {self.directory}\n"
            f"else systemctl start {unit}; fi\n",
            f"{undo}! mountpoint -q {self.directory}\n",
        )

    def _make(self, state: State, folders: list[str]) -> Action:
        """The folders now; systemd makes them again at each boot."""
        there = str(state["parts of it that are there"]).split()
        new = [path for path in (*(self._folder(name) for name in folders), self.directory) if path not in there]
        return Action(
            f"make the folders in {self.directory}",
            f"systemd-tmpfiles --create {TMPFILES}\n",
            "".join(f"rm -rf {path}\n" if path != self.directory else f"rmdir {path} 2>/dev/null\n" for path in new)
            + ":\n",
        )
