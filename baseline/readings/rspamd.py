"""Rspamd's configuration as its daemons get it, and which of its modules run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from baseline.errors import CannotTell
from baseline.formats import ucl
from baseline.readings.answers import shorten, text
from baseline.readings.exemptions import Exempt, by_networks

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult


DUMP = "rspamadm configdump -j"
"""The whole configuration as one JSON document; rspamadm needs as long for one section as for all."""


MODULES = "rspamadm configdump -m"
"""Which modules run and why the others do not: the dump also shows settings of modules that are off."""


def module(printed: str, name: str) -> str | None:
    """`enabled`, `disabled (REASON)`, or None for a module that this Rspamd does not list."""
    lists = re.findall(r"^Modules (enabled|disabled \([^)]*\)):(.*)$", printed, re.M)
    if not any(state == "enabled" for state, _ in lists):
        raise CannotTell(f"`{MODULES}` printed no list of modules: {shorten(printed) or 'nothing'}")
    return next((state for state, names in lists if name in re.split(r"[\s,]+", names)), None)


def override_question(path: str) -> str:
    """The question for a file of override.d, which is empty where there is none."""
    name = shlex.quote(path)
    return f"if [ -e {name} ]; then cat {name}; fi"


def assigned(answer: CommandResult, key: str) -> str | None:
    """What a file of override.d assigns to a key. The dump decides what holds; this only tells what could be mended."""
    try:
        values = [entry.value for entry in ucl.entries(text(answer)) if entry.key == key]
    except (ValueError, CannotTell) as error:
        return f"something that cannot be read ({shorten(str(error))})"
    return values[-1] if values else None


# --- whom it leaves alone -------------------------------------------------------------------------

_ADDRESSES = ("ip", "client_ip", "from_ip")


def exempt_from(dump: Mapping[str, Any], name: str, *, local: bool = False) -> Exempt:
    """Whether a module leaves mail of everybody alone: `whitelisted_ip`, and with `local` what `local_addrs` holds.

    Sources: rspamd.com "Greylisting", "Ratelimit", "Global options".
    """
    found = _listed(f"{name}.whitelisted_ip", _in(dump, name).get("whitelisted_ip"))
    return found | _listed("options.local_addrs", _in(dump, "options").get("local_addrs")) if local else found


def set_otherwise(dump: Mapping[str, Any]) -> Exempt:
    """Whether an entry of `settings` gives everybody other scores and actions, or none.

    Source: rspamd.com "Settings".
    """
    found = Exempt()
    for name, entry in _in(dump, "settings").items():
        if isinstance(entry, dict) and {"whitelist", "want_spam", "apply"} & entry.keys():
            for key in _ADDRESSES:
                found |= _listed(f"settings.{name}.{key}", entry.get(key))
    return found


def _in(dump: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found = dump.get(section)
    return found if isinstance(found, dict) else {}


def _listed(name: str, value: Any) -> Exempt:
    """Networks as the configuration holds them. One that names a map is not read here."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    words = [word for one in values if isinstance(one, str) for word in re.split(r"[\s,;]+", one) if word]
    maps = [one for one in words if "://" in one or one.startswith("/")]
    networks = by_networks(name, [one for one in words if one not in maps])
    lost = maps or [str(one) for one in values if not isinstance(one, str)]
    return networks | Exempt(unread=f"{name} names {shorten(lost[0])}, which is not read here" if lost else "")
