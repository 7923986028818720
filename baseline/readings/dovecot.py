"""What Dovecot has in force, and what it says of each account: read for the controls of quota."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from baseline.edits import SetBlock
from baseline.errors import CannotTell
from baseline.formats import documents
from baseline.formats.dovecot import DROP_IN, setting_line, settings_in
from baseline.model import Scalar, Target
from baseline.readings.answers import ask, decoded, shorten, text

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

VERSION = "dovecot --version"
GLOBAL = "doveconf protocols mail_plugins mailbox_list_index mail_location mail_temp_dir mail_uid plugin"
"""Asked by every kind that looks at Dovecot, in one wording, so that it is asked once."""

QUOTAS = "doveadm -f json quota get -A"
"""Every account's usage and limits, as the daemon computes them. Needs a userdb that can list its users."""

USERS = "doveadm user '*'"
"""The login of every account, one a line."""

EARLY = "/etc/dovecot/conf.d/00-baseline.conf"
"""Read before the files that Debian ships in conf.d."""

PLUGINS = "mail_plugins"
"""The block with the global list of plugins: one for all controls that need a plugin there."""

KIB = 1024


class Dovecot:
    """Dovecot's settings outside any protocol. Other versions than 2.3 are `CannotTell`."""

    def __init__(self, host: Host) -> None:
        self._version, self._settings = ask(host, VERSION, GLOBAL)

    def setting(self, name: str) -> str:
        """One setting in force; empty when it is not set. Raises `CannotTell`."""
        return _read(self._printed()).get(name, "")

    def plugin(self) -> Mapping[str, str]:
        """The settings of plugins in force, `%` still doubled. Raises `CannotTell`."""
        return _read(self._printed(), "plugin")

    @property
    def protocols(self) -> frozenset[str]:
        """The protocols that this Dovecot serves."""
        return frozenset(self.setting("protocols").split())

    def _printed(self) -> str:
        dovecot_23(text(self._version))
        return text(self._settings)


def _read(printed: str, *section: str) -> Mapping[str, str]:
    try:
        return settings_in(printed, *section)
    except ValueError as error:
        raise CannotTell(f"`doveconf` printed what cannot be read: {error}") from None


def quota_roots(plugin: Mapping[str, str]) -> dict[str, str]:
    """The quota roots in force, name -> definition: `quota`, then `quota2`, `quota3` … up to the first gap."""
    roots: dict[str, str] = {}
    name, number = "quota", 2
    while plugin.get(name):
        roots[name] = plugin[name]
        name, number = f"quota{number}", number + 1
    return roots


@dataclass(frozen=True)
class Usage:
    """One account in bytes. `limit` is None when no root limits it, else the smallest limit over its roots.

    `percent` is the highest over the roots that have a limit, 0 when none has.
    """

    limit: int | None = None
    used: int = 0
    percent: float = 0.0


@dataclass(frozen=True)
class AccountQuotas:
    """Every account that Dovecot lists. `broken` are those whose quota cannot be set up, with Dovecot's words."""

    enabled: bool
    accounts: Mapping[str, Usage] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)

    def login(self, address: str) -> str | None:
        """The name under which Dovecot lists an address; None when it does not."""
        return login_of(address, {*self.accounts, *self.broken})


def login_of(address: str, names: Container[str]) -> str | None:
    """The login of an address among the names that Dovecot lists: the address itself, or its local part alone."""
    name = address.lower()
    return next((one for one in (name, name.partition("@")[0]) if one in names), None)


