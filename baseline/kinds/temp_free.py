"""Kind `temp_free`: the temp locations are not about to fill up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.judge import AtLeast, Wants
from baseline.kinds.base import Control, Loosens, Size
from baseline.model import State, Target
from baseline.model.looks import Parts
from baseline.readings.postfix import Postfix
from baseline.readings.temp import components, places

if TYPE_CHECKING:
    from testinfra.host import Host


class TempFree(Control):
    """Free space and free inodes behind the temp locations of the mail components, now.

    Looked at: each filesystem once, by the mount point that `df` names. On the root filesystem, which everything
    shares, `min_free_bytes` have to be free; on one of its own, `min_free_pct` percent. Less is a warning, less than
    a quarter of it fails. On a host that runs Postfix, less room than one and a half of the largest message fails
    as well. Filesystems without an inode limit (btrfs) are not asked for inodes.

    Applied: nothing; only a person knows what may be deleted. `temp_space` gives Dovecot and Rspamd places of their
    own. What can go wrong: files that are deleted but still open hold space that no listing shows (`lsof +L1`).
    Sources: clauses f.ii and c-1.
    """

    summary: ClassVar[str] = "Free space and inodes behind the temp locations of all mail components, now."
    loosens: ClassVar[Loosens] = {
        "min_free_bytes": "lower",
        "min_free_pct": "lower",
        "min_inode_pct": "lower",
    }

    kind: Literal["temp_free"]
    min_free_bytes: Annotated[Size, Field(description="Bytes that have to be free on a shared filesystem.")] = 1 << 30
    min_free_pct: Annotated[
        int, Field(ge=1, le=90, description="Percent that have to be free on a filesystem of its own.")
    ] = 25
    min_inode_pct: Annotated[int, Field(ge=1, le=90, description="Percent of inodes that have to be free.")] = 10

    def expected(self, target: Target) -> Wants:
        """Enough left everywhere."""
        del target
        return {
            "filesystems": AtLeast(1),
            "bytes free on *": AtLeast(self.min_free_bytes, self.min_free_bytes / 4, "bytes"),
            "percent free on *": AtLeast(self.min_free_pct, self.min_free_pct / 4),
            "percent of inodes free on *": AtLeast(self.min_inode_pct, self.min_inode_pct / 4),
            "largest messages that fit on *": AtLeast(1.5),
        }

    def actual(self, host: Host, target: Target) -> State:
        """What is left on each filesystem, by mount point."""
        view = Postfix(host) if "postfix" in components(target) else None
        # A place that is not there is `temp_space`'s finding, and no second one here.
        asked, lost = places(host, target)
        found = [place for place in asked if place.size is not None]
        if not found:
            raise lost[0] if lost else CannotTell("none of the temp locations is there")
        state = Parts({"filesystems": len({place.mount_point for place in found})}, lost)
        largest = 0
        with state.part():
            largest = _bytes(view.setting("message_size_limit")) if view else 0
        for place in found:
            where = place.mount_point
            if place.shared:
                state[f"bytes free on {where}"] = place.free
            elif place.size:
                state[f"percent free on {where}"] = round(100 * place.free / place.size, 1)
            if place.inodes:
                state[f"percent of inodes free on {where}"] = round(100 * place.free_inodes / place.inodes, 1)
            if largest:
                state[f"largest messages that fit on {where}"] = round(place.free / largest, 1)
        return state

    def advice(self, state: State) -> str:
        """Where to look for what fills it."""
        del state
        return self.fix or "Free space: look for old files (du -x), and for deleted ones still open (lsof +L1)."


def _bytes(limit: str | None) -> int:
    if limit is None or not (limit.isascii() and limit.isdigit()):
        raise CannotTell(f"message_size_limit is no number, but {limit!r}")
    return int(limit)
