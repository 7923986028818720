"""`init --from-host`: a good host is looked at once, and what it has becomes an overlay for a person to read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import typer

from baseline.cli.options import Where
from baseline.errors import HostError, NothingMatched, UserError
from baseline.fleet import check_all
from baseline.kinds.base import Control
from baseline.load import load_baseline
from baseline.load.tree import nearest
from baseline.model import Finding, Target
from baseline.recorded import judge_recorded
from baseline.reports.words import count
from baseline.starting.answers import HeldAnswers
from baseline.starting.folder import INVENTORY, FirstAnswers, extends_as, host_name, schema_line
from baseline.starting.learning import learn
from baseline.starting.new_files import NewFile, write_new
from baseline.starting.overlay import file_name, learnt_overlay


def from_host(
    folder: Path,
    host: str,
    inventory: Sequence[Path] | None,
    extra: Sequence[str] | None,
    given: FirstAnswers,
    name: str,
) -> None:
    """Look at a host, and write the overlay that describes it over the baseline of a name or file."""
    rules = load_baseline(name)
    target, options = _target(folder, host, inventory, extra, given)
    rules.validate_all([target])
    if os.path.lexists(folder / file_name(target.name)):
        raise UserError(f"{folder / file_name(target.name)} is there already: move it, or name another DIR")
    typer.echo(f"looking at {target.name} ({target.address}); nothing is changed there", err=True)
    answers = HeldAnswers()
    report = check_all([target], rules, history=answers)
    (told,) = report.hosts
    if not told.reachable:
        raise HostError(f"{target.name} could not be looked at, and nothing was written: {told.error}")

    def judge(control: Control) -> Sequence[Finding]:
        return judge_recorded(target, [control], answers).findings

    learnt = learn(rules.controls_for(target), target, report.findings, judge)
    path = folder / file_name(target.name)
    text = learnt_overlay(learnt, target.name, report.run.finished, extends_as(name, folder))
    write_new(folder, {path.name: NewFile(schema_line(folder, "baseline") + text)})
    typer.echo(str(path))
    values = f"{count(len(learnt.values), 'value')} of {count(len({one.control for one in learnt.values}), 'control')}"
    laxer = len({finding.key for finding, _ in learnt.laxer})
    lines = [
        "",
        f"{values} stricter than {rules.name} wants. {count(laxer, 'control')} laxer, {len(learnt.unseen)} unknown,",
        "told in comments. Read every value, and take out what is no rule for all of your hosts. Then:",
        f"  baseline check {options} -b {path}",
    ]
    typer.echo("\n".join(lines), err=True)


def _target(
    folder: Path, host: str, inventory: Sequence[Path] | None, extra: Sequence[str] | None, given: FirstAnswers
) -> tuple[Target, str]:
    """The host as the inventory knows it, or by what the options say; and the options by which a check finds it."""
    paths = inventory or ([folder / INVENTORY] if (folder / INVENTORY).exists() else None)
    if paths:
        targets = Where(paths, None, extra).load().targets
        found = [one for one in targets if host in (one.name, one.address)]
        if len(found) != 1:
            known = "several hosts are" if found else "no host is"
            hint = "" if found else f": {nearest(host, [one.name for one in targets])}"
            raise NothingMatched(f"{known} called {host} in {', '.join(map(str, paths))}{hint}")
        return found[0], " ".join(f"-i {path}" for path in paths)
    if given.roles is None:
        raise UserError(f"no inventory says what {host} is for: name one with -i, or give --roles, --user and --domain")
    known_by = {
        "roles": list(given.roles),
        "ansible_become": True,
        **({"ansible_user": given.user} if given.user else {}),
        **({"domains": [given.domain]} if given.domain else {}),
    }
    where = Where([Path(f"{host_name(host)},")], None, [json.dumps(known_by), *(extra or ())])
    return where.load().targets[0], f"-i {host_name(host)}, -e '{json.dumps(known_by)}'"
