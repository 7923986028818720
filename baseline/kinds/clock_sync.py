"""Kind `clock_sync`: one daemon keeps the host's clock, and keeps it right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell, NothingToJudge
from baseline.judge import Advised, AtLeast, AtMost, Matches, OneOf, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.readings.answers import ask, decoded, shorten, text
from baseline.readings.units import blocks_of
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

VIRT = "systemd-detect-virt -c"
KEEPERS = ("chrony", "systemd-timesyncd", "ntpsec", "ntp", "openntpd")
UNITS = (
    "cut -d. -f1 /proc/uptime && systemctl show "
    "-p Id,LoadState,ActiveState,UnitFileState,ActiveEnterTimestampMonotonic -- "
    + " ".join(f"{name}.service" for name in KEEPERS)
)
FLAG = "timedatectl show -p NTPSynchronized --value"
TRACKING = "chronyc -n -c tracking"
SOURCES = "chronyc -n -c sources"

PATIENCE = 900
"""Seconds that a daemon has after its start to find the time."""

_LOCAL = re.compile(r"7F7F01[0-9A-F]{2}|00000000")
"""Reference ids of chrony that are no time source: its own clock, and none."""


class ClockSync(Control):
    """The clock is kept by exactly one daemon, which has found the time and is not far from it.

    Looked at: which of chrony, systemd-timesyncd, ntpsec, ntp and openntpd run. Of chrony, `chronyc tracking` (a
    reference that is not chrony's own clock, and the distance from it) and `chronyc sources` (how many answer; fewer
    than `sources_advised` warn, since of two that differ nobody knows which is wrong). Of the others, the kernel's
    flag as `timedatectl` shows it. A daemon that was started less than 15 minutes ago and has found no time yet is a
    warning, later a fail. Two daemons that both set the clock fail.

    A container has no clock of its own (`systemd-detect-virt -c`): not applicable there; the clock is its host's.

    Applied: where no daemon is there at all, chrony is installed, with Debian's public servers; a network without a
    way there names its own in /etc/chrony/sources.d. What can go wrong: a wrong clock first shows as failing TLS, DKIM
    and DNSSEC. Sources: clauses c and f; chronyc(1) "tracking"; timedatectl(1); RFC 8633.
    """

    summary: ClassVar[str] = "One daemon keeps the host's clock, and keeps it right."
    loosens: ClassVar[Loosens] = {
        "max_offset_ms": "higher",
        "sources_advised": "lower",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because chrony is installed only where nothing keeps the clock",
        notice="Nothing; times in logs and mail may jump once to the right time.",
    )

    kind: Literal["clock_sync"]
    max_offset_ms: Annotated[int, Field(ge=10, le=10_000, description="Milliseconds off, at most.")] = 500
    sources_advised: Annotated[int, Field(ge=1, le=10, description="Sources that should answer chrony.")] = 3

    def expected(self, target: Target) -> Wants:
        """One keeper, which knows the time."""
        del target
        return {
            "kept by": Matches(r"[a-z-]+", "one daemon"),
            "synchronised by *": OneOf(("yes",), warn=("not yet",)),
            "milliseconds off by *": AtMost(self.max_offset_ms),
            "answering sources of *": Advised(AtLeast(self.sources_advised)),
        }

    def actual(self, host: Host, target: Target) -> State:
        """Who keeps the clock, and what it says of it."""
        del target
        virt, units, flag, tracking, sources = ask(host, VIRT, UNITS, FLAG, TRACKING, SOURCES)
        container = decoded(virt.stdout_bytes).strip()
        # It answers 1 for `none`, and says what it is otherwise.
        if not container or virt.rc != (container == "none"):
            raise CannotTell(f"`{VIRT}` does not tell whether this is a container: {shorten(_said(virt))}")
        if container != "none":
            raise NothingToJudge(f"a container ({container}) has no clock of its own: look at its host's")
        uptime, _, shown = text(units).partition("\n")
        running = {
            block["Id"].removesuffix(".service"): _age(block, uptime)
            for block in blocks_of(shown)
            if block["ActiveState"] == "active"
        }
        keepers = " and ".join(running) or None
        if keepers is None or len(running) > 1:
            return {"kept by": keepers}
        ((keeper, age),) = running.items()
        if keeper == "chrony":
            return {"kept by": keeper} | _chrony(tracking, sources, age)
        synchronised = {"yes": True, "no": False}.get(text(flag).strip())
        if synchronised is None:
            raise CannotTell(f"`{FLAG}` printed neither yes nor no: {shorten(text(flag))}")
        return {"kept by": keeper, f"synchronised by {keeper}": _word(synchronised, age)}

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Chrony, where nothing keeps the clock."""
        del target
        return Remedy(packages=("chrony",)) if state["kept by"] is None else None

    def advice(self, state: State) -> str:
        """What is left to a person."""
        if self.fix:
            return self.fix
        if " and " in str(state.get("kept by")):
            return f"Two daemons set the clock, {state['kept by']}: stop and disable all but one."
        return (
            "See what the daemon waits for (`chronyc sources -v`, `timedatectl timesync-status`): it needs "
            "time servers that can be reached, three or more, and UDP port 123 open to them."
        )


def _chrony(tracking: CommandResult, sources: CommandResult, age: int) -> dict[str, Scalar]:
    fields = text(tracking).strip().split(",")
    if len(fields) != 14:
        raise CannotTell(f"`{TRACKING}` cannot be read: {shorten(text(tracking))}")
    answering = [line for line in text(sources).splitlines() if re.match(r"[\^=],[*+-],", line)]
    found = not _LOCAL.fullmatch(fields[0]) and fields[13] != "Not synchronised"
    state: dict[str, Scalar] = {"synchronised by chrony": _word(found, age), "reference": fields[1] or fields[0]}
    if found:
        try:
            state["milliseconds off by chrony"] = round(abs(float(fields[4])) * 1000, 3)
        except ValueError:
            raise CannotTell(f"`{TRACKING}` cannot be read: {shorten(text(tracking))}") from None
        state["answering sources of chrony"] = len(answering)
    return state


def _word(synchronised: bool, age: int) -> str:
    if synchronised:
        return "yes"
    return "not yet" if age < PATIENCE else "no"


def _age(block: Mapping[str, str], uptime: str) -> int:
    """Seconds since a unit was started."""
    started = block.get("ActiveEnterTimestampMonotonic", "")
    if not started.isdigit() or not uptime.strip().isdigit():
        raise CannotTell(f"`systemctl show` does not tell since when {block['Id']} runs")
    return int(uptime) - int(started) // 1_000_000


def _said(result: CommandResult) -> str:
    return decoded(result.stderr_bytes) or f"exit code {result.rc}"
