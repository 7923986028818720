"""Kind `queue_minfree`: Postfix refuses mail before the filesystem of its queue is full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline import sizes
from baseline.edits import DropOverride, Edit, SetParameter
from baseline.errors import CannotTell
from baseline.judge import Advised, AtLeast, AtMost, Wants
from baseline.kinds.base import Control, Remedy, Size
from baseline.kinds.mending import improves
from baseline.kinds.reading import Postfix, ask
from baseline.kinds.temp_reading import LOCATIONS, places
from baseline.kinds.temp_space import FLOOR
from baseline.model import Scalar, State, Target

if TYPE_CHECKING:
    from testinfra.host import Host

NAME = "queue_minfree"


class QueueMinfree(Control):
    """`queue_minfree`: bytes that have to be free in the queue's filesystem for Postfix to accept mail.

    With the default, 0, Postfix refuses below 1.5 times message_size_limit, which leaves little for anything else:
    a warning. A value below that is a fail, and so is one that is no number. `free beyond queue_minfree` has
    to be above 0, or Postfix refuses all mail now. `share of the queue filesystem` warns above 50 percent: such
    a reserve is an outage of one's own making on a small filesystem.

    Applied: the parameter, and no override of it, but only where at least twice as much is free now. Else the
    finding says so, and a person enlarges the filesystem first.

    What can go wrong: mail handed in by sendmail(1) is not held to this limit. Sources: postconf(5) queue_minfree;
    RFC 3463 X.3.1.
    """

    summary: ClassVar[str] = "Postfix refuses mail before the filesystem of its queue is full."
    loosens: ClassVar[Mapping[str, Literal["lower", "higher", "change"]]] = {"min_bytes": "lower"}

    kind: Literal["queue_minfree"]
    queue_minfree: Annotated[Size, Field(ge=1, description="Bytes to apply.")] = 1_073_741_824
    min_bytes: Annotated[Size, Field(ge=FLOOR, description="Bytes that the queue's filesystem has at least.")] = (
        1_073_741_824
    )

    def expected(self, target: Target) -> Wants:
        """A reserve that is set, above what Postfix keeps by itself, and not in the way now."""
        del target
        return {
            NAME: AtLeast(1, 0, "bytes"),
            f"{NAME} in *": AtLeast(1, 0, "bytes"),
            "reserve in largest messages": AtLeast(1.5),
            "size of the queue filesystem": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "free beyond queue_minfree": AtLeast(1, unit="bytes"),
            "share of the queue filesystem": Advised(AtMost(50, unit="%")),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The reserve as smtpd gets it, and the filesystem it is a reserve of."""
        del target
        postfix = Postfix(host)
        (located,) = ask(host, LOCATIONS)
        queue = places(located).get("postfix")
        if queue is None:
            raise CannotTell("Postfix is not installed, so there is no queue to look at")
        state: dict[str, Scalar] = {NAME: _bytes(postfix.setting(NAME))}
        for service, value in postfix.overrides(NAME).items():
            state[f"{NAME} in {service}"] = _bytes(value)
        state["message_size_limit"] = _bytes(postfix.setting("message_size_limit"))
        state["free in the queue filesystem"] = queue.free
        state["size of the queue filesystem"] = queue.size
        return state | _derived(state)

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files."""
        del target
        return ("/etc/postfix/main.cf", "/etc/postfix/master.cf")

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The parameter, unless the host would refuse mail for it, or another fault keeps the outcome."""
        free = state["free in the queue filesystem"]
        if not isinstance(free, int) or free < 2 * self.queue_minfree:
            return None
        reserve = state[NAME] if self._suffices(state[NAME], state) else self.queue_minfree
        after = {key: value for key, value in state.items() if not key.startswith(f"{NAME} in ")} | {NAME: reserve}
        if not improves(self.expected(target), state, after | _derived(after)):
            return None
        edits: list[Edit] = [SetParameter(NAME, str(reserve))]
        for key in state:
            if key.startswith(f"{NAME} in "):
                edits.append(DropOverride(key.removeprefix(f"{NAME} in "), NAME))
        return Remedy(edits=tuple(edits), reloads=("postfix",))

    def advice(self, state: State) -> str:
        """Why it is not applied, where it is not."""
        free = state.get("free in the queue filesystem")
        if isinstance(free, int) and free < 2 * self.queue_minfree:
            return self.fix or (
                f"Not set by itself: {free} bytes are free, and a reserve of {self.queue_minfree} wants twice as much. "
                "Enlarge the filesystem of the queue first, or lower the reserve in the baseline."
            )
        return self.fix or "Give Postfix's queue a filesystem of its own that is large enough."

    def _suffices(self, value: Scalar, state: State) -> bool:
        largest = state["message_size_limit"]
        return isinstance(value, int) and isinstance(largest, int) and value > 0 and value >= 1.5 * largest


def _bytes(written: str | None) -> Scalar:
    try:
        return sizes.postfix(written or "")
    except ValueError:
        return f"{written} (not a number of bytes)"


def _derived(state: State) -> dict[str, Scalar]:
    """What the reserve means: against the largest message, against what is free, against the whole."""
    reserves = [value for key, value in state.items() if key == NAME or key.startswith(f"{NAME} in ")]
    numbers = [value for value in reserves if isinstance(value, int)]
    largest, free = state["message_size_limit"], state["free in the queue filesystem"]
    size = state["size of the queue filesystem"]
    if not isinstance(largest, int) or not isinstance(free, int) or not isinstance(size, int) or not size:
        raise CannotTell(f"message_size_limit is {largest}, which no reserve can be compared with")
    # By itself Postfix keeps 1.5 times the largest message free.
    kept = [number or 1.5 * largest for number in numbers]
    return {
        "reserve in largest messages": min((value / largest for value in kept), default=None) if largest else 1.5,
        "free beyond queue_minfree": int(free - max(kept, default=0)),
        "share of the queue filesystem": int(100 * max(kept, default=0) / size),
    }
