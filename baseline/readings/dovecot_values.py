"""The value of one setting of Dovecot, for everybody and for each protocol, in either dialect.

`doveconf -h` of 2.4 prints an empty line for a setting that it does not know, so there the whole line `NAME = VALUE` is
asked for, which it prints for those alone that it knows (seen with 2.4.1).
"""

from __future__ import annotations

import re
import shlex

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats.dovecot import parse_settings
from baseline.model import State
from baseline.readings.answers import shorten
from baseline.readings.dialects.tls import TLS
from baseline.readings.dovecot import by_dialect, dialect_of

_SECTIONS = re.compile(r"(ssl_server|ssl_client)_(.+)")
"""Names of 2.4 that doveconf knows as settings of a section: by the whole name it says that they are empty."""


@dataclass(frozen=True)
class SettingValue:
    """The value, None for a setting that is not there; in a section that may hold any name it may only be unset."""

    value: str | None
    may_be_unset: bool = False


def value_question(name: str, protocol: str = "") -> str:
    """The value outside of all protocols, or for one of them."""
    chosen = f"-f protocol={protocol} " if protocol else ""
    in_23, in_24 = f"doveconf {chosen}-h {shlex.quote(name)}", f"doveconf {chosen}{shlex.quote(_asked(name))}"
    return by_dialect(in_23, in_24)


def each_question(name: str) -> str:
    """The value for each protocol that runs: a line `protocol NAME` before each."""
    asked = {"2.3": f"-h {shlex.quote(name)}", "2.4": shlex.quote(_asked(name))}
    told = (
        f'for p in $({TLS[dialect].protocols}); do echo "protocol $p"; '
        f'doveconf -f protocol="$p" {asked[dialect]} || exit; done'
        for dialect in ("2.3", "2.4")
    )
    return by_dialect(*told)


def value_of(dialect: str, name: str, printed: str, everywhere: SettingValue | None = None) -> SettingValue:
    """The value out of an answer. Raises `CannotTell`.

    A list of 2.4 that a protocol has in braces adds to the one for everybody, or takes away from it by `no`.
    """
    if dialect == "2.3":
        lines = printed.splitlines()
        if len(lines) > 1:
            raise CannotTell(f"`doveconf -h {name}` printed more than one value: {shorten(printed)}")
        return SettingValue(lines[0] if lines else None, may_be_unset=name.startswith("plugin/"))
    *section, last = _asked(name).split("/")
    try:
        found = parse_settings(printed)
    except ValueError as error:
        raise CannotTell(f"`doveconf` printed what cannot be read: {error}") from None
    values = [one.value for one in found if (one.section, one.name) == (tuple(section), last)]
    if not values and re.search(rf"^{re.escape(last)} {{$", printed, re.M):
        listed = {one.name: one.value == "yes" for one in found if one.section == (*section, last)}
        before = (everywhere.value or "").split() if everywhere else []
        names = dict.fromkeys([*(one for one in before if listed.get(one, True)), *listed])
        return SettingValue(" ".join(one for one in names if listed.get(one, True)))
    return SettingValue(values[-1] if values else None)


def has_plugin_section(state: State) -> bool:
    """Whether the host's dialect has a section `plugin`, which takes any name."""
    return dialect_of(state).name == "2.3"


def _asked(name: str) -> str:
    match = _SECTIONS.fullmatch(name)
    return f"{match[1]}/{match[2]}" if match else name
