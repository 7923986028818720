"""What is asked of a person before a run begins: passwords of sudo, passphrases of keys. Never echoed, nor stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.cli.options import on_terminal
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.load import Inventory
    from baseline.model import Target
    from baseline.secret import Secret

AskBecomePass = Annotated[
    bool,
    typer.Option(
        "-K",
        "--ask-become-pass",
        help="Ask, once, for the password of sudo on hosts that become root and have none in the inventory.",
    ),
]


def with_sudo_password(loaded: Inventory) -> Inventory:
    """The inventory with a password that is asked for now, where any host may need it. Raises `UserError`."""
    needing = [target for target in loaded.targets if _needs(target)]
    if not needing:
        typer.echo("No host becomes root by sudo without a password of its own: none is asked for (note)", err=True)
        return loaded
    if not on_terminal():
        raise UserError(
            "-K: there is no terminal to ask on: write `ansible_become_password: !secret {file: …}` into the inventory"
        )
    password = _asked("SUDO password", "the terminal (-K)")
    return replace(
        loaded,
        targets=tuple(
            replace(target, become_password=password) if _needs(target) else target for target in loaded.targets
        ),
    )


TRIES = 3
"""How often a passphrase is asked for."""


def with_passphrases(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """The targets with the passphrases of their keys, each asked for once where a person is there and no agent has it.

    Raises `UserError` for one that is misspelt three times.
    """
    from baseline.login_keys import is_locked

    files = dict.fromkeys(file for one in targets for file in (one.key_file, *one.jump_keys) if file)
    locked = [file for file in files if is_locked(Path(file).expanduser())]
    if not locked or not on_terminal():
        return targets
    from baseline.login_keys import held_by_agent

    found = {file: _passphrase(file) for file in locked if held_by_agent(Path(file).expanduser())[0] is None}
    return tuple(replace(one, passphrases=found) for one in targets) if found else targets


def _passphrase(file: str) -> Secret:
    from baseline.login_keys import opened

    for _ in range(TRIES):
        found = _asked(f"Passphrase of {file}", f"the terminal, for {file}")
        try:
            opened(file, Path(file).expanduser(), found.reveal())
        except ValueError:
            typer.echo("It is not that one.", err=True)
        else:
            return found
    raise UserError(
        f"{file}: {TRIES} passphrases were not the one of it: add the key to an agent with `ssh-add {file}`"
    )


def _needs(target: Target) -> bool:
    return target.become and target.user != "root" and target.become_password is None


def _asked(question: str, source: str) -> Secret:
    """A secret that a person types in, asked for at once and never again."""
    from baseline.secret import Secret

    value: str = typer.prompt(question, hide_input=True, err=True)
    found = Secret(source, _given(value))
    found.reveal()
    return found


def _given(value: str) -> Callable[[], str]:
    # In a closure, as `Secret` itself keeps it. What is pickled by name cannot travel to a worker of a cluster.
    return lambda: value
