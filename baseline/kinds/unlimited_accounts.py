"""Kind `unlimited_accounts`: mailboxes of top management without a limit."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import PutFile
from baseline.judge import UNLIMITED, Advised, Equal, Wants
from baseline.kinds.base import Control, SystemName
from baseline.model import Scalar, State, Target
from baseline.readings.answers import ask, text
from baseline.readings.dovecot import (
    DIALECT,
    QUOTAS,
    USERS,
    Dovecot,
    dialect_of,
    login_of,
    read_quotas,
    top_management,
)
from baseline.remedies import roster_userdb
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9][A-Za-z0-9.-]*")
"""Addresses that need no quoting in a dict file or in JSON; others are left to a person."""


class UnlimitedAccounts(Control):
    """Every account that the roster calls `top_management` has no quota limit.

    Looked at: `doveadm quota get -A`; `limit of ACCOUNT` is `unlimited` or bytes, for accounts that Dovecot
    lists. Where quota is not in force yet, or an account is not there yet, `provided for` tells whether the
    remedy's files are in place. The mandate suggests this (*dicadangkan*), so a limit is a warning. Without
    such an account in the roster the control does not apply.

    Applied: a userdb of our own (driver `dict`) in conf.d/00-baseline-roster.conf, before the site's. It knows
    the roster's accounts only, gives them `quota_rule=*:storage=0`, and always hands on to the next userdb
    (`result_success = continue`), so whatever the site uses (passwd, passwd-file, SQL, LDAP) still decides who
    exists, and no file with passwords is touched. It lists no users (`iterate_disable`), so no account appears
    twice in `doveadm -A`. `quota_rule2` repeats the rule, because a `quota_rule` of the site's entry replaces
    ours, and the last rule for the whole mailbox wins. For Dovecot 2.4, which has no such driver, it is a passwd-file
    with `quota_storage_size=0`, and the same for each root by its name, which beats the limit inside of a root's block;
    a root whose name has a space cannot be named so, and its own limit is left to a person.

    What can go wrong: a userdb written in dovecot.conf above the include of conf.d, or one with `driver =
    prefetch` for logins, is asked first; then the verification fails and the host is put back. A filesystem
    quota below the store still limits. Unlimited mailboxes count in `quota_capacity`. Sources: doc.dovecot.org
    2.3, "User Databases" (result_success, iterate_disable), "Dictionary"; 2.4, "Passwd-file", "Variable
    expansion".
    """

    summary: ClassVar[str] = "Mailboxes of the roster's top management have no limit."
    nothing_to_judge: ClassVar[str] = "the roster names no account of class top_management"
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the userdb is laid over the site's and holds the quota of the roster's top "
        "management alone",
        notice="Mailboxes of top management have no limit.",
    )

    kind: Literal["unlimited_accounts"]
    group: Annotated[
        SystemName, Field(description="Group that may read the list: the one that Dovecot's auth process runs in.")
    ] = "dovecot"

    def expected(self, target: Target) -> Wants:
        """No limit for the top-management accounts that Dovecot knows, and provision for the others."""
        if not top_management(target):
            return {}
        return {
            "limit of *": Advised(Equal(UNLIMITED)),
            "limit in *": Advised(Equal(UNLIMITED)),
            "provided for": Advised(Equal("yes")),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The limit of each such account, its login, and whether accounts still to come are provided for."""
        addresses = top_management(target)
        if not addresses:
            return {}
        dovecot = Dovecot(host)
        listed, result, *digests = ask(host, USERS, QUOTAS, *(_digest(path) for path in self.reads(target)))
        names = frozenset(text(listed).lower().split("\n")) - {""}
        dialect, settings = dovecot.dialect, dovecot.settings
        roots = ", ".join(root.name for root in settings.roots)
        state: dict[str, Scalar] = {DIALECT: dialect.name, "quota roots": roots}
        state |= {f"limit in {one.where}": one.limit for one in settings.narrow}
        state |= {f"out of reach: {root}": "its own limit" for root in dialect.out_of_reach(settings)}
        state |= {f"login of {address}": login_of(address, names) for address in addresses}
        quotas = read_quotas(result, dovecot)
        for address in addresses if quotas.enabled else ():
            login = quotas.login(address)
            if login is not None and login in quotas.broken:
                state[f"limit of {address}"] = f"broken: {quotas.broken[login]}"
            elif login is not None:
                limit = quotas.accounts[login].limit
                state[f"limit of {address}"] = UNLIMITED if limit is None else limit
        files = self._files(state, target)
        found = {path: text(one).split(" ")[0].strip() for path, one in zip(self.reads(target), digests, strict=True)}
        written = all(found[one.path] == sha256(one) for one in files)
        told = all(f"limit of {address}" in state for address in addresses)
        state["provided for"] = "yes" if told or written else "no"
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The files that make up the userdb, in either dialect."""
        del target
        return roster_userdb.PATHS

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The userdb with every top-management account of the roster, those not known yet too."""
        limited = [address for address in top_management(target) if state.get(f"limit of {address}") != UNLIMITED]
        limits = [state.get(f"limit of {address}") for address in limited]
        if any(isinstance(limit, str) for limit in limits) or not all(_NAME.fullmatch(one) for one in limited):
            # What stays as it is keeps the warning, and an apply that mends nothing is rolled back.
            return None
        if (not limited and state["provided for"] == "yes") or any(key.startswith("out of reach: ") for key in state):
            return None
        return Remedy(edits=self._files(state, target), reloads=("dovecot",))

    def advice(self, state: State) -> str:
        """What a person can do where the userdb of the roster does not help."""
        if self.fix:
            return self.fix
        nearer = [key.removeprefix("limit in ") for key in state if key.startswith("limit in ")]
        nearer += [f'quota "{key.removeprefix("out of reach: ")}"' for key in state if key.startswith("out of reach: ")]
        if nearer:
            return f"Take the limit out of the block {nearer[0]}, where no userdb lifts it, and set it outside."
        return (
            "Give these accounts no limit in the userdb (quota_rule=*:storage=0; quota_storage_size=0 since Dovecot "
            "2.4); mend rules that Dovecot cannot parse first."
        )

    def _files(self, state: State, target: Target) -> tuple[PutFile, ...]:
        dialect = dialect_of(state)
        fields = dialect.fields_without_limit([root for root in str(state["quota roots"]).split(", ") if root])
        addresses = [address for address in top_management(target) if _NAME.fullmatch(address)]
        logins = sorted({str(state[f"login of {address}"] or address) for address in addresses})
        return roster_userdb.files(dialect.name, logins, fields, self.group)


def _digest(path: str) -> str:
    return f"if [ -f {path} ]; then sha256sum <{path}; else echo absent; fi"


def sha256(file: PutFile) -> str:
    """The digest that sha256sum(1) prints of a file as it would be written."""
    return hashlib.sha256(file.content.encode()).hexdigest()
