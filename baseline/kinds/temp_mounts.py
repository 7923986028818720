"""Kind `temp_mounts`: mounts for temporary files are safe, and a tmpfs among them has memory behind it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.edits import Edit, PutFile, SetMountOptions
from baseline.errors import CannotTell
from baseline.judge import Advised, AtLeast, AtMost, Equal, OneOf, Want, Wants
from baseline.kinds.base import AbsolutePath, Control, Remedy, Size
from baseline.kinds.mending import helps
from baseline.kinds.reading import ask, shorten, text
from baseline.kinds.temp_reading import MEMORY, memory
from baseline.kinds.temp_space import FLOOR
from baseline.model import Action, Scalar, State, Target
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.host import Host

FSTAB = "/etc/fstab"
DROP_IN = "/etc/systemd/system/tmp.mount.d/baseline.conf"
TMP = "/tmp"  # noqa: S108 -- looked at and remounted; nothing is written to it
NO_MOUNT = "not a mount of its own"


class TempMounts(Control):
    """The mount at /tmp, and the one that `temp_space` makes: options, mode and memory.

    Looked at: what is mounted now (`findmnt`), not what fstab says. `options missing on PATH` names those of
    `options` that the mount lacks: without `nodev` and `nosuid` a file in a directory that everybody may write can
    be a device or run as another user. `noexec` is only ever advice, since package scripts and some programs run
    files from /tmp. A tmpfs has to hold 1 GB, and not more than `tmpfs_max_ram_pct` of memory and swap: its size
    is a ceiling, and a host that fills it beyond its memory stops. Mode and owner of /tmp have to be 1777, root.

    Applied, where /tmp is a mount of its own: the options (and for a tmpfs of the wrong size, `tmpfs_size`) in
    its line of fstab, or in a drop-in of tmp.mount where fstab has none; and a remount at once, without unmounting.
    The mount of `temp_space` is remounted likewise; its unit is that control's.

    What can go wrong: a /tmp on the root filesystem cannot have options of its own. That is a warning, and giving
    it one (`systemctl enable tmp.mount`) is left to a person, since running programs hold files there. Sources:
    mount(8); tmpfs(5); systemd.mount(5); CIS Debian Linux 12 Benchmark, /tmp.
    """

    summary: ClassVar[str] = "Mounts for temporary files are safe and backed by enough memory."
    loosens: ClassVar[Mapping[str, Literal["lower", "higher", "change"]]] = {
        "options": "lower",
        "noexec": "lower",
        "tmpfs_max_ram_pct": "higher",
        "min_bytes": "lower",
    }

    kind: Literal["temp_mounts"]
    options: Annotated[
        tuple[Literal["nodev", "nosuid"], ...], Field(min_length=1, description="Options that have to be there.")
    ] = ("nodev", "nosuid")
    noexec: Annotated[bool, Field(description="Whether to advise and apply noexec too.")] = False
    directory: Annotated[AbsolutePath, Field(description="The directory of `temp_space`.")] = "/var/spool/baseline-tmp"
    min_bytes: Annotated[Size, Field(ge=FLOOR, description="Bytes that a tmpfs holds at least.")] = 1_073_741_824
    tmpfs_size: Annotated[Size, Field(description="Bytes to apply where a tmpfs has the wrong size.")] = 2_147_483_648
    tmpfs_max_ram_pct: Annotated[
        int, Field(ge=1, le=100, description="Percent of memory and swap that a tmpfs may take.")
    ] = 50

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.tmpfs_size < self.min_bytes:
            raise ValueError(f"tmpfs_size ({self.tmpfs_size} bytes) is below min_bytes ({self.min_bytes} bytes)")
        return self

    def expected(self, target: Target) -> Wants:
        """Options, mode and size of each mount."""
        del target
        wants: dict[str, Want] = {
            "options missing on /tmp": OneOf(("none",), warn=(NO_MOUNT,)),
            f"options missing on {self.directory}": OneOf(("none", NO_MOUNT)),
            "mode of /tmp": Equal("1777 root:root"),
            "size of tmpfs *": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "share of memory of tmpfs *": AtMost(self.tmpfs_max_ram_pct, 100, "%"),
        }
        if self.noexec:
            wants["noexec on *"] = Advised(Equal("yes"))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """What is mounted at each path, with which options, over how much memory."""
        del target
        paths = (TMP, self.directory)
        *mounts, mode, table, ram = ask(
            host, *(_mounted(path) for path in paths), "stat -c '%a %U:%G' /tmp", "cat /etc/fstab", MEMORY
        )
        state: dict[str, Scalar] = {"mode of /tmp": text(mode).strip()}
        named = [line.split()[1:2] for line in text(table).split("\n") if not line.lstrip().startswith("#")]
        state["line in fstab"] = "yes" if [TMP] in named else "no"
        state["memory and swap"] = memory(ram)
        for path, mount in zip(paths, mounts, strict=True):
            state |= self._mount(path, text(mount).strip(), memory(ram))
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """fstab, and the drop-in of tmp.mount."""
        del target
        return (FSTAB, DROP_IN)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Options in fstab or the drop-in, and a remount; the mode of /tmp."""
        if not helps(self.expected(target), state, lambda key: state[key] == NO_MOUNT):
            return None
        edits: list[Edit] = []
        actions: list[Action] = []
        for path in (TMP, self.directory):
            options = self._options(path, state)
            if not options:
                continue
            actions.append(self._remount(path, options, state))
            if path == TMP and state["line in fstab"] == "yes":
                edits.append(SetMountOptions(path, options))
            elif path == TMP:
                edits.append(PutFile(DROP_IN, render("systemd/tmp.mount.j2", options=self._whole(state, options))))
        mode = str(state["mode of /tmp"])
        if mode != "1777 root:root":
            bits, owner = mode.split()
            actions.append(
                Action(
                    "set mode and owner of /tmp",
                    "chown root:root /tmp && chmod 1777 /tmp\n",
                    f"chown {owner} /tmp && chmod {bits} /tmp\n",
                )
            )
        return Remedy(edits=tuple(edits), actions=tuple(actions))

    def advice(self, state: State) -> str:
        """What only a person should do."""
        if state.get("options missing on /tmp") == NO_MOUNT:
            return self.fix or (
                "Give /tmp a mount of its own: copy /usr/share/systemd/tmp.mount to /etc/systemd/system, set its size, "
                "enable it and reboot; or a partition with nodev,nosuid in /etc/fstab."
            )
        return self.fix or "Give the host memory or swap for its tmpfs, or make the tmpfs smaller."

    # --- what is read -----------------------------------------------------------------------------

    def _mount(self, path: str, printed: str, ram: int) -> dict[str, Scalar]:
        if printed == "none":
            return {f"options missing on {path}": NO_MOUNT}
        fstype, _, rest = printed.partition(" ")
        options, _, size = rest.rpartition(" ")
        if not options or not size.isdigit():
            raise CannotTell(f"`findmnt` told nothing of use about {path}: {shorten(printed)}")
        present = options.split(",")
        missing = [option for option in self.options if option not in present]
        state: dict[str, Scalar] = {
            f"type of {path}": fstype,
            f"options of {path}": options,
            f"options missing on {path}": ",".join(missing) or "none",
            f"noexec on {path}": "yes" if "noexec" in present else "no",
        }
        if fstype == "tmpfs":
            state[f"size of tmpfs {path}"] = int(size)
            state[f"share of memory of tmpfs {path}"] = -(-100 * int(size) // ram)
        return state

    # --- what is written --------------------------------------------------------------------------

    def _options(self, path: str, state: State) -> tuple[str, ...]:
        """The options to set on a mount; none where it is as wanted, or no mount."""
        missing = str(state[f"options missing on {path}"])
        if missing == NO_MOUNT:
            return ()
        options = [option for option in missing.split(",") if option != "none"]
        if self.noexec and state[f"noexec on {path}"] == "no":
            options.append("noexec")
        size, share = state.get(f"size of tmpfs {path}"), state.get(f"share of memory of tmpfs {path}")
        fits = not isinstance(size, int) or size >= self.min_bytes
        if not fits or (isinstance(share, int) and share > self.tmpfs_max_ram_pct):
            options.append(f"size={self.tmpfs_size}")
        return tuple(options)

    def _remount(self, path: str, options: tuple[str, ...], state: State) -> Action:
        opposite = {"nodev": "dev", "nosuid": "suid", "noexec": "exec"}
        former = [opposite.get(option, f"size={state.get(f'size of tmpfs {path}')}") for option in options]
        name = shlex.quote(path)
        return Action(
            f"remount {path}",
            f"systemctl daemon-reload; mount -o remount,{','.join(options)} {name}\n",
            f"mount -o remount,{','.join(former)} {name}\n",
        )

    def _whole(self, state: State, options: tuple[str, ...]) -> str:
        """All options for the unit, since a drop-in replaces them: those of now, less what is the kernel's default."""
        present = [
            option
            for option in str(state["options of /tmp"]).split(",")
            if not re.fullmatch(r"rw|relatime|inode64|nr_inodes=.*|mode=.*|size=.*|huge=.*", option)
        ]
        tmpfs = state["type of /tmp"] == "tmpfs"
        sized = [option for option in options if option.startswith("size=")] or [f"size={state['size of tmpfs /tmp']}"]
        others = [option for option in options if not option.startswith("size=")]
        return ",".join(dict.fromkeys([*(("mode=1777", *sized) if tmpfs else ()), *present, *others]))


def _mounted(path: str) -> str:
    """The mount at exactly this path: type, options, bytes; `none` where there is no mount."""
    name = shlex.quote(path)
    return (
        f"if mountpoint -q {name}; then m=$(findmnt -rn -o FSTYPE,OPTIONS --mountpoint {name} | tail -n 1) && "
        f"printf '%s ' \"$m\" && "
        f"df -B1 --output=size {name} | tail -n 1 | tr -d ' '; else echo none; fi"
    )
