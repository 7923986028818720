"""`action-plan`: what fails as a table for people to fill in, and what such a table says once they did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.cli.history import opened
from baseline.cli.options import DEFAULT_BASELINE, AnyInventory, BaselineName, Chosen, ExtraVars, HistoryPlace, Where
from baseline.cli.reading import report_of
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.model import Report
    from baseline.model.waivers import Waivers


def action_plan(
    report_file: Annotated[
        Path | None,
        typer.Argument(metavar="[REPORT]", help="The JSON of a report. Without one, a run of the history is taken."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where the table goes: a .csv or .xlsx.")
    ] = None,
    run: Annotated[
        str, typer.Option("--run", metavar="RUN", help="The run of the history, by number or id, or `last`.")
    ] = "last",
    read: Annotated[
        Path | None, typer.Option("--read", metavar="FILE", help="Instead, say what a table that was filled in means.")
    ] = None,
    inventory: AnyInventory = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
    baseline: BaselineName = DEFAULT_BASELINE,
) -> None:
    """List what fails or warns in a run, with columns for who mends it, and until when. Contacts no host.

    `check -w FILE` minds what people fill in: due dates are shown, and rows that say so in full are waivers.
    """
    from baseline.load.action_plan import ENDINGS

    if read is not None:
        _say_what_it_means(_read(read, inventory, extra, baseline))
        return
    if output is None or output.suffix not in ENDINGS:
        raise UserError("action-plan writes a table: name a file that ends in .csv or .xlsx, as in -o plan.xlsx")
    report = report_of(report_file) if report_file else opened(history, inventory, extra).report(run)[1]
    _write(report, output)


def _write(report: Report, output: Path) -> None:
    from baseline.cli.output import put
    from baseline.reports.action_plan import csv_of, rows, workbook_of
    from baseline.reports.words import count

    put(output, workbook_of(report) if output.suffix == ".xlsx" else csv_of(report))
    typer.echo(f"{output}: {count(len([*rows(report)]) - 1, 'finding')} of run {report.run.id}", err=True)


def _read(file: Path, inventory: list[Path] | None, extra: list[str] | None, baseline: str) -> Waivers:
    from baseline.load import Inventory, load_waivers

    hosts = Where(inventory, None, extra).load() if inventory else Inventory((), {})
    return load_waivers(file, inventory=hosts, baseline=Chosen(baseline).whole())


def _say_what_it_means(waivers: Waivers) -> None:
    from baseline.cli.output import console, say
    from baseline.reports.lines import printed
    from baseline.reports.waivers import planned

    say(printed(console(sys.stdout), planned(waivers)))
