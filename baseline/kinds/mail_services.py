"""Kind `mail_services`: the daemons of a host's roles run, start at boot, and do not fall over; a monitor watches."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.judge import Advised, AtLeast, AtMost, Equal, Wants
from baseline.kinds.base import ByHand, Control, Loosens
from baseline.model import State, Target
from baseline.model.evidence import Interruption, Monitoring
from baseline.model.looks import Parts
from baseline.model.probes import View
from baseline.programs import Daemon, programs
from baseline.readings.answers import ask, shorten, text
from baseline.readings.evidence import UNPROVEN, named, proofs, proven, unproven
from baseline.readings.units import AT_BOOT, PROPERTIES, STARTED, activity, blocks_of, boot, process_of, unit_action
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

RESTARTS = (
    "j=$(journalctl -q --since=-1h -o cat --output-fields=UNIT "
    "_PID=1 MESSAGE_ID=5eb03494b6584870a536b337290809b3) || exit; "
    "printf '%s\\n' \"$j\" | sort | uniq -c"
)
"""How often systemd started a unit anew within the last hour: SD_MESSAGE_UNIT_RESTART_SCHEDULED, per unit.

Anybody may write an entry with this id; the journal itself notes that it came from process 1.
"""

MOST_LISTED = 50
"""Gaps, and outages, that a finding lists: the last ones."""


class MailServices(Control):
    """The units of the host's roles, and what a monitor recorded of the last weeks.

    Looked at, for each unit of a role: whether it is installed, runs, and starts at boot (`systemctl show`); and how
    often systemd had to start it anew within the last hour (the journal). Of Postfix the instance postfix@-.service
    is looked at where postfix.service itself only runs `true`, as on Debian 12. redis-server and fail2ban count where
    they are installed.

    That nobody looked away for 24 hours and 365 days no single look can show, and a monitor on the host itself cannot
    see its own death. So it is judged from the register: the latest attested record of MEL-H-01 about the site (tool,
    period, longest gap between two samples, availability) that ended at most `record_days` ago. A gap above
    `max_gap_seconds` or an availability below `availability_pct` fails. Where `baseline probe --watch` runs, its
    samples are that record: each gap and each outage is listed with its start and end, the tool's own outage is a gap
    too, and of gaps those count that ended within `gap_hours`. No such record is a warning, with the services
    judged all the same: they are seen to run, and only the watch over them is not proved.

    Applied: units are enabled and started that are merely stopped or disabled. One that failed, was masked, or is not
    installed is left to a person, and so are nftables and fail2ban, which have controls of their own. Sources: clause
    c; systemctl(1); systemd.journal-fields(7); ISO/IEC 27001:2022 A.8.16.
    """

    summary: ClassVar[str] = "The daemons of a host's roles run, start at boot and stay up; a monitor watches them."
    nothing_to_judge: ClassVar[str] = "none of the host's roles has a daemon"
    loosens: ClassVar[Loosens] = {
        "restarts_per_hour": "higher",
        "max_gap_seconds": "higher",
        "availability_pct": "lower",
        "record_days": "higher",
        "gap_hours": "lower",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because units are enabled and started that are there, and none is stopped",
        notice="Mail services that stood still run again.",
    )
    by_hand: ClassVar[ByHand] = {
        "unit *": "Install the package of {rest}, or correct the roles of the host in the inventory.",
        "restarts in the last hour of *": "Find out why {rest} keeps restarting: `journalctl -u {rest}`.",
        "monitoring": "Record what your monitor measured, for MEL-H-01, in the register of evidence.",
        "longest gap in *": "Find out why {rest} measured nothing for {found}, and mend the monitor.",
        UNPROVEN: "Find out who changed the history: {found}.",
        "availability in *": "Find the outages that {rest} has, in the logs of those hours.",
    }

    kind: Literal["mail_services"]
    restarts_per_hour: Annotated[int, Field(ge=0, le=60, description="Restarts of a unit in an hour, at most.")] = 2
    max_gap_seconds: Annotated[
        int, Field(ge=60, le=86_400, description="Seconds between two samples of the monitor, at most.")
    ] = 900
    availability_pct: Annotated[
        float, Field(ge=90, le=100, description="Percent of the time that the mail system was up, at least.")
    ] = 99.5
    record_days: Annotated[
        int, Field(ge=1, le=92, description="Days since the monitoring record ended, at most; an older one is none.")
    ] = 31

    gap_hours: Annotated[
        int,
        Field(ge=24, le=744, description="Hours in which no listed gap may be too long; earlier ones are told."),
    ] = 24

    def expected(self, target: Target) -> Wants:
        """Every unit there, active and enabled, and a watch without gaps."""
        if not _services(target):
            return {}
        return {
            "unit *": Equal("installed"),
            "activity of *": STARTED,
            "boot of *": AT_BOOT,
            "restarts in the last hour of *": AtMost(self.restarts_per_hour),
            "monitoring": Advised(Equal("recorded")),
            "longest gap in *": AtMost(self.max_gap_seconds, unit="seconds"),
            "availability in *": AtLeast(self.availability_pct, unit="%"),
            **proven(target),
        }

    def actual(self, host: Host, target: Target) -> State:
        """Each unit's state, and its restarts."""
        services = _services(target)
        units = [service.unit for service in services]
        processes = [process for service in services for process in service.processes]
        named = " ".join(map(shlex.quote, dict.fromkeys((*units, *processes))))
        shown, started_by, restarted = ask(
            host,
            f"systemctl show -p {PROPERTIES} -- {named}",
            f"for t in $(systemctl show -p TriggeredBy --value -- {named}); do "
            'systemctl show -p Id,ActiveState,UnitFileState -- "$t" || exit; echo; done',
            RESTARTS,
        )
        blocks = {block["Id"]: block for block in blocks_of(text(shown))}
        state = Parts()
        starters: list[Mapping[str, str]] | None = None
        counts: Mapping[str, int] | None = None
        with state.part():
            starters = [block for block in blocks_of(text(started_by)) if block["ActiveState"] == "active"]
        with state.part():
            counts = _counts(text(restarted))
        for service, unit in zip(services, units, strict=True):
            main, process = blocks.get(unit), process_of(service, blocks)
            if main is None or process is None:
                raise CannotTell(f"`systemctl show` does not tell of {unit}: {shorten(text(shown))}")
            if main["LoadState"] == "not-found" and service.optional:
                continue
            state[f"unit {unit}"] = "installed" if main["LoadState"] != "not-found" else None
            if main["LoadState"] == "not-found":
                continue
            if starters is not None:
                sockets = [block for block in starters if block["Id"] in process.get("TriggeredBy", "").split()]
                state[f"activity of {process['Id']}"] = activity(process, sockets)
                state[f"boot of {unit}"] = boot(main, sockets)
            if counts is not None:
                state[f"restarts in the last hour of {process['Id']}"] = counts.get(process["Id"], 0)
        return state

    def outside(self, view: View, state: State, target: Target) -> State:
        """What the monitor recorded."""
        del state
        if target.register is None:
            return {"monitoring": "not recorded: the inventory names no register of evidence", **unproven(target)}
        found = proofs(target, "MEL-H-01", Monitoring, view.now).usable
        if not found:
            return {"monitoring": "not recorded", **unproven(target)}
        record, facts = max(found, key=lambda proof: proof[1].until)
        if (view.now - facts.until).days >= self.record_days:
            return {"monitoring": f"last recorded until {facts.until.date()}", **unproven(target)}
        return {
            "monitoring": "recorded",
            "monitor": f"{facts.tool} {facts.version}",
            f"longest gap in {record.id}": self._longest(facts, view.now),
            f"availability in {record.id}": facts.availability_pct,
            **_listed("gaps", facts.gaps),
            **_listed("outages", facts.outages),
            **unproven(target),
        }

    def _longest(self, facts: Monitoring, now: datetime) -> int:
        """The longest gap, in seconds; where gaps are listed, of those that end within `gap_hours`."""
        if not facts.gaps:
            return facts.longest_gap_seconds
        since = now - timedelta(hours=self.gap_hours)
        return max((gap.seconds for gap in facts.gaps if gap.until > since), default=0)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Enable and start what is merely disabled and stopped."""
        steps: list[tuple[str, str]] = []
        mended: set[str] = set()
        for service in _services(target):
            if service.careful:
                continue
            if state.get(f"boot of {service.unit}") == "disabled":
                steps.append((f"enable {service.unit}", f"disable {service.unit}"))
                mended.add(f"boot of {service.unit}")
            for process in service.processes or (service.unit,):
                if state.get(f"activity of {process}") == "inactive (dead)":
                    steps.append((f"start {process}", f"stop {process}"))
                    mended.add(f"activity of {process}")
        if not steps or not helps(self.expected(target), state, lambda key: key not in mended):
            return None
        return Remedy(actions=(unit_action(steps, self.id),))

    def advice(self, state: State) -> str:
        """What no unit is started or enabled over the head of a person for."""
        masked = [key.removeprefix("boot of ") for key, value in state.items() if value == "masked"]
        if masked:
            return f"Find out who masked {', '.join(masked)} and why; then `systemctl unmask {' '.join(masked)}`."
        failed = [
            key.removeprefix("activity of ")
            for key, value in state.items()
            if key.startswith("activity of ") and "failed" in str(value)
        ]
        if failed:
            return f"Find out why {', '.join(failed)} failed: `journalctl -u {' -u '.join(failed)}`."
        return "Find out what stops the units: `systemctl status` and `journalctl -u`, with the names above."


def _listed(name: str, several: Sequence[Interruption]) -> State:
    """Each interruption with its start and end (UTC), under a name; nothing where there is none."""
    told = [
        f"{one.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} to {one.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} ({one.what})"
        for one in several
    ]
    return {name: named(told[::-1], MOST_LISTED)} if told else {}


def _services(target: Target) -> tuple[Daemon, ...]:
    return tuple(service for program in programs() if program.role in target.roles for service in program.services)


def _counts(printed: str) -> dict[str, int]:
    counts = {}
    for line in printed.splitlines():
        match = re.fullmatch(r"\s*(\d+) (\S+)", line)
        if match:
            counts[match[2]] = int(match[1])
        elif line.strip() not in ("", "1"):
            raise CannotTell(f"`journalctl` printed what cannot be read: {shorten(line)}")
    return counts
