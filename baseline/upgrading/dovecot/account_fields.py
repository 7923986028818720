"""What a database says of one account (`quota_rule`, `mail`), read by 2.4 as 2.3 read it. The database stays as it is.

2.4 has other names for these fields and drops the old ones without a word. Its expressions can turn one into the other:
`fields { quota_storage_size = %{userdb:quota_rule | regexp(…)} }` (tried on 2.4.1).
"""

from __future__ import annotations

import re

from baseline import sizes
from baseline.formats.dovecot import QuotaRule, quota_rule, undouble
from baseline.upgrading.dovecot import location
from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.quota_limits import DefaultLimit, default_limit, size
from baseline.upgrading.dovecot.variables import AUTH, convert
from baseline.upgrading.dovecot.writing import Entry, Set, WrittenSection


def known(name: str, value: str, usual: DefaultLimit | None = None) -> list[Set]:
    """One field whose value is known, as 2.4's fields. Raises ValueError for what 2.4 has nothing for.

    `usual` is the limit of accounts for which a variable in a rule has no value.
    """
    bare, colon, suffix = name.partition(":")
    if suffix == "protected":
        suffix = "default"
    tail = f"{colon}{suffix}"
    plain = bare.removeprefix("userdb_")
    prefix = "userdb_" if plain != bare else ""
    if plain == "quota_rule":
        return [Set(f"{prefix}{one.name}{tail}", one.value) for one in rule(undouble(value), usual)]
    if plain == "mail":
        return [Set(f"{prefix}{one.name}{tail}", one.value) for one in location.settings(value)]
    return [Set(f"{bare}{tail}", convert(value, AUTH))]


def rule(text: str, usual: DefaultLimit | None = None) -> list[Set]:
    """A rule for the whole root as fields. Raises ValueError for a rule for one folder."""
    try:
        found: QuotaRule = quota_rule(text)
    except ValueError:
        return _expression(text, usual or DefaultLimit())
    if not found.default:
        raise ValueError(f"2.4 has no field for the rule `{text}` of one account")
    fields = []
    if found.storage is not None:
        fields.append(Set("quota_storage_size", size(found.storage.amount)))
    if found.messages is not None:
        fields.append(Set("quota_message_count", str(found.messages.amount or "unlimited")))
    return fields


def _expression(text: str, usual: DefaultLimit) -> list[Set]:
    """A rule with a variable in it, as LDAP attributes are given: `*:storage=%{ldap:quota}M`."""
    match = re.fullmatch(r"[*?]:(?P<what>storage|bytes|messages)=(?P<amount>%\{[^}]*\}|%\$)(?P<unit>[a-zA-Z]*)", text)
    if match is None:
        raise ValueError(f"2.4 has no field for the rule `{text}` of one account")
    variable = convert(match["amount"], AUTH).removeprefix("%{").removesuffix("}")
    if match["what"] == "messages":
        return [Set("quota_message_count", f"%{{{variable} | default('{usual.messages}')}}")]
    unit = match["unit"] or ("k" if match["what"] == "storage" else "")
    amount, rest = divmod(usual.storage, sizes.dovecot(f"1{unit}", bare="b"))
    if rest:
        raise ValueError(f"the limit of the default is no whole number of {unit}, which `{text}` counts in")
    # An account without a value has the limit of the default; 2.4 refuses an empty size.
    return [Set("quota_storage_size", f"%{{{variable} | default('{amount}')}}{unit}")]


# --- fields that only the database knows ----------------------------------------------------------

_NUMBER_OF_KIB = r"regexp('^[*?]:(.*:)?storage=([0-9]+)(:.*)?$', '\\2k')"
_AMOUNT = r"regexp('^[*?]:(.*:)?(storage|bytes)=([0-9]+[bkmgtBKMGT]?)[^:]*(:.*)?$', '\\3')"
_NONE = "regexp('^[*?]:.*$', '0')"
"""A rule that says nothing of this takes the place of the default all the same, and means no limit."""
_MESSAGES = r"regexp('^[*?]:(.*:)?messages=([0-9]+)(:.*)?$', '\\2')"


def rules(draft: DovecotDraft) -> bool:
    """Whether what an account has of rules is to be read: without the plugin nobody asks for it."""
    return "quota" in draft.known.plugins


