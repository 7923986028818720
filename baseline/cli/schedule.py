"""`schedule`: checks that are made by themselves, and how that goes."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from baseline.cli.alerted import Alerted
from baseline.cli.job import Kept
from baseline.cli.options import (
    DEFAULT_BASELINE,
    RUN_SECONDS,
    AlertsFile,
    BaselineName,
    HistoryPlace,
    HostPattern,
    InventoryFiles,
    Strict,
    WaiverFiles,
    Where,
    length,
    on_terminal,
)
from baseline.errors import NothingMatched, UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from baseline.load.alerts import Alerts
    from baseline.model.told import Told
    from baseline.scheduling.files import Schedule
    from baseline.scheduling.installing import InstallStep

app = typer.Typer(rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})

HOME = "/var/lib/mail-baseline"
SECONDS = 3600
"""How long a scheduled check may take unless `--deadline` says otherwise."""


@app.callback(invoke_without_command=True)
def schedule(
    context: typer.Context,
    show: Annotated[bool, typer.Option("--print", help="Only show what an install does. Needs no root.")] = False,
    install: Annotated[bool, typer.Option("--install", help="Install it, as root; shown first.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove it, as root. The account stays.")] = False,
    every: Annotated[str, typer.Option(metavar="1d|6h|30m|7d", help="How often a check is made.")] = "1d",
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="HH:MM", help="When, in local time; by default 06:00. May be given more than once."),
    ] = None,
    splay: Annotated[
        str | None, typer.Option(metavar="10m", help="By how much later a check begins at most; the same every time.")
    ] = None,
    inventory: InventoryFiles = None,
    limit: HostPattern = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    deadline: Annotated[
        int, typer.Option(metavar="SECONDS", min=1, max=RUN_SECONDS, help="How long a check may take.")
    ] = SECONDS,
    strict: Strict = False,
    waivers: WaiverFiles = None,
    history: HistoryPlace = None,
    alerts: AlertsFile = None,
    probes: Annotated[
        Path | None,
        typer.Option("--probes", metavar="FILE", help="Also make its tests of access and delivery once a day."),
    ] = None,
    watch: Annotated[
        int | None,
        typer.Option(
            "--watch", metavar="SECONDS", min=10, max=3600, help="Also make its access tests all the time (systemd)."
        ),
    ] = None,
    with_cron: Annotated[bool, typer.Option("--cron", help="Lines for cron, also where there is systemd.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask first.")] = False,
) -> None:
    """Have checks made by themselves: a timer of systemd or lines for cron, with an account of its own.

    Without an option, or with --print, shows the files and commands. Nothing is done that is not shown first.
    """
    from baseline.scheduling import installing
    from baseline.scheduling.files import host_lines

    if context.invoked_subcommand is not None:
        return
    if show + install + remove > 1:
        raise UserError("one of --print, --install and --remove is wanted")
    if remove:
        _carry_out(installing.removing_steps(), yes, "There is no schedule to remove.")
        return
    wanted = _wanted(every, at, splay, inventory, limit, baseline, deadline, strict, waivers, history, alerts)
    systemd = installing.has_systemd() and not with_cron
    daily, always = _probing(inventory, probes, watch, wanted.history, systemd)
    wanted = replace(wanted, probe=daily, watch=always)
    if install:
        _carry_out(installing.missing_steps(wanted, systemd), yes, "Everything is installed already.")
    else:
        _show(installing.all_steps(wanted, systemd))
    typer.echo("\n".join(host_lines(wanted, installing.public_key(wanted))))


@app.command()
def status(
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Format of what is printed.")] = "text",
) -> None:
    """Tell how the schedule goes: last and next check, alerts, channels that fail, heartbeat, checks that are missing.

    The exit code is 1 when something is not as it should be, and 5 where there is no schedule.
    """
    from baseline.cli.output import say
    from baseline.reports.words import one_line
    from baseline.scheduling import installing
    from baseline.scheduling import status as stands

    found = installing.installed()
    if found is None:
        raise NothingMatched("there is no schedule on this machine: see `baseline schedule --print`")
    wanted, systemd = found
    timer = stands.timer_of(systemd, watched=bool(wanted.watch))
    stands.become(wanted.account)
    told = stands.status_of(wanted, timer, datetime.now(UTC))
    if form == "json":
        say(json.dumps(told.to_dict(), indent=2) + "\n")
    else:
        width = max(len(name) for name, _ in told.lines)
        say("".join(f"{one_line(name):{width}}  {one_line(words)}\n" for name, words in told.lines))
        say(f"\nNot as it should be: {one_line('; '.join(told.wrong))}.\n" if told.wrong else "\nAll is well.\n")
    raise typer.Exit(1 if told.wrong else 0)


@app.command("test")
def send_test(inventory: InventoryFiles = None, alerts: AlertsFile = None) -> None:
    """Send one message on each channel, and leave a sign of life. The exit code is 3 where one does not take it.

    Without options, those of the schedule of this machine, as its account.
    """
    from baseline.alerting.telling import test
    from baseline.scheduling import installing
    from baseline.scheduling import status as stands

    if alerts is None and not inventory and (found := installing.installed()) is not None:
        wanted, _ = found
        if not wanted.alerts:
            raise UserError("the schedule has no --alerts: nobody is told")
        stands.become(wanted.account)
        alerts = Path(wanted.alerts)
    _say_told(test(_alerts(inventory, alerts)))


def _alerts(inventory: list[Path] | None, alerts: Path | None) -> Alerts:
    found = Alerted(alerts).of(Where(inventory).targets() if alerts is None else ())
    if found is None:
        raise UserError("no file of alerts is given: name one with --alerts, or in the inventory as `alerts`")
    return found


def _say_told(told: Iterable[Told]) -> None:
    from baseline.cli.output import say

    told = [*told]
    say("".join(f"{one.channel}: {one.trouble or 'sent'}\n" for one in told))
    raise typer.Exit(3 if any(one.trouble for one in told) else 0)


def _wanted(
    every: str,
    at: list[str] | None,
    splay: str | None,
    inventory: list[Path] | None,
    limit: str | None,
    baseline: str,
    deadline: int,
    strict: bool,
    waivers: list[Path] | None,
    history: str | None,
    alerts: Path | None,
) -> Schedule:
    """The schedule that the options ask for, once its files were read. Raises what reading them raises."""
    from baseline.load import load_baseline, load_waivers
    from baseline.scheduling.files import NAME, Schedule
    from baseline.scheduling.timing import timing

    if not inventory:
        raise UserError("name the inventory with -i: a schedule has no folder to look for one in")
    loaded = Where(inventory, limit).load()
    targets = loaded.select(limit)
    load_waivers(*(waivers or ()), inventory=loaded, baseline=load_baseline(baseline))
    channels = Alerted(alerts).of(targets)
    words = [*_command(), "check"]
    for path in inventory:
        words += ["-i", str(path) if "," in str(path) else str(path.absolute())]
    named = str(Path(baseline).absolute()) if Path(baseline).exists() else baseline
    words += ["-b", named]
    words += ["-l", limit] if limit else []
    words += ["--host-timeout", str(min(deadline, 300)), "--deadline", str(deadline)]
    words += ["--strict"] if strict else []
    for path in waivers or ():
        words += ["-w", str(path.absolute())]
    place = Kept(history).named(targets)
    words += ["--history", place] if place else []
    file = str(channels.path) if channels else ""
    words += ["--alerts", file] if file else []
    return Schedule(
        tuple(words),
        timing(length(every), at or (), length(splay, "--splay") if splay else None),
        account=NAME,
        home=HOME,
        baseline=named,
        alerts=file,
        history=place,
        writes=_writes(channels, place),
        limit=deadline,
    )


def _probing(
    inventory: list[Path] | None, probes: Path | None, watch: int | None, history: str, systemd: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the tests that are made once a day, and all the time. Raises what reading their document raises."""
    from baseline.cli.probe import of_sites
    from baseline.load.probes import load_probes

    if probes is None:
        if watch is not None:
            raise UserError("--watch makes the access tests of a document: name it with --probes")
        return (), ()
    if watch is not None and not systemd:
        raise UserError("--watch is a service of systemd, which does not run here: cron begins what ends")
    of_sites(load_probes(probes), Where(inventory).targets(), ())
    words = [*_command(), "probe", "-p", str(probes.absolute())]
    for path in inventory or ():
        words += ["-i", str(path) if "," in str(path) else str(path.absolute())]
    words += ["--history", history] if history else []
    return tuple(words), () if watch is None else (*words, "--watch", str(watch))


