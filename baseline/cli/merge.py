"""`merge`: the reports of several runs as one, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baseline.cli.options import Files, Formats, Lang, Verbose


def merge(
    reports: Annotated[
        list[Path],
        typer.Argument(metavar="REPORT...", help="Reports as JSON: what `--format json -o FILE` of a run has written."),
    ],
    formats: Formats = None,
    files: Files = None,
    verbose: Verbose = False,
    lang: Lang = "en",
) -> None:
    """Join the reports of several runs into one, as if one run had worked on all of their hosts. Contacts no host.

    The exit code is that of the joined report: the worst of theirs, where no host is in two of them.
    """
    from baseline.cli.output import outputs, send
    from baseline.cli.reading import report_of
    from baseline.languages import language
    from baseline.model.united import united
    from baseline.reports import Command, Display

    pairs = outputs(formats or (), files or ())
    joined = united([report_of(file) for file in reports])
    shown: Command = "apply" if joined.applies else "plan" if joined.plans else "check"
    send(joined, Display(shown, verbose, language=language(lang)), pairs)
    raise typer.Exit(joined.exit_code)
