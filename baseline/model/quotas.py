"""What an Exchange organisation says of its mailbox quotas, as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from baseline.classes import dataclass

Limit = int | None
"""Bytes; None is Exchange's `Unlimited`."""


def exceeds(one: Limit, other: Limit) -> bool:
    """Whether a limit is the larger one. Nothing exceeds no limit."""
    return other is not None and (one is None or one > other)


@dataclass(frozen=True)
class QuotaLevels:
    """Three sizes of a mailbox: where its owner is warned, may no longer send, and no longer gets mail.

    Exchange calls them IssueWarningQuota, ProhibitSendQuota and ProhibitSendReceiveQuota.
    """

    warn: Limit
    send: Limit
    receive: Limit

    @property
    def ordered(self) -> bool:
        """Whether each comes no later than the next, so that each can do its work."""
        return not exceeds(self.warn, self.send) and not exceeds(self.send, self.receive)


NO_LIMIT = QuotaLevels(None, None, None)


@dataclass(frozen=True)
class Database:
    """A mailbox database, with the quotas of all its mailboxes that have none of their own."""

    guid: str
    name: str
    quotas: QuotaLevels


@dataclass(frozen=True)
class Mailbox:
    """A mailbox. `own` is what it says itself, which holds only where it does not use its database's.

    `own` is None where Exchange did not tell it, which only a mailbox may do whose own quotas do not hold.
    """

    guid: str
    address: str
    type: str
    database: str
    uses_database: bool
    own: QuotaLevels | None


@dataclass(frozen=True)
class QuotaReport:
    """All databases and mailboxes of an organisation at one time. `file` is where it was read, empty for a host."""

    taken: datetime
    server: str
    databases: tuple[Database, ...]
    mailboxes: tuple[Mailbox, ...]
    file: str = ""

    def quotas_of(self, mailbox: Mailbox) -> QuotaLevels:
        """What holds for a mailbox: its database's quotas, or its own."""
        if mailbox.uses_database:
            return self._by_name[mailbox.database.casefold()].quotas
        assert mailbox.own is not None
        return mailbox.own

    @cached_property
    def _by_name(self) -> Mapping[str, Database]:
        return {database.name.casefold(): database for database in self.databases}
