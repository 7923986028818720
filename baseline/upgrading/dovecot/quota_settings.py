"""The settings of quota that stand by themselves: grace, the largest mail, texts, the flag of who is over.

Sources: doc.dovecot.org 2.3 and 2.4, "Quota Plugin".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from baseline import sizes
from baseline.formats.dovecot import undouble
from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.quota_limits import default_limit, roots, size
from baseline.upgrading.dovecot.variables import convert
from baseline.upgrading.dovecot.writing import Set, WrittenSection, section

GRACE_PERCENT = 10
"""Of the limit, what a last mail may exceed it by in 2.3 where nothing is set (quota.c)."""


def settings(draft: DovecotDraft, plugin: Mapping[str, str]) -> None:
    """All of them. `draft` is one for `plugin`, whose entries stand outside of any section."""
    _grace(draft, plugin)
    _over(draft, plugin)
    for name, value in plugin.items():
        if name in _SINGLE:
            _single(draft, draft.old(name, value))


def handled(name: str) -> bool:
    """Whether a setting of `plugin` is one of those that are converted here."""
    return name in _SINGLE or name == "quota_grace" or name.startswith("quota_over_")


def _grace(draft: DovecotDraft, plugin: Mapping[str, str]) -> None:
    """What a last mail may exceed the limit by: a share of the limit in 2.3, and bytes in 2.4."""
    if not roots(plugin):
        return
    value = undouble(plugin.get("quota_grace", f"{GRACE_PERCENT}%"))
    old = draft.old("quota_grace", plugin.get("quota_grace", ""))
    percent = re.fullmatch(r"(\d+)%", value)
    try:
        whole = default_limit(plugin).storage
        if percent is None:
            draft.plain(old, Set("quota_storage_grace", sizes.to_dovecot(sizes.dovecot(value))))
            return
    except ValueError as error:
        draft.gone(old, str(error))
        return
    share = whole * int(percent[1]) // 100
    if not int(percent[1]):
        draft.plain(old, Set("quota_storage_grace", "0"))
        return
    draft.changed(
        old,
        f"what the last mail may exceed a limit by is {percent[1]}% of the account's limit in 2.3, and one number of"
        f" bytes in 2.4: {size(share) if share else 'as 2.4 has it, 10 MB'}, reckoned from the limit of the default;"
        " accounts with another limit can be filled by more or less than before",
        *([Set("quota_storage_grace", sizes.to_dovecot(share))] if share else []),
    )


_SINGLE: Mapping[str, str] = {
    "quota_max_mail_size": "quota_mail_size",
    "quota_exceeded_message": "quota_exceeded_message",
    "quota_mailbox_count": "quota_mailbox_count",
    "quota_mailbox_message_count": "quota_mailbox_message_count",
    "quota_status_success": "quota_status_success",
    "quota_status_toolarge": "quota_status_toolarge",
    "quota_status_overquota": "quota_status_overquota",
    "quota_status_nouser": "quota_status_nouser",
}
_COUNTS = frozenset({"quota_max_mail_size", "quota_mailbox_count", "quota_mailbox_message_count"})


def _single(draft: DovecotDraft, old: Old) -> None:
    value = old.value
    if old.name in _COUNTS:
        value = "unlimited" if value.strip() == "0" else value
        draft.plain(old, Set(_SINGLE[old.name], value))
        return
    try:
        text = convert(value.replace("%m", "%%{error}") if old.name.startswith("quota_status") else value)
    except ValueError as error:
        draft.gone(old, str(error))
        return
    draft.plain(old, Set(_SINGLE[old.name], text.replace("%%{error}", "%{error}")))


def _over(draft: DovecotDraft, plugin: Mapping[str, str]) -> None:
    """`quota_over_flag` and what is run when it does not tell the truth."""
    names = {
        "quota_over_flag": "current",
        "quota_over_flag_value": "mask",
        "quota_over_flag_lazy_check": "lazy_check",
    }
    for name, new in names.items():
        if name in plugin:
            entry = Set(new, convert(plugin[name]))
            draft.plain(draft.old(name, plugin[name]), WrittenSection("quota_over_status", (entry,)))
    if "quota_over_script" in plugin:
        service, _, arguments = plugin["quota_over_script"].partition(" ")
        words = [Set("args", convert(arguments))] if arguments else []
        execute = section("execute", service, words)
        old = draft.old("quota_over_script", plugin["quota_over_script"])
        draft.plain(old, WrittenSection("quota_over_status", (execute,)))
