"""Dovecot 2.3: plugins are lists of words, and quota is a matter of the section `plugin`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from baseline.classes import dataclass
from baseline.edits import SetBlock
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, protocol_block, setting_line, settings_in
from baseline.model import State
from baseline.readings.dialects import limits_23, limits_24
from baseline.readings.dialects.dialect import EARLY, PLUGINS, Choice, Concept, Root, Settings
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

_ASKED = "protocols mail_plugins mailbox_list_index mail_location mail_temp_dir mail_uid plugin"
_AS_DELIVERED = 'for p in lmtp lda; do echo "protocol $p {"; doveconf -f protocol="$p" plugin || exit; echo "}"; done'
"""What delivery gets: a protocol's `plugin` section beats the other, and `doveadm quota get` sees nothing of it."""


@dataclass(frozen=True)
class Dovecot23:
    """The dialect of 2.3."""

    name: str = "2.3"
    asked: str = f"doveconf {_ASKED} || exit; {_AS_DELIVERED}"
    blocks: str = "true"
    enforcing: Enforcing = field(default_factory=Enforcing23)
    warnings: Warnings = field(default_factory=Warnings23)

    def read(self, printed: str) -> Settings:
        """Roots are `quota`, `quota2` … of the section `plugin`, each with rules of its own."""
        values, plugin = _read(printed), _read(printed, "plugin")
        roots = tuple(_root(plugin, name) for name in limits_23.roots_of(plugin))
        return Settings(
            frozenset(values.get("protocols", "").split()),
            tuple(values.get("mail_plugins", "").split()),
            roots,
            smallest([root.limit for root in roots]),
            grace=limits_23.grace(plugin),
            narrow=limits_23.narrow(
                plugin, {name: _read(printed, f"protocol {name}", "plugin") for name in limits_23.DELIVER}
            ),
            values=values,
            plugin=plugin,
        )

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

    def limits(self, settings: Settings) -> State:
        """By the rules of each root."""
        return limits_23.limits(settings)

    def limiting(self, state: State, chosen: Choice) -> str:
        """All rules of every root."""
        return limits_23.limiting(state, chosen)

    def fields_without_limit(self, roots: Sequence[str]) -> Mapping[str, str]:
        """A second rule as well: the site's entry takes the place of the first, and the last one wins."""
        return {f"{root}_rule{number}": "*:storage=0" for root in roots or ("quota",) for number in ("", "2")}

    def out_of_reach(self, settings: Settings) -> tuple[str, ...]:
        """None: the last rule for the whole mailbox wins, and that is ours."""
        del settings
        return ()

    def intended(self, field: str, value: str) -> int | str | None:
        """2.3 reads `quota_rule`; what 2.4 reads counts for nothing here."""
        return limits_23.intended(value) if field == "quota_rule" else limits_24.size(value)

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


def _root(plugin: Mapping[str, str], name: str) -> Root:
    definition = plugin[name]
    driver, *options = definition.split(":")
    limit, rules = limit_of(plugin, name)
    ruled = any(limits_root(rule) for rule in rules)
    return Root(name, definition, driver, "noenforcing" not in options, limit if ruled else None, limit, ruled)
