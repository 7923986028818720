"""Rspamd's configuration as its daemons get it, and which of its modules run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.formats import ucl
from baseline.readings.answers import shorten, text

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
