"""`waiver`: waivers that are begun for a person to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baseline.cli.options import DEFAULT_BASELINE, AnyInventory, BaselineName, Chosen, ExtraVars, Where

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})


@app.callback()
def waiver() -> None:
    """Waivers: what is not met for a while, with who answers for it and until when."""


@app.command()
def new(
    control: Annotated[str, typer.Argument(metavar="CONTROL", help="The control's id, such as MEL-Q-01.")],
    limit: Annotated[
        str,
        typer.Option(
            "-l", "--limit", metavar="PATTERN", help="The hosts or groups, in Ansible's patterns; a domain or a site."
        ),
    ],
    inventory: AnyInventory = None,
    extra: ExtraVars = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Put it behind the waivers of this file, or make it. Else print it."
        ),
    ] = None,
) -> None:
    """Write a waiver to fill in. What is left empty in it is an error of `lint`, at its line.

    With an inventory, the hosts have to be there.
    """
    from baseline.cli.output import put, say
    from baseline.load.appending import appended
    from baseline.load.new_waiver import new_waiver
    from baseline.load.waivers import hosts_of

    (draft,) = Chosen(baseline, controls=[control.upper()]).load().drafts
    if inventory:
        hosts_of(limit, Where(inventory, None, extra).load())
    entry = new_waiver(draft, limit)
    if output is None:
        say(entry)
        return
    put(output, appended(output, entry, "control"))
    typer.echo(f"{output}: fill in the waiver at its end, then `baseline lint -w {output}`", err=True)
