"""Kind `account_quota`: the limit of every single account, as Dovecot computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.judge import UNLIMITED, Advised, AtLeast, Equal, Want, Wants
from baseline.kinds.base import ByHand, Control, Loosens, Size
from baseline.model import Account, Scalar, State, Target
from baseline.model.looks import also_unread
from baseline.readings.answers import ask
from baseline.readings.dovecot import QUOTAS, AccountQuotas, known_quotas
from baseline.readings.quota_rules import FLOOR

if TYPE_CHECKING:
    from testinfra.host import Host

MOST_NAMED = 50
"""How many accounts a state names; the counts beside them are of all."""


class AccountQuota(Control):
    """The limit of every account: the default, or what its userdb entry says instead.

    Looked at: `doveadm quota get -A`, which asks Dovecot itself for each account. Of several roots the smallest
    limit counts. `accounts below the floor` have less than 100 000 000 bytes; `limit of ACCOUNT` stands in the
    state for accounts below `min_bytes`, smallest first and at most 50, so that a host of 10 000 accounts stays
    readable. An account whose quota Dovecot cannot set up or ask (a rule or a warning that it cannot parse, a variable
    that it does not know, a backend that does not answer) has no working quota, and counts as a fault with Dovecot's
    words. Roster accounts that Dovecot does not list are named: the roster is stale, or a mailbox is
    missing.

    Not applied: the limit of one account stands in the site's own userdb, which this tool never writes. Remove
    its `quota_rule` there, or raise it. Common mistakes: an SQL column in bytes joined to `*:storage=` gives
    1024 times the limit, one in megabytes the 1024th part, since a bare number counts KiB.

    `unknown` where the userdb cannot list its users (a static one; SQL without `iterate_query`), where it lists
    none, and where an account cannot be looked at. Sources: doveadm-quota(1); RFC 9208.
    """

    summary: ClassVar[str] = "The limit of every account, as Dovecot computes it."
    loosens: ClassVar[Loosens] = {"min_bytes": "lower"}
    by_hand: ClassVar[ByHand] = {
        "limit of *": (
            "Correct quota_rule of {rest} in the userdb (passwd-file, SQL or LDAP), or take it out: the"
            " default then holds."
        ),
        "roster accounts unknown to Dovecot": "Take {found} out of the roster, or make the account.",
    }

    kind: Literal["account_quota"]
    min_bytes: Annotated[
        Size, Field(ge=FLOOR, description="Bytes below which a limit warns; below 100 000 000 it fails.")
    ] = 104_857_600

    def expected(self, target: Target) -> Wants:
        """Quota in force, and no account below the floor."""
        wants: dict[str, Want] = {
            "quota": Equal("enabled"),
            "accounts below the floor": Equal(0),
            "accounts with a broken quota": Equal(0),
            "limit of *": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "smallest limit": AtLeast(self.min_bytes, FLOOR, "bytes"),
        }
        if target.roster:
            wants["roster accounts unknown to Dovecot"] = Advised(Equal("none"))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """Counts over all accounts, and the limits of those that have too little."""
        (result,) = ask(host, QUOTAS)
        quotas = known_quotas(result)
        if not quotas.enabled:
            return {"quota": None}
        limits = {name: usage.limit for name, usage in quotas.accounts.items()}
        bounded = sorted((limit, name) for name, limit in limits.items() if limit is not None)
        state: dict[str, Scalar] = {
            "quota": "enabled",
            "accounts": len(limits) + len(quotas.broken),
            "accounts without a limit": sum(limit is None for limit in limits.values()),
            "accounts with a broken quota": len(quotas.broken),
            "accounts below the floor": sum(limit < FLOOR for limit, _ in bounded),
            "smallest limit": bounded[0][0] if bounded else UNLIMITED,
        }
        state |= {f"limit of {name}": f"broken: {why}" for name, why in sorted(quotas.broken.items())[:MOST_NAMED]}
        low = [(limit, name) for limit, name in bounded if limit < self.min_bytes]
        state |= {f"limit of {name}": limit for limit, name in low[:MOST_NAMED]}
        if target.roster:
            state["roster accounts unknown to Dovecot"] = _unknown(target.roster, quotas)
        return also_unread(state, quotas.unread)

    def advice(self, state: State) -> str:
        """What has to be there first."""
        if state.get("quota") is None:
            return "Have quota loaded and set up: apply MEL-Q-03 and MEL-Q-01 first."
        return ""


def _unknown(roster: tuple[Account, ...], quotas: AccountQuotas) -> str:
    missing = sorted(account.address for account in roster if quotas.login(account.address) is None)
    if not missing:
        return "none"
    return ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
