"""How every command ends: errors as sentences on standard error, and the exit code that stands for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from baseline.errors import BaselineError, NothingMatched, UserError

EXIT_CODES: Mapping[int, str] = {
    0: "conforms",
    1: "does not conform, or drift, or a daemon that is stale or refuses its files, or an apply was refused",
    2: "wrong usage, or a wrong file",
    3: "could not tell: a host or a control is unknown, or alerts did not go out",
    4: "rolled back",
    5: "nothing matched the selection of hosts, controls or tags, or what a waiver names",
    6: "not wholly restored: a person has to look",
    130: "interrupted: the report shows what was known",
}
"""What every exit code of the command means. Those of a report are worked out by `Report.exit_code`."""


_WORDS = "baseline.words"
"""Where click keeps the words of the line for all of its commands."""


class Interrupted(KeyboardInterrupt):
    """A person broke off; the message says how things were left."""


class Commands(TyperGroup):
    """The commands, with one place where their errors become exit codes."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order of work, not of the alphabet."""
        del ctx
        return list(self.commands)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep the words of the line, of which what to type next is made."""
        ctx.meta.setdefault(_WORDS, tuple(args))
        return list(super().parse_args(ctx, args))

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Nothing that a person or a host can cause ends in a traceback."""
        words = ctx.meta.get(_WORDS, ())
        try:
            return super().invoke(ctx)
        except NothingMatched as error:
            _end(f"baseline: {error}", 5, _next(error, words))
        except UserError as error:
            _end(str(error), 2, _next(error, words))
        except BaselineError as error:
            _end(f"baseline: {error}", 3, _next(error, words))
        except KeyboardInterrupt as error:
            _end(f"\nbaseline: {str(error) or 'interrupted; nothing was changed'}", 130)


def _next(error: BaselineError, words: Sequence[str]) -> str:
    from baseline.cli.next_steps import after_error

    return after_error(error, words)


def _end(message: str, code: int, step: str = "") -> None:
    from baseline.reports.words import visible

    typer.echo(visible(message), err=True)
    if step:
        typer.echo(f"next: {visible(step)}", err=True)
    raise typer.Exit(code)
