"""Plan files of the command: signed where they are written, and what one that is applied selects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.cli.job import How, Job, job
from baseline.cli.options import DEFAULT_BASELINE, Chosen, TakingOptions, Where
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.cli.output import Output
    from baseline.model import Report
    from baseline.model.taking import Taking
    from baseline.planfile import PlanFile
    from baseline.reports import Display


class Signed:
    """The plan file of a run that is to be signed."""

    def __init__(self, outputs: Sequence[Output], key: Path) -> None:
        """Raises `UserError` when there is no one file to sign, before any host is asked."""
        files = [output.file for output in outputs if output.file is not None and output.format == "json"]
        if len(files) != 1:
            raise UserError("--sign signs a plan file: give one, as in -o plan.json")
        key = key.expanduser()
        if not key.is_file():
            raise UserError(f"--sign: there is no key {key}")
        self._file, self._key = files[0], key

    def sign(self, report: Report, view: Display) -> None:
        """Put the signature beside the file: of what was written, whatever stands there now. Raises `UserError`."""
        from baseline import signatures
        from baseline.cli.output import put, written

        made = signatures.sign(written(report, view, "json").encode(), self._key)
        put(signatures.beside(self._file), made.decode("ascii"))


def reviewed_plan(file: Path | None, signers: Path | None) -> PlanFile | None:
    """The plan file that is to be applied; None for none. Raises `InputError` and `UserError`."""
    from baseline.planfile import load_plan_file

    if file is None:
        if signers is not None:
            raise UserError("--require-signature is for a plan file: give one, as in `baseline apply plan.json`")
        return None
    return load_plan_file(file, signers)


def reviewed_job(reviewed: PlanFile, where: Where, chosen: Chosen, how: How) -> Job:
    """The job of a plan file. What is not given besides is what the plan was made from. Raises `UserError`."""
    from baseline.load import load_baseline

    where = replace(where, inventory=where.inventory or reviewed.inventory)
    name = chosen.baseline or reviewed.baseline or None
    whole = load_baseline(name or DEFAULT_BASELINE)
    reviewed.fits(whole.name, whole.sha256, whole.written(), whole.variables())
    if not chosen.some and reviewed.made_from is not None:
        chosen = replace(chosen, controls=tuple(reviewed.made_from.controls))
    made = job(where, replace(chosen, baseline=name), how)
    reviewed.chosen(made.baseline.control_ids)
    return replace(made, targets=reviewed.among(made.targets))


def taken(reviewed: PlanFile | None, wanted: TakingOptions, chosen: Chosen, made: Job) -> Taking:
    """Which remedies are taken: as the plan file says, or the options. Raises `NothingMatched` and `UserError`."""
    if reviewed is None:
        return wanted.of(chosen, made.baseline.control_ids, made.baseline.renamed)
    if wanted.some:
        raise UserError(f"{reviewed.file} says what is taken: give --all, --obligation and --replace to `plan`")
    return reviewed.taking
