"""What holds people to their quota in Dovecot 2.3: roots are words of the section `plugin`.

Sources: doc.dovecot.org 2.3, "Quota Configuration", "Quota Service".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from baseline.classes import dataclass
from baseline.formats.dovecot import plugin_block, quota_rule, undouble
from baseline.readings.dialects.dialect import Settings
from baseline.readings.dialects.enforcing import OVERALL, YES, Holding, Replies
from baseline.readings.quota_rules import ROOT, rule_name, vsizes

_OFF = "noenforcing"
_LABEL = "User quota"


@dataclass(frozen=True)
class Enforcing23:
    """A root is `DRIVER:NAME:OPTION…`; `noenforcing` shows limits and holds nobody to them."""

    replies_asked: str = "true"

    def store(self, settings: Settings) -> str:
        """The first word of `mail_location`."""
        return settings.values.get("mail_location", "").partition(":")[0]

    def roots(self, settings: Settings, blocks: str, protocols: Sequence[str]) -> tuple[Holding, ...]:
        """As the section `plugin` has them."""
        del blocks, protocols
        return tuple(
            Holding(root.name, root.definition, root.driver, {OVERALL: YES if root.enforced else f"no: {_OFF}"})
            for root in settings.roots
        )

    def uncounted(self, settings: Settings, blocks: str) -> Mapping[str, str]:
        """The inbox, where a rule says `ignore` of it."""
        del blocks
        rules = [rule for root in settings.roots for rule in _rules(settings.plugin, root.name) if _drops(rule)]
        return {"INBOX": rules[0]} if rules else {}

    def vsizes(self, settings: Settings) -> str:
        """The driver `count` needs them."""
        return vsizes(settings.plugin, {root.name: root.definition for root in settings.roots})

    def set_up(self, roots: Sequence[Holding]) -> str:
        """The definition as it is where the driver stays, without the word that lets everybody pass."""
        lines = {}
        for root in roots or (Holding("quota", "", ""),):
            kept = root.definition.startswith(root.driver) and root.definition
            definition = kept or ROOT.replace(_LABEL, _label(root.definition))
            lines[root.name] = ":".join(part for part in definition.split(":") if part != _OFF)
        return plugin_block({**lines, "quota_vsizes": "yes"})

    def replies(self, settings: Settings, printed: str) -> Replies:
        """What is too large gets the answer of a full mailbox where it has none of its own."""
        del printed
        success, nouser, full, large = (settings.plugin.get(f"quota_status_{one}") for one in _REPLIES)
        return Replies(success, nouser, full, large or full)

    def replying(self, success: str, nouser: str, overquota: str) -> str:
        """In the section `plugin`."""
        replies = zip(_REPLIES, (success, nouser, overquota, overquota), strict=True)
        return plugin_block({f"quota_status_{name}": reply for name, reply in replies})

    def listening_at(self, address: str, port: str) -> Sequence[str]:
        """As 2.3 names them."""
        return (f"address = {address}", f"port = {port}")


_REPLIES = ("success", "nouser", "overquota", "toolarge")


def _label(definition: str) -> str:
    """The name that users see of a root: `maildir:User quota:noenforcing` is called `User quota`."""
    parts = definition.split(":")
    return parts[1] if len(parts) > 1 and parts[1] else _LABEL


def _rules(plugin: Mapping[str, str], root: str) -> Iterator[str]:
    number = 1
    while rule := plugin.get(rule_name(root, number)):
        yield undouble(rule)
        number += 1


def _drops(rule: str) -> bool:
    try:
        read = quota_rule(rule)
    except ValueError:
        return False
    return read.ignore and read.mask == "INBOX"
