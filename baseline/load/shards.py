"""One part of a fleet out of several, by the names of hosts: for runs that others start on several machines. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import NothingMatched, UserError

if TYPE_CHECKING:
    from baseline.model import Target

MOST = 10_000
"""The most parts that there may be."""


@dataclass(frozen=True)
class Shard:
    """The part `number`, counted from 1, `of` so many. Every host is in exactly one, whatever other hosts there are."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, name: str) -> bool:
        """Whether a host is in it: by the SHA-256 of its name, which does not change when others come and go."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1

    def among(self, targets: Sequence[Target]) -> tuple[Target, ...]:
        """Those of these hosts that are in it. Raises `NothingMatched` when none is."""
        mine = tuple(target for target in targets if self.has(target.name))
        if not mine:
            raise NothingMatched(f"none of {len(targets)} hosts is in shard {self}: with fewer shards each has some")
        return mine


def shard_of(text: str) -> Shard:
    """What `--shard` says. Raises `UserError` for anything else."""
    found = re.fullmatch(r"([0-9]{1,5})/([0-9]{1,5})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]) <= MOST:
        raise UserError(f"--shard: {text} is no part of a whole, such as 1/4, 2/4, 3/4 and 4/4")
    return Shard(int(found[1]), int(found[2]))
