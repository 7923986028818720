"""Every command of the program: where it is written, and one line of what it does. None is made before it is called.

Typer makes all commands at once, which takes three times as long as Python itself needs to start.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command, get_group

from baseline.classes import dataclass
from baseline.cli.ending import Commands
from baseline.cli.plain_values import with_plain_values


@dataclass(frozen=True)
class CommandEntry:
    """A command: what it does in one line that no terminal cuts off, and `MODULE:NAME` of its function or its group."""

    summary: str
    place: str

    def command(self, name: str) -> Any:
        """The command itself, by which its module is imported."""
        from baseline.cli.examples import with_examples

        module, _, attribute = self.place.partition(":")
        made = getattr(import_module(f"baseline.cli.{module}"), attribute)
        if isinstance(made, typer.Typer):
            group = get_group(made)
            group.name = name
            return with_plain_values(with_examples(name, group))
        alone = typer.Typer(
            add_completion=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
        )
        alone.command(name)(made)
        return with_plain_values(with_examples(name, get_command(alone)))


COMMANDS: Mapping[str, CommandEntry] = {
    "init": CommandEntry("Make a folder to begin with, from a few answers.", "init:init"),
    "lint": CommandEntry("Find all mistakes in what you wrote, at their lines.", "documents:lint"),
    "render": CommandEntry("Print the controls as rendered for each host.", "documents:render"),
    "check": CommandEntry("Look at hosts and judge every control.", "hosts:check"),
    "plan": CommandEntry("Look at hosts and say what an apply would do.", "hosts:plan"),
    "apply": CommandEntry("Make hosts conform, or leave them as they were.", "hosts:apply"),
    "rollback": CommandEntry("Put a host back to its state after an earlier apply.", "rollback:rollback"),
    "explain": CommandEntry("Say everything about one control, also on one host.", "documents:explain"),
    "diff": CommandEntry("Tell what differs between two baselines.", "documents:diff"),
    "baselines": CommandEntry("List the baselines that come with the package.", "documents:baselines"),
    "schema": CommandEntry("Print what editors need to check files as you write them.", "schemas:schema"),
    "completion": CommandEntry("Print what has a shell complete commands and hosts.", "completion:completion"),
    "changes": CommandEntry("Tell what changed between two runs, and why.", "history:changes"),
    "report": CommandEntry("Print the report of a run that was kept, in any format.", "report:app"),
    "merge": CommandEntry("Join the reports of several runs into one.", "merge:merge"),
    "action-plan": CommandEntry("List what fails, for people to say who mends it.", "action_plan:action_plan"),
    "upgrade-check": CommandEntry("Say what an upgrade to Debian 13 breaks or changes.", "upgrade:upgrade_check"),
    "history": CommandEntry("List the runs that were kept, newest first.", "history:app"),
    "schedule": CommandEntry("Have checks made by themselves, by systemd or cron.", "schedule:app"),
    "probe": CommandEntry("Use the mail system as its users do, from outside.", "probe:probe"),
    "evidence": CommandEntry("Keep the register of evidence, and see what is due.", "evidence:app"),
    "checklist": CommandEntry("The daily checklist: see, tick and close it.", "checklist:app"),
    "dossier": CommandEntry("Put all proof of a time into one signed file.", "dossier:dossier"),
    "waiver": CommandEntry("Begin a waiver: what is not met for a while, and why.", "waivers:app"),
    "lab": CommandEntry("Disposable real mail hosts to try a baseline on.", "lab:app"),
}
"""In the order of work, as help lists them."""


class AllCommands(Commands):
    """The root of all commands. It knows their names, and makes one when it is asked for."""

    def __init__(self, **settings: Any) -> None:
        """As Typer does it."""
        super().__init__(**settings)
        with_plain_values(self)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As click does it; `--kinds DIR` may stand behind the name of the command as well."""
        for at, word in enumerate(args):
            if word == "--kinds" and at + 1 < len(args):
                return super().parse_args(ctx, [*args[at : at + 2], *args[:at], *args[at + 2 :]])
            if word == "--" or word.startswith("--kinds="):
                return super().parse_args(ctx, args if word == "--" else [word, *args[:at], *args[at + 1 :]])
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One command, made now if it was not yet; None when there is none of that name.

        Then all are made, since what is asked for may be a slip of a name, which is looked for among those that are.
        """
        for name in (cmd_name,) if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.add_command(COMMANDS[name].command(name))
        return super().get_command(ctx, cmd_name)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples of the program itself."""
        from baseline.cli.examples import told

        self.epilog = told("")
        super().format_epilog(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Names and their lines, for which no command is made."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])
