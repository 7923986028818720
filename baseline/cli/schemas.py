"""`schema`: JSON Schemas of the documents that people write, for their editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baseline.errors import UserError
from baseline.schemas import NAMES, text


def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The document. Without one, all of them are listed.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where it goes; without it: standard output."),
    ] = None,
) -> None:
    """Print the JSON Schema (2020-12) of a document that you write: an editor checks the file with it as you type.

    The first line of the file tells the editor where the schema is:

    # yaml-language-server: $schema=FILE

    Contacts no host.
    """
    if name is None:
        if output is not None:
            raise UserError("-o is for one schema: give its NAME, one of those that `baseline schema` lists")
        width = max(map(len, NAMES))
        for one, what in NAMES.items():
            typer.echo(f"{one:<{width}}  {what}.")
        return
    made = text(name)
    if output is None or str(output) == "-":
        typer.echo(made, nl=False)
        return
    try:
        output.write_text(made, encoding="utf-8")
    except OSError as error:
        raise UserError(f"-o: {output} cannot be written: {error.strerror}; name a file in a folder of yours") from None
