"""Whose mailboxes are full, since when, and when the owner was last told: of each mailbox of a site (clause b)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime

from baseline.classes import dataclass
from baseline.mailboxes.looks import KeptAskedRun, MailboxLook, has_mailboxes, looks_at
from baseline.model import Target
from baseline.model.evidence import EVERY_SITE, MailboxReport
from baseline.model.hosts import Account
from baseline.readings.dovecot import login_of
from baseline.subjects import SITE

WARN_PCT = 80
"""Percent of a limit from which a mailbox is full, where no control says it."""


@dataclass(frozen=True)
class MailboxOwner:
    """A mailbox as its host last told of it, at `at`: `login` is what the host calls it.

    `used` and `limit` are bytes: `used` is None where the host could not tell (`note` says why), `limit` also where
    there is none. `full_since` is the first look of the unbroken row of those in which it was full; with `or_before` no
    earlier look tells when that began. `warned` is when the last report went that named the owner.
    """

    site: str
    host: str
    login: str
    address: str
    in_roster: bool
    at: datetime
    used: int | None = None
    limit: int | None = None
    percent: float = 0.0
    full_since: datetime | None = None
    or_before: bool = False
    warned: datetime | None = None
    note: str = ""

    @property
    def full(self) -> bool:
        """Whether it has come to the level from which it is full."""
        return self.full_since is not None


@dataclass(frozen=True)
class MailboxOwners:
    """The mailboxes of all sites, the fullest first, and the mailstores of which no kept run tells."""

    owners: tuple[MailboxOwner, ...]
    lacking: tuple[str, ...]


def mailbox_owners(
    targets: Sequence[Target], runs: Iterable[KeptAskedRun], levels: Mapping[str, float], now: datetime
) -> MailboxOwners:
    """The mailboxes of the mailstores among the targets. `runs` are those that were kept, the newest first.

    `levels` has the percent from which a mailbox of a host is full, where it is not `WARN_PCT`.
    """
    stores = {target.name: target for target in targets if has_mailboxes(target)}
    rows = {name: _Row(levels.get(name, WARN_PCT)) for name in stores}
    for run in runs if rows else ():
        for look in looks_at([name for name, row in rows.items() if row.waits], run):
            rows[look.host].add(look)
        if not any(row.waits for row in rows.values()):
            break
    found = [one for name, row in rows.items() for one in _owners(stores[name], row, now)]
    found.sort(key=lambda one: (-one.percent, one.site, one.host, one.login))
    return MailboxOwners(tuple(found), tuple(name for name, row in rows.items() if row.last is None))


@dataclass
class _Row:
    """The looks at one mailstore, the newest first: since when mailboxes are full that are full in the last one.

    `open` are those of which an earlier look may still say so.
    """

    level: float
    last: MailboxLook | None = None
    since: dict[str, datetime] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    @property
    def waits(self) -> bool:
        """Whether an earlier look could tell more."""
        return self.last is None or bool(self.open)

    def add(self, look: MailboxLook) -> None:
        usages = look.quotas.accounts
        full = {login for login, usage in usages.items() if usage.limit is not None and usage.percent >= self.level}
        if self.last is None:
            self.last, self.open = look, set(full)
        # Of whom a look could not tell, it breaks no row; a complaint about nobody may be about anybody.
        unknown = self.open if "" in look.quotas.lost else self.open & {*look.quotas.lost, *look.quotas.broken}
        self.open &= full | (unknown - usages.keys())
        self.since |= dict.fromkeys(self.open & full, look.at)


def _owners(target: Target, row: _Row, now: datetime) -> Iterator[MailboxOwner]:
    if row.last is None:
        return
    quotas, at = row.last.quotas, row.last.at
    logins = {*quotas.accounts, *quotas.broken, *quotas.lost} - {""}
    accounts = {login_of(account.address, logins): account for account in target.roster or ()}
    for login in sorted(logins):
        account = accounts.get(login)
        one = MailboxOwner(
            target.site or SITE, target.name, login, _address(login, account, target), account is not None, at
        )
        usage = quotas.accounts.get(login)
        if usage is None:
            yield replace(one, note=quotas.broken.get(login) or quotas.lost.get(login, ""))
            continue
        yield replace(
            one,
            used=usage.used,
            limit=usage.limit,
            percent=round(usage.percent, 1),
            full_since=row.since.get(login),
            or_before=login in row.open,
            warned=_warned(one, target, now),
        )


def _address(login: str, account: Account | None, target: Target) -> str:
    """The address of a mailbox; empty where the roster does not have it and the login alone does not tell."""
    if account is not None:
        return account.address
    if "@" in login:
        return login
    return f"{login}@{target.domains[0]}" if len(target.domains) == 1 else ""


def _warned(one: MailboxOwner, target: Target, now: datetime) -> datetime | None:
    """When the last attested report went that named the owner."""
    sent = [
        record.facts.sent_at
        for record in target.register or ()
        if isinstance(record.facts, MailboxReport)
        if record.subject in (one.site, EVERY_SITE)
        if record.attested_at is not None and max(record.attested_at, record.facts.sent_at) <= now
        if {one.login, one.address.lower()} & {address.lower() for address in record.facts.notified}
    ]
    return max(sent, default=None)
