"""What holds people to their quota, whatever the dialect: roots that count and refuse, and the service quota-status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Protocol

from baseline.classes import dataclass
from baseline.readings.dialects.dialect import Settings

YES = "yes"
OVERALL = ""
"""Where no protocol says otherwise."""


@dataclass(frozen=True)
class Holding:
    """A quota root, in the words of its dialect. `enforced`: protocol, or `OVERALL` -> `yes`, or why not.

    Of protocols those alone that have a say of their own about this root.
    """

    name: str
    definition: str
    driver: str
    enforced: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({OVERALL: YES}))


@dataclass(frozen=True)
class Replies:
    """What the service quota-status tells Postfix; None for an answer that is not set, and that nothing stands for."""

    success: str | None
    nouser: str | None
    overquota: str | None
    toolarge: str | None


class Enforcing(Protocol):
    """How a dialect spells what holds people to their quota."""

    @property
    def replies_asked(self) -> str:
        """The command that prints what `replies` needs beside the settings."""

    def store(self, settings: Settings) -> str:
        """The format in which mail is stored; empty where Dovecot finds it by itself."""

    def roots(self, settings: Settings, blocks: str, protocols: Sequence[str]) -> tuple[Holding, ...]:
        """Every quota root. `blocks` is the answer to the dialect's question of that name. Raises `CannotTell`."""

    def uncounted(self, settings: Settings, blocks: str) -> Mapping[str, str]:
        """Where all mail comes in and none is counted: mailbox -> what says so. Raises `CannotTell`."""

    def vsizes(self, settings: Settings) -> str:
        """`yes` or `no`, or `not needed` where no root needs that sizes are kept."""

    def set_up(self, roots: Sequence[Holding]) -> str:
        """Lines that have these roots with their drivers, enforced; one root that counts where there is none."""

    def replies(self, settings: Settings, printed: str) -> Replies:
        """What quota-status answers, out of the answer to `replies_asked`. Raises `CannotTell`."""

    def replying(self, success: str, nouser: str, overquota: str) -> str:
        """Lines that set the answers; a mail larger than the mailbox gets that of a full one."""

    def listening_at(self, address: str, port: str) -> Sequence[str]:
        """The lines of an `inet_listener`."""
