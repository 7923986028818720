"""What Dovecot has in force, and what it says of each account: read for the controls of quota."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats import documents
from baseline.model import State, Target
from baseline.programs import DOVECOT
from baseline.readings.answers import ask, decoded, shorten, text
from baseline.readings.dialects.dialect import Dialect, Settings
from baseline.readings.dialects.dovecot_23 import Dovecot23
from baseline.readings.dialects.dovecot_24 import Dovecot24

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

VERSION = DOVECOT.releases.asked

DOVECOT_23, DOVECOT_24 = Dovecot23(), Dovecot24()
DIALECTS: Mapping[str, Dialect] = MappingProxyType({one.name: one for one in (DOVECOT_23, DOVECOT_24)})
"""Name -> dialect."""

DIALECT = "dialect of Dovecot"
"""The key of a state that tells a remedy in which dialect to write."""


def by_dialect(in_23: str, in_24: str) -> str:
    """A question that each dialect of Dovecot's configuration is asked in its own words.

    doveconf of 2.4 prints an empty line for a setting that it does not know, and ends with 0 (seen with 2.4.1): asked
    in the words of 2.3, it would say that nothing is set. Of a release with neither dialect the question fails.
    """
    other = 'echo "this Dovecot is neither 2.3 nor 2.4" >&2; exit 64'
    return f"v=$({VERSION}) || exit; case $v in 2.3.*) {in_23} ;; 2.4.*) {in_24} ;; *) {other} ;; esac"


GLOBAL = by_dialect(DOVECOT_23.asked, DOVECOT_24.asked)
"""Asked by every kind that looks at Dovecot, in one wording, so that it is asked once."""

BLOCKS = by_dialect(DOVECOT_23.blocks, DOVECOT_24.blocks)
"""What a dialect says of quota inside of blocks; asked by every kind that looks there, in one wording."""

QUOTAS = "doveadm -f json quota get -A"
"""Every account's usage and limits, as the daemon computes them. Needs a userdb that can list its users."""

USERS = "doveadm user '*'"
"""The login of every account, one a line."""

KIB = 1024


class Dovecot:
    """Dovecot's settings outside any protocol, in the dialect of its release. Of no other release: `CannotTell`."""

    def __init__(self, host: Host) -> None:
        self._version, self._settings = ask(host, VERSION, GLOBAL)

    @property
    def dialect(self) -> Dialect:
        """The dialect that this Dovecot speaks. Raises `CannotTell`."""
        return dialect_named(text(self._version))

    @cached_property
    def settings(self) -> Settings:
        """What is in force. Raises `CannotTell`."""
        return self.dialect.read(text(self._settings))

    def plugins_for(self, answer: CommandResult) -> tuple[str, ...]:
        """The plugins loaded for a protocol, out of the answer to `plugins_question`. Raises `CannotTell`."""
        return self.dialect.plugins_for(self.settings, text(answer))


def dialect_named(version: str) -> Dialect:
    """The dialect of what `dovecot --version` printed, or of a dialect's name. Raises `CannotTell` where none is known.

    A release whose dialect is not known might print the words of another one with another meaning.
    """
    match = re.match(r"(\d+)\.(\d+)", version)
    if not match:
        raise CannotTell(f"`dovecot --version` printed no version: {shorten(version)}")
    known = DIALECTS.get(f"{match[1]}.{match[2]}")
    if known is None:
        raise CannotTell(f"Dovecot {match[0]} is neither {' nor '.join(DIALECTS)}: nobody has tried how it is read")
    return known


def dialect_of(state: State) -> Dialect:
    """The dialect in which a remedy writes, from a state that says which."""
    return dialect_named(str(state[DIALECT]))


@dataclass(frozen=True, slots=True)
class Usage:
    """One account in bytes. `limit` is None when no root limits it, else the smallest limit over its roots.

    `percent` is the highest over the roots that have a limit, 0 when none has. `by_root` has the limit of each root.
    """

    limit: int | None = None
    used: int = 0
    percent: float = 0.0
    by_root: tuple[int | None, ...] = ()


@dataclass(frozen=True)
class AccountQuotas:
    """Every account that Dovecot lists. `broken` are those whose quota it cannot set up or ask, with its own words.

    `lost` are those that it could not look at for another reason; one without a name stands for any.
    """

    enabled: bool
    accounts: Mapping[str, Usage] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)

    def login(self, address: str) -> str | None:
        """The name under which Dovecot lists an address; None when it does not."""
        return login_of(address, {*self.accounts, *self.broken, *self.lost})

    @property
    def without(self) -> list[str]:
        """That the limit and usage of some accounts are not known, since their quota does not work, in words."""
        if not self.broken:
            return []
        first = min(self.broken)
        return [f"{len(self.broken)} accounts have no working quota, the first: {first}: {self.broken[first]}"]

    @property
    def unread(self) -> list[str]:
        """What hides how the quota of some accounts is, in words; nothing where all were looked at."""
        if not self.lost:
            return []
        first = next(iter(self.lost))
        return [f"`{QUOTAS}` failed for {len(self.lost)} accounts, the first: {first or 'all'}: {self.lost[first]}"]


def login_of(address: str, names: Container[str]) -> str | None:
    """The login of an address among the names that Dovecot lists: the address itself, or its local part alone."""
    name = address.lower()
    return next((one for one in (name, name.partition("@")[0]) if one in names), None)


def read_quotas(result: CommandResult, dovecot: Dovecot | None = None) -> AccountQuotas:
    """The same as `known_quotas`, of all accounts: raises `CannotTell` as well when one could not be looked at."""
    quotas = known_quotas(result, dovecot)
    if quotas.unread:
        raise CannotTell(quotas.unread[0])
    return quotas


