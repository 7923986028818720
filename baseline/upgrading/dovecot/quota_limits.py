"""The roots and limits that 2.3's `plugin { }` gives to accounts that have none of their own.

Source: quota.c of dovecot/core 2.3.19.1.
"""

from __future__ import annotations

from collections.abc import Mapping

from baseline import sizes
from baseline.classes import dataclass
from baseline.formats.dovecot import QuotaRule, quota_rule, undouble


@dataclass(frozen=True)
class DefaultLimit:
    """The limit of the default, in bytes and messages; 0 is no limit."""

    storage: int = 0
    messages: int = 0


def default_limit(plugin: Mapping[str, str], root: str = "quota") -> DefaultLimit:
    """What an account gets that has no limit of its own. Raises ValueError for a rule that 2.3 refuses."""
    storage = messages = 0
    for _, rule in rules(plugin, root):
        if rule.default:
            storage = rule.storage.amount if rule.storage is not None else storage
            messages = rule.messages.amount if rule.messages is not None else messages
    return DefaultLimit(storage, messages)


def rules(plugin: Mapping[str, str], root: str) -> list[tuple[str, QuotaRule]]:
    """The rules in force with the names of their settings, up to the first gap in the numbers."""
    found, name, number = [], f"{root}_rule", 2
    while plugin.get(name):
        found.append((name, quota_rule(undouble(plugin[name]))))
        name, number = f"{root}_rule{number}", number + 1
    return found


def roots(plugin: Mapping[str, str]) -> list[str]:
    """The names of the settings of the roots in force: `quota`, `quota2` … up to the first gap."""
    found, name, number = [], "quota", 2
    while plugin.get(name):
        found.append(name)
        name, number = f"quota{number}", number + 1
    return found


def root_name(definition: str) -> str:
    """The name of a root, as clients see it; the driver's where it has none."""
    driver, _, rest = definition.partition(":")
    return rest.split(":")[0] or f"{driver} quota"


def size(amount: int) -> str:
    """Bytes as 2.4 reads them; 0 is no limit."""
    return sizes.to_dovecot(amount) if amount else "unlimited"
