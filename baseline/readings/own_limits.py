"""The limits that a userdb gives single accounts, and whether Dovecot goes by them when it computes a quota.

`doveadm user` shows a field as it is set, also one that Dovecot takes no notice of: because it is of another release,
or because a limit that stands nearer to the mail takes its place. What an account gets, `doveadm quota get` tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.judge import UNLIMITED
from baseline.readings.answers import text
from baseline.readings.dovecot import KIB, Dovecot, Usage, by_dialect

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

_FIELDS = ("quota_rule", "quota_storage_size")
"""Of 2.3 and of 2.4: one of the other release may be left, or be there ahead of an upgrade."""


def _asked(user: str, roots: str) -> str:
    told = "|".join(f"{name}=%{{userdb:{name}}}" for name in _FIELDS)
    expression = f"{user}|{told}$e"
    return f"{roots} doveadm user '*' | xargs -r -d '\\n' doveadm user -e \"{expression}\""


_ROOTS_24 = (
    'e=$(doveconf -n | sed -nE \'s,^quota "?([^ "]+)"? \\{$,\\1,p\' | '
    'while read -r r; do printf \'|quota/%s/storage_size=%%{userdb:quota/%s/storage_size}\' "$r" "$r"; done);'
)
"""The field that names a root. One whose name has a space in it cannot be asked for."""

OWN_LIMITS = by_dialect(_asked("%u", "e=;"), _asked("%{user}", _ROOTS_24))
"""Account, and by `|` what its userdb says of its limit in either release's words, empty where it says nothing."""


@dataclass(frozen=True)
class OwnLimit:
    """A limit that a userdb gives an account: bytes, `unlimited`, or why it cannot be read."""

    account: str
    field: str
    value: str
    limit: int | str

    def holds(self, usage: Usage, dovecot: Dovecot) -> bool:
        """Whether Dovecot computes that limit by any root, with what the settings add to it or take of it."""
        if self.limit == UNLIMITED:
            return None in usage.by_root
        if isinstance(self.limit, str):
            return False
        settings = dovecot.settings
        meant = {self.limit * share // 100 for share in (100, *settings.shares)}
        # Limits are told in whole KiB.
        return any(
            (one + more) // KIB == limit // KIB
            for one in meant
            for more in (0, *settings.additions)
            for limit in usage.by_root
            if limit is not None
        )


def own_limits(answer: CommandResult, dovecot: Dovecot, accounts: Collection[str]) -> Iterator[OwnLimit]:
    """Out of the answer to `OWN_LIMITS`: every limit that a userdb gives to one of its accounts.

    Raises `CannotTell`, also where fewer are told of than there are: what a pipe lost would look as if nobody had any.
    """
    lines = [line.strip().split("|") for line in text(answer).splitlines()]
    if len(lines) < len(accounts):
        raise CannotTell(f"`doveadm user -e` tells of {len(lines)} accounts, and there are {len(accounts)}")
    for account, *fields in ((name.lower(), *rest) for name, *rest in lines):
        for name, _, value in (one.partition("=") for one in fields):
            limit = dovecot.dialect.intended(name, value) if value else None
            if limit is not None:
                yield OwnLimit(account, name, value, limit)
