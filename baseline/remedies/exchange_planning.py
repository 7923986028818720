"""Which quotas of an Exchange would have to change, to what, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Literal

from baseline.classes import dataclass
from baseline.model.quotas import NO_LIMIT, Limit, Mailbox, QuotaLevels, QuotaReport, exceeds
from baseline.sizes import KIB

Parameter = Literal["IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota"]
_TOP_DOWN: tuple[Parameter, ...] = ("ProhibitSendReceiveQuota", "ProhibitSendQuota", "IssueWarningQuota")


@dataclass(frozen=True)
class Intended:
    """The least that a mailbox is to hold, and the quotas to give where less is found."""

    floor: int
    quotas: QuotaLevels


@dataclass(frozen=True)
class QuotaChange:
    """New quotas for one database or mailbox. A mailbox then no longer uses those of its database."""

    what: Literal["database", "mailbox"]
    guid: str
    name: str
    used_database: bool
    before: QuotaLevels
    after: QuotaLevels

    @property
    def steps(self) -> tuple[tuple[Parameter, Limit], ...]:
        """The three values in an order in which each step keeps warn <= send <= receive.

        What is raised comes first, from the top down; then what is lowered, from the bottom up.
        """
        before, after = _by_parameter(self.before), _by_parameter(self.after)
        raised = [name for name in _TOP_DOWN if exceeds(after[name], before[name])]
        lowered = [name for name in reversed(_TOP_DOWN) if name not in raised]
        return tuple((name, after[name]) for name in (*raised, *lowered))


def plan(report: QuotaReport, intended: Intended, without_limit: Collection[str]) -> tuple[QuotaChange, ...]:
    """What would make every database and mailbox conform: databases first, since most mailboxes follow them.

    `without_limit` are addresses of mailboxes that are to have none. A mailbox with quotas of its own keeps them.
    """
    return tuple(
        (*_databases(report, intended), *_mailboxes(report, intended, {one.casefold() for one in without_limit}))
    )


def mended(quotas: QuotaLevels, intended: Intended) -> QuotaLevels:
    """Quotas that conform: what is good stays, and nobody may send or receive less than before."""
    receive, send, warn = quotas.receive, quotas.send, quotas.warn
    if exceeds(intended.floor, receive):
        receive = intended.quotas.receive
    if exceeds(intended.floor, send):
        send = _least(intended.quotas.send, receive)
    elif exceeds(send, receive):
        # Receiving stops there, and so does sending: this only says so.
        send = receive
    if exceeds(warn, send) or (send != quotas.send and exceeds(intended.floor, warn)):
        # Not so early either that the warning would say nothing.
        warn = _scaled(send, intended.quotas)
    return QuotaLevels(warn, send, receive)


def after(report: QuotaReport, changes: Collection[QuotaChange]) -> QuotaReport:
    """The report that would be read when the changes have been made."""
    new = {(change.what, change.guid): change.after for change in changes}
    databases = [replace(one, quotas=new.get(("database", one.guid), one.quotas)) for one in report.databases]
    mailboxes = [
        replace(one, uses_database=False, own=new["mailbox", one.guid]) if ("mailbox", one.guid) in new else one
        for one in report.mailboxes
    ]
    return replace(report, databases=tuple(databases), mailboxes=tuple(mailboxes))


def drifted(reference: QuotaReport, report: QuotaReport) -> tuple[str, ...]:
    """The names of databases and mailboxes whose settings are not those of an earlier report.

    What is new or gone has not drifted, nor has a mailbox whose own quotas changed while its database's hold.
    """
    databases = {one.guid: one.quotas for one in reference.databases}
    mailboxes = {one.guid: _setting(one) for one in reference.mailboxes}
    return (
        *(f"database {one.name}" for one in report.databases if databases.get(one.guid, one.quotas) != one.quotas),
        *(one.address for one in report.mailboxes if mailboxes.get(one.guid, _setting(one)) != _setting(one)),
    )


def _databases(report: QuotaReport, intended: Intended) -> Iterator[QuotaChange]:
    for one in report.databases:
        wanted = mended(one.quotas, intended)
        if wanted != one.quotas:
            yield QuotaChange("database", one.guid, one.name, False, one.quotas, wanted)


def _mailboxes(report: QuotaReport, intended: Intended, without_limit: Collection[str]) -> Iterator[QuotaChange]:
    for one in report.mailboxes:
        present = report.quotas_of(one)
        if one.address.casefold() in without_limit:
            wanted = NO_LIMIT if not unlimited(present) else present
        else:
            wanted = present if one.uses_database else mended(present, intended)
        if wanted != present:
            yield QuotaChange("mailbox", one.guid, one.address, one.uses_database, present, wanted)


def unlimited(quotas: QuotaLevels) -> bool:
    """Whether a mailbox may send and receive whatever its size; a warning alone is no limit."""
    return quotas.send is None and quotas.receive is None


def _setting(mailbox: Mailbox) -> QuotaLevels | None:
    return None if mailbox.uses_database else mailbox.own


def _by_parameter(quotas: QuotaLevels) -> dict[Parameter, Limit]:
    return {
        "IssueWarningQuota": quotas.warn,
        "ProhibitSendQuota": quotas.send,
        "ProhibitSendReceiveQuota": quotas.receive,
    }


def _least(one: Limit, other: Limit) -> Limit:
    return other if exceeds(one, other) else one


def _scaled(send: Limit, intended: QuotaLevels) -> Limit:
    """A warning as far below `send` as the intended one is below its own, in whole KB."""
    if send is None or intended.send is None or intended.warn is None:
        return send
    return max(send * intended.warn // intended.send // KIB * KIB, KIB) if send >= KIB else send
