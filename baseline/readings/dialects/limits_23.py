"""Limits of Dovecot 2.3 as a state and as text: numbered rules of each root, of which a gap ends the list."""

from __future__ import annotations

import re
from collections.abc import Mapping

from baseline.formats.dovecot import double, plugin_block, quota_rule, section, setting_line, undouble
from baseline.judge import UNLIMITED
from baseline.model import Scalar, State
from baseline.readings.dialects.dialect import Choice, Excess, NarrowLimit, Settings
from baseline.readings.quota_rules import (
    ROOT,
    is_default,
    limit_of,
    limits_root,
    rule_name,
    rule_names,
    rule_number,
    vsizes,
)

DELIVER = ("lmtp", "lda")
"""By what mail comes into a mailbox."""

UNUSED = "baseline-unused:ignore"
"""A rule for a mailbox that nobody has: it fills a number that must not be missing, and limits nothing."""


def limits(settings: Settings) -> State:
    """The limit by each root, its rules, and what might make a rule count for nothing."""
    plugin = settings.plugin
    roots = {root.name: root.definition for root in settings.roots}
    state: dict[str, Scalar] = {}
    live = in_force = 0
    for root, definition in roots.items():
        limit, rules = limit_of(plugin, root)
        live += len(rules)
        in_force += sum(limits_root(rule) for rule in rules)
        state |= {f"root {root}": definition, f"limit by {root}": limit}
    written = [name for root in roots or ("quota",) for name in rule_names(plugin, root)]
    state |= {name: undouble(plugin[name]) for name in written}
    state |= {f"limit in {one.where}": one.limit for one in settings.narrow}
    state["limit"] = settings.limit
    state["rules in force"] = in_force
    state["rules after a gap"] = len(written) - live
    state["quota_vsizes"] = vsizes(plugin, roots)
    return state


def narrow(plugin: Mapping[str, str], delivered: Mapping[str, Mapping[str, str]]) -> tuple[NarrowLimit, ...]:
    """Limits that the settings of a delivering protocol give otherwise than those of all."""
    return tuple(
        NarrowLimit((f"protocol {protocol}", "plugin", rule_name(root, 1)), limit)
        for protocol, settings in delivered.items()
        for root in roots_of(settings)
        if (limit := limit_of(settings, root)[0]) != limit_of(plugin, root)[0]
    )


def roots_of(plugin: Mapping[str, str]) -> list[str]:
    """The quota roots in force: `quota`, then `quota2`, `quota3` … up to the first gap."""
    names: list[str] = []
    name, number = "quota", 2
    while plugin.get(name):
        names.append(name)
        name, number = f"quota{number}", number + 1
    return names


def limiting(state: State, chosen: Choice) -> str:
    """The block that sets the limit of every root, and has sizes counted."""
    settings: dict[str, str] = {}
    roots = [key.removeprefix("root ") for key in state if key.startswith("root ")] or ["quota"]
    for root in roots:
        settings[root] = str(state.get(f"root {root}") or ROOT)
        settings |= _rules(state, root, chosen)
    settings["quota_vsizes"] = "yes"
    text = f"{setting_line('mailbox_list_index', 'yes')}\n{plugin_block(settings)}"
    for key, value in state.items():
        if key.startswith("limit in "):
            protocol, _, rule = key.removeprefix("limit in ").split(" / ")
            text += section(protocol, [plugin_block({rule: f"*:storage={chosen(value, True)}"})])
    return text


def _rules(state: State, root: str, chosen: Choice) -> dict[str, str]:
    """All rules of one root, without a gap: ours first, then those for single mailboxes as they were.

    Numbers left over get a rule that limits nothing; a second rule for `*` there would overrule what the
    userdb says of single accounts, since a userdb field replaces `quota_rule` alone.
    """
    names = rule_names(state, root)
    own = [str(state[name]) for name in names]
    kept = [rule for rule in own if rule != UNUSED and not is_default(rule)]
    ruled = any(limits_root(rule) for rule in own)
    rules = [f"*:storage={chosen(state.get(f'limit by {root}'), ruled)}", *kept]
    last = max((rule_number(name, root) for name in names), default=1)
    rules += [UNUSED] * (last - len(rules))
    return {rule_name(root, number): double(rule) for number, rule in enumerate(rules, start=1)}


def grace(plugin: Mapping[str, str]) -> Excess:
    """A share of the limit; 10 % where nothing is set, and for set sizes."""
    match = re.fullmatch(r"(\d+)%", undouble(plugin.get("quota_grace", "")))
    return Excess(share=int(match[1]) / 100 if match else 0.1)


def intended(value: str) -> int | str | None:
    """What a rule in a userdb is meant to give; None where it is about one mailbox, or about messages."""
    try:
        rule = quota_rule(value)
    except ValueError as error:
        return f"not readable: {error}"
    if not rule.default or rule.storage is None:
        return None
    return rule.storage.amount or UNLIMITED
