"""`render --for`: hosts' configuration in the dialect of the next release, written into a folder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.cli.interrupting import LOOKING, interruptible
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.converting import HostConversion
    from baseline.model import Target


def written(targets: Sequence[Target], release: str, folder: Path, *, verbose: bool) -> int:
    """Write the converted configuration of each host to `folder`/HOST/dovecot.conf, and print what becomes of it.

    Gives the exit code: 0 when all is converted, 1 when something is left to a person, 3 when a host could not be
    asked or its configuration not be read. Raises `UserError` for a file that is there already, before any host is
    asked.
    """
    from baseline.cli.output import console, say
    from baseline.cli.progress import watching
    from baseline.cli.upgrade_printed import as_text
    from baseline.converting import convert_all
    from baseline.deadline import HOST_SECONDS, RUN_SECONDS, Limits
    from baseline.languages import ENGLISH
    from baseline.session import Connector

    for target in targets:
        if (folder / target.name).exists():
            raise UserError(f"{folder / target.name} is there already: name another folder with --to, or remove it")
    until = time.monotonic() + RUN_SECONDS
    with watching([one.name for one in targets], verbose=verbose) as progress, interruptible(LOOKING) as halt:
        limits = Limits(HOST_SECONDS, max(until - time.monotonic(), 0), halt)
        hosts = convert_all(targets, Connector().connect, progress, limits=limits)
    files = [file for host in hosts for file in _write(host, folder)]
    say(as_text([host.forecast for host in hosts], release, ENGLISH, console(sys.stdout), verbose=verbose))
    say("".join(f"written: {file}\n" for file in files))
    if halt.asked:
        return 130
    return exit_code(hosts)


def exit_code(hosts: Sequence[HostConversion]) -> int:
    """1 when something is left to a person, else 3 when a host has no conversion, else 0."""
    if any(host.conversion and host.conversion.left for host in hosts):
        return 1
    return 3 if any(host.conversion is None for host in hosts) else 0


def _write(host: HostConversion, folder: Path) -> list[Path]:
    """Write files that their owner alone may read, as Dovecot's own files with passwords are, and name them."""
    if host.conversion is None:
        return []
    place = folder / host.forecast.host
    try:
        place.mkdir(parents=True, mode=0o700)
        for name, content in host.conversion.files.items():
            file = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "w", encoding="utf-8", errors="backslashreplace") as opened:
                opened.write(content)
    except OSError as error:
        raise UserError(f"{place} cannot be written: {error.strerror}") from None
    return [place / name for name in host.conversion.files]