def known_quotas(result: CommandResult, dovecot: Dovecot | None = None) -> AccountQuotas:
    """The accounts out of the answer to `QUOTAS`.

    A fault of one account is no reason to know nothing of the others. Where none is told of, the settings say whether
    there is a quota: without a root 2.4 tells of nobody. Raises `CannotTell` when accounts cannot be listed, and when
    there is none.
    """
    said = decoded(result.stderr_bytes)
    if "Unknown command 'quota'" in said:
        return AccountQuotas(enabled=False)
    complaints = _complaints(said)
    disabled = any(words[0].startswith(_DISABLED) for words in complaints.values())
    # 75 comes with rows as well, where single accounts or their resources failed, which it then names.
    some_failed = result.rc == _FAILED_SOME and any(complaints)
    if result.rc != 0 and not some_failed and not disabled:
        raise CannotTell(f"`{QUOTAS}`: exit code {result.rc} ({shorten(said) or 'it said nothing'}); {_HINT}")
    rows = [] if result.rc and not result.stdout_bytes.strip() else _rows(result)
    accounts, failed = _usages(rows)
    # What is said of an account whose limits are told all the same is about its mail, not about its quota.
    complaints = {name: words for name, words in complaints.items() if name not in accounts}
    if disabled and not accounts:
        return AccountQuotas(enabled=False)
    named = {name: why for name, words in complaints.items() if (why := _broken(words))}
    broken = {**dict.fromkeys(failed, "its storage could not be asked"), **named}
    lost = {name: words[0] for name, words in complaints.items() if name not in broken}
    if not accounts and not broken and not lost:
        if dovecot is not None and not dovecot.settings.roots:
            return AccountQuotas(enabled=False)
        raise CannotTell(f"`{QUOTAS}` lists no account; {_HINT}")
    return AccountQuotas(enabled=True, accounts=accounts, broken=broken, lost=lost)


_HINT = "the userdb must be able to list its users (an SQL userdb needs iterate_query; a static one cannot)"
_DISABLED = "Quota not enabled"
_BROKEN = re.compile(
    r"Failed to initialize quota: (?P<why>.*)"
    r"|(?P<whole>Failed to expand plugin setting quota.*|Failed to get quota resource STORAGE: .*)"
)
"""How Dovecot says that an account has no working quota: a rule, a warning or another setting that it cannot read,
a `%{…}` that it does not know, a backend that is missing or does not answer. Seen with 2.3.19 and 2.4.1."""
_FAILED_SOME = 75


def _broken(words: Sequence[str]) -> str:
    """Which of an account's complaints says that its quota does not work; empty when none does."""
    found = next((match for one in words if (match := _BROKEN.match(one))), None)
    return (found["why"] or found["whole"]) if found else ""


def _complaints(said: str) -> dict[str, list[str]]:
    """Account -> what doveadm complained of, its first few; a complaint about nobody is an account of no name."""
    found: dict[str, list[str]] = {}
    for line in said.splitlines():
        match = re.match(r"doveadm(?:\((?P<user>[^)]*)\))?\S*: (?:Error|Fatal|Panic): (?P<what>.*)", line)
        if match is None:
            match = re.match(r"(?P<user>)(?:Error|Fatal|Panic): (?P<what>.*)", line)
        if match is not None:
            words = found.setdefault((match["user"] or "").lower(), [])
            if len(words) < _MOST_COMPLAINTS:
                words.append(shorten(match["what"].removeprefix(_OF_24)))
    return found


_MOST_COMPLAINTS = 5
_OF_24 = "cmd quota get: "
"""How 2.4 begins what it complains of."""


def _rows(result: CommandResult) -> list[dict[str, Any]]:
    printed = decoded(result.stdout_bytes)
    try:
        rows = documents.read(printed)
    except ValueError as error:
        raise CannotTell(f"`{QUOTAS}` printed no JSON: {shorten(printed)} ({error})") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CannotTell(f"`{QUOTAS}` printed JSON of another shape than rows")
    return rows


def _usages(rows: list[dict[str, Any]]) -> tuple[dict[str, Usage], set[str]]:
    """One usage per account: roots are joined, since the smallest limit is the one that bites.

    And the accounts of which the storage of a root could not be asked, which have none.
    """
    found: dict[str, Usage] = {}
    failed: set[str] = set()
    for row in rows:
        try:
            name = str(row["username"]).lower()
            if row["type"] == "STORAGE" and row["limit"] == "error":
                failed.add(name)
                continue
            if row["type"] != "STORAGE":
                found.setdefault(name, Usage())
                continue
            used = int(row["value"]) * KIB
            limit = None if row["limit"] == "-" else int(row["limit"]) * KIB
        except (KeyError, ValueError, TypeError):
            raise CannotTell(f"`{QUOTAS}` printed a row that is none: {shorten(str(row))}") from None
        percent = 100.0 * used / limit if limit else 0.0
        known = found.get(name, Usage())
        limits = [one for one in (known.limit, limit) if one is not None]
        roots = (*known.by_root, limit)
        found[name] = Usage(min(limits, default=None), max(known.used, used), max(known.percent, percent), roots)
    for name in failed:
        found.pop(name, None)
    return found, failed


def top_management(target: Target) -> tuple[str, ...]:
    """The addresses of the roster whose mailboxes are to have no limit, in order, each once."""
    return tuple(sorted({account.address.lower() for account in target.roster or () if account.unlimited}))
