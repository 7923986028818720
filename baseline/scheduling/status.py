"""How the schedule of this machine goes: its last check, its next one, what was told, and what is missing."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baseline.alerting import kept
from baseline.classes import dataclass
from baseline.errors import BaselineError, CannotTell, UserError
from baseline.history import History
from baseline.load.alerts import load_alerts
from baseline.scheduling.files import SERVICE, TIMER, WATCH_SERVICE, Schedule
from baseline.state_files import directory

_SECONDS = 30
LATE = 1.5
"""As for gaps of a history."""


@dataclass(frozen=True)
class Status:
    """Lines of `what` and how it stands, and what of that is `wrong`: empty where all is well."""

    lines: tuple[tuple[str, str], ...]
    wrong: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The status as JSON carries it."""
        return {**{name.replace(" ", "_"): words for name, words in self.lines}, "wrong": list(self.wrong)}


def timer_of(systemd: bool, *, watched: bool = False) -> dict[str, str]:
    """What systemd says of the timer, its service and the watch; nothing where cron does it. Raises `CannotTell`."""
    if not systemd:
        return {}
    asked = "--property=ActiveState,NextElapseUSecRealtime,Result,ExecMainStatus"
    told: dict[str, str] = {}
    for kind, unit in {"timer": TIMER, "service": SERVICE, **({"watch": WATCH_SERVICE} if watched else {})}.items():
        command = ["systemctl", "show", asked, Path(unit).name]
        environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_SECONDS, check=True, env=environment
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotTell(f"systemd does not say how the timer is: {error}") from None
        said = (line.partition("=") for line in done.stdout.splitlines())
        told |= {f"{kind} {name}": value for name, _, value in said}
    return told


def become(account: str) -> None:
    """Go on as the account whose check it is: what it keeps is for it alone. Raises `UserError` for anybody else."""
    try:
        of = pwd.getpwnam(account)
    except KeyError:
        raise UserError(f"the account {account} of the schedule is not there: `baseline schedule --install`") from None
    if os.geteuid() not in (0, of.pw_uid):
        raise UserError(f"what the schedule keeps is for root and {account} to see: run this as root")
    if os.geteuid() == 0 and of.pw_uid != 0:
        os.initgroups(account, of.pw_gid)
        os.setgid(of.pw_gid)
        os.setuid(of.pw_uid)
    os.environ["HOME"] = of.pw_dir
    os.environ.pop("XDG_STATE_HOME", None)


def status_of(schedule: Schedule, timer: Mapping[str, str], present: datetime) -> Status:
    """How it stands, from what the account keeps. Nothing here changes anything."""
    lines: list[tuple[str, str]] = [("schedule", f"{schedule.timing.words}, as {schedule.account}")]
    wrong: list[str] = []
    _runs(schedule, present, lines, wrong)
    _timer(timer, lines, wrong)
    if schedule.alerts:
        _told(schedule, lines, wrong)
        _heartbeat(schedule, present, lines, wrong)
    return Status(tuple(lines), tuple(wrong))


def _runs(schedule: Schedule, present: datetime, lines: list[tuple[str, str]], wrong: list[str]) -> None:
    every = schedule.timing.every
    try:
        history = History(schedule.history or directory() / "history.db")
        runs = [one for one in history.runs(50) if one.command in ("check", "plan")]
        gaps = [one for one in history.gaps(every, present=present) if one.end == ""]
    except BaselineError as error:
        lines.append(("last run", f"not known: {error}"))
        wrong.append("no run of the schedule is in the history")
        return
    if not runs:
        lines.append(("last run", "none yet"))
        return
    last = runs[0]
    lines.append(("last run", f"{_utc(last.finished)}, exit code {last.exit_code}"))
    if gaps:
        missed = ", ".join(f"{one.missed} since {_utc(one.start)} on {', '.join(one.hosts)}" for one in gaps)
        lines.append(("missed", missed))
        wrong.append("checks did not happen")


def _timer(timer: Mapping[str, str], lines: list[tuple[str, str]], wrong: list[str]) -> None:
    if not timer:
        return
    if timer.get("timer ActiveState") != "active":
        lines.append(("next run", "none: the timer is stopped"))
        wrong.append("the timer is stopped")
    else:
        lines.append(("next run", timer.get("timer NextElapseUSecRealtime") or "not known"))
    if timer.get("service Result") not in ("success", "exit-code", "", None):
        lines.append(("unit", f"ended by {timer['service Result']}"))
        wrong.append(f"the last run was ended by {timer['service Result']}")
    if "watch ActiveState" in timer:
        lines.append(("watch", timer["watch ActiveState"]))
        if timer["watch ActiveState"] != "active":
            wrong.append("nobody watches the mail system")


def _told(schedule: Schedule, lines: list[tuple[str, str]], wrong: list[str]) -> None:
    try:
        state = kept.read(kept.name_of(Path(schedule.alerts), schedule.baseline))
    except CannotTell as error:
        lines.append(("alerts", str(error)))
        wrong.append("what was told is not known")
        return
    if state.last:
        lines.append(("alerts", f"{state.last['alerts']} by the check of {_utc(state.last['finished'])}"))
    else:
        lines.append(("alerts", "none yet"))
    if state.broken:
        lines.append(("not made", state.broken))
        wrong.append("the last check could not be made")
    for name, one in state.troubled.items():
        waiting = len(state.waiting[name].messages) if name in state.waiting else 0
        lines.append((f"channel {name}", f"fails since {_utc(one.since)}, {waiting} waiting: {one.why}"))
        wrong.append(f"channel {name} fails")


def _heartbeat(schedule: Schedule, present: datetime, lines: list[tuple[str, str]], wrong: list[str]) -> None:
    try:
        heart = load_alerts(schedule.alerts).heartbeat
    except UserError as error:
        lines.append(("heartbeat", str(error)))
        wrong.append("the file of alerts is wrong")
        return
    if heart is None or not heart.file:
        return
    try:
        beat = datetime.fromtimestamp(Path(heart.file).stat().st_mtime, UTC)
    except OSError as error:
        lines.append(("heartbeat", f"{heart.file}: {error.strerror}"))
        wrong.append("there is no heartbeat")
        return
    lines.append(("heartbeat", f"{_utc(beat.isoformat())}, {heart.file}"))
    if present - beat > schedule.timing.every * LATE:
        wrong.append("the heartbeat is late")


def _utc(moment: str) -> str:
    return f"{moment.replace('T', ' ')[:16]} UTC"
