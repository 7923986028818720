"""`lab`: disposable mail hosts on this machine to try a baseline on."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from baseline.cli.ending import Interrupted
from baseline.errors import UserError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Disposable real mail hosts to try a baseline on.\n\nThey run on this machine, as root, on Linux.",
)


@app.command()
def up(
    count: Annotated[int, typer.Argument(metavar="N", min=1, help="How many hosts.")],
    disk: Annotated[str, typer.Option(metavar="SIZE", help="Size of a host's disk, as mount(8) takes it.")] = "16g",
    tmp: Annotated[str, typer.Option(metavar="SIZE", help="Size of a host's /tmp.")] = "512m",
    release: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Release of Debian: bookworm or trixie. Several may be given: hosts have them in turn. Without one, "
            "this machine's own, or bookworm where that is neither.",
        ),
    ] = None,
) -> None:
    """Bring N hosts up and wait until they are ready."""
    from baseline import lab

    with _complaining():
        lab.up(count, release=release or (), disk=disk, tmp=tmp, say=_say)
        typer.echo(f"baseline check -i {lab.directory() / 'inventory.yml'}")


@app.command()
def down() -> None:
    """Take the lab down. Leaves nothing of it on the machine."""
    from baseline import lab

    with _complaining():
        lab.down(say=_say)


@app.command("list")
def list_() -> None:
    """List the hosts that are up."""
    from baseline import lab

    with _complaining():
        for host in lab.hosts():
            typer.echo(f"{host.name:<6}  {host.address:<15}  {host.release:<8}  {host.fqdn}")


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def ssh(
    host: Annotated[str, typer.Argument(metavar="HOST", help="The host's name, such as mx1.")],
    command: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="Run this instead of a shell.")] = None,
) -> None:
    """Log in to a host as the account that may become root."""
    from baseline import lab

    with _complaining():
        words = [*lab.ssh_command(host), *(command or ())]
    sys.stdout.flush()
    os.execvp(words[0], words)  # noqa: S606 -- no shell is wanted: the words go to ssh as they are


def _say(line: str) -> None:
    typer.echo(line, err=True)


@contextlib.contextmanager
def _complaining() -> Iterator[None]:
    from baseline.lab import LabError

    try:
        yield
    except LabError as error:
        raise UserError(str(error)) from None
    except KeyboardInterrupt:
        raise Interrupted("interrupted; `baseline lab down` clears what may be left") from None
