"""Quota of 2.3, which is texts in `plugin { }`, as the settings and sections of 2.4.

Limits of the default stand outside `quota "…" { }`: inside it they would shadow the limits of single accounts (seen
with 2.4.1). Sources: doc.dovecot.org 2.3 and 2.4, "Quota Plugin"; quota.c of dovecot/core 2.3.19.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from baseline import sizes
from baseline.formats.dovecot import QuotaRule, RuleLimit, undouble
from baseline.upgrading.dovecot import quota_settings
from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.quota_limits import DefaultLimit, default_limit, root_name, roots, rules, size
from baseline.upgrading.dovecot.variables import convert
from baseline.upgrading.dovecot.writing import Entry, Set, WrittenSection, section

_ROOT = re.compile(r"quota(?:[2-9]|[1-9][0-9]+)?")
_RULE = re.compile(r"(?P<root>quota\d*)_rule(?P<number>\d*)")
_WARNING = re.compile(r"(?P<root>quota\d*)_warning(?P<number>\d*)")


def quota(draft: DovecotDraft, plugin: Mapping[str, str]) -> None:
    """All of quota. `draft` is one for `plugin`, whose entries stand outside of any section."""
    found = roots(plugin)
    for name in plugin:
        if re.fullmatch(r"quota\d*_vsizes", name):
            draft.plain(draft.old(name, plugin[name]), meaning="2.4 always counts virtual sizes; nothing to write")
    for root in found:
        _root(draft, plugin, root, alone=len(found) == 1)
    quota_settings.settings(draft, plugin)


# --- roots, rules, warnings -----------------------------------------------------------------------


def _root(draft: DovecotDraft, plugin: Mapping[str, str], root: str, *, alone: bool) -> None:
    old = draft.old(root, plugin[root])
    driver, _, rest = plugin[root].partition(":")
    parameters = [part for part in rest.split(":")[1:] if part]
    inside: list[Entry] = []
    meanings: list[str] = []
    if driver in ("dict", "dirsize"):
        meanings.append(
            f"2.4 has no quota of the kind {driver}: usage is counted from the mail itself (count), which reads every"
            " mailbox once"
        )
        driver, parameters = "count", [one for one in parameters if one in _FLAGS or one.startswith("ns=")]
    inside.append(Set("driver", driver))
    for parameter in parameters:
        entry = _parameter(driver, parameter)
        if entry is None:
            draft.gone(old, f"`{parameter}` of a root has to be written by hand for 2.4: see its page on quota")
        else:
            inside.append(entry)
    name = root_name(plugin[root])
    written = section("quota", name, inside)
    if meanings:
        draft.changed(old, "; ".join(meanings), written)
    else:
        draft.plain(old, written)
    _limits(draft, plugin, root, name, alone=alone)
    for setting in sorted((one for one in plugin if _is(_WARNING, one, root)), key=_number):
        _warning(draft, draft.old(setting, plugin[setting]), name)


def _is(pattern: re.Pattern[str], setting: str, root: str) -> bool:
    match = pattern.fullmatch(setting)
    return match is not None and match["root"] == root


def _number(setting: str) -> int:
    digits = re.search(r"(\d*)$", setting)
    return int(digits[1]) if digits and digits[1] else 1


_FLAGS: Mapping[str, Set | None] = {
    "noenforcing": Set("enforce", "no"),
    "hidden": Set("hidden", "yes"),
    "ignoreunlimited": Set("ignore_unlimited", "yes"),
}


def _parameter(driver: str, parameter: str) -> Set | None:
    if parameter in _FLAGS:
        return _FLAGS[parameter]
    if driver == "fs":
        if parameter in ("user", "group"):
            return Set("fs_type", parameter)
        if parameter.startswith("mount="):
            return Set("fs_mount_path", parameter.removeprefix("mount="))
        if parameter == "inode_per_mail":
            return Set("fs_message_limit", "yes")
    return None


def _limits(draft: DovecotDraft, plugin: Mapping[str, str], root: str, name: str, *, alone: bool) -> None:
    """The rules of a root. With one root its default stands outside, so that accounts can have limits of their own."""
    try:
        found = rules(plugin, root)
    except ValueError as error:
        draft.gone(draft.old(f"{root}_rule", plugin.get(f"{root}_rule", "")), f"2.3 cannot read this itself: {error}")
        return
    whole = default_limit(plugin, root)
    for setting, rule in found:
        old = draft.old(setting, plugin[setting])
        if rule.default:
            entries = _default(rule)
            if alone:
                draft.plain(old, *entries, meaning="the limit of accounts that have none of their own stays as it is")
            else:
                draft.changed(
                    old,
                    f"the limit of one of several roots stands inside `quota {name}`, where a limit of an account has"
                    f" to be given as quota/{name}/storage_size",
                    section("quota", name, entries),
                )
        else:
            _folder(draft, old, rule, whole)
    ignored = [one for one in plugin if _is(_RULE, one, root) and one not in {setting for setting, _ in found}]
    for setting in ignored:
        draft.plain(draft.old(setting, plugin[setting]), meaning="2.3 drops rules behind a gap in the numbers: no rule")


def _default(rule: QuotaRule) -> list[Entry]:
    entries: list[Entry] = []
    if rule.storage is not None:
        entries.append(Set("quota_storage_size", size(rule.storage.amount)))
    if rule.messages is not None:
        entries.append(Set("quota_message_count", str(rule.messages.amount or "unlimited")))
    return entries


def _folder(draft: DovecotDraft, old: Old, rule: QuotaRule, whole: DefaultLimit) -> None:
    entries: list[Entry] = []
    problem = ""
    if rule.ignore:
        entries.append(Set("quota_ignore", "yes"))
    if rule.storage is not None:
        extra = _extra(rule.storage, whole.storage)
        if extra < 0:
            problem = "2.4 can give a folder more room than the rest, not less"
        entries.append(Set("quota_storage_extra", sizes.to_dovecot(extra)))
    if rule.messages is not None:
        problem = problem or "2.4 has no limit of messages for one folder"
    if problem or not entries:
        draft.gone(old, problem or "2.4 has nothing for this rule")
        return
    written = folder(draft, rule.mask, entries)
    if rule.storage is not None and rule.storage.percent:
        meaning = (
            f"{rule.storage.amount}% more for this folder is now {size(_extra(rule.storage, whole.storage))}, reckoned"
            " from the limit of the default: accounts with a limit of their own get that much as well, not their share"
        )
        draft.changed(old, meaning, written)
    else:
        draft.plain(old, written)


def _extra(limit: RuleLimit, whole: int) -> int:
    return whole * limit.amount // 100 if limit.percent else limit.amount


def folder(draft: DovecotDraft, mask: str, entries: Sequence[Entry]) -> WrittenSection:
    """Settings of one folder, in the namespace that it lies in; its name there goes without the namespace's prefix."""
    spaces = draft.known.tree.all("namespace")
    fitting = [one for one in spaces if mask.startswith(one.get("prefix")) and one.get("prefix")]
    inbox = [one for one in spaces if one.get("inbox") == "yes"]
    chosen = max(fitting, key=lambda one: len(one.get("prefix")), default=inbox[0] if inbox else None)
    name = (chosen.name if chosen else "") or "inbox"
    own = mask.removeprefix(chosen.get("prefix")) if chosen and chosen in fitting else mask
    inner = section("mailbox", own, entries)
    implied = () if chosen else (Set("inbox", "yes"),)
    return section("namespace", name, (*implied, inner))


