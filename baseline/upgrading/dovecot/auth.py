"""`passdb` and `userdb` of 2.3, and the files that their `args` name, as the sections of 2.4.

Sources: doc.dovecot.org 2.3 and 2.4, "Password databases" and "User databases"; 2.4-converted-settings there.
What an account's `quota_rule` and `mail` said is read by expressions: databases of accounts stay as they are.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from baseline.formats.dovecot import undouble
from baseline.upgrading.dovecot import account_fields, databases
from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.tree import Block
from baseline.upgrading.dovecot.variables import AUTH, convert
from baseline.upgrading.dovecot.writing import HIDDEN, Entry, Set, WrittenSection, section

GONE = {
    "checkpassword": "2.4 has no checkpassword: write the lookup in Lua (passdb lua)",
    "dict": "2.4 asks no dict for accounts: write the lookup in Lua, or move the accounts to SQL or a passwd-file",
    "shadow": "2.4 reads no shadow file by itself: use PAM (passdb pam)",
    "vpopmail": "2.4 has no vpopmail: move the accounts to SQL or a passwd-file",
    "bsdauth": "2.4 of Debian has no bsdauth: use PAM",
    "nss": "2.4 has no nss: use userdb passwd",
    "sia": "2.4 has no sia",
}
"""Kinds of databases that 2.4 does not have, with what to use instead."""


def authentication(draft: DovecotDraft, block: Block) -> None:
    """All passdb and userdb of one block, in their order."""
    for kind in ("passdb", "userdb"):
        names: set[str] = set()
        for number, database in enumerate(block.all(kind)):
            name = _name(database, names)
            names.add(name)
            inner = draft.inner(kind, number)
            _database(inner, database, name)
            draft.put(*inner.entries)


def _name(database: Block, taken: Iterable[str]) -> str:
    """The name of a section: the driver's, with a number where there are several."""
    wanted = database.name or database.get("name") or database.get("driver")
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name


def _database(draft: DovecotDraft, database: Block, name: str) -> None:
    """One passdb or userdb, written by `draft.put` of the block around it."""
    driver = database.get("driver")
    old = draft.old("driver", driver)
    if driver in GONE:
        draft.gone(old, GONE[driver])
        return
    inside: list[Entry] = [] if name == driver else [Set("driver", driver)]
    try:
        inside += _fields(draft, database, "default_fields")
        inside += _by_driver(draft, database, driver)
        inside += _fields(draft, database, "override_fields")
        inside += _rules(draft, database)
    except ValueError as error:
        draft.gone(draft.old("args", database.get("args")), str(error))
        return
    draft.plain(old, section(database.kind, name, inside))


def _by_driver(draft: DovecotDraft, database: Block, driver: str) -> list[Entry]:
    args = database.get("args")
    kind = database.kind
    if driver in ("sql", "ldap"):
        return databases.entries(draft, kind, driver, args)
    if driver == "passwd-file":
        return _passwd_file(draft, kind, args)
    if driver == "static":
        return _static(kind, args)
    if driver == "pam":
        return _pam(args)
    if driver == "lua":
        return [Set("lua_file", one.removeprefix("file=")) for one in shlex.split(args) if one.startswith("file=")]
    if driver in ("passwd", "prefetch"):
        rest = [one for one in shlex.split(args) if not one.startswith("blocking=")]
        if rest:
            raise ValueError(f"2.4 has nothing for `{' '.join(rest)}` of {kind} {driver}")
        return []
    raise ValueError(f"what 2.4 has for {kind} {driver} is not known here: see doc.dovecot.org")


