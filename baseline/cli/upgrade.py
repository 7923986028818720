"""`upgrade-check`: what the next release of Debian makes of hosts' settings, before anybody upgrades them."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from baseline.cli.asking import AskBecomePass, with_passphrases
from baseline.cli.interrupting import LOOKING, interruptible
from baseline.cli.options import (
    FORKS,
    HOST_SECONDS,
    RUN_SECONDS,
    ExtraVars,
    Forks,
    HostPattern,
    HostTimeout,
    InventoryFiles,
    Lang,
    SshConfigFile,
    VaultFiles,
    Verbose,
    Where,
    WholeTimeout,
)


def upgrade_check(
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    vaults: VaultFiles = None,
    limit: HostPattern = None,
    ask_become: AskBecomePass = False,
    ssh_config: SshConfigFile = None,
    to: Annotated[
        Literal["trixie"], typer.Option("--to", help="The release of Debian that the hosts are to have.")
    ] = "trixie",
    form: Annotated[
        Literal["text", "json", "markdown"], typer.Option("--format", help="What to print it as.")
    ] = "text",
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file, by default standard output.")
    ] = None,
    forks: Forks = FORKS,
    host_timeout: HostTimeout = HOST_SECONDS,
    deadline: WholeTimeout = RUN_SECONDS,
    verbose: Verbose = False,
    lang: Lang = "en",
) -> None:
    """Say what an upgrade from Debian 12 to 13 would break or change on hosts. Changes nothing.

    Reads the configuration of the mail programs in one exchange with each host, as a check does, and tells all at once
    what the programs of the new release refuse, read otherwise or do by another default, what that means, and what to
    write instead. Exit code 0 when all stays the same, 1 when something breaks or changes, 3 when something is not
    known.
    """
    from baseline.cli.output import console, put, say
    from baseline.cli.progress import watching
    from baseline.cli.upgrade_printed import as_markdown, as_text
    from baseline.deadline import Limits
    from baseline.foreseeing import foresee_all
    from baseline.languages import language
    from baseline.upgrading.items import exit_code

    until, spoken = time.monotonic() + deadline, language(lang)
    targets = with_passphrases(Where(inventory, limit, extra, None, vaults, ask_become, ssh_config).targets())
    with watching([one.name for one in targets], verbose=verbose) as progress, interruptible(LOOKING) as halt:
        limits = Limits(host_timeout, max(until - time.monotonic(), 0), halt)
        hosts = foresee_all(targets, forks=forks, progress=progress, limits=limits)
    ended = 130 if halt.asked else exit_code(hosts)
    if form == "json":
        document = {
            "schema": "baseline.upgrade/1",
            "to": to,
            "exit_code": ended,
            "hosts": [one.to_dict() for one in hosts],
        }
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    elif form == "markdown":
        text = as_markdown(hosts, to, spoken)
    else:
        text = as_text(hosts, to, spoken, console(sys.stdout if file is None else io.StringIO()), verbose=verbose)
    if file is None or str(file) == "-":
        say(text)
    else:
        put(file, text)
    raise typer.Exit(ended)
