"""Which cluster is meant: what `--cluster` says. Pure."""

from __future__ import annotations

import re

from baseline.classes import dataclass
from baseline.errors import UserError

MOST_WORKERS = 256
"""The most workers on this machine."""

_LOCAL = re.compile(r"local(?::([0-9]{1,4}))?")
_PLACE = re.compile(r"tls://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")


@dataclass(frozen=True)
class ClusterAddress:
    """A scheduler by its URL, or without one so many `workers` on this machine (0: one for each of its processors)."""

    url: str = ""
    workers: int = 0

    def __str__(self) -> str:
        return self.url or "of this machine"


def address_of(text: str) -> ClusterAddress:
    """The cluster that a text names. Raises `UserError` for what names none, and for one without TLS."""
    if local := _LOCAL.fullmatch(text):
        workers = int(local[1] or 0)
        if local[1] and not 1 <= workers <= MOST_WORKERS:
            raise UserError(f"--cluster: {text}: 1 to {MOST_WORKERS} workers are possible, as in local:4")
        return ClusterAddress(workers=workers)
    if (place := _PLACE.fullmatch(text)) and 1 <= int(place[2]) <= 65535:
        return ClusterAddress(text)
    if text.startswith("tcp://"):
        raise UserError(
            f"--cluster: {text} is refused: whoever reaches a scheduler without TLS can run anything on its workers. "
            "Start scheduler and workers with certificates, and name it as tls://"
        )
    raise UserError(f"--cluster: {text} names no cluster: write tls://SCHEDULER:8786, local or local:4")
