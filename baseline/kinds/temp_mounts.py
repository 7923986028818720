"""Kind `temp_mounts`: mounts for temporary files are safe, and what backs them suffices."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from baseline import sizes
from baseline.edits import Edit, PutFile, SetMountOptions
from baseline.errors import CannotTell
from baseline.formats.fstab import merge_options
from baseline.judge import Advised, AtLeast, AtMost, Equal, Want, Wants
from baseline.kinds.base import AbsolutePath, Control, Loosens, Size
from baseline.model import Action, Location, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import as_json, ask, shorten, text
from baseline.readings.outline import Outline, ProgramSetting
from baseline.readings.temp import FLOOR, unit_name
from baseline.remedies.remedy import Effects, Remedy
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.host import Host

_MEMORY = "awk '/^(MemTotal|SwapTotal):/ {s += $2} END {print s}' /proc/meminfo"
"""Memory and swap in KiB."""

FSTAB = "/etc/fstab"


class TempMounts(Control):
    """The mount at `path` (`/tmp`): `nodev`, `nosuid`, open to everybody but sticky; a tmpfs large enough, too.

    Looked at: what the kernel says of the mount that holds the path (`findmnt`), mode and owner of the directory,
    memory and swap. A path that is no mount of its own fails: its options are those of everything else.
    `noexec` is advised when asked for, since it breaks some package scripts. A tmpfs below `min_bytes` fails (a
    warning from 1 000 000 000 on), and so does one whose size is more than `tmpfs_max_ram_pct` of memory and swap.

    Applied: when it is a mount of its own, its line of fstab, or a drop-in of its mount unit where fstab has none,
    and the same options on the live mount. When it is not, an administrator has to make it one and reboot: a mount
    over a directory in use hides what running programs keep there.

    What can go wrong: mail kept on a tmpfs is lost at a reboot, so Postfix's queue never belongs there. Sources:
    findmnt(8), mount(8) "FILESYSTEM-INDEPENDENT MOUNT OPTIONS"; CIS Debian Linux 12 Benchmark 1.1.2.
    """

    summary: ClassVar[str] = "Mount options, mode and size of the mounts for temporary files."
    loosens: ClassVar[Loosens] = {
        "min_bytes": "lower",
        "tmpfs_max_ram_pct": "higher",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because options are added to the mount that is there",
        notice="Nothing; programs can no longer be given special rights in that directory.",
    )

    kind: Literal["temp_mounts"]
    path: Annotated[AbsolutePath, Field(description="The mount point.")] = "/tmp"  # noqa: S108 -- looked at, not used
    noexec: Annotated[bool, Field(description="Whether noexec is advised as well.")] = False
    min_bytes: Annotated[Size, Field(ge=FLOOR, description="Bytes below which a tmpfs warns or fails.")] = 1 << 30
    size: Annotated[Size, Field(description="Bytes to give a tmpfs that is too small.")] = 2 << 30
    tmpfs_max_ram_pct: Annotated[
        int, Field(ge=1, le=100, description="The most of memory and swap, in percent, that a tmpfs may take.")
    ] = 50

    def expected(self, target: Target) -> Wants:
        """Safe options; for a tmpfs also a size within bounds."""
        del target
        wants: dict[str, Want] = {
            "mounted at": Equal(self.path),
            "nodev": Equal(value=True),
            "nosuid": Equal(value=True),
            "mode": Equal("1777"),
            "owner": Equal("root:root"),
            "tmpfs size*": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "tmpfs share of memory and swap*": AtMost(self.tmpfs_max_ram_pct, unit="%"),
        }
        return {**wants, "noexec": Advised(Equal(value=True))} if self.noexec else wants

    def actual(self, host: Host, target: Target) -> State:
        """What is mounted there and how."""
        del target
        name = shlex.quote(self.path)
        mount, looks, memory, listed = ask(
            host,
            f"findmnt -J -b -o TARGET,FSTYPE,OPTIONS,SIZE -T {name}",
            f"if [ -d {name} ]; then stat -c '%a %U:%G' -- {name}; else echo absent; fi",
            _MEMORY,
            f"findmnt -n -o OPTIONS --tab-file {FSTAB} -M {name} || true",
        )
        if text(looks).strip() == "absent":
            return {"mounted at": None}
        found = _one_mount(as_json(mount), self.path)
        options = str(found["options"])
        words = options.split(",")
        mode, _, owner = text(looks).strip().partition(" ")
        state = Parts(
            {
                "mounted at": str(found["target"]),
                "options": options,
                "listed in fstab": bool(text(listed).strip()),
                **{word: word in words for word in ("nodev", "nosuid", "noexec")},
                "mode": mode,
                "owner": owner,
            }
        )
        if found["fstype"] == "tmpfs":
            state["tmpfs size"] = int(found["size"])
        with state.part():
            available = text(memory).strip()
            if not available.isdigit() or available == "0":
                raise CannotTell(f"memory and swap cannot be read: {shorten(available)}")
            total = int(available) * sizes.KIB
            state["memory and swap"] = total
            if found["fstype"] == "tmpfs":
                state["tmpfs share of memory and swap"] = round(100 * int(found["size"]) / total, 1)
        return state

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The line of fstab with the options of the mount."""
        place = written.place(ProgramSetting("fstab", str(state.get("mounted at"))))
        said = ("nodev", "nosuid", "noexec", "tmpfs")
        return {key: place for key in state if place and key.startswith(said)}

    def reads(self, target: Target) -> tuple[str, ...]:
        """fstab, and the drop-in for mounts that it does not list."""
        del target
        return (FSTAB, self._drop_in)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The options, kept for the next boot and on the live mount."""
        if state["mounted at"] != self.path or self._too_big_for(state):
            return None
        wanted = ["nodev", "nosuid", *(["noexec"] if self.noexec else [])]
        size_wants = [self.expected(target)[key] for key in ("tmpfs size*", "tmpfs share of memory and swap*")]
        values = [state.get("tmpfs size"), state.get("tmpfs share of memory and swap")]
        sized = [
            want.judge(value) == "pass" for want, value in zip(size_wants, values, strict=True) if value is not None
        ]
        if not all(sized):
            wanted.append(f"size={self.size}")
        if (state["mode"], state["owner"]) != ("1777", "root:root"):
            wanted += ["mode=1777", "uid=0", "gid=0"] if "tmpfs size" in state else []
        edit: Edit = (
            SetMountOptions(self.path, tuple(wanted))
            if state["listed in fstab"]
            else PutFile(self._drop_in, render("systemd/mount-options.conf.j2", options=self._merged(state, wanted)))
        )
        return Remedy(edits=(edit,), actions=(self._remount(state, wanted),))

    def advice(self, state: State) -> str:
        """What to do where it is no mount of its own."""
        if self.fix:
            return self.fix
        if state.get("mounted at") != self.path:
            return f"Make {self.path} a mount of its own: systemctl enable tmp.mount (for /tmp), then reboot."
        return f"Give {self.path} the options nodev and nosuid, and a size between the bounds, in {FSTAB}."

    @property
    def _drop_in(self) -> str:
        return f"/etc/systemd/system/{unit_name(self.path)}.mount.d/baseline.conf"

    def _too_big_for(self, state: State) -> bool:
        """Whether the size to be given is more than this host's memory allows."""
        memory = state["memory and swap"]
        return "tmpfs size" in state and isinstance(memory, int) and self.size * 100 > memory * self.tmpfs_max_ram_pct

    def _merged(self, state: State, wanted: list[str]) -> str:
        return merge_options(str(state["options"]), tuple(wanted))

    def _remount(self, state: State, wanted: list[str]) -> Action:
        """The live mount; undone by the options that it had, with the opposites of those that it had not."""
        path = shlex.quote(self.path)
        words = str(state["options"]).split(",")
        had = [*words, *(word.removeprefix("no") for word in ("nodev", "nosuid", "noexec") if word not in words)]
        mode, owner = shlex.quote(str(state["mode"])), shlex.quote(str(state["owner"]))
        return Action(
            name=f"remount {self.path}",
            do=(
                f"systemctl daemon-reload; mount -o {shlex.quote('remount,' + ','.join(wanted))} {path} && "
                f"chmod 1777 {path} && chown root:root {path}"
            ),
            undo=(
                f"mount -o {shlex.quote('remount,' + ','.join(had))} {path}; "
                f"chmod {mode} {path}; chown {owner} {path}; systemctl daemon-reload"
            ),
        )


def _one_mount(document: Any, path: str) -> Mapping[str, Any]:
    """The mount that holds the path: of several on top of each other, the last one."""
    try:
        found = document["filesystems"][-1]
        return {key: found[key] for key in ("target", "fstype", "options", "size")}
    except (KeyError, IndexError, TypeError):
        raise CannotTell(f"`findmnt` does not tell what holds {path}: {shorten(str(document))}") from None
