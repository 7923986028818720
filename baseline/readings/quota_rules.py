"""The rules of Dovecot's quota roots as a whole: which are live, and what they come to. Sizes are bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from baseline.formats.dovecot import quota_rule, storage_limit, undouble
from baseline.judge import UNLIMITED
from baseline.model import Scalar


def rule_name(root: str, number: int) -> str:
    """The setting that holds a root's rule of that number, from 1: `quota_rule`, `quota_rule2` …"""
    return f"{root}_rule" if number == 1 else f"{root}_rule{number}"


def rule_number(name: str, root: str) -> int:
    """The opposite of `rule_name`."""
    return int(name.removeprefix(f"{root}_rule") or 1)


def rule_names(settings: Mapping[str, Scalar], root: str) -> list[str]:
    """The names of a root's rules, by number, those after a gap too."""
    names = [name for name in settings if re.fullmatch(rf"{root}_rule(?:[2-9]|[1-9][0-9]+)?", name)]
    return sorted(names, key=lambda name: rule_number(name, root))


def is_default(rule: str) -> bool:
    """Whether a rule limits the whole root, or is none that Dovecot can read."""
    try:
        return quota_rule(rule).default
    except ValueError:
        return True


def limits_root(rule: str) -> bool:
    """Whether a rule speaks of the storage of the whole root, be it to lift the limit."""
    try:
        read = quota_rule(rule)
    except ValueError:
        return False
    return read.default and read.storage is not None


def limit_of(plugin: Mapping[str, str], root: str) -> tuple[int | str, list[str]]:
    """What the live rules of one root come to (bytes, `unlimited`, or why they cannot be read), and the rules."""
    rules: list[str] = []
    while (name := rule_name(root, len(rules) + 1)) in plugin:
        rules.append(undouble(plugin[name]))
    try:
        # A rule that is set but empty is no end of the list to Dovecot: it stops the quota of every account.
        limit = storage_limit([quota_rule(rule) for rule in rules])
    except ValueError as error:
        return f"not readable: {error}", rules
    return (UNLIMITED if limit is None else limit), rules


def smallest(limits: list[int | str]) -> int | str:
    """The limit that bites: what cannot be read stops everything, else the smallest."""
    unreadable = [limit for limit in limits if isinstance(limit, str) and limit != UNLIMITED]
    if unreadable:
        return unreadable[0]
    return min((limit for limit in limits if isinstance(limit, int)), default=UNLIMITED)


def vsizes(plugin: Mapping[str, str], roots: Mapping[str, str]) -> str:
    """`quota_vsizes` as Dovecot reads it; `not needed` where no root uses the driver `count`."""
    if not any(definition.partition(":")[0] == "count" for definition in roots.values()):
        return "not needed"
    value = plugin.get("quota_vsizes")
    return "no" if value is None or value[:1] in ("n", "N", "f", "F", "0") else "yes"


FLOOR = 100_000_000
"""100 MB by the SI reading of the circular's `100Mb`: enough for a warning, not for a pass."""


ROOT = "count:User quota"
"""The root to set up where there is none. `count` keeps sizes in the index files, right for every mailbox format."""
