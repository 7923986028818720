"""Kind `quota_capacity`: the store can hold what the quotas promise."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.classes import dataclass
from baseline.errors import CannotTell, NothingToJudge
from baseline.judge import UNLIMITED, Advised, AtLeast, AtMost, Wants
from baseline.kinds.base import Control, Loosens, Size
from baseline.model import Scalar, State, Target
from baseline.model.looks import also_unread
from baseline.readings.answers import ask, shorten, text
from baseline.readings.dialects.dialect import Excess
from baseline.readings.dovecot import QUOTAS, Dovecot, Usage, read_quotas
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

STORES = script("baseline.kinds", "quota_capacity")


@dataclass
class _Store:
    """One filesystem: bytes, inodes (0 where it has no such limit), and what is promised on it, in bytes."""

    size: int
    inodes: int
    free_inodes: int
    mount: str
    promised: float = 0.0


class QuotaCapacity(Control):
    """The bytes that the accounts' quotas promise, against the bytes that their filesystem has.

    Looked at: the limit and usage of every account (`doveadm quota get -A`), the folder of its INBOX, and the size
    of the filesystem that holds it (`df`); accounts are added up per filesystem. Each account counts with its
    limit and the grace by which the last mail may exceed it; an account without a limit with half as much again
    as it uses, and at least `unlimited_reserve_bytes`. Of the filesystem, `reserve_pct` are kept for indexes and
    rewrites. `ratio on MOUNT` is promised over usable: a warning above `warn_ratio`, a fail above
    `overcommit_max`. `free inodes on MOUNT` is `unlimited` where the filesystem has no such limit (btrfs).

    Not applied: the mandate wants capacity upgraded where it does not suffice, which no tool does from here. An
    upgrade that is decided is recorded as a waiver until it is done.

    What can go wrong: `df` knows nothing of deduplication, thin volumes and quotas of a file server, all of which
    make it optimistic. Not applicable where quota is off, since nothing is promised then. Sources: doveadm-quota(1);
    doveadm-mailbox(1) path; df(1); ISO/IEC 27001:2022 A.8.6.
    """

    summary: ClassVar[str] = "The store can hold what the quotas promise."
    loosens: ClassVar[Loosens] = {
        "overcommit_max": "higher",
        "warn_ratio": "higher",
        "reserve_pct": "lower",
        "unlimited_reserve_bytes": "lower",
        "inode_min_free_pct": "lower",
    }

    kind: Literal["quota_capacity"]
    overcommit_max: Annotated[float, Field(ge=1, le=3, description="Promised over usable, above which it fails.")] = 1.0
    warn_ratio: Annotated[float, Field(gt=0, le=3, description="Promised over usable, above which it warns.")] = 0.8
    reserve_pct: Annotated[int, Field(ge=0, le=50, description="Percent of the filesystem not to be promised.")] = 10
    unlimited_reserve_bytes: Annotated[
        Size, Field(description="Bytes that an account without a limit counts with, at least.")
    ] = 5_368_709_120
    inode_min_free_pct: Annotated[int, Field(ge=0, le=90, description="Percent of inodes to be free.")] = 10

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.warn_ratio > self.overcommit_max:
            raise ValueError(f"warn_ratio ({self.warn_ratio}) is above overcommit_max ({self.overcommit_max})")
        return self

    def expected(self, target: Target) -> Wants:
        """Less promised than there is, and inodes to spare, per filesystem."""
        del target
        return {
            "ratio on *": AtMost(self.warn_ratio, self.overcommit_max),
            "free inodes on *": Advised(AtLeast(self.inode_min_free_pct, unit="%")),
        }

    def actual(self, host: Host, target: Target) -> State:
        """Promised and usable bytes per filesystem."""
        del target
        dovecot = Dovecot(host)
        quotas_of_all, places = ask(host, QUOTAS, STORES)
        quotas = read_quotas(quotas_of_all, dovecot)
        if not quotas.enabled:
            raise NothingToJudge("quota is not in force, so no space is promised to anybody: see MEL-Q-03")
        accounts, stores = _read(text(places))
        grace = dovecot.settings.grace
        for name, usage in quotas.accounts.items():
            if name not in accounts:
                raise CannotTell(f"`doveadm mailbox path -A` does not tell where the mail of {shorten(name)} lies")
            stores[accounts[name]].promised += self._promised(usage, grace)
        return also_unread(self._state(stores, len(quotas.accounts)), quotas.without)

    def advice(self, state: State) -> str:
        """What the mandate asks for."""
        del state
        return self.fix or (
            "Enlarge the filesystem of the mail store, or lower quotas that are not needed; clause f.i wants the "
            "server's capacity upgraded where it does not suffice."
        )

    def _promised(self, usage: Usage, grace: Excess) -> float:
        if usage.limit is None:
            return max(usage.used * 1.5, self.unlimited_reserve_bytes)
        return grace.over(usage.limit)

    def _state(self, stores: Mapping[str, _Store], accounts: int) -> State:
        state: dict[str, Scalar] = {"accounts": accounts}
        for store in sorted(stores.values(), key=lambda one: one.mount):
            usable = store.size * (100 - self.reserve_pct) // 100
            if not usable:
                raise CannotTell(f"`df` tells no size of {store.mount}")
            state[f"promised on {store.mount}"] = int(store.promised)
            state[f"usable on {store.mount}"] = usable
            # Rounded up, so that a store that is over is never shown as just full.
            state[f"ratio on {store.mount}"] = math.ceil(1000 * store.promised / usable) / 1000
            free = 100 * store.free_inodes // store.inodes if store.inodes else UNLIMITED
            state[f"free inodes on {store.mount}"] = free
        return state


def _read(printed: str) -> tuple[dict[str, str], dict[str, _Store]]:
    """Account -> device, and device -> filesystem, out of the answer to `STORES`."""
    folders: dict[str, str] = {}
    devices: dict[str, str] = {}
    sizes: dict[str, _Store] = {}
    for line in printed.split("\n"):
        word, *fields = line.split("\t")
        if word == "account" and len(fields) == 2:
            folders[fields[0].lower()] = fields[1]
        elif word == "device" and len(fields) == 2:
            devices[fields[1]] = fields[0]
        elif match := re.match(r"\s*(\d+)\s+(\d+|-)\s+(\d+|-)\s+(/\S*)\s+(/.*)", line):
            numbers = [0 if match[group] == "-" else int(match[group]) for group in (1, 2, 3)]
            sizes[match[5]] = _Store(numbers[0], numbers[1], numbers[2], match[4])
    stores = {devices[path]: store for path, store in sizes.items() if path in devices}
    lost = [path for path in folders.values() if devices.get(path) not in stores]
    if lost or not stores:
        raise CannotTell(f"the filesystem of {lost[0] if lost else 'the mail store'} cannot be read from `df`")
    return {account: devices[path] for account, path in folders.items()}, stores
