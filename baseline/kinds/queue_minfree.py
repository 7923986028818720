"""Kind `queue_minfree`: Postfix refuses mail before its queue fills the filesystem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import DropOverride, Edit, SetParameter
from baseline.errors import CannotTell
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import AtLeast, Equal, Want, Wants
from baseline.kinds.base import ByHand, Control, Loosens, Size
from baseline.model import State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import ask, shorten, text
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.postfix import Postfix
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

_QUEUE = 'd=$(postconf -hx queue_directory) && df -B1 --output=size,avail -- "$d" | tail -n 1'

NOT_A_NUMBER = "not a number"


class QueueMinfree(Control):
    """The free space in the queue's filesystem below which Postfix refuses mail with `452 4.3.1`.

    Looked at: `queue_minfree` and `message_size_limit` as every smtpd service of master.cf gets them, and the size
    and free space of the filesystem of `queue_directory`. Below `bytes` but above one and a half times the largest
    message is a warning; so is 0, Debian's default, with which Postfix refuses at one and a half times that size
    only. A value below it fails, as does text that is no number: postconf prints `20M` without complaint, and the
    daemon dies of it.

    Applied: the parameter in main.cf; differing overrides are taken out of master.cf. It is not applied while less
    than twice that space is free, since Postfix would refuse all mail soon or at once.

    What can go wrong: mail submitted by sendmail(1) on the host is not covered. Sources: postconf(5)
    queue_minfree; RFC 3463, X.3.1; clause f.ii.
    """

    summary: ClassVar[str] = "Postfix refuses mail before its queue fills the filesystem."
    loosens: ClassVar[Loosens] = {"bytes": "lower", "min_capacity": "lower"}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "postfix", "queue_minfree", "message_size_limit", also={"covers the largest message": "queue_minfree"}
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the parameter that gives way is the one that is judged",
        notice="New mail is put off, not lost, while the queue's disk is nearly full.",
    )
    by_hand: ClassVar[ByHand] = {
        "more free than kept": (
            "Free space on the filesystem of the queue, or enlarge it: while less than one and a half "
            "times queue_minfree is free, Postfix refuses mail."
        ),
    }

    kind: Literal["queue_minfree"]
    bytes: Annotated[Size, Field(ge=1_000_000, description="Bytes that have to stay free.")] = 1_073_741_824
    min_capacity: Annotated[
        Size,
        Field(description="Bytes of capacity below which the queue's filesystem warns; 1 000 000 000 is the floor."),
    ] = 1_073_741_824

    def expected(self, target: Target) -> Wants:
        """Enough kept free, everywhere, on a filesystem that has it."""
        del target
        enough: Want = AtLeast(self.bytes, 0, "bytes")
        return {
            "queue_minfree": enough,
            "queue_minfree in *": enough,
            "covers the largest message*": Equal(value=True),
            "capacity": AtLeast(self.min_capacity, 1_000_000_000, "bytes"),
            "more free than kept": Equal(value=True),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The setting per service, what it means for the largest message, and the filesystem."""
        del target
        view = Postfix(host)
        (queue,) = ask(host, _QUEUE)
        own = view.setting("queue_minfree")
        if own is None:
            raise CannotTell("`postconf -x` names no queue_minfree")
        largest = _number(view.setting("message_size_limit") or "")
        state = Parts({"queue_minfree": _number(own), "message_size_limit": largest})
        state["covers the largest message"] = _covers(_number(own), largest)
        kept = [_number(own)]
        with state.part():
            kept += _by_service(view, own, largest, state)
        with state.part():
            fields = text(queue).split()
            if len(fields) != 2 or not all(field.isdigit() for field in fields):
                raise CannotTell(f"the queue's filesystem cannot be read: {shorten(text(queue))}")
            most = max((value for value in kept if isinstance(value, int)), default=0)
            capacity, free = int(fields[0]), int(fields[1])
            state |= {"capacity": capacity, "free": free, "more free than kept": free > most}
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The two files of Postfix."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Set the parameter, unless that would make Postfix refuse mail."""
        del target
        free = state["free"]
        limits = [value for key, value in state.items() if key.startswith("message_size_limit")]
        if not isinstance(free, int) or free < 2 * self.bytes:
            return Remedy(
                advice=f"Free space first: {free} bytes are free, and twice {self.bytes} are needed to set it."
            )
        if not isinstance(state["capacity"], int) or state["capacity"] < 1_000_000_000:
            return Remedy(advice="Give the queue a filesystem of at least 1 GiB.")
        if any(not isinstance(limit, int) or 2 * self.bytes < 3 * limit for limit in limits):
            return Remedy(advice="Lower message_size_limit, or raise `bytes` to one and a half times it.")
        want = AtLeast(self.bytes, 0, "bytes")
        edits: list[Edit] = []
        if want.judge(state["queue_minfree"]) != "pass":
            edits.append(SetParameter("queue_minfree", str(self.bytes)))
        for key in state:
            name = key.removeprefix("queue_minfree in ")
            if name != key and want.judge(state[key]) != "pass":
                edits.append(DropOverride(name, "queue_minfree"))
        return Remedy(edits=tuple(edits), reloads=("postfix",)) if edits else None


def _number(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdigit() else f"{NOT_A_NUMBER}: {shorten(value, 40)}"


def _covers(kept: int | str, largest: int | str) -> bool | str:
    """Whether what is kept free holds one and a half of the largest message; 0 leaves that to Postfix, which does."""
    if isinstance(kept, str) or isinstance(largest, str):
        return NOT_A_NUMBER
    return kept == 0 or 2 * kept >= 3 * largest


def _by_service(view: Postfix, own: str, largest: int | str, state: Parts) -> list[int | str]:
    """What each service with values of its own keeps free; it goes into the state, with what it means for messages."""
    overrides = view.overrides("queue_minfree")
    limits = view.overrides("message_size_limit")
    kept: list[int | str] = []
    for service in sorted({*overrides, *limits}):
        value = _number(overrides.get(service, own))
        kept.append(value)
        if service in overrides:
            state[f"queue_minfree in {service}"] = value
        biggest = _number(limits[service]) if service in limits else largest
        state[f"message_size_limit in {service}"] = biggest
        state[f"covers the largest message in {service}"] = _covers(value, biggest)
    return kept
