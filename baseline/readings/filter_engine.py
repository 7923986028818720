"""The two engines that filter mail here, and what the controls that judge either of them share."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.readings.answers import as_json, decoded, shorten, text
from baseline.readings.rspamd import DUMP

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

Engine = Annotated[
    Literal["rspamd", "spamassassin"], Field(description="What filters: Rspamd, or SpamAssassin by spamass-milter.")
]

ENDPOINTS: Mapping[Engine, str] = {
    "rspamd": "inet:127.0.0.1:11332",
    "spamassassin": "unix:spamass/spamass.sock",
}
"""Where the milter of each engine listens as Debian ships it."""

PACKAGES: Mapping[Engine, tuple[str, ...]] = {
    "rspamd": ("rspamd",),
    "spamassassin": ("spamassassin", "spamc", "spamass-milter"),
}

UNITS: Mapping[Engine, str] = {"rspamd": "rspamd.service", "spamassassin": "spamass-milter.service"}

SPAMASS_MILTER = "ps -ww -C spamass-milter -o args= || true"
"""The command line of the running spamass-milter: what it was really started with."""

SA_SCORE = (
    "for f in /etc/spamassassin/*.cf; do [ ! -f \"$f\" ] || sed -n 's/^[ \\t]*required_\\(score\\|hits\\)[ \\t]\\+//p' "
    '"$f"; done'
)
"""Every required_score in the order in which SpamAssassin reads them; the last one holds."""


def rspamd(result: CommandResult) -> Mapping[str, Any]:
    """Rspamd's whole configuration, from the answer to `DUMP`. Raises `CannotTell` when it is no object."""
    dump = as_json(result)
    if not isinstance(dump, dict):
        raise CannotTell(f"`{DUMP}` printed no object")
    return dump


def proxy(dump: Mapping[str, Any]) -> Mapping[str, Any]:
    """The proxy worker's settings: of the workers, which are a list of objects, the one that speaks milter."""
    workers = dump.get("worker")
    for worker in workers if isinstance(workers, list) else [workers]:
        found = worker.get("rspamd_proxy") if isinstance(worker, dict) else None
        if isinstance(found, dict):
            return found
    return {}


def reject_score(result: CommandResult) -> float | None:
    """The score from which spamass-milter refuses (`-r`), from the answer to `SPAMASS_MILTER`; None without one.

    Raises `CannotTell` when spamass-milter does not run, or its command line is not understood.
    """
    lines = [line for line in text(result).splitlines() if line.strip()]
    if not lines:
        raise CannotTell("spamass-milter does not run, so its arguments are unknown")
    try:
        words = shlex.split(lines[0])
    except ValueError:
        raise CannotTell(f"the command line of spamass-milter is not understood: {shorten(lines[0])}") from None
    found = None
    for place, word in enumerate(words):
        if word.startswith("-r"):
            found = word[2:] or (words[place + 1] if place + 1 < len(words) else "")
    if found is None:
        return None
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", found):
        raise CannotTell(f"spamass-milter was started with -r {found}, which is no score")
    return float(found)


def required_score(result: CommandResult) -> float:
    """The score that makes a message spam for SpamAssassin, from the answer to `SA_SCORE`; 5 when no file says."""
    values = decoded(result.stdout_bytes).split("\n")
    last = next((value.split("#")[0].strip() for value in reversed(values) if value.strip()), "5")
    text(result)
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", last):
        raise CannotTell(f"required_score is {shorten(last)}, which is no number")
    return float(last)
