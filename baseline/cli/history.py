"""`history`: the runs that were kept, and what each host or control was over time."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from baseline.cli.job import Kept
from baseline.cli.options import ExtraVars, Files, Formats, HistoryPlace, InventoryFiles, Verbose, Where

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
) -> None:
    """Print the report of a run as it was. The exit code is 0, whatever that run came to."""
    from baseline.cli.output import outputs, send
    from baseline.reports import Display

    pairs = outputs(formats or (), files or ())
    given = (history, inventory, extra) if history or inventory else context.obj
    kept, report = opened(*given).report(run)
    send(report, Display(kept.shown_as, verbose), pairs)


def opened(place: str | None, inventory: list[Path] | None, extra: list[str] | None) -> History:
    """The history that is named: by the option, else by the inventory where one is given or usual here."""
    from baseline.load.ansible_config import usual_inventory

    paths = inventory or (None if place else usual_inventory(os.environ, Path.cwd()))
    loaded = Where(paths, None, extra).load() if paths else None
    found = Kept(place).history(loaded.targets if loaded else (), loaded.targets if loaded else None)
    assert found is not None, "nothing says that there shall be none"
    return found
