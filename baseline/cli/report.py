"""`report`: a run that was kept, in any format; or a site over all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.cli.mailbox_owners import mailbox_owners
from baseline.cli.options import ExtraVars, Files, Formats, HistoryPlace, InventoryFiles, Lang, Verbose
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.history import History
    from baseline.languages import Language


app = typer.Typer(rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})
app.command("mailbox-owners")(mailbox_owners)


@app.callback(invoke_without_command=True)
def report(
    context: typer.Context,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
    run: Annotated[
        str, typer.Option("--run", metavar="RUN", help="Number or id of a run, the beginning of an id, or `last`.")
    ] = "last",
    baseline: Annotated[
        str | None,
        typer.Option("-b", "--baseline", metavar="NAME|FILE", help="Where the words of clauses are, if not shipped."),
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(
            "--site", metavar="DIR", help="Write a site over the last runs there, in place of the one before."
        ),
    ] = None,
    most: Annotated[int, typer.Option("-n", "--number", metavar="N", min=1, help="How many runs a site has.")] = 31,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
    lang: Lang = "en",
) -> None:
    """Print the report of a run that was kept, in any format. Contacts no host.

    The exit code is 0, whatever that run came to. With --format nagios on standard output it is that of a Nagios
    plug-in: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    """
    from baseline.cli.background import FOR_PEOPLE, background, rules_of
    from baseline.cli.history import opened
    from baseline.cli.output import outputs, send
    from baseline.languages import language
    from baseline.reports import Display

    if context.invoked_subcommand is not None:
        if inventory or extra or history:
            raise UserError(f"write the options behind `{context.invoked_subcommand}`, which they are for")
        return
    spoken = language(lang)
    if site is not None:
        _site(site, opened(history, inventory, extra), most, baseline, spoken)
        return
    pairs = outputs(formats or (), files or ())
    kept_in = opened(history, inventory, extra)
    kept, found = kept_in.report("last" if run == "latest" else run)
    view = Display(kept.shown_as, verbose, language=spoken)
    if any(pair.format in FOR_PEOPLE for pair in pairs):
        view = replace(view, background=background(found, rules_of(found, baseline), kept_in, spoken))
    send(found, view, pairs)
    if any(pair.format == "nagios" and pair.file is None for pair in pairs):
        from baseline.reports.monitoring import nagios_code

        raise typer.Exit(nagios_code(found))


def _site(folder: Path, history: History, most: int, baseline: str | None, language: Language) -> None:
    from baseline.cli.background import rules_of
    from baseline.cli.output import say
    from baseline.cli.site import made, written

    rules = rules_of(history.report("last")[1], baseline)
    say(f"{written(folder, made(history, most, rules, language))} pages in {folder}\n")
