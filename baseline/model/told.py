"""What became of the alerts of a run, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baseline.classes import dataclass


@dataclass(frozen=True)
class Told:
    """One channel: how many messages it `sent`, how many are `waiting` for its next chance, and its `trouble`.

    `trouble` is a sentence, empty where all went well. The heartbeat is a channel of its own.
    """

    channel: str
    sent: int = 0
    waiting: int = 0
    trouble: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The channel as JSON carries it."""
        return dict(self.__dict__)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Told:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(*(document[name] for name in ("channel", "sent", "waiting", "trouble")))
