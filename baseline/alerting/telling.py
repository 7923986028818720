"""A check is told: what is new is decided, kept, and sent, in this order, so that a run that dies tells it later.

Each message has an id, that of its run. A channel gets it at least once; twice only where the run died, or the channel
fell silent, between the message and the word that it was taken.
"""

from __future__ import annotations

import platform
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from baseline.alerting.deciding import Alert, Hysteresis, decide
from baseline.alerting.delivering import Waiting, deliver
from baseline.alerting.kept import AlertState, Troubled, locked, name_of, read
from baseline.alerting.standings import look_of
from baseline.alerting.wording import Letterhead, message
from baseline.errors import BaselineError, CannotTell, NothingMatched
from baseline.load.alerts import Alerts, Channel
from baseline.model import Changes, Report
from baseline.model.told import Told

STATE = "state"
"""The channel that trouble with what is kept of alerts is told of."""

Since = Callable[[str], Changes]
"""What changed since a run, by its id; empty for the run before. Raises `BaselineError` where that cannot be told."""


def tell(report: Report, alerts: Alerts, since: Since, baseline: str) -> Report:
    """Tell what is new in a report. Gives it with what became of that, and with notes on what did not go out.

    `baseline` is the word that the check was given for it: what is remembered belongs to it and to the file of alerts.

    Raises nothing that a channel or a file of state brings about.
    """
    name = name_of(alerts.path, baseline)
    try:
        with locked(name):
            return _tell(report, alerts, since, name)
    except (CannotTell, OSError) as error:
        trouble = str(error) if isinstance(error, CannotTell) else f"{error.filename}: {error.strerror}"
        notes = (*report.notes, f"no alerts were told: {trouble}")
        return replace(report, notes=notes, told=(Told(STATE, trouble=trouble),))


def tell_failure(error: BaselineError, alerts: Alerts, baseline: str) -> tuple[Told, ...]:
    """Tell that a check could not be made at all, once for each reason. Raises `CannotTell` and OSError."""
    name = name_of(alerts.path, baseline)
    with locked(name):
        kept = read(name)
        if kept.broken == str(error):
            return ()
        kept.broken, now = str(error), _now()
        about = Letterhead(f"{now.replace('-', '').replace(':', '')}-{secrets.token_hex(4)}", now, platform.node())
        _wait(kept, alerts.channels, about, [Alert("failed to run", detail=str(error), since=now)])
        kept.write()
        return deliver(alerts.channels, kept.waiting, kept.delivered)


def test(alerts: Alerts) -> tuple[Told, ...]:
    """Send one message on each channel that says that it is a test, and leave a sign of life."""
    now = _now()
    about = Letterhead(f"test-{secrets.token_hex(4)}", now, platform.node())
    told = message(about, [Alert("test", detail="this channel works: nothing has to be done", since=now)])
    waiting = {one.name: Waiting((told,)) for one in alerts.channels}
    return deliver(alerts.channels, waiting, lambda *_: None, alerts.heartbeat)


def _tell(report: Report, alerts: Alerts, since: Since, name: str) -> Report:
    notes: list[str] = []
    try:
        kept = read(name)
    except CannotTell as error:
        notes.append(f"{error}. Alerts begin anew")
        kept = AlertState(name)
    changes = None
    if kept.memory.run:
        try:
            changes = _changes(kept.memory.run, since)
        except BaselineError as error:
            notes.append(f"why things changed cannot be told: {error}")
    report = replace(report, notes=(*report.notes, *notes))
    look = look_of(replace(report, changes=changes), alerts.at_once)
    patience = Hysteresis(alerts.after, alerts.flapping.turns, alerts.flapping.within)
    kept.memory, news = decide(kept.memory, look, patience)
    kept.broken = ""
    kept.last = {"run": report.run.id, "finished": report.run.finished, "exit_code": report.exit_code}
    kept.last["alerts"] = len(news)
    earlier = [f"since {one.since} channel {channel}: {one.why}" for channel, one in sorted(kept.troubled.items())]
    about = Letterhead(report.run.id, _now(), platform.node(), report.exit_code)
    _wait(kept, alerts.channels, about, news)
    kept.write()
    told = deliver(alerts.channels, kept.waiting, kept.delivered, alerts.heartbeat)
    _tell_of_channels(kept, alerts, about, told)
    kept.write()
    if kept.trouble:
        told = (*told, Told(STATE, trouble=f"what was told cannot be kept, and is told once more: {kept.trouble}"))
    now = [f"alerts did not go out by {one.channel}: {one.trouble}" for one in told if one.trouble]
    mended = [f"alerts did not go out before this run, {one}" for one in earlier]
    return replace(report, notes=(*report.notes, *mended, *now), told=told)


def _changes(run: str, since: Since) -> Changes:
    try:
        return since(run)
    except NothingMatched:
        # That run could not be kept, or is pruned.
        return since("")


def _wait(kept: AlertState, channels: Sequence[Channel], about: Letterhead, news: Sequence[Alert]) -> None:
    """Have the message of a run wait for each channel. What waits for a channel that is no more goes."""
    waiting = {one.name: kept.waiting.get(one.name, Waiting()) for one in channels}
    if news:
        waiting = {name: one.with_one(message(about, news, one.lost)) for name, one in waiting.items()}
    kept.waiting = waiting


def _tell_of_channels(kept: AlertState, alerts: Alerts, about: Letterhead, told: Sequence[Told]) -> None:
    """Have the others tell of each channel that fails, once. Those that take messages again are forgotten."""
    failing = {one.channel: one for one in told if one.trouble}
    new = [one for name, one in failing.items() if name not in kept.troubled]
    kept.troubled = {
        name: Troubled(kept.troubled[name].since if name in kept.troubled else about.created, one.trouble)
        for name, one in failing.items()
    }
    others = [one for one in alerts.channels if one.name not in failing]
    if not new or not others:
        return
    news = [Alert("channel failed", title=one.channel, detail=one.trouble, since=about.created) for one in new]
    more = message(replace(about, mark=".channels"), news)
    for one in others:
        kept.waiting[one.name] = kept.waiting[one.name].with_one(more)
    kept.write()
    deliver(others, kept.waiting, kept.delivered)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