def _warning(draft: DovecotDraft, old: Old, name: str) -> None:
    limit, _, command = undouble(old.value).partition(" ")
    match = re.fullmatch(r"(?P<sign>[-+]?)(?P<what>storage|bytes|messages)=(?P<amount>\d+)(?P<unit>[%a-zA-Z]*)", limit)
    service, _, arguments = command.strip().partition(" ")
    if match is None or not service:
        draft.gone(old, "2.4 has nothing for this warning")
        return
    what = "message" if match["what"] == "messages" else "storage"
    entries: list[Entry] = [Set("quota_warning_resource", what)] if what == "message" else []
    if match["unit"] == "%":
        entries.append(Set(f"quota_{what}_percentage", match["amount"]))
    elif what == "message":
        entries += [Set("quota_message_count", match["amount"]), Set("quota_message_percentage", "100")]
    else:
        bare = "k" if match["what"] == "storage" else "b"
        amount = sizes.dovecot(match["amount"] + match["unit"], bare=bare)
        entries += [Set("quota_storage_size", size(amount)), Set("quota_storage_percentage", "100")]
    if match["sign"] == "-":
        entries.append(Set("quota_warning_threshold", "under"))
    try:
        words = convert(arguments.strip())
    except ValueError as error:
        draft.gone(old, str(error))
        return
    entries.append(section("execute", service, [Set("args", words)] if words else []))
    label = f"{match['what']}-{match['amount']}{'' if not match['sign'] else '-under'}"
    label += f"-{_number(old.name)}"
    draft.plain(old, section("quota", name, [section("warning", label, entries)]))


# --- whose settings these are ---------------------------------------------------------------------


def handled(name: str) -> bool:
    """Whether a setting of `plugin` is one of those that are converted here."""
    return (
        bool(_ROOT.fullmatch(name) or _RULE.fullmatch(name) or _WARNING.fullmatch(name))
        or quota_settings.handled(name)
        or bool(re.fullmatch(r"quota\d*_vsizes", name))
    )
