"""Kind `postfix_file_limits`: Postfix's own limits on mailbox files leave each mailbox its space."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline import sizes
from baseline.edits import DropOverride, Edit, SetParameter
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import UNLIMITED, Advised, AtLeast, Equal, Wants
from baseline.kinds.base import Control, Loosens, Size
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import ask
from baseline.readings.delivery import DOVECOT_STORE, VIRTUAL_STORES, LocalStore, local_store, virtual_store
from baseline.readings.outline import Outline, ProgramSetting, set_in
from baseline.readings.postfix import Postfix
from baseline.readings.quota_rules import FLOOR
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

LIMITS = {"local(8)": "mailbox_size_limit", "virtual(8)": "virtual_mailbox_limit"}
SERVICES = {"local(8)": "local/unix", "virtual(8)": "virtual/unix"}


class PostfixFileLimits(Control):
    """`mailbox_size_limit` and `virtual_mailbox_limit`, by what Postfix itself writes.

    They limit one *file*. Where local(8) or virtual(8) writes mbox, that file is the whole mailbox, and the limit
    has to be at least the floor, or 0 for none. Where it writes Maildir, the limit caps a single message only: a
    warning below the floor, and a fail below message_size_limit, because such messages cannot be delivered at
    all. A command that local(8) runs, such as dovecot-lda on an mbox store, is held to mailbox_size_limit too.
    Where neither of them is the last to write (LMTP to Dovecot), they take no space from anybody, and the state
    says `unlimited`.

    Looked at: the values as the services get them, overrides in master.cf included; the transports and stores
    that decide which row of that table holds. Anything but digits is a fail: `100M` or a comment behind the number
    is printed by postconf without complaint, and makes the delivery agent die.

    Applied: 0 for the limit at fault, and no override of it. The quota is Dovecot's to keep. Sources: postconf(5)
    mailbox_size_limit, virtual_mailbox_limit, home_mailbox; local(8); virtual(8).
    """

    summary: ClassVar[str] = "Postfix's limits on mailbox files leave each mailbox its space."
    loosens: ClassVar[Loosens] = {"min_bytes": "lower"}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "postfix",
        also={
            "mailbox by local(8)": "mailbox_size_limit",
            "message by local(8)": "mailbox_size_limit",
            "mailbox by virtual(8)": "virtual_mailbox_limit",
            "message by virtual(8)": "virtual_mailbox_limit",
        },
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the limit that gives way is the one that is judged",
        notice="Nothing; mailboxes are limited by their quota and no longer by Postfix.",
    )

    kind: Literal["postfix_file_limits"]
    min_bytes: Annotated[
        Size, Field(ge=FLOOR, description="Bytes below which a limit warns; below 100 000 000 it fails.")
    ] = 104_857_600

    def expected(self, target: Target) -> Wants:
        """Space for a mailbox and for the largest message, by each agent."""
        del target
        return {
            "mailbox by *": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "message by *": Advised(AtLeast(self.min_bytes, unit="bytes")),
            "largest message by *": Equal("fits"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """What each agent's limit leaves for a mailbox and for a message."""
        del target
        postfix = Postfix(host)
        virtual, dovecot = ask(host, VIRTUAL_STORES, DOVECOT_STORE)
        settings = postfix.settings()
        stores = {
            "local(8)": partial(local_store, settings, dovecot),
            "virtual(8)": partial(virtual_store, settings, virtual),
        }
        largest = settings.get("message_size_limit", "")
        state = Parts({"message_size_limit": largest})
        for agent, store_of in stores.items():
            with state.part():
                override = postfix.overrides(LIMITS[agent]).get(SERVICES[agent])
                written = settings.get(LIMITS[agent], "") if override is None else override
                state[LIMITS[agent]] = settings.get(LIMITS[agent], "")
                state[f"{LIMITS[agent]} in {SERVICES[agent]}"] = override
                store = store_of()
                state[f"store of {agent}"] = store
                state |= _room(agent, store, written, largest)
        return state

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The override of the service that writes, before main.cf."""
        found: dict[str, Location] = {}
        for key in state:
            agent = key.rpartition(" by ")[2].removesuffix("(8)")
            name = self.set_by.get(key)
            place = written.place(name, f"{agent}/unix") if name else None
            if place is not None:
                found[key] = place
        return found

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """No limit where one is at fault; main.cf's value then holds for the service."""
        del target
        edits: list[Edit] = []
        for agent, name in LIMITS.items():
            if not _at_fault(self.expected_of(agent), state):
                continue
            if state[name] != "0":
                edits.append(SetParameter(name, "0"))
            if state[f"{name} in {SERVICES[agent]}"] is not None:
                edits.append(DropOverride(SERVICES[agent], name))
        return Remedy(edits=tuple(edits), reloads=("postfix",))

    def expected_of(self, agent: str) -> Wants:
        """What is wanted of one agent, without patterns."""
        return {
            f"mailbox by {agent}": AtLeast(self.min_bytes),
            f"message by {agent}": AtLeast(self.min_bytes),
            f"largest message by {agent}": Equal("fits"),
        }


def _at_fault(wants: Wants, state: State) -> bool:
    return any(want.judge(state[key]) != "pass" for key, want in wants.items())


def _room(agent: str, store: LocalStore, written: str, largest: str) -> dict[str, Scalar]:
    """What a limit leaves: for the mailbox where it caps the whole, for a message where it caps each file."""
    limit: Scalar
    try:
        limit = sizes.postfix(written) or UNLIMITED
    except ValueError:
        limit = f"{written} (not a number of bytes: the agent dies of it)"
    room: dict[str, Scalar] = {
        f"mailbox by {agent}": UNLIMITED,
        f"message by {agent}": UNLIMITED,
        f"largest message by {agent}": "fits",
    }
    if store == "none":
        return room
    room[f"mailbox by {agent}" if store == "mbox" else f"message by {agent}"] = limit
    if not isinstance(limit, int) and limit != UNLIMITED:
        room[f"mailbox by {agent}"] = limit
    if isinstance(limit, int) and (not largest.isdigit() or not int(largest) or int(largest) > limit):
        room[f"largest message by {agent}"] = f"does not fit: message_size_limit is {largest}"
    return room
