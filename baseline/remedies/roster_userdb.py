"""A userdb of our own that has the accounts of a roster unlimited, before the site's: its files in either dialect.

2.4 has no userdb of the driver `dict` any more. Its driver `passwd-file` lists its accounts beside the site's, which
would each be visited twice, unless its path has a variable in it: to list them it then opens the path for a user `*`.
Seen with 2.4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from baseline.edits import PutFile
from baseline.templates import render

Fields = Mapping[str, str]

USERDB = "/etc/dovecot/conf.d/00-baseline-roster.conf"
"""Read before the site's own userdb, so that the fields given here are there when the site's entry is found."""

DICT = "/etc/dovecot/baseline-roster.conf.ext"
ROSTER = "/etc/dovecot/baseline-roster"
_ACCOUNTS, _NOBODY = "passwd", "nobody"

PATHS = (USERDB, DICT, f"{ROSTER}.dict", f"{ROSTER}.{_ACCOUNTS}", f"{ROSTER}.{_NOBODY}")
"""All files of either dialect."""


def files(dialect: str, logins: Sequence[str], fields: Fields, group: str) -> tuple[PutFile, ...]:
    """The files in a dialect, which `group` may read."""
    return _WRITTEN[dialect](logins, fields, group)


def _as_dict(logins: Sequence[str], fields: Fields, group: str) -> tuple[PutFile, ...]:
    roster = f"{ROSTER}.dict"
    return (
        PutFile(USERDB, render("dovecot/roster-userdb.conf.j2", dict=DICT)),
        PutFile(DICT, render("dovecot/roster-dict.conf.j2", roster=roster), "root", group, 0o640),
        PutFile(roster, render("dovecot/roster.dict.j2", logins=logins, fields=fields), "root", group, 0o640),
    )


def _as_passwd_file(logins: Sequence[str], fields: Fields, group: str) -> tuple[PutFile, ...]:
    userdb = render("dovecot/roster-userdb-24.conf.j2", roster=ROSTER, accounts=_ACCOUNTS, nobody=_NOBODY)
    accounts = render("dovecot/roster.passwd.j2", logins=logins, fields=fields)
    nobody = render("dovecot/roster.passwd.j2", logins=(), fields={})
    return (
        PutFile(USERDB, userdb),
        PutFile(f"{ROSTER}.{_ACCOUNTS}", accounts, "root", group, 0o640),
        PutFile(f"{ROSTER}.{_NOBODY}", nobody, "root", group, 0o640),
    )


_WRITTEN: Mapping[str, Callable[[Sequence[str], Fields, str], tuple[PutFile, ...]]] = MappingProxyType(
    {"2.3": _as_dict, "2.4": _as_passwd_file}
)
