"""`rollback`: a host back to what an earlier apply left."""

from __future__ import annotations

import getpass
import json
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.cli.options import InventoryFiles, Verbose, chosen_targets
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.engine import HostResult
    from baseline.generations import Generation
    from baseline.model import Target


def rollback(
    host: Annotated[str, typer.Argument(metavar="HOST", help="One host of the inventory.")],
    inventory: InventoryFiles,
    to: Annotated[
        int | None, typer.Option("--to", metavar="N", min=0, help="The generation; by default the one before the last.")
    ] = None,
    list_them: Annotated[bool, typer.Option("--list", help="Only list the generations that the host keeps.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    verbose: Verbose = False,
) -> None:
    """Put a host back to what it was after an earlier apply.

    Generation 0 is the host before its first apply. Goes through the same transaction as an apply, verified the same
    way, and is a generation of its own afterwards. Packages that were installed stay. Exit code 4 when rolled back.
    """
    targets = chosen_targets(inventory, host)
    if len(targets) != 1:
        raise UserError(f"{host} names {len(targets)} hosts, and a rollback is for one")
    if list_them:
        _list(targets[0], as_json=as_json)
        return
    if not yes:
        _ask(targets[0].name, to)
    result = _rolled_back(targets[0], to, verbose=verbose)
    _tell(result, as_json=as_json, verbose=verbose)
    raise typer.Exit(_exit_code(result))


def _rolled_back(target: Target, to: int | None, *, verbose: bool) -> HostResult:
    from baseline import engine
    from baseline.cli.progress import watching
    from baseline.session import Connector
    from baseline.transaction import Note

    note = Note(f"{getpass.getuser()}@{socket.gethostname()}", f"rollback to {'the last' if to is None else to}")
    with watching([target.name], verbose=verbose) as progress:
        return engine.rollback(target, Connector().connect, progress, to=to, note=note)


def _exit_code(result: HostResult) -> int:
    from baseline.model import ApplyOutcome

    codes = {ApplyOutcome.ROLLED_BACK: 4, ApplyOutcome.NOTHING: 0, ApplyOutcome.REFUSED: 1}
    return codes.get(result.apply.outcome, 3) if result.apply else 3


def _ask(name: str, to: int | None) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError("there is no terminal to ask on: look with --list, then roll back with --yes")
    where = "the generation before the last" if to is None else f"generation {to}"
    if not typer.confirm(f"Roll {name} back to {where}?", err=True):
        raise typer.Exit(1)


def _list(target: Target, *, as_json: bool) -> None:
    from baseline import engine
    from baseline.session import Connector

    kept = engine.kept_generations(target, Connector().connect)
    if as_json:
        typer.echo(json.dumps({"host": target.name, "generations": [_plain(one) for one in kept]}, indent=2))
        return
    if not kept:
        typer.echo(f"{target.name} keeps no journal of an apply.")
    for one in kept:
        note = one.note
        typer.echo(f"{one.number:3}  {one.when}  {note.get('who', '?')}  {note.get('baseline', '?')}")
        if note.get("reason", "-") != "-":
            typer.echo(f"     because {note['reason']}")
        for path, before in sorted(one.files.items()):
            typer.echo(f"     {'created' if before.content is None else 'changed'}  {path}")


def _plain(one: Generation) -> dict[str, object]:
    return {
        "number": one.number,
        "when": one.when,
        "transaction": one.transaction,
        **{key: one.note.get(key, "") for key in ("who", "baseline", "reason", "digest")},
        "files": sorted(one.files),
    }


def _tell(result: HostResult, *, as_json: bool, verbose: bool) -> None:
    if as_json:
        document = {"host": result.host.to_dict(), "apply": result.apply.to_dict() if result.apply else None}
        typer.echo(json.dumps(document, indent=2))
        return
    assert result.apply is not None
    typer.echo(f"{result.host.name}: {result.apply.reason}")
    for change in result.plan.files if result.plan else ():
        typer.echo(f"  {change.action:8} {change.path}")
    for step in result.apply.steps if verbose else ():
        typer.echo(f"    {step}")
