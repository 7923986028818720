"""Sieve of 2.3, whose scripts are texts in `plugin { }`, as the `sieve_script` sections of 2.4.

Sources: dovecot/documentation, 2.4-sieve.inc; doc.dovecot.org 2.4, "Sieve"; pigeonhole's NEWS of 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.quota import folder
from baseline.upgrading.dovecot.variables import convert
from baseline.upgrading.dovecot.writing import Entry, Set, section, switches

_MANY = re.compile(r"sieve_(before|after)(\d*)")
_IMAPSIEVE = re.compile(r"imapsieve_mailbox(\d+)_(name|from|causes|before|after)")
_LISTS = frozenset({"sieve_extensions", "sieve_global_extensions", "sieve_implicit_extensions"})
_RENAMED = {
    "sieve_user_log": "sieve_user_log_path",
    "sieve_quota_max_scripts": "sieve_quota_script_count",
    "sieve_quota_max_storage": "sieve_quota_storage_size",
}
_GONE = {
    "sieve_vacation_max_subject_codepoints": "2.4 has no such limit",
}
_BEFORE = frozenset(
    {
        "sieve",
        "sieve_dir",
        "sieve_default",
        "sieve_default_name",
        "sieve_global",
        "sieve_global_dir",
        "sieve_global_path",
        "sieve_discard",
    }
)
PERSONAL = "file:~/sieve;active=~/.dovecot.sieve"
"""Where the scripts of an account lie in 2.3 where nothing is set."""


def handled(name: str) -> bool:
    """Whether a setting of `plugin` is one of those that are converted here."""
    return name.startswith(("sieve_", "imapsieve_")) or name == "sieve"


def sieve(draft: DovecotDraft, plugin: Mapping[str, str]) -> None:
    """All of Sieve. `draft` is one for `plugin`, whose entries stand outside of any section."""
    _personal(draft, plugin)
    for name, value in plugin.items():
        if handled(name) and name not in _BEFORE and not _IMAPSIEVE.fullmatch(name):
            _setting(draft, draft.old(name, value))
    _imapsieve(draft, plugin)


def _personal(draft: DovecotDraft, plugin: Mapping[str, str]) -> None:
    text = plugin.get("sieve", PERSONAL if _wanted(draft, plugin) else "")
    if text:
        _script(draft, draft.old("sieve", plugin.get("sieve", "")), "personal", "", _old_style(text, plugin))
    if "sieve_default" in plugin:
        extra = [Set("name", plugin["sieve_default_name"])] if "sieve_default_name" in plugin else []
        old = draft.old("sieve_default", plugin["sieve_default"])
        _script(draft, old, "default", "default", plugin["sieve_default"], extra)
    for name in ("sieve_global", "sieve_global_dir", "sieve_global_path"):
        if name in plugin:
            kind = "default" if name == "sieve_global_path" else "global"
            _script(draft, draft.old(name, plugin[name]), kind, kind, plugin[name])
    if "sieve_discard" in plugin:
        _script(
            draft, draft.old("sieve_discard", plugin["sieve_discard"]), "discard", "discard", plugin["sieve_discard"]
        )


def _wanted(draft: DovecotDraft, plugin: Mapping[str, str]) -> bool:
    loaded = draft.known.plugins | frozenset(draft.known.tree.get("protocols").split())
    return "sieve" in loaded or "sieve_dir" in plugin


def _old_style(text: str, plugin: Mapping[str, str]) -> str:
    """`sieve = ~/.dovecot.sieve` names the active script, and `sieve_dir` where the others lie."""
    if text.startswith(("file:", "ldap:", "dict:")):
        return text
    return f"file:{plugin.get('sieve_dir', '~/sieve')};active={text}"


def _script(draft: DovecotDraft, old: Old, name: str, kind: str, text: str, extra: list[Set] | None = None) -> None:
    try:
        inside: list[Entry] = [Set("type", kind)] if kind else []
        inside += [*_location(text), *(extra or [])]
    except ValueError as error:
        draft.gone(old, str(error))
        return
    draft.plain(old, section("sieve_script", name, inside))


def _location(text: str) -> list[Entry]:
    driver, sign, rest = text.partition(":")
    if not sign or driver.startswith(("~", "/", "%")):
        driver, rest = "file", text
    if driver != "file":
        raise ValueError(f"scripts that lie in `{driver}:` have to be written by hand for 2.4")
    path, *options = rest.split(";")
    found: list[Entry] = [Set("path", convert(path))]
    for option in options:
        name, _, value = option.partition("=")
        new = {"active": "active_path", "bindir": "bin_path", "name": "name"}.get(name)
        if new is None:
            raise ValueError(f"2.4 has nothing for `{option}` of where scripts lie")
        found.append(Set(new, convert(value)))
    return found


def _setting(draft: DovecotDraft, old: Old) -> None:
    many = _MANY.fullmatch(old.name)
    if many:
        # Scripts run in the order in which 2.4 reads them, which is that of the numbers.
        _script(draft, old, f"{many[1]}{many[2] or 1}", many[1], old.value)
    elif old.name in _LISTS:
        draft.plain(old, _list(old.name, old.value))
    elif old.name in _GONE:
        draft.changed(old, _GONE[old.name])
    else:
        try:
            draft.plain(old, Set(_RENAMED.get(old.name, old.name), convert(old.value)))
        except ValueError as error:
            draft.gone(old, str(error))


def _list(name: str, value: str) -> Entry:
    words = value.split()
    if all(word[0] in "+-" for word in words):
        more, less = [one[1:] for one in words if one[0] == "+"], [one[1:] for one in words if one[0] == "-"]
        return switches(name, more, off=less)
    return Set(name, " ".join(word.lstrip("+") for word in words if word[0] != "-"))


# --- IMAPSieve ------------------------------------------------------------------------------------


def _imapsieve(draft: DovecotDraft, plugin: Mapping[str, str]) -> None:
    rules: dict[int, dict[str, str]] = {}
    for name, value in plugin.items():
        match = _IMAPSIEVE.fullmatch(name)
        if match:
            rules.setdefault(int(match[1]), {})[match[2]] = value
    for number, rule in sorted(rules.items()):
        _rule(draft, number, rule)


def _rule(draft: DovecotDraft, number: int, rule: Mapping[str, str]) -> None:
    """One rule: what runs when a mail comes into a folder, or out of one."""
    causes = [Set("cause", " ".join(rule["causes"].replace(",", " ").split()).lower())] if "causes" in rule else []
    scripts: list[Entry] = []
    try:
        for kind in ("before", "after"):
            if kind in rule:
                inside = [Set("type", kind), *causes, *_location(rule[kind])]
                scripts.append(section("sieve_script", f"imapsieve{number}-{kind}", inside))
    except ValueError as error:
        draft.gone(draft.old(f"imapsieve_mailbox{number}_name", rule.get("name", "")), str(error))
        return
    for part, value in rule.items():
        draft.plain(draft.old(f"imapsieve_mailbox{number}_{part}", value), meaning="this rule stands in a section")
    inner: list[Entry] = scripts
    if rule.get("from", "*") != "*":
        inner = [section("imapsieve_from", rule["from"], scripts)]
    if rule.get("name", "*") == "*":
        draft.put(*inner)
    else:
        draft.put(folder(draft, rule["name"], inner))