def _writes(channels: Alerts | None, history: str) -> tuple[str, ...]:
    """The directories outside of its home that a check writes to: of files that are told of, and of its history."""
    from baseline.load.alerts import IntoFile

    files = [one.way.path for one in channels.channels if isinstance(one.way, IntoFile)] if channels else []
    files += [channels.heartbeat.file] if channels and channels.heartbeat and channels.heartbeat.file else []
    files += [history] if history and "://" not in history else []
    return tuple(dict.fromkeys(str(Path(one).parent) for one in files if not Path(one).is_relative_to(HOME)))


def _command() -> list[str]:
    """The words that begin the command that runs now, by its absolute path."""
    for one in (Path(sys.argv[0]), Path(sys.executable).with_name("baseline")):
        if one.name == "baseline" and one.is_file():
            return [str(one.absolute())]
    return [sys.executable, "-m", "baseline"]


def _show(steps: Iterable[InstallStep]) -> None:
    from baseline.cli.output import say

    say("".join(f"{line}\n" for step in steps for line in step.lines()))


def _carry_out(steps: tuple[InstallStep, ...], yes: bool, nothing: str) -> None:
    """Show the steps, ask, and do them. Raises `UserError` for anybody but root."""
    from baseline.scheduling.installing import carry_out

    if not steps:
        typer.echo(nothing)
        return
    _show(steps)
    if os.geteuid() != 0:
        raise UserError("this is for root to do: look at it with --print, then run it with sudo")
    if not yes:
        if not on_terminal():
            raise UserError("there is no terminal to ask on: look at it with --print, then run it with --yes")
        typer.echo("Do this? [y/N] ", nl=False, err=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            typer.echo("Nothing was done.", err=True)
            raise typer.Exit(0)
    carry_out(steps)
    typer.echo("Done.")
