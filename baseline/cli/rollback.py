"""`rollback`: a host back to what an earlier apply left."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.cli.asking import AskBecomePass, with_passphrases
from baseline.cli.interrupting import AT_ONCE, BACK, interruptible
from baseline.cli.job import Kept
from baseline.cli.options import (
    ExtraVars,
    Files,
    Formats,
    HistoryPlace,
    InventoryFiles,
    Lang,
    NoHistory,
    Private,
    SshConfigFile,
    VaultFiles,
    Verbose,
    Where,
    on_terminal,
    somebody,
)
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.cli.output import Output
    from baseline.generations import Generation
    from baseline.history import History
    from baseline.model import Report, Target
    from baseline.net_change import NetChange
    from baseline.reports import Display


def rollback(
    host: Annotated[str, typer.Argument(metavar="HOST", help="One host of the inventory.")],
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    vaults: VaultFiles = None,
    ask_become: AskBecomePass = False,
    ssh_config: SshConfigFile = None,
    to: Annotated[
        int | None, typer.Option("--to", metavar="N", min=0, help="The generation; by default the one before the last.")
    ] = None,
    list_them: Annotated[bool, typer.Option("--list", help="Only list the generations that the host keeps.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask first.")] = False,
    keep_edits: Annotated[
        bool,
        typer.Option("--keep-edits", help="Keep what was edited by hand since the last apply; refuse what collides."),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Also show the lines that were changed.")] = False,
    private: Private = False,
    formats: Formats = None,
    files: Files = None,
    history: HistoryPlace = None,
    no_history: NoHistory = False,
    verbose: Verbose = False,
    lang: Lang = "en",
) -> None:
    """Put a host back to its state after an earlier apply.

    Shows what it will change, line by line, and what was edited by hand since the last apply, and asks. With
    --keep-edits such edits are kept, or the rollback is refused and names what collides.

    Generation 0 is the host before its first apply. A rollback is the same kind of transaction as an apply, verified
    the same way, and becomes a generation of its own. Installed packages stay. Exit code 4 when rolled back, 1 when
    the rollback was refused or failed and the host is unchanged.
    """
    from baseline.cli.output import outputs, send
    from baseline.languages import language
    from baseline.reports import Display

    view = Display("rollback", verbose, diff, private, language(lang))
    pairs = outputs(formats or (), files or ())
    where = Where(inventory, host, extra, None, vaults, ask_become, ssh_config)
    loaded = where.load()
    targets = with_passphrases(loaded.select(host))
    if len(targets) != 1:
        raise UserError(f"{host} names {len(targets)} hosts, and a rollback is for one")
    if list_them:
        _list(targets[0], pairs)
        return
    keeper = Kept(history, no_history).history(targets, loaded.targets)
    shown = None if yes else _asked(targets[0], to, view, keep_edits=keep_edits)
    report = _rolled_back(targets[0], to, shown, keeper, keep_edits=keep_edits, verbose=verbose)
    send(report, view, pairs)
    raise typer.Exit(report.exit_code)


def _rolled_back(
    target: Target,
    to: int | None,
    shown: NetChange | None,
    history: History | None,
    *,
    keep_edits: bool,
    verbose: bool,
) -> Report:
    from baseline import fleet
    from baseline.cli.progress import watching
    from baseline.deadline import Limits
    from baseline.engine import CONFIRM_SECONDS
    from baseline.transaction import Note

    note = Note(somebody(), f"rollback to {'the last' if to is None else to}")
    at_once = AT_ONCE.format(seconds=CONFIRM_SECONDS)
    with watching([target.name], verbose=verbose) as progress, interruptible(BACK, at_once) as halt:
        return fleet.rollback(
            target,
            to=to,
            keep_edits=keep_edits,
            shown=shown,
            progress=progress,
            note=note,
            limits=Limits(halt=halt),
            history=history,
        )


def _asked(target: Target, to: int | None, view: Display, *, keep_edits: bool) -> NetChange:
    """What the rollback will do, once somebody has seen it and wants it. Where nothing will be done nobody is asked."""
    from baseline import engine
    from baseline.cli.output import console, say
    from baseline.cli.progress import watching
    from baseline.reports import plans
    from baseline.reports.lines import printed
    from baseline.session import Connector

    if not on_terminal():
        raise UserError("there is no terminal to ask on: look with --list, then roll back with --yes")
    with watching([target.name], verbose=view.verbose) as progress:
        change = engine.way_back(target, Connector().connect, progress, to=to, keep_edits=keep_edits)
    if change.collisions or change.plan.empty:
        return change
    say(printed(console(sys.stderr), plans.way_back(change.plan, change.edits, view)), sys.stderr)
    if not typer.confirm(f"Roll {target.name} back to generation {change.goal}?", err=True):
        raise typer.Exit(1)
    return change


def _list(target: Target, pairs: Sequence[Output]) -> None:
    from baseline import engine
    from baseline.cli.output import write
    from baseline.session import Connector

    if any(pair.format == "junit" for pair in pairs):
        raise UserError("generations are listed as text or json, and not as junit")
    kept = engine.kept_generations(target, Connector().connect)
    document = {"host": target.name, "generations": [_plain(one) for one in kept]}
    written = {
        "json": json.dumps(document, indent=2) + "\n",
        "text": "".join(f"{line}\n" for line in _lines(target, kept)),
    }
    write({pair: written[pair.format] for pair in pairs})


def _lines(target: Target, kept: Sequence[Generation]) -> Iterator[str]:
    from baseline.reports.words import one_line

    if not kept:
        yield f"{target.name} keeps no journal of an apply."
    for one in kept:
        # All of it is the host's word, kept there as files that others than us may have written.
        note = {name: one_line(text) for name, text in one.note.items()}
        yield f"{one.number:3}  {one_line(one.when)}  {note.get('who', '?')}  {note.get('baseline', '?')}"
        if note.get("reason", "-") != "-":
            yield f"     because {note['reason']}"
        for path, before in sorted(one.files.items()):
            yield f"     {'created' if before.content is None else 'changed'}  {one_line(path)}"


def _plain(one: Generation) -> dict[str, object]:
    return {
        "number": one.number,
        "when": one.when,
        "transaction": one.transaction,
        **{key: one.note.get(key, "") for key in ("who", "baseline", "reason", "digest")},
        "files": sorted(one.files),
    }
