"""Dovecot 2.3: plugins are lists of words, and quota is a matter of the section `plugin`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from baseline.edits import SetBlock
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, protocol_block, setting_line, settings_in
from baseline.readings.dialects.dialect import EARLY, PLUGINS, Concept, Root, Settings
from baseline.readings.dialects.enforcing import Enforcing
from baseline.readings.dialects.enforcing_23 import Enforcing23
from baseline.readings.dialects.warnings import Warnings
from baseline.readings.dialects.warnings_23 import Warnings23
from baseline.readings.quota_rules import limit_of, limits_root, smallest

_CALLED: Mapping[Concept, str] = MappingProxyType(
    {
        "limit": "plugin/quota_rule",
        "plugins": "mail_plugins",
        "grace": "plugin/quota_grace",
        "largest mail": "plugin/quota_max_mail_size",
        "on success": "plugin/quota_status_success",
        "on no user": "plugin/quota_status_nouser",
        "over quota": "plugin/quota_status_overquota",
        "too large": "plugin/quota_status_toolarge",
        "list index": "mailbox_list_index",
    }
)


@dataclass(frozen=True)
class Dovecot23:
    """The dialect of 2.3."""

    name: str = "2.3"
    asked: str = "doveconf protocols mail_plugins mailbox_list_index mail_location mail_temp_dir mail_uid plugin"
    blocks: str = "true"
    enforcing: Enforcing = field(default_factory=Enforcing23)
    warnings: Warnings = field(default_factory=Warnings23)

    def read(self, printed: str) -> Settings:
        """Roots are `quota`, `quota2` … of the section `plugin`, each with rules of its own."""
        values, plugin = _read(printed), _read(printed, "plugin")
        roots = tuple(_root(plugin, name) for name in _roots(plugin))
        limit = smallest([root.own_limit for root in roots if root.own_limit is not None])
        words = values.get("protocols", "").split(), values.get("mail_plugins", "").split()
        return Settings(frozenset(words[0]), tuple(words[1]), roots, limit, values, plugin)

    def plugins_for(self, settings: Settings, printed: str) -> tuple[str, ...]:
        """A protocol's list takes the place of the global one, which doveconf has settled already."""
        del settings
        return tuple(_read(printed).get("mail_plugins", "").split())

    def called(self, concept: Concept) -> str:
        """As doveconf names it; `plugin/NAME` is one of the section `plugin`."""
        return _CALLED[concept]

    def value_of(self, setting: str) -> str:
        """As `$mail_plugins` is the list so far."""
        return f"${setting}"

    def load(self, protocol: str, present: Sequence[str], needed: Sequence[str]) -> str:
        """The whole list, each once and in its order: `quota` comes before `imap_quota`."""
        return protocol_block(protocol, {"mail_plugins": " ".join(dict.fromkeys([*present, *needed]))})

    def load_for_all(self, present: Sequence[str], needed: str) -> tuple[SetBlock, ...]:
        """The global list with the one needed, whoever put it there.

        Where the site sets no list, ours goes before everything else, so that `$mail_plugins` in the site's protocols
        includes it; a global setting behind such a protocol makes Dovecot warn at every start. A list of the site's
        can only be replaced behind it, as a whole.
        """
        if needed in present:
            return ()
        line = setting_line("mail_plugins", " ".join([*present, needed]))
        return (SetBlock(DROP_IN if present else EARLY, PLUGINS, line),)


def _read(printed: str, *section: str) -> Mapping[str, str]:
    try:
        return settings_in(printed, *section)
    except ValueError as error:
        raise CannotTell(f"`doveconf` printed what cannot be read: {error}") from None


def _roots(plugin: Mapping[str, str]) -> list[str]:
    """The quota roots in force: `quota`, then `quota2`, `quota3` … up to the first gap."""
    names: list[str] = []
    name, number = "quota", 2
    while plugin.get(name):
        names.append(name)
        name, number = f"quota{number}", number + 1
    return names


def _root(plugin: Mapping[str, str], name: str) -> Root:
    definition = plugin[name]
    driver, *options = definition.split(":")
    limit, rules = limit_of(plugin, name)
    said = any(limits_root(rule) for rule in rules) or isinstance(limit, int) or limit != "unlimited"
    return Root(name, definition, driver, "noenforcing" not in options, limit if said else None)
