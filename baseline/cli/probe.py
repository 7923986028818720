"""`probe`: tests of access and of delivery, once or again and again, kept as signed measurements."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from baseline.cli.job import Kept
from baseline.cli.options import HistoryPlace, InventoryFiles, NoHistory, Where
from baseline.errors import NothingMatched, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from baseline.deadline import Halt
    from baseline.history import History
    from baseline.load.probed import ProbesDocument
    from baseline.model import Target
    from baseline.model.measurements import AccessRun, Measurement
    from baseline.probing.keeping import MeasurementKeeper

Only = Literal["access", "delivery"]


def probe(
    document: Annotated[
        Path, typer.Option("-p", "--probes", metavar="FILE", help="What is tested: mailboxes, providers, limits.")
    ] = Path("probes.yml"),
    inventory: InventoryFiles = None,
    only: Annotated[Only | None, typer.Option("--only", help="Make the tests of one sort alone.")] = None,
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="NAME", help="Only mailboxes of this site.")
    ] = None,
    watch: Annotated[
        int | None,
        typer.Option("--watch", metavar="SECONDS", help="Make access tests again and again, until it is ended."),
    ] = None,
    history: HistoryPlace = None,
    no_history: NoHistory = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="What to print it as.")] = "text",
) -> None:
    """Use the mail system as its users do, and send mail from outside and back. Changes no host.

    What is measured is signed with this installation's key and kept in the history, where `check` finds it. The exit
    code is 0 where all went through, 1 where something did not, and 3 where a test could not be made.
    """
    from baseline.load.probes import load_probes

    targets = Where(inventory).targets() if inventory else ()
    wanted = of_sites(load_probes(document), targets, site or ())
    kept = Kept(history, no_history).history(targets)
    keeper = None if kept is None else _keeper(kept)
    if watch is not None:
        if only is not None or no_history or form == "json":
            raise UserError("--watch makes access tests for the history: leave --only, --no-history and --format away")
        assert keeper is not None, "without a history nobody may watch"
        _watch(wanted, watch, keeper)
    else:
        _once(wanted, targets, only, keeper, form)


def _keeper(history: History) -> MeasurementKeeper:
    """Who keeps what is measured. Raises `UserError` now, and not after the tests, where nothing could be signed."""
    from baseline import state_files
    from baseline.probing.keeping import MeasurementKeeper
    from baseline.signing import installation_key

    installation_key(state_files.directory())
    return MeasurementKeeper(history, state_files.directory())


def of_sites(document: ProbesDocument, targets: Sequence[Target], sites: Sequence[str]) -> ProbesDocument:
    """The document for some sites. Raises `UserError` for one that the inventory lacks, `NothingMatched` for none."""
    from dataclasses import replace

    from baseline.load.tree import nearest
    from baseline.subjects import SITE

    if targets:
        known = {target.site or SITE for target in targets}
        for name in document.sites:
            if name not in known:
                raise UserError(f"no host of the inventory has the site {name}: {nearest(name, known)}")
    for name in sites:
        if name not in document.sites:
            raise NothingMatched(f"no mailbox is of the site {name}: {nearest(name, document.sites)}")
    chosen = tuple(one for one in document.mailboxes if not sites or one.site in sites)
    return replace(document, mailboxes=chosen)


def _once(
    document: ProbesDocument,
    targets: Sequence[Target],
    only: Only | None,
    keeper: MeasurementKeeper | None,
    form: str,
) -> None:
    from baseline.cli.interrupting import interruptible
    from baseline.cli.output import console, say
    from baseline.cli.probe_printed import measured_in_words
    from baseline.deadline import Deadline
    from baseline.probing.rounds import round_of

    with interruptible("interrupted: what was measured so far is kept") as halt:
        found = round_of(document, targets, only, Deadline(), halt)
    if not found and not halt.asked:
        raise NothingMatched("nothing is there to test: delivery needs a provider, and a mailbox with IMAP")
    for one in found:
        if keeper is not None:
            keeper.keep(one)
    if form == "json":
        say(json.dumps([one.to_dict() for one in found], indent=1, ensure_ascii=False) + "\n")
    else:
        say(measured_in_words(found, console(sys.stdout)))
    raise typer.Exit(130 if halt.asked else exit_code(found))


def exit_code(found: Sequence[Measurement]) -> int:
    """1 where something did not go through, else 3 where a test could not be made, else 0."""
    from baseline.model.measurements import AccessTests

    codes = {0}
    for one in found:
        if isinstance(one.facts, AccessTests):
            codes.add(0 if all(run.passed for run in one.facts.runs) else 1)
        else:
            codes.add({"delivered": 0, "untested": 3}.get(one.facts.outcome, 1))
    return 1 if 1 in codes else max(codes)


def _watch(document: ProbesDocument, every: int, keeper: MeasurementKeeper) -> None:
    from baseline.cli.interrupting import interruptible
    from baseline.deadline import Deadline
    from baseline.probing.access import access_runs
    from baseline.probing.watching import LEAST_SECONDS, MOST_SECONDS, Batches, watch

    if not LEAST_SECONDS <= every <= MOST_SECONDS:
        raise UserError(f"--watch: from {LEAST_SECONDS} to {MOST_SECONDS} seconds is wanted, not {every}")
    batches = Batches(every, keeper.keep, _say)
    changed = _Changes()

    def measure(halt: Halt) -> dict[str, AccessRun]:
        return access_runs(document, Deadline(), halt=halt)

    with interruptible("the watch ends; what was measured is kept") as halt:
        watch(measure, every, batches, halt, told=changed.tell)


class _Changes:
    """Tells on standard error when the way that a site's runs go has changed."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, ...]] = {}

    def tell(self, site: str, run: AccessRun) -> None:
        """One line where something is otherwise than it was."""
        wrong = tuple(f"{step.step} of {step.account}: {step.reason}" for step in run.steps if step.outcome != "ok")
        if self._last.get(site) != wrong:
            _say(f"{site}: {'; '.join(wrong) or 'all is well'}")
        self._last[site] = wrong


def _say(sentence: str) -> None:
    from baseline.reports.words import one_line

    typer.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {one_line(sentence)}", err=True)