def from_database(draft: DovecotDraft, *, own_rules: bool, mail: bool) -> list[Entry]:
    """Fields that read `quota_rule` and `mail` of whatever the database says of an account."""
    entries: list[Entry] = []
    if own_rules and rules(draft):
        entries += _limits(draft)
    if mail:
        entries += _location(draft)
    return [WrittenSection("fields", tuple(entries))] if entries else []


def _limits(draft: DovecotDraft) -> list[Entry]:
    try:
        whole = default_limit(draft.known.tree.plugin())
    except ValueError:
        return []
    if draft.usual_rule:
        found = quota_rule(draft.usual_rule)
        whole = DefaultLimit(*(one.amount if one is not None else 0 for one in (found.storage, found.messages)))
    usual = sizes.to_dovecot(whole.storage) if whole.storage else "0"
    storage = f"%{{userdb:quota_rule | default('{usual}') | {_NUMBER_OF_KIB} | {_AMOUNT} | {_NONE}}}"
    count = f"%{{userdb:quota_rule | default('{whole.messages}') | {_MESSAGES} | {_NONE}}}"
    return [Set("quota_storage_size", storage, bare=True), Set("quota_message_count", count, bare=True)]


def _location(draft: DovecotDraft) -> list[Entry]:
    """`mail` of an account, where it names a format and a path; `INDEX=` and the like are for a person."""
    usual = {one.name: one.value for one in location.settings(draft.known.tree.get("mail_location"))}
    driver, path = usual.get("mail_driver", ""), usual.get("mail_path", "")
    if not driver or "%{" in path:
        raise ValueError("accounts have a `mail` of their own, which 2.4 does not read: give them mail_path instead")
    return [
        Set("mail_driver", f"%{{userdb:mail | default('{driver}:') | regexp('^([^:]*):.*$', '\\\\1')}}", bare=True),
        Set(
            "mail_path",
            f"%{{userdb:mail | default('{driver}:{path}') | regexp('^[^:]*:([^:]*).*$', '\\\\1')}}",
            bare=True,
        ),
    ]


_DROPPED = {
    "quota_rule": "a limit of their own as quota_rule, which 2.4 drops without a word, so that they would get the limit"
    " of the default: the converted configuration reads it",
    "mail": "a place of their own as mail, which 2.4 does not read, so that they would see empty mailboxes: the"
    " converted configuration reads it",
}
"""What accounts say that 2.4 does not hear."""


def from_file(draft: DovecotDraft, kind: str, path: str) -> list[Entry]:
    """The fields that the accounts of a passwd-file need. One whose path holds a variable could not be looked at."""
    reader = from_database if kind == "userdb" else for_prefetch
    accounts = draft.known.accounts.get(path)
    if accounts is None:
        return reader(draft, own_rules=True, mail=False)
    if accounts.fields.get("more_rules") and kind == "userdb":
        old = Old((*draft.heads, path), "userdb_quota_rule2", "", path)
        many = accounts.fields["more_rules"]
        draft.gone(old, f"{many} accounts have a quota_rule2 of their own, which 2.4 has no field for")
    for form, meaning in _DROPPED.items():
        if form in accounts.fields and kind == "userdb":
            old = Old((*draft.heads, path), f"userdb_{form}", "", path)
            draft.changed(old, f"{accounts.fields[form]} accounts have {meaning}")
    return reader(draft, own_rules="quota_rule" in accounts.fields, mail="mail" in accounts.fields)


def for_prefetch(draft: DovecotDraft, *, own_rules: bool, mail: bool) -> list[Entry]:
    """The same, for a passdb that brings the fields of the userdb along: userdb prefetch sees no others.

    Nothing where no userdb takes what a passdb brings.
    """
    if all(one.get("driver") != "prefetch" for one in draft.known.tree.all("userdb")):
        return []
    found = from_database(draft, own_rules=own_rules, mail=mail)
    return [
        WrittenSection(
            "fields",
            tuple(Set(f"userdb_{one.name}", one.value, one.bare) for one in section.entries if isinstance(one, Set)),
        )
        for section in found
        if isinstance(section, WrittenSection)
    ]
