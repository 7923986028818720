"""Dovecot 2.4: plugins are a list of yes and no, and quota has settings of its own; a root is a section `quota NAME`.

Seen with 2.4.1: doveconf prints nothing, and ends with 0, for a setting that it does not know. Sources: doc.dovecot.org
2.4, "Quota Plugin", "Settings syntax" (boolean lists).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from baseline import sizes
from baseline.edits import SetBlock
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, Setting, parse_settings, section, sections
from baseline.judge import UNLIMITED
from baseline.readings.dialects import blocks_24
from baseline.readings.dialects.dialect import EARLY, PLUGINS, Concept, Root, Settings
from baseline.readings.dialects.enforcing import Enforcing
from baseline.readings.dialects.enforcing_24 import Enforcing24
from baseline.readings.dialects.warnings import Warnings
from baseline.readings.dialects.warnings_24 import Warnings24
from baseline.readings.quota_rules import smallest

_CALLED: Mapping[Concept, str] = MappingProxyType(
    {
        "limit": "quota_storage_size",
        "plugins": "mail_plugins",
        "grace": "quota_storage_grace",
        "largest mail": "quota_mail_size",
        "on success": "quota_status_success",
        "on no user": "quota_status_nouser",
        "over quota": "quota_status_overquota",
        "too large": "quota_status_toolarge",
        "list index": "mailbox_list_index",
    }
)
_ASKED = (
    *("protocols", "mail_plugins", "mailbox_list_index", "mail_driver", "mail_path", "mail_temp_dir", "mail_uid"),
    *("quota", "quota_driver", "quota_enforce", "quota_storage_size", "quota_storage_grace", "quota_mail_size"),
    *("quota_status_success", "quota_status_nouser", "quota_status_overquota", "quota_status_toolarge"),
)
_VERSION = "dovecot_config_version"
_LIST = "mail_plugins"


@dataclass(frozen=True)
class Dovecot24:
    """The dialect of 2.4."""

    name: str = "2.4"
    # The version of the configuration, on which defaults hang, is printed at the head of `-n` alone.
    asked: str = f"doveconf -n | grep -m 1 '^{_VERSION} ='; doveconf {' '.join(_ASKED)}"
    blocks: str = blocks_24.ASKED
    enforcing: Enforcing = field(default_factory=Enforcing24)
    warnings: Warnings = field(default_factory=Warnings24)

    def read(self, printed: str) -> Settings:
        """Raises `CannotTell` where a setting is missing from what was printed: it would look as if not set."""
        found = _parse(printed)
        values = {one.name: one.value for one in found if not one.section}
        lists = {name for name in ("protocols", _LIST) if any(one.section == (name,) for one in found)}
        missing = [name for name in _ASKED if name not in values and name not in {*lists, "quota", "protocols"}]
        if missing:
            raise CannotTell(f"`doveconf` of Dovecot 2.4 does not print {missing[0]}")
        protocols, _ = _boolean_list("protocols", found)
        plugins, _ = _boolean_list(_LIST, found)
        limit = size(values["quota_storage_size"])
        roots = tuple(_root(name, found, values) for name in _roots(printed))
        limits = [limit if root.own_limit is None else root.own_limit for root in roots] or [limit]
        return Settings(frozenset(protocols), tuple(plugins), roots, smallest(limits), values)

    def plugins_for(self, settings: Settings, printed: str) -> tuple[str, ...]:
        """A list in braces adds to the global one, or takes away from it by `no`; one behind `=` takes its place."""
        found = _parse(printed)
        names, adds = _boolean_list(_LIST, found)
        if not adds:
            return tuple(names)
        without = {one.name for one in found if one.section == (_LIST,) and one.value != "yes"}
        return tuple(name for name in dict.fromkeys([*settings.plugins, *names]) if name not in without)

    def called(self, concept: Concept) -> str:
        """As doveconf names it, outside of any block."""
        return _CALLED[concept]

    def value_of(self, setting: str) -> str:
        """A bare `$NAME` is no longer expanded."""
        return f"$SET:{setting}"

    def load(self, protocol: str, present: Sequence[str], needed: Sequence[str]) -> str:
        """What is needed beside what is there; a list of the site's own is added to, and a `no` is overruled."""
        del present
        return section(f"protocol {protocol}", [_loading(needed)])

    def load_for_all(self, present: Sequence[str], needed: str) -> tuple[SetBlock, ...]:
        """The one needed, beside the site's; after a list of the site's, which would take its place."""
        if needed in present:
            return ()
        return (SetBlock(DROP_IN if present else EARLY, PLUGINS, _loading([needed]).rstrip("\n")),)


def size(value: str) -> int | str:
    """A setting of type size: bytes, `unlimited`, or why it cannot be read; 0 is no limit, too."""
    if value == UNLIMITED:
        return UNLIMITED
    try:
        return sizes.dovecot_setting(value) or UNLIMITED
    except ValueError as error:
        return f"not readable: {error}"


def _loading(plugins: Iterable[str]) -> str:
    return section(_LIST, [f"{name} = yes" for name in plugins])


def _parse(printed: str) -> tuple[Setting, ...]:
    try:
        return parse_settings(printed)
    except ValueError as error:
        raise CannotTell(f"`doveconf` printed what cannot be read: {error}") from None


def _boolean_list(name: str, found: Sequence[Setting]) -> tuple[list[str], bool]:
    """The words of a boolean list that are on, and whether it adds to another one instead of taking its place."""
    lists = [one.value for one in found if not one.section and one.name == name]
    switched = {one.name: one.value == "yes" for one in found if one.section == (name,)}
    words = [word for value in lists for word in value.split()]
    return [*words, *(one for one, on in switched.items() if on)], not lists


def _roots(printed: str) -> list[str]:
    heads = [one[0] for one in sections(printed) if one[0].startswith("quota ")]
    return [head.removeprefix("quota ").strip('"') for head in dict.fromkeys(heads)]


def _root(name: str, found: Sequence[Setting], values: Mapping[str, str]) -> Root:
    heads = ((f"quota {name}",), (f'quota "{name}"',))
    own = {one.name.removeprefix("quota_"): one.value for one in found if one.section in heads}
    limit = own.get("storage_size")
    driver = own.get("driver", values["quota_driver"])
    enforced = own.get("enforce", values["quota_enforce"]) == "yes"
    return Root(name, f'quota "{name}"', driver, enforced, None if limit is None else size(limit))
