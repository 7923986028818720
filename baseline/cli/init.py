"""`init`: a folder to begin with, an overlay learnt from a good host, roles proposed for the hosts of an inventory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from baseline.cli.options import DEFAULT_BASELINE, ExtraVars, on_terminal
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.starting.folder import FirstAnswers

Answer = TypeVar("Answer")


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Folder to write to; made where it lacks.", show_default=False)
    ] = Path(),
    agency: Annotated[str | None, typer.Option("--agency", metavar="NAME", help="Name of the agency.")] = None,
    domain: Annotated[str | None, typer.Option("--domain", metavar="DOMAIN", help="Its mail domain.")] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="The first mail host, by name or address.")
    ] = None,
    roles: Annotated[
        str | None,
        typer.Option("--roles", metavar="ROLE[,ROLE]", help="What it is for: mta, mailstore, antispam, dns, firewall."),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="USER", help="Account to log in as, with a key.")
    ] = None,
    baseline: Annotated[
        str, typer.Option("-b", "--baseline", metavar="NAME|FILE", help="The baseline that your rules are over.")
    ] = DEFAULT_BASELINE,
    good_host: Annotated[
        str | None,
        typer.Option("--from-host", metavar="HOST", help="Instead, look at this host, and write what it has."),
    ] = None,
    known_hosts: Annotated[
        Path | None,
        typer.Option("--from-ansible", metavar="FILE", help="Instead, look at these hosts, and propose their roles."),
    ] = None,
    inventory: Annotated[
        list[Path] | None,
        typer.Option("-i", "--inventory", metavar="FILE", help="For --from-host: where HOST is. By default in DIR."),
    ] = None,
    extra: ExtraVars = None,
) -> None:
    """Make a folder to begin with: inventory, roster, register, waivers, rules of your own.

    What no option says is asked on a terminal, five questions at most; elsewhere a placeholder is written, and marked
    with FILL IN. No file is ever written over. Contacts no host.

    With --from-host, looks at a good host and writes the overlay that describes it: what is stricter there than in the
    baseline, with the place where it was read. What is laxer, and what is not known, stands there in comments.

    With --from-ansible, looks at all hosts of an inventory and writes another one, roles.yml, with the roles that
    follow from what runs on them and can be reached there. Neither changes anything on a host.
    """
    if good_host is not None and known_hosts is not None:
        raise UserError("--from-host and --from-ansible are two commands: give one of them")
    if known_hosts is not None:
        from baseline.cli.proposed import from_ansible

        from_ansible(folder, known_hosts, extra)
        return
    given = _given(agency, domain, host, roles, user)
    if good_host is not None:
        from baseline.cli.learnt import from_host

        from_host(folder, good_host, inventory, extra, given, baseline)
    else:
        _new_folder(folder, given, baseline)


def _new_folder(folder: Path, given: FirstAnswers, baseline: str) -> None:
    from baseline.load import load_baseline
    from baseline.starting import folder as start
    from baseline.starting.new_files import write_new

    load_baseline(baseline)
    answers = _asked(given) if on_terminal() else given
    files = start.starting_files(answers, start.extends_as(baseline, folder))
    write_new(folder, files)
    for name in files:
        if not name.startswith(start.SCHEMAS):
            typer.echo(f"{folder / name}")
    typer.echo(f"{folder / start.SCHEMAS}/")
    _what_next(folder, answers)


def _given(
    agency: str | None, domain: str | None, host: str | None, roles: str | None, user: str | None
) -> FirstAnswers:
    """The answers that options give."""
    from baseline.starting import folder as start

    return start.FirstAnswers(
        _said(start.agency_name, agency),
        _said(start.mail_domain, domain),
        _said(start.host_name, host),
        _said(start.role_names, roles),
        _said(start.login_name, user),
    )


def _said(read: Callable[[str], Answer], text: str | None) -> Answer | None:
    return None if text is None else read(text)


def _asked(given: FirstAnswers) -> FirstAnswers:
    """The answers, those that lack asked on the terminal."""
    from baseline.model import ROLES
    from baseline.starting import folder as start

    roles = ", ".join(ROLES)
    asks: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
        ("agency", "Name of the agency", start.agency_name),
        ("domain", "Its mail domain", start.mail_domain),
        ("host", "First mail host, by name or address", start.host_name),
        ("roles", f"What that host is for, any of {roles}", start.role_names),
        ("user", "Account to log in as", start.login_name),
    )
    for name, question, read in asks:
        if getattr(given, name) is None:
            usual = getattr(given.with_placeholders(), name)
            shown = ",".join(usual) if isinstance(usual, tuple) else usual
            given = replace(given, **{name: _ask(question, shown, read)})
    return given


def _ask(question: str, usual: str, read: Callable[[str], Answer]) -> Answer:
    while True:
        try:
            return read(typer.prompt(question, default=usual, err=True))
        except UserError as error:
            typer.echo(str(error), err=True)


def _what_next(folder: Path, answers: FirstAnswers) -> None:
    """Say what a person does now, on standard error."""
    from baseline.starting.folder import INVENTORY, OVERLAY

    options = f"-i {INVENTORY} -b {OVERLAY}"
    lines = ["", "Next:"]
    if folder != Path():
        lines.append(f"  cd {folder}")
    if answers.open:
        lines.append("  fill in what is marked with FILL IN: grep -rn 'FILL IN' .")
    lines += [
        f"  baseline lint {options}    finds mistakes in these files",
        f"  baseline check {options}   looks at the host, and changes nothing",
    ]
    typer.echo("\n".join(lines), err=True)
