"""Dovecot 2.4: plugins are a list of yes and no, and quota has settings of its own; a root is a section `quota NAME`.

Seen with 2.4.1: doveconf prints nothing, and ends with 0, for a setting that it does not know. Sources: doc.dovecot.org
2.4, "Quota Plugin", "Settings syntax" (boolean lists).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from baseline.classes import dataclass
from baseline.edits import SetBlock
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, Setting, parse_settings, section, sections
from baseline.model import State
from baseline.readings.dialects import blocks_24, limits_23, limits_24
from baseline.readings.dialects.dialect import EARLY, PLUGINS, Choice, Concept, Excess, Settings
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
    "quota_storage_extra",
    *("quota_status_success", "quota_status_nouser", "quota_status_overquota", "quota_status_toolarge"),
)
_VERSION = "dovecot_config_version"
_IN_BLOCKS = f"[{{}}]$|quota|storage_|inbox = |^{_VERSION} ="
"""Lines of blocks that say something of quota. Values that are secrets doveconf prints to nobody who does not ask."""
_LIST = "mail_plugins"


@dataclass(frozen=True)
class Dovecot24:
    """The dialect of 2.4."""

    name: str = "2.4"
    # `-N` has what is set inside of blocks, and at its head the version on which defaults hang: nothing else prints it.
    asked: str = (
        f"d=$(doveconf -N) || exit; printf '%s\\n' \"$d\" | grep -E '{_IN_BLOCKS}'; doveconf {' '.join(_ASKED)}"
    )
    blocks: str = blocks_24.ASKED
    enforcing: Enforcing = field(default_factory=Enforcing24)
    warnings: Warnings = field(default_factory=Warnings24)

    def read(self, printed: str) -> Settings:
        """Raises `CannotTell` where a setting is missing from what was printed: it would look as if not set."""
        found = _parse(printed)
        values = {one.name: one.value for one in found if not one.section}
        lists = {name for name in ("protocols", _LIST) if any(one.section == (name,) for one in found)}
        wanted = (_VERSION, *_ASKED)
        missing = [name for name in wanted if name not in values and name not in {*lists, "quota", "protocols"}]
        if missing:
            raise CannotTell(f"`doveconf` of Dovecot 2.4 does not print {missing[0]}")
        protocols, _ = _boolean_list("protocols", found)
        plugins, _ = _boolean_list(_LIST, found)
        roots = limits_24.roots_of(sections(printed), found, values)
        return Settings(
            frozenset(protocols),
            tuple(plugins),
            roots,
            smallest([root.limit for root in roots] or [limits_24.size(values["quota_storage_size"])]),
            values,
            grace=Excess(size=max(limits_24.amounts(found, "storage_grace"), default=0)),
            narrow=limits_24.narrow(roots, found),
            additions=limits_24.amounts(found, "storage_extra"),
            shares=limits_24.amounts(found, "storage_percentage"),
        )

    def plugins_for(self, settings: Settings, printed: str) -> tuple[str, ...]:
        """A list in braces adds to the global one, or takes away from it by `no`; one behind `=` takes its place."""
        found = _parse(printed)
        names, adds = _boolean_list(_LIST, found)
        if not any(_LIST in (one.name, *one.section) for one in found):
            raise CannotTell("`doveconf` of Dovecot 2.4 does not print the mail_plugins of a protocol")
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

    def limits(self, settings: Settings) -> State:
        """By the setting, and by the blocks in which it stands again."""
        return limits_24.limits(settings)

    def limiting(self, state: State, chosen: Choice) -> str:
        """Outside of all blocks; inside of one only where a limit stands there already, which nothing can take out."""
        return limits_24.limiting(state, chosen)

    def fields_without_limit(self, roots: Sequence[str]) -> Mapping[str, str]:
        """For each root by its name too, since a limit inside of its block takes the place of the other field.

        A space ends a field of a passwd-file, so a root with one in its name cannot be named.
        """
        return {"quota_storage_size": "0"} | {f"quota/{root}/storage_size": "0" for root in roots if " " not in root}

    def out_of_reach(self, settings: Settings) -> tuple[str, ...]:
        """Those with a limit of their own, and a space in their name."""
        return tuple(root.name for root in settings.roots if root.own_limit is not None and " " in root.name)

    def intended(self, field: str, value: str) -> int | str | None:
        """2.4 reads `quota_storage_size`, and takes no notice of a `quota_rule` that was left from 2.3."""
        return limits_23.intended(value) if field == "quota_rule" else limits_24.size(value)

    def load_for_all(self, present: Sequence[str], needed: str) -> tuple[SetBlock, ...]:
        """The one needed, beside the site's; after a list of the site's, which would take its place."""
        if needed in present:
            return ()
        return (SetBlock(DROP_IN if present else EARLY, PLUGINS, _loading([needed]).rstrip("\n")),)


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