def read_quotas(result: CommandResult) -> AccountQuotas:
    """The accounts out of the answer to `QUOTAS`.

    A faulty rule of one account is no reason to know nothing of the others, so it is listed as broken. Raises
    `CannotTell` when accounts cannot be listed, when there is none, and when an account cannot be looked at for
    a reason that is no fault of the configuration.
    """
    said = decoded(result.stderr_bytes)
    if "Unknown command 'quota'" in said:
        return AccountQuotas(enabled=False)
    errors = _errors(said)
    disabled = [name for name, what in errors.items() if what.startswith(_DISABLED)]
    if result.rc != 0 and not disabled:
        raise CannotTell(f"`{QUOTAS}`: exit code {result.rc} ({shorten(said) or 'it said nothing'}); {_HINT}")
    accounts = _usages(_rows(result))
    # What is said of an account whose limits are told all the same is about its mail, not about its quota.
    errors = {name: what for name, what in errors.items() if name not in accounts}
    lost = [name for name, what in errors.items() if not what.startswith((_DISABLED, _BROKEN))]
    if lost:
        raise CannotTell(
            f"`{QUOTAS}` failed for {len(lost)} accounts, the first: {lost[0] or 'all'}: {errors[lost[0]]}"
        )
    if disabled and not accounts:
        return AccountQuotas(enabled=False)
    if not accounts and not errors:
        raise CannotTell(f"`{QUOTAS}` lists no account; {_HINT}")
    broken = {name: what.removeprefix(f"{_BROKEN}: ") for name, what in errors.items()}
    return AccountQuotas(enabled=True, accounts=accounts, broken=broken)


_HINT = "the userdb must be able to list its users (an SQL userdb needs iterate_query; a static one cannot)"
_DISABLED = "Quota not enabled"
_BROKEN = "Failed to initialize quota"


def _errors(said: str) -> dict[str, str]:
    """Account -> what doveadm complained of, its first complaint; a complaint about nobody is an account of no name."""
    found: dict[str, str] = {}
    for line in said.splitlines():
        match = re.match(r"doveadm(?:\((?P<user>[^)]*)\))?\S*: (?:Error|Fatal|Panic): (?P<what>.*)", line)
        if match is None:
            match = re.match(r"(?P<user>)(?:Error|Fatal|Panic): (?P<what>.*)", line)
        if match is not None:
            found.setdefault((match["user"] or "").lower(), shorten(match["what"]))
    return found


def _rows(result: CommandResult) -> list[dict[str, Any]]:
    printed = decoded(result.stdout_bytes)
    try:
        rows = documents.read(printed)
    except ValueError as error:
        raise CannotTell(f"`{QUOTAS}` printed no JSON: {shorten(printed)} ({error})") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CannotTell(f"`{QUOTAS}` printed JSON of another shape than rows")
    return rows


def _usages(rows: list[dict[str, Any]]) -> dict[str, Usage]:
    """One usage per account: roots are joined, since the smallest limit is the one that bites."""
    found: dict[str, Usage] = {}
    for row in rows:
        try:
            name = str(row["username"]).lower()
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
        found[name] = Usage(min(limits, default=None), max(known.used, used), max(known.percent, percent))
    return found


def global_plugins(present: Scalar, needed: str) -> tuple[SetBlock, ...]:
    """The global list of plugins with the one needed; nothing where it is there, whoever put it there.

    Where the site sets no list, ours goes before everything else, so that `$mail_plugins` in the site's protocols
    includes it; a global setting behind such a protocol makes Dovecot warn at every start. A list of the site's
    can only be replaced behind it, as a whole.
    """
    names = str(present).split()
    if needed in names:
        return ()
    return (SetBlock(DROP_IN if names else EARLY, PLUGINS, setting_line("mail_plugins", " ".join([*names, needed]))),)


def top_management(target: Target) -> tuple[str, ...]:
    """The addresses of the roster whose mailboxes are to have no limit, in order, each once."""
    return tuple(sorted({account.address.lower() for account in target.roster or () if account.unlimited}))


def dovecot_23(version: str) -> None:
    """Raise `CannotTell` unless `dovecot --version` names a 2.3: 2.4 renamed the settings looked at here."""
    match = re.match(r"(\d+)\.(\d+)", version)
    if not match:
        raise CannotTell(f"`dovecot --version` printed no version: {shorten(version)}")
    if (int(match[1]), int(match[2])) != (2, 3):
        raise CannotTell(
            f"Dovecot {match[0]} has another configuration language than 2.3 and is not supported yet: look by hand"
        )
