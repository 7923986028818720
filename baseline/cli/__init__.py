"""The command `baseline`: arguments, progress and exit codes. What it prints is made elsewhere.

Nothing that a command does not need is imported for it: `commands` knows where each is, and each imports its own in its
body.

What is here:

- `action_plan`: `action-plan`: what fails as a table for people to fill in, and what such a table says once they did.
- `alerted`: Who is told of a check: the file of alerts that is named, and a check that could not be made.
- `asking`: What is asked of a person before a run begins: passwords of sudo, passphrases of keys. Never echoed, nor
  stored.
- `background`: What a report is told with besides: the words of clauses, and what its findings were before, from the
  history.
- `board`: Which hosts are under way in a run, at what and since when, as one line for a terminal.
- `brought_formats`: Formats of reports that extensions bring: a function of the report that gives the whole document.
- `chain`: One control on one host, from its clause to its proof, as far as inventory and history know: for `explain
  --host`.
- `chain_printed`: What `explain --host` prints: the chain from the clause to the proof, for people.
- `checklist`: `checklist`: the daily checklist: filled from checks and tests, ticked by people, closed into the
  register.
- `checklist_keys`: Whose key signs ticks and lists of the daily checklist, and who signed a tick.
- `checklist_shown`: What `baseline checklist` prints: a day or a month as text, and a month as CSV or HTML.
- `checklist_signed`: Ticks and closings of the daily checklist, as `baseline checklist sign` and `close` write them.
- `checklist_site`: The daily checklist of one site: where its register, its ticks and its checks are, and what they
  fill.
- `commands`: Every command of the program: where it is written, and one line of what it does. None is made before it is
  called.
- `completion`: `completion`: what a shell offers to complete a command line with, and the script that has it ask.
- `conversions`: `render --for`: hosts' configuration in the dialect of the next release, written into a folder.
- `described`: One control of a baseline as values to read, for `explain` and for the reference pages.
- `differences`: What `diff` prints: what differs between two baselines, in words.
- `documents`: `lint`, `render`, `explain`, `diff` and `baselines`: the commands that reach no host.
- `dossier`: `dossier`: what was found in a time, with all that proves it, as one signed file for an assessor.
- `dossier_lists`: The daily checklists in a dossier: a page for each month of each site, as `checklist --month` shows
  it.
- `ending`: How every command ends: errors as sentences on standard error, and the exit code that stands for them.
- `evidence`: `evidence`: the register of evidence: records added to it, what each is worth, and what is due.
- `evidence_added`: Records that `evidence add` and `evidence import` put behind those of a register, and what they ask
  for.
- `evidence_printed`: What `evidence list` and `evidence due` print.
- `evidence_signed`: Records that `evidence sign` signs, by whose key, and what `evidence verify` says of signatures.
- `examples`: What to type: examples of every command, for its help and its manual page. The tests parse each.
- `faults`: A fault of this program is told in two lines, and its traceback kept in a file.
- `fields`: The fields of a kind as rows of a table, for the reference: type, default, meaning and an example.
- `history`: `history`: the runs that were kept, and what each host or control was over time.
- `hosts`: `check`, `plan` and `apply`: the commands that reach hosts.
- `init`: `init`: a folder to begin with, an overlay learnt from a good host, roles proposed for the hosts of an
  inventory.
- `interrupting`: Ctrl-C while hosts are worked on: once in an orderly way, with a report; twice, at once.
- `job`: What a command was asked to work on, and the report of its work.
- `kept`: What `history` prints: tables for people, JSON for programs.
- `lab`: `lab`: disposable mail hosts on this machine to try a baseline on.
- `learnt`: `init --from-host`: a good host is looked at once, and what it has becomes an overlay for a person to read.
- `leaving`: How the process of the command is left, when all that a command does is done.
- `mailbox_owners`: `report mailbox-owners`: per owner how full, since when and when warned, as CSV, and the mails to
  those concerned.
- `mailboxes`: The runs that tell of mailboxes, out of a history.
- `merge`: `merge`: the reports of several runs as one, in any format; or the documents of many agencies as a roll-up.
- `next_steps`: What to type next: behind an error, and behind a check that did not end well. One line each, told on
  standard error.
- `options`: The options that commands share, spelled as Ansible spells them, and what they select.
- `output`: Where reports go: pairs of format and file, each made for the place where it will be read.
- `plain_values`: Values of a command line that are plain, as strings and paths are, and are taken without a validator
  made for them.
- `plan_files`: Plan files of the command: signed where they are written, and what one that is applied selects.
- `printed`: What `explain` and `baselines` print.
- `probe`: `probe`: tests of access and of delivery, once or again and again, kept as signed measurements.
- `probe_printed`: What `probe` prints: a line for each step, and for each mail.
- `progress`: What is going on, on standard error: a line that keeps changing on a terminal, a line per step with -v.
- `proposed`: `init --from-ansible`: the hosts of an inventory are looked at, and roles are proposed for them.
- `reading`: Reports that are read from files: the JSON of an earlier run.
- `recorded`: `check --recorded`: what a baseline says of answers that were kept.
- `records`: The DNS records that a baseline wants of each domain, for people whose DNS is elsewhere.
- `rendered`: Controls as they are for a host, as YAML. Nothing here knows what is on the host.
- `report`: `report`: a run that was kept, in any format; or a site over all of them.
- `role_written`: `render --as ansible`: what hosts lack, written into a folder as a role.
- `rollback`: `rollback`: a host back to what an earlier apply left.
- `rollup`: The roll-up of `merge`: documents of many agencies as one view in a folder.
- `roster_kept`: Rosters that `evidence accounts` brings up to date by a list of a personnel system.
- `schedule`: `schedule`: checks that are made by themselves, and how that goes.
- `schemas`: `schema`: JSON Schemas of the documents that people write, for their editors.
- `site`: A site over a history, written as a whole: it comes in place of the one before, or that stays.
- `upgrade`: `upgrade-check`: what the next release of Debian makes of hosts' settings, before anybody upgrades them.
- `upgrade_printed`: What `upgrade-check` prints: each host's settings under the next release, for people.
- `waivers`: `waiver`: waivers that are begun for a person to fill in.
- `why`: `render --why`: for every value of every control, where it comes from. As text and as JSON.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from baseline.cli.commands import AllCommands
from baseline.cli.faults import Faults
from baseline.version import __version__

app = typer.Typer(
    name="baseline",
    cls=AllCommands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"baseline {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the release and exit.")
    ] = False,
    kinds: Annotated[
        Path | None,
        typer.Option(
            "--kinds",
            metavar="DIR",
            help="Also use the kinds, templates, programs, report formats and baselines in this folder. "
            "What is in it runs as you.",
        ),
    ] = None,
) -> None:
    """State, apply and prove the configuration of mail servers.

    Exit codes: 0 conforms, 1 does not conform, 2 wrong usage or a wrong file, 3 could not tell, 4 rolled back,
    5 nothing matched, 6 not wholly restored: a person has to look.
    """
    del version
    if kinds is not None:
        from baseline import extensions

        extensions.use_folder(kinds)


_NO_PLUGINS = ("PYDANTIC_DISABLE_PLUGINS", "__all__")
"""What others have installed beside this does not get to see each value that a file holds, secrets too; nor is it
looked for, which takes as long as any model of a small command."""


def main() -> None:
    """Run the command. A fault of this program is never mistaken for a finding: it exits 3, "could not tell"."""
    os.environ.setdefault(*_NO_PLUGINS)
    if "_BASELINE_COMPLETE" in os.environ:
        from baseline.cli.completion import answer

        answer()
        return
    faults = Faults()
    try:
        with faults.watched():
            try:
                app()
            except Exception as error:  # noqa: BLE001 -- Python itself would exit 1, which means "does not conform"
                faults.tell(error)
                sys.exit(3)
    finally:
        # Nothing is kept for later any more: Python would look for rings among all objects twice before it ends.
        gc.freeze()
