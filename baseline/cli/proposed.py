"""`init --from-ansible`: the hosts of an inventory are looked at, and roles are proposed for them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from baseline.cli.options import Where
from baseline.errors import HostError, UserError
from baseline.fleet import check_all
from baseline.reports.words import count
from baseline.starting.folder import schema_line
from baseline.starting.new_files import NewFile, write_new
from baseline.starting.proposing import proposals, roles_inventory, what_runs, without_roles

ROLES_FILE = "roles.yml"


def from_ansible(folder: Path, inventory: Path, extra: Sequence[str] | None) -> None:
    """Look at all hosts of an inventory, and write an inventory with the roles that are proposed for them."""
    path = folder / ROLES_FILE
    if os.path.lexists(path):
        raise UserError(f"{path} is there already: move it, or name another DIR")
    targets = Where([inventory], None, extra).targets()
    typer.echo(f"looking at {count(len(targets), 'host')}; nothing is changed there", err=True)
    found = proposals(targets, check_all(without_roles(targets), what_runs()))
    silent = [one for one in found if one.trouble]
    if len(silent) == len(found):
        listed = "\n".join(f"  {one.host}: {one.trouble}" for one in silent)
        raise HostError(f"no host could be looked at, and nothing was written:\n{listed}")
    text = schema_line(folder, "inventory") + roles_inventory(found, str(inventory))
    write_new(folder, {ROLES_FILE: NewFile(text)})
    typer.echo(str(path))
    new = sum(1 for one in found if one.roles and not one.had and not one.trouble)
    unseen = f"; {len(silent)} could not be looked at, and are named there" if silent else ""
    lines = [
        "",
        f"Roles are proposed for {count(new, 'host')}{unseen}. Read and correct the file, then:",
        f"  baseline lint -i {inventory} -i {path}",
    ]
    typer.echo("\n".join(lines), err=True)
