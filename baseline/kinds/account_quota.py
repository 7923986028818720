"""Kind `account_quota`: the limit of every single account, as Dovecot computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.judge import UNLIMITED, Advised, AtLeast, Equal, Want, Wants
from baseline.kinds.base import ByHand, Control, Loosens, Size
from baseline.model import Account, Scalar, State, Target
from baseline.model.looks import Parts, also_unread
from baseline.readings.answers import ask
from baseline.readings.dovecot import QUOTAS, AccountQuotas, Dovecot, known_quotas
from baseline.readings.own_limits import OWN_LIMITS, own_limits
from baseline.readings.quota_rules import FLOOR

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
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

    `own limits without effect` counts accounts whose userdb entry sets a limit that Dovecot does not go by, which is a
    warning: since 2.4 a limit inside of `quota "…" { }` takes its place, and a `quota_rule` left from 2.3 counts for
    nothing, while `doveadm user` shows either as set; in 2.3 a second rule for `*` does the same. `limit in BLOCK` is
    one that holds for mail as it is delivered, as in `mailbox_quota`.

    Not applied: the limit of one account stands in the site's own userdb, which this tool never writes. Remove
    its `quota_rule` (since 2.4 `quota_storage_size`) there, or raise it. Common mistakes: an SQL column in
    bytes joined to `*:storage=` gives 1024 times the limit, one in megabytes the 1024th part, since a bare
    number counts KiB.

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
        "own limits without effect": (
            "Take the limit out of the block of the quota root and set it outside, or give the accounts theirs as this "
            "release of Dovecot reads it: `own limit of` names them."
        ),
        "limit in *": "Take the limit out of {rest}, or raise it: mail is held to it as it is delivered.",
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
            "limit in *": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "own limits without effect": Advised(Equal(0)),
        }
        if target.roster:
            wants["roster accounts unknown to Dovecot"] = Advised(Equal("none"))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """Counts over all accounts, and the limits of those that have too little."""
        dovecot = Dovecot(host)
        result, own = ask(host, QUOTAS, OWN_LIMITS)
        quotas = known_quotas(result, dovecot)
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
        found = Parts(state)
        with found.part():
            found |= {f"limit in {one.where}": one.limit for one in dovecot.settings.narrow}
            found |= _without_effect(own, quotas, dovecot)
        return also_unread(found, quotas.unread)

    def advice(self, state: State) -> str:
        """What has to be there first."""
        if state.get("quota") is None:
            return "Have quota loaded and set up: apply MEL-Q-03 and MEL-Q-01 first."
        return ""


def _without_effect(answer: CommandResult, quotas: AccountQuotas, dovecot: Dovecot) -> dict[str, Scalar]:
    """Limits that the userdb gives accounts and Dovecot does not go by: how many, and which."""
    lost = [
        one
        for one in own_limits(answer, dovecot, quotas.accounts)
        if (usage := quotas.accounts.get(one.account)) is not None and not one.holds(usage, dovecot)
    ]
    named = {f"own limit of {one.account}": f"no effect: {one.field}={one.value}" for one in lost[:MOST_NAMED]}
    return {"own limits without effect": len(lost), **named}


def _unknown(roster: tuple[Account, ...], quotas: AccountQuotas) -> str:
    missing = sorted(account.address for account in roster if quotas.login(account.address) is None)
    if not missing:
        return "none"
    return ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
