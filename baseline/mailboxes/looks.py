"""What mailstores said of their accounts in runs that were kept. No host is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from baseline.classes import dataclass
from baseline.errors import CannotTell, HistoryError
from baseline.facts import snapshot_host
from baseline.model.heard import of_command, read_answer
from baseline.model.hosts import SeenAccounts
from baseline.readings.answers import ask
from baseline.readings.dovecot import QUOTAS, AccountQuotas, known_quotas
from baseline.secret import HIDDEN
from baseline.subjects import SITE

if TYPE_CHECKING:
    from baseline.model import Target

FRESH = timedelta(days=7)
"""How long an answer tells which accounts a host has."""


@dataclass(frozen=True)
class MailboxLook:
    """What a mailstore said of all its accounts, and when."""

    host: str
    at: datetime
    quotas: AccountQuotas


class KeptAskedRun(Protocol):
    """A run that was kept: when it was finished (ISO 8601 in UTC), and what hosts answered to one question."""

    @property
    def finished(self) -> str:
        """When it was finished."""
        ...

    def answers(self, question: str, names: Iterable[str]) -> Mapping[str, bytes]:
        """What each of these hosts answered; nothing of those that were not asked. Raises `HistoryError`."""
        ...


def looks_at(names: Iterable[str], run: KeptAskedRun) -> Iterator[MailboxLook]:
    """What some hosts said of their accounts in a run; nothing of those that were not asked, or did not tell."""
    try:
        told = run.answers(of_command(QUOTAS), names)
    except HistoryError:
        return
    for name, answer in told.items():
        quotas = _quotas(name, answer)
        if quotas is not None and quotas.enabled:
            yield MailboxLook(name, datetime.fromisoformat(run.finished), quotas)


def has_mailboxes(target: Target) -> bool:
    """Whether a target is a host with mailboxes."""
    return "mailstore" in target.roles and bool(target.address)


def mailstores(targets: Iterable[Target]) -> Mapping[str, tuple[str, ...]]:
    """Site -> the names of its hosts with mailboxes."""
    found: dict[str, list[str]] = {}
    for target in targets:
        if has_mailboxes(target):
            found.setdefault(target.site or SITE, []).append(target.name)
    return {site: tuple(names) for site, names in found.items()}


def with_seen_accounts(
    targets: Sequence[Target], everybody: Iterable[Target], runs: Iterable[KeptAskedRun], now: datetime
) -> tuple[Target, ...]:
    """The targets with the accounts that the mailstores of their sites had when they were last asked.

    `runs` are those that were kept, the newest first; only as many are read as are needed. An answer that is older than
    `FRESH` tells nothing.
    """
    stores = mailstores(everybody)
    wanted = {name for target in targets if target.roster for name in stores.get(target.site or SITE, ())}
    last: dict[str, MailboxLook] = {}
    for run in runs if wanted else ():
        if now - datetime.fromisoformat(run.finished) > FRESH:
            break
        last |= {look.host: look for look in looks_at(sorted(wanted - last.keys()), run)}
        if wanted == last.keys():
            break
    seen = {site: _seen(names, last) for site, names in stores.items()}
    return tuple(replace(target, seen_accounts=seen.get(target.site or SITE)) for target in targets)


def _seen(names: Sequence[str], last: Mapping[str, MailboxLook]) -> SeenAccounts | None:
    looks = [last[name] for name in names if name in last]
    if not looks:
        return None
    lacking = [name for name in names if name not in last]
    # A complaint about nobody may hide any account.
    lacking += [look.host for look in looks if "" in look.quotas.lost]
    logins = {login for look in looks for login in _logins(look.quotas)}
    return SeenAccounts(frozenset(logins), min(look.at for look in looks), tuple(lacking))


def _logins(quotas: AccountQuotas) -> set[str]:
    return {*quotas.accounts, *quotas.broken, *quotas.lost} - {""}


def _quotas(name: str, answer: bytes) -> AccountQuotas | None:
    """The accounts out of what a host answered; None where that tells nothing of them."""
    if HIDDEN.encode() in answer:
        return None
    try:
        (result,) = ask(snapshot_host(name, {QUOTAS: read_answer(answer)}), QUOTAS)
        return known_quotas(result)
    except (CannotTell, ValueError):
        return None
