"""`checklist`: the daily checklist: filled from checks and tests, ticked by people, closed into the register."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.cli.job import Kept
from baseline.cli.options import (
    DEFAULT_BASELINE,
    BaselineName,
    Chosen,
    ExtraVars,
    HistoryPlace,
    InventoryFiles,
    Lang,
    Where,
    somebody,
)
from baseline.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from baseline.cli.checklist_site import SiteChecklist
    from baseline.model.checklist import ChecklistDay, ChecklistMonth

app = typer.Typer(rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})

OneSite = Annotated[
    str, typer.Option("--site", metavar="SITE", help="The site that it is of; needed where there are several.")
]
Day = Annotated[
    str, typer.Option("--date", metavar="DATE", help="The day, as the agency counts it: 2026-03-02. By default today.")
]
SigningKey = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="Your Ed25519 key, to sign with. By default this installation's, where `allowed_signers` names it.",
    ),
]
By = Annotated[str, typer.Option("--by", metavar="TEXT", help="Who: name and office. By default user and machine.")]


@app.callback(invoke_without_command=True)
def checklist(
    context: typer.Context,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    history: HistoryPlace = None,
    site: OneSite = "",
    day: Day = "",
    month: Annotated[
        str, typer.Option("--month", metavar="MONTH", help="A whole month in place of a day: 2026-03, or `this`.")
    ] = "",
    form: Annotated[
        str,
        typer.Option("--format", metavar="NAME", help="text, json, csv or html (a month on one page); or as -o ends."),
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.")] = None,
    lang: Lang = "en",
) -> None:
    """Show the daily checklist of a site (senarai semak harian), of a day or a month. Contacts no host.

    The items are those of the baseline. They are filled from the checks of the day, the tests of delivery, and what
    people ticked. Exit code 1 when a day or an item was missed, or the chain of lists is broken; 3 for a site where
    nobody has begun.
    """
    if context.invoked_subcommand is not None:
        return
    from baseline.cli.checklist_shown import as_page, chosen_form, days_as_text, months_as_text
    from baseline.cli.output import console, put, say
    from baseline.languages import language

    if day and month:
        raise UserError("--date and --month exclude each other")
    kind, spoken = chosen_form(form, output), language(lang)
    found = _sites(inventory, extra, baseline, history, site)
    pages = kind in ("html", "csv")
    if pages and len(found) > 1:
        raise UserError(f"{kind} is of one site: name it with --site ({', '.join(one.site.name for one in found)})")
    days: list[ChecklistDay] = []
    months: list[ChecklistMonth] = []
    if month or pages:
        months = [one.month(_month(month or day[:7], one.today)) for one in found]
    else:
        days = [one.day(_day(day, one.today)) for one in found]
    if pages:
        text = as_page(kind, months[0], spoken)
    elif kind == "json":
        told = [one.to_dict() for one in days] + [one.to_dict() for one in months]
        named = [{"site": one.site.name, **each} for one, each in zip(found, told, strict=True)]
        text = json.dumps(named, indent=1, ensure_ascii=False) + "\n"
    elif days:
        sites = [one.site.name for one in found]
        text = days_as_text(list(zip(sites, days, strict=True)), console(sys.stdout), spoken)
    else:
        text = months_as_text(months, console(sys.stdout), spoken)
    if output is None or str(output) == "-":
        say(text)
    else:
        put(output, text)
    shown = [*days, *(one for whole in months for one in whole.days)]
    bad = any(one.standing == "missed" or one.lacking for one in shown) or any(one.lists.broken for one in found)
    unbegun = [one.site.name for one in found if not one.begun]
    for name in unbegun:
        typer.echo(f"{name}: nobody has ticked an item or closed a list yet, so no day counts as missed", err=True)
    raise typer.Exit(1 if bad else 3 if unbegun else 0)


@app.command()
def sign(
    items: Annotated[
        list[str], typer.Argument(metavar="ITEM...", help="Items that a person did, as the list names them.")
    ],
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    site: OneSite = "",
    day: Day = "",
    at: Annotated[
        str,
        typer.Option("--at", metavar="TIME", help="When it was done, with its zone. Needed for a day that is over."),
    ] = "",
    failed: Annotated[bool, typer.Option("--failed", help="The item found a fault.")] = False,
    evidence: Annotated[
        str, typer.Option("--evidence", metavar="TEXT", help="What shows it: the id of a record, or a ticket.")
    ] = "",
    by: By = "",
    key: SigningKey = None,
) -> None:
    """Tick items of a day that a person did: who, when and with what evidence. Contacts no host.

    What a check saw to be wrong stays so, whatever is ticked. Of several ticks of one item the last one counts; all
    of them are kept.
    """
    from baseline.cli.checklist_signed import ticked

    one = _only(_sites(inventory, extra, baseline, None, site))
    typer.echo(ticked(one, items, _day(day, one.today), at, by or somebody(), evidence, key, failed=failed), err=True)


@app.command()
def close(
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    history: HistoryPlace = None,
    site: OneSite = "",
    day: Day = "",
    by: By = "",
    key: SigningKey = None,
    missed: Annotated[
        bool, typer.Option("--missed", help="Close it although items were not done: they stay missed.")
    ] = False,
) -> None:
    """Close the list of a day: write it into the register, attested, with the link of the list before it.

    Days without a list since the last one are closed as well, with what was done on them; what was not done is missed.
    A list that is closed does not change any more.
    """
    from baseline.cli.checklist_signed import closed

    one = _only(_sites(inventory, extra, baseline, history, site))
    typer.echo(closed(one, _day(day, one.today), by or somebody(), key, missed=missed), err=True)


def _sites(
    inventory: Sequence[Path] | None, extra: Sequence[str] | None, baseline: str, history: str | None, site: str
) -> tuple[SiteChecklist, ...]:
    from baseline.cli.checklist_site import sites_of

    targets = Where(inventory, None, extra).targets()
    kept = Kept(history)
    measured = kept.with_measured(targets)
    return sites_of(measured, Chosen(baseline).load(), kept.history(targets), datetime.now(UTC), site)


def _only(found: Sequence[SiteChecklist]) -> SiteChecklist:
    if len(found) > 1:
        raise UserError(f"there are several sites: name one with --site ({', '.join(one.site.name for one in found)})")
    return found[0]


def _day(text: str, today: date) -> date:
    try:
        return date.fromisoformat(text) if text else today
    except ValueError:
        raise UserError(f"--date: {text} is no day, such as 2026-03-02") from None


def _month(text: str, today: date) -> date:
    if text in ("", "this"):
        return today.replace(day=1)
    try:
        return datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise UserError(f"--month: {text} is no month, such as 2026-03") from None
