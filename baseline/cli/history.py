"""`history`: the runs that were kept, and what each host or control was over time."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from baseline.cli.job import Kept
from baseline.cli.options import ExtraVars, Files, Formats, HistoryPlace, InventoryFiles, Lang, Verbose, Where, length

if TYPE_CHECKING:
    from baseline.history import History

app = typer.Typer(rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})

_Host = Annotated[str | None, typer.Option("--host", metavar="HOST", help="What this host, domain or site was.")]
_Control = Annotated[str | None, typer.Option("--control", metavar="ID", help="What this control was.")]
_Format = Annotated[Literal["text", "json"], typer.Option("--format", help="Format of what is printed.")]
_Run = Annotated[str, typer.Argument(metavar="RUN", help="Number or id of a run, the beginning of an id, or `last`.")]


@app.callback(invoke_without_command=True)
def list_them(
    context: typer.Context,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
    host: _Host = None,
    control: _Control = None,
    most: Annotated[int, typer.Option("-n", "--number", metavar="N", min=1, help="The last so many runs.")] = 20,
    form: _Format = "text",
) -> None:
    """List the runs that were kept, newest first; with --host or --control, what these were from when to when.

    Every check, plan, apply and rollback is kept. Contacts no host.
    """
    from baseline.cli.kept import as_json, table_of_runs, table_of_spans
    from baseline.cli.output import console, say

    if context.invoked_subcommand is not None:
        context.obj = (history, inventory, extra)
        return
    found = opened(history, inventory, extra)
    if host or control:
        spans = found.spans(host=host, control=control)
        say(as_json(spans) if form == "json" else table_of_spans(spans, console(sys.stdout)))
        return
    runs = found.runs(most)
    say(as_json(runs) if form == "json" else table_of_runs(runs, console(sys.stdout)))


@app.command()
def show(
    context: typer.Context,
    run: _Run,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
    lang: Lang = "en",
) -> None:
    """Print the report of a run as it was. The exit code is 0, whatever that run came to."""
    from baseline.cli.output import outputs, send
    from baseline.languages import language
    from baseline.reports import Display

    spoken = language(lang)
    pairs = outputs(formats or (), files or ())
    kept, report = _given(context, history, inventory, extra).report(run)
    send(report, Display(kept.shown_as, verbose, language=spoken), pairs)


@app.command()
def verify(
    context: typer.Context,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
    head: Annotated[
        str, typer.Option(metavar="DIGEST", help="Also see that the run with this digest, noted earlier, is in it.")
    ] = "",
    form: _Format = "text",
) -> None:
    """Find what was altered in the history, removed from it or put between, and name it.

    Prints the digest of the last run: noted elsewhere, it shows later that nothing before it was written anew. The exit
    code is 1 when something is wrong.
    """
    from baseline.cli.kept import verified
    from baseline.cli.output import say

    found = _given(context, history, inventory, extra).verify(head)
    say(json.dumps(found.to_dict(), indent=2) + "\n" if form == "json" else verified(found))
    raise typer.Exit(1 if found.wrong else 0)


@app.command()
def gaps(
    context: typer.Context,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="1d|6h|30m",
            help="How often each host is to be looked at; by default as schedules say, and daily where there are none.",
        ),
    ] = None,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
    host: _Host = None,
    form: _Format = "text",
) -> None:
    """Tell when hosts were not looked at although a check was due. The exit code is 1 when there is a gap."""
    from baseline.cli.kept import table_of_gaps
    from baseline.cli.output import console, say

    found = _given(context, history, inventory, extra).gaps(length(every) if every else None, host=host)
    told = json.dumps([one.to_dict() for one in found], indent=2) + "\n"
    say(told if form == "json" else table_of_gaps(found, console(sys.stdout)))
    raise typer.Exit(1 if found else 0)


@app.command()
def prune(
    context: typer.Context,
    older: Annotated[
        int, typer.Option("--older-than", metavar="DAYS", help="A year, which is 366, is the least.")
    ] = 400,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
) -> None:
    """Leave out the runs that are older than some days. Their lines in the list stay, and what holds since then.

    Refused where something was altered, since pruning would hide that. That was pruned is a run of its own.
    """
    from baseline.cli.output import say
    from baseline.reports.words import count

    say(f"{count(_given(context, history, inventory, extra).prune(older), 'run')} pruned\n")


def _given(context: typer.Context, place: str | None, inventory: list[Path] | None, extra: list[str] | None) -> History:
    """The history that the options name, or those before the name of the command."""
    return opened(*((place, inventory, extra) if place or inventory else context.obj))


def opened(place: str | None, inventory: list[Path] | None, extra: list[str] | None) -> History:
    """The history that is named: by the option, else by the inventory where one is given or usual here."""
    from baseline.load.ansible_config import usual_inventory

    paths = inventory or (None if place else usual_inventory(os.environ, Path.cwd()))
    loaded = Where(paths, None, extra).load() if paths else None
    found = Kept(place).history(loaded.targets if loaded else (), loaded.targets if loaded else None)
    assert found is not None, "nothing says that there shall be none"
    return found


def changes(
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
    since: Annotated[
        str,
        typer.Option(
            metavar="RUN|DATE|yesterday",
            help="Compare with this run, or the last one before this date or time; by default with the one before.",
        ),
    ] = "",
    host: _Host = None,
    control: _Control = None,
    form: _Format = "text",
    lang: Lang = "en",
) -> None:
    """Tell what changed from one run that was kept to the last one, and why, as far as that is known.

    Contacts no host. The exit code is 0, whatever changed.
    """
    from baseline.cli.output import console, say
    from baseline.languages import language
    from baseline.reports.changes import section
    from baseline.reports.lines import printed

    spoken = language(lang)
    found = opened(history, inventory, extra).changes(since, host=host, control=control)
    if form == "json":
        say(json.dumps(found.to_dict(), indent=2) + "\n")
    else:
        say(printed(console(sys.stdout), section(found, spoken)))
