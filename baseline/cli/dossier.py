"""`dossier`: what was found in a time, with all that proves it, as one signed file for an assessor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from baseline.cli.options import ExtraVars, HistoryPlace, InventoryFiles, Where
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.dossier.attested import RegisterRead
    from baseline.dossier.making import Material
    from baseline.history import History
    from baseline.load import Baseline, Inventory
    from baseline.model import Target


def dossier(
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="The first day, or a time with its zone.")] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="The last day, or a time with its zone. By default: now.")
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="The zip to write.")] = None,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    history: HistoryPlace = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option("-b", "--baseline", metavar="NAME|FILE", help="Baselines to take along, besides those shipped."),
    ] = None,
    agency: Annotated[
        str, typer.Option("--agency", metavar="NAME", help="Whose it is. By default: its mail domains.")
    ] = "",
    profile: Annotated[
        Literal["circular", "act-854"],
        typer.Option("--profile", help="act-854: also what Act 854 asks for, in this project's reading."),
    ] = "circular",
    zone: Annotated[
        str, typer.Option("--zone", metavar="ZONE", help="The zone of the days: +08:00, or Asia/Kuala_Lumpur.")
    ] = "+08:00",
    verifier: Annotated[
        Path | None,
        typer.Option("--write-verifier", metavar="FILE", help="Instead, write the verifier for assessors to a file."),
    ] = None,
) -> None:
    """Put together what was found in a time, with all that proves it, for an assessor. Contacts no host.

    It is signed by the installation's key, which is told at the end: give its public line to the assessor by another
    way. What is not at hand is told, in the dossier too.
    """
    from baseline import state_files
    from baseline.cli.history import opened
    from baseline.cli.output import put
    from baseline.dossier.making import DossierOrder
    from baseline.dossier.making import dossier as made
    from baseline.signing import installation_key

    if verifier is not None:
        put(verifier, (Path(__file__).parents[1] / "dossier" / "verify_dossier.py").read_bytes())
        return
    if not since or output is None:
        raise UserError("a dossier is of a time, and goes into a file: --since 2026-01-01 -o agency-2026.zip")
    present = datetime.now(UTC)
    begin, end = _moment("--since", since, zone), _moment("--until", until, zone, ends=True) if until else present
    if begin >= min(end, present):
        raise UserError(
            f"no time lies between {since} and {until or 'now'}: --since is the first day, --until the last"
        )
    loaded = Where(inventory, None, extra).load()
    kept = opened(history, inventory, extra)
    as_of = min(end, present)
    material = _material(loaded, baseline or (), kept, begin, as_of)
    named = agency or ", ".join(material.domains)
    if not named:
        raise UserError("the inventory names no mail domain, so that it is not known whose this is: give --agency NAME")
    order = DossierOrder(named, begin, end, present, profile)
    signer = installation_key(state_files.directory())
    try:
        content = made(order, kept, material, signer)
    except OSError as error:
        raise UserError(f"{error.filename} cannot be read: {error.strerror}") from None
    put(output, content)
    typer.echo(f"{output}: signed by {signer.public_line}", err=True)


def _moment(option: str, text: str, zone: str, *, ends: bool = False) -> datetime:
    from baseline.load.instants import instant

    day = len(text.strip()) == len("2026-01-01")
    try:
        return instant(f"{text.strip()} {zone}" if day else text, ends=ends)
    except ValueError as error:
        raise UserError(f"{option}: {error}") from None


def _material(loaded: Inventory, named: Sequence[str], history: History, since: datetime, as_of: datetime) -> Material:
    from baseline.cli.background import background
    from baseline.cli.dossier_lists import checklist_files
    from baseline.dossier.making import Material
    from baseline.load import load_baseline, shipped

    baselines = tuple(map(load_baseline, dict.fromkeys((*named, *shipped()))))

    def rules(name: str) -> Baseline | None:
        return next((one for one in baselines if one.name == name), None)

    daily = next((one for one in baselines if _has_checklist(one)), baselines[0])
    pages, lacks = checklist_files(loaded.targets, daily, history, since, as_of)
    return Material(
        lambda report, spoken: background(report, rules(report.run.baseline_name), None, spoken),
        tuple(_registers(loaded.targets)),
        baselines,
        tuple(sorted({domain for target in loaded.targets for domain in target.domains})),
        pages,
        tuple(lacks),
    )


def _has_checklist(rules: Baseline) -> bool:
    return any(draft.labels() >= {"daily_checklist"} for draft in rules.drafts)


def _registers(targets: Sequence[Target]) -> Iterator[RegisterRead]:
    """Each register once for each site whose hosts name it."""
    from baseline.cli.checklist_site import register_of
    from baseline.dossier.attested import RegisterRead
    from baseline.subjects import SITE

    seen = set()
    for target in targets:
        if target.register is not None:
            site, place = target.site or SITE, register_of(target).absolute()
            if (site, place) not in seen:
                seen.add((site, place))
                signers = Path(target.allowed_signers) if target.allowed_signers else None
                yield RegisterRead(site, place, target.register, signers)