def _passwd_file(draft: DovecotDraft, kind: str, args: str) -> list[Entry]:
    *options, path = args.split(" ") if args else [""]
    if not path:
        raise ValueError(f"{kind} passwd-file names no file")
    entries: list[Entry] = [Set("passwd_file_path", convert(path, AUTH))]
    scheme = "CRYPT"
    for option in options:
        name, _, value = option.partition("=")
        if name == "scheme":
            scheme = value
        elif name == "username_format":
            if value != "%u":
                entries.append(Set("auth_username_format", convert(value, AUTH)))
        elif name != "blocking" and option:
            raise ValueError(f"2.4 has nothing for `{option}` of {kind} passwd-file")
    if kind == "passdb":
        entries.append(Set("default_password_scheme", scheme))
    return [*entries, *account_fields.from_file(draft, kind, path)]


def words(text: str) -> dict[str, str]:
    """`name=value name2="va lue"`, as fields of a database are given; a name alone means yes."""
    found = {}
    for word in shlex.split(text, posix=True):
        name, sign, value = word.partition("=")
        found[name] = value if sign else "yes"
    return found


def _static(kind: str, args: str) -> list[Entry]:
    fields = words(args)
    entries: list[Entry] = []
    if kind == "passdb" and "password" in fields:
        entries.append(Set("passdb_static_password", fields.pop("password")))
    if fields.pop("allow_all_users", "no") in ("yes", "y"):
        entries.append(Set("userdb_static_allow_all_users", "yes"))
    return [*entries, *([field_section(fields)] if fields else [])]


def field_section(fields: Mapping[str, str]) -> WrittenSection:
    """`fields { … }`, with `quota_rule` and `mail` as the settings that 2.4 made of them."""
    entries: list[Entry] = []
    for name, value in fields.items():
        entries += account_fields.known(name, value)
    return WrittenSection("fields", tuple(entries))


def _pam(args: str) -> list[Entry]:
    entries: list[Entry] = []
    for word in shlex.split(args):
        name, sign, value = word.partition("=")
        if not sign:
            service = "%{protocol}" if word == "*" else convert(word, AUTH)
            entries.append(Set("passdb_pam_service_name", service))
        elif name in ("session", "setcred", "failure_show_msg", "max_requests"):
            entries.append(Set(f"passdb_pam_{name}", value))
        elif name not in ("cache_key", "blocking"):
            raise ValueError(f"2.4 has nothing for `{word}` of passdb pam")
    return entries


def _fields(draft: DovecotDraft, database: Block, name: str) -> list[Entry]:
    """Fields that hold where the database says nothing, or those that hold whatever it says."""
    entries: list[Entry] = []
    for field, value in words(database.get(name)).items():
        if name == "override_fields":
            entries += account_fields.known(field, value)
        elif field == "quota_rule" and account_fields.rules(draft):
            # What reads an account's own rule takes this one where there is none.
            draft.usual_rule = undouble(value)
        else:
            entries += [Set(f"{one.name}:default", one.value) for one in account_fields.known(field, value)]
    if entries:
        draft.plain(draft.old(name, database.get(name)), meaning="these fields stand in `fields { }`")
    return [WrittenSection("fields", tuple(entries))] if entries else []


_RULES = {
    "deny": "deny",
    "master": "master",
    "skip": "skip",
    "result_success": "result_success",
    "result_failure": "result_failure",
    "result_internalfail": "result_internalfail",
    "mechanisms": "mechanisms_filter",
    "username_filter": "username_filter",
    "auth_verbose": "auth_verbose",
}


def _rules(draft: DovecotDraft, database: Block) -> list[Entry]:
    entries: list[Entry] = []
    for name, value in database.settings.items():
        if name in _RULES and not (name == "auth_verbose" and value == "default"):
            entries.append(Set(_RULES[name], value))
        elif name == "pass" and value == "yes":
            entries.append(Set("result_success", "continue"))
        elif name == "args" and HIDDEN in value:
            draft.gone(draft.old(name, value), "the password stays on the host: write it here by hand")
        elif name not in ("driver", "args", "default_fields", "override_fields", "name", "auth_verbose", "pass"):
            _unknown(draft, draft.old(name, value))
    return entries


def _unknown(draft: DovecotDraft, old: Old) -> None:
    draft.gone(old, f"2.4 has nothing for `{old.name}` of a database of accounts")
