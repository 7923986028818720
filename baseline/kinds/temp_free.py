"""Kind `temp_free`: the space for temporary files is not used up now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline import sizes
from baseline.errors import CannotTell
from baseline.judge import UNLIMITED, AtLeast, Wants
from baseline.kinds.base import Control, Size
from baseline.kinds.reading import ask, text
from baseline.kinds.temp_reading import LOCATIONS, Place, of_components
from baseline.model import Scalar, State, Target

if TYPE_CHECKING:
    from testinfra.host import Host

LARGEST = "command -v postconf >/dev/null || { echo absent; exit; }; postconf -hx message_size_limit"


class TempFree(Control):
    """What is free, at this moment, where the mail components keep temporary files.

    Looked at: bytes and inodes free to users without privilege, on the filesystem of each component's directory.
    `free share for COMPONENT` is in percent of what is wanted: of `min_free_bytes` on a filesystem that is shared,
    of `min_free_pct` percent of its size on one that is there for temporary files alone, where less free is
    no more than use. Below 100 is a warning, below 25 a fail. `largest messages that fit for COMPONENT` below 1.5
    is a fail as well: Postfix then begins to refuse mail. Inodes count where the filesystem limits them.

    Not applied: what fills a filesystem is for a person to find. Files that were deleted while open still hold their
    space (`lsof +L1`). A Maildir's own `tmp` lies in the store, not here. Sources: df(1); postconf(5) queue_minfree.
    """

    summary: ClassVar[str] = "The space for temporary files is not used up now."
    loosens: ClassVar[Mapping[str, Literal["lower", "higher", "change"]]] = {
        "min_free_bytes": "lower",
        "min_free_pct": "lower",
        "min_inode_pct": "lower",
    }

    kind: Literal["temp_free"]
    min_free_bytes: Annotated[Size, Field(ge=1, description="Bytes to be free on a shared filesystem.")] = 1_073_741_824
    min_free_pct: Annotated[int, Field(ge=1, le=90, description="Percent to be free on a dedicated one.")] = 25
    min_inode_pct: Annotated[int, Field(ge=1, le=90, description="Percent of inodes to be free.")] = 10

    def expected(self, target: Target) -> Wants:
        """Room for files and for messages, per component."""
        del target
        return {
            "free share for *": AtLeast(100, 25, "%"),
            "largest messages that fit for *": AtLeast(1.5),
            "free inodes for *": AtLeast(self.min_inode_pct, self.min_inode_pct / 4, "%"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """What is free for each component, against what is wanted and against the largest message."""
        located, largest = ask(host, LOCATIONS, LARGEST)
        limit = _limit(text(largest).strip())
        state: dict[str, Scalar] = {}
        for name, place in of_components(located, target).items():
            if not place.size:
                raise CannotTell(f"`df` tells no size of {place.mount}")
            state[f"filesystem of {name}"] = f"{place.fstype} at {place.mount}"
            state[f"free for {name}"] = place.free
            state[f"free share for {name}"] = 100 * place.free // self._wanted(place)
            free = 100 * place.free_inodes // place.inodes if place.inodes else UNLIMITED
            state[f"free inodes for {name}"] = free
            if limit:
                state[f"largest messages that fit for {name}"] = place.free * 10 // limit / 10
        return state

    def advice(self, state: State) -> str:
        """Where to look."""
        del state
        return self.fix or (
            "Find what fills the filesystem (du -x, lsof +L1, postqueue -p), and make room or enlarge it."
        )

    def _wanted(self, place: Place) -> int:
        """Bytes that have to be free for a place to be at 100."""
        return max(1, place.size * self.min_free_pct // 100 if place.dedicated else self.min_free_bytes)


def _limit(printed: str) -> int:
    """The largest message in bytes; 0 where there is no Postfix, or no limit."""
    if printed == "absent":
        return 0
    try:
        return sizes.postfix(printed)
    except ValueError as error:
        raise CannotTell(f"message_size_limit: {error}") from None
