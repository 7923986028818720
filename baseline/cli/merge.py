"""`merge`: the reports of several runs as one, in any format; or the documents of many agencies as a roll-up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baseline.cli.options import DEFAULT_BASELINE, Files, Formats, Lang, Verbose, length
from baseline.cli.rollup import MAX_AGE, RollUpWanted, is_rollup, rolled_up
from baseline.errors import UserError


def merge(
    reports: Annotated[
        list[Path],
        typer.Argument(
            metavar="REPORT...",
            help="Reports as JSON: what `--format json -o FILE` of a run has written. For a roll-up dossiers, signed "
            "reports, and folders of them.",
        ),
    ],
    signers: Annotated[
        Path | None,
        typer.Option(
            "--signers",
            metavar="FILE",
            help="Make a roll-up: who may sign, as OpenSSH's allowed_signers. Each name in it is an agency.",
        ),
    ] = None,
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="1d|6h", help="Roll-up: how old a look at a host may be.")
    ] = MAX_AGE,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Roll-up: also show reports that nobody signed. They never conform.")
    ] = False,
    accept_gone: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-gone", metavar="AGENCY", help="Roll-up: hosts that this agency no longer tells of are given up."
        ),
    ] = None,
    baseline: Annotated[
        str, typer.Option("-b", "--baseline", metavar="NAME|FILE", help="Roll-up: by what all agencies are measured.")
    ] = DEFAULT_BASELINE,
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
    lang: Lang = "en",
) -> None:
    """Join the reports of several runs into one, as if one run had worked on all of their hosts. Contacts no host.

    The exit code is that of the joined report: the worst of theirs, where no host is in two of them. With --signers
    and -o FOLDER/ many agencies are told side by side; what is missing, stale or refused counts as not known.
    """
    from baseline.cli.output import outputs, send
    from baseline.cli.reading import report_of
    from baseline.languages import language
    from baseline.model.united import united
    from baseline.reports import Command, Display

    if signers or unsigned or accept_gone or is_rollup(reports, files or ()):
        if formats or len(files or ()) != 1:
            raise UserError(
                "a roll-up is several files, each in its format: give one -o FOLDER/ for it, and no --format"
            )
        age = length(max_age, "--max-age")
        wanted = RollUpWanted(reports, signers, (files or [])[0], baseline, age, unsigned, accept_gone or ())
        raise typer.Exit(rolled_up(wanted, language(lang)))
    pairs = outputs(formats or (), files or ())
    joined = united([report_of(file) for file in reports])
    shown: Command = "apply" if joined.applies else "plan" if joined.plans else "check"
    send(joined, Display(shown, verbose, language=language(lang)), pairs)
    raise typer.Exit(joined.exit_code)
