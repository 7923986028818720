"""`report mailbox-owners`: per owner how full, since when and when warned, as CSV, and the mails to those concerned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.cli.options import (
    DEFAULT_BASELINE,
    BaselineName,
    Chosen,
    ExtraVars,
    HistoryPlace,
    HostPattern,
    InventoryFiles,
    Where,
)
from baseline.errors import NothingMatched, UserError

if TYPE_CHECKING:
    from baseline.load import Baseline
    from baseline.mailboxes.owners import MailboxOwner
    from baseline.model import Scalar, Target

COLUMNS = (
    "site",
    "host",
    "mailbox",
    "address",
    "in roster",
    "used bytes",
    "limit bytes",
    "percent",
    "full",
    "full since",
    "or before",
    "last warned",
    "as of",
    "note",
)
TABLE, TOLD, LETTERS = "mailbox-owners.csv", "notified.txt", "letters"


def mailbox_owners(
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    limit: HostPattern = None,
    history: HistoryPlace = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    most: Annotated[
        int, typer.Option("-n", "--number", metavar="N", min=1, help="How many runs it goes back at most.")
    ] = 400,
    folder: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="A new folder for the table and the mails.")
    ] = None,
    sender: Annotated[
        str, typer.Option("--from", metavar="ADDRESS", help="Who the mails are from. Without it there are none.")
    ] = "",
) -> None:
    """Print how full each mailbox is, since when, and when its owner was warned, as CSV. Contacts no host.

    With -o it is written into a folder, and with --from a mail to the owner of each full mailbox beside it, in Malay
    and English, ready to send. Full is what the control of kind `mailbox_reports` says, 80 percent without one. Exit
    code 0, or 3 when no kept run tells of a mailstore.
    """
    from baseline.cli.job import Kept
    from baseline.cli.mailboxes import looks
    from baseline.cli.output import say
    from baseline.mailboxes.owners import mailbox_owners as found_in
    from baseline.reports.cells import as_csv

    _refuse(folder, sender)
    where = Where(inventory, limit, extra)
    loaded = where.load()
    targets = where.among(loaded)
    kept = Kept(history).history(targets, loaded.targets)
    assert kept is not None, "nothing says that there shall be none"
    found = found_in(targets, looks(kept, most), _levels(targets, Chosen(baseline).whole()), datetime.now(UTC))
    if not found.owners:
        raise NothingMatched(
            f"no run that is kept in {kept.place} tells of the mailboxes of these hosts: check them first"
        )
    table = as_csv([COLUMNS, *map(_row, found.owners)])
    if folder is None:
        say(table)
    else:
        typer.echo(_written(folder, table, found.owners, sender), err=True)
    for name in found.lacking:
        typer.echo(f"{name}: no kept run tells of its mailboxes", err=True)
    raise typer.Exit(3 if found.lacking else 0)


def _refuse(folder: Path | None, sender: str) -> None:
    from baseline.load.rosters import ADDRESS

    if sender and not ADDRESS.fullmatch(sender):
        raise UserError(f"--from {sender}: this is no address")
    if sender and folder is None:
        raise UserError("--from is for mails: name the folder for them with -o")
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is there already: name a new folder, so that no mail of before is sent again")


def _levels(targets: Iterable[Target], rules: Baseline) -> dict[str, float]:
    """The percent from which mailboxes are full, of each host that a control says it for."""
    from baseline.kinds.mailbox_reports import MailboxReports

    return {
        target.name: control.warn_pct
        for target in targets
        for control in rules.controls_for(target)
        if isinstance(control, MailboxReports)
    }


def _row(owner: MailboxOwner) -> Sequence[Scalar]:
    return (
        owner.site,
        owner.host,
        owner.login,
        owner.address,
        owner.in_roster,
        owner.used,
        owner.limit,
        None if owner.used is None else owner.percent,
        owner.full,
        _iso(owner.full_since),
        owner.or_before,
        _iso(owner.warned),
        _iso(owner.at),
        owner.note,
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _written(folder: Path, table: str, owners: Sequence[MailboxOwner], sender: str) -> str:
    """Write the table and, where somebody sends them, the mails; what was done, in words. Raises `UserError`."""
    from baseline.cli.output import put
    from baseline.reports.words import count, one_line

    mails = _mails(owners, sender) if sender else {}
    try:
        (folder / LETTERS if mails else folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made: {error.strerror or error}") from None
    put(folder / TABLE, table)
    for number, mail in enumerate(mails.values(), 1):
        put(folder / LETTERS / f"{number:05}.eml", mail)
    full = [owner for owner in owners if owner.full]
    said = [f"{folder}: {count(len(owners), 'account')}, {len(full)} of them full"]
    if sender:
        put(folder / TOLD, ",".join(mails) + "\n")
        unsent = [owner.login for owner in full if owner.address not in mails]
        said += [f"no address is known of {one_line(', '.join(unsent))}"] if unsent else []
        said.append(
            f"{count(len(mails), 'mail')} in {folder / LETTERS}; when they are sent, record it: `baseline evidence add "
            f'MEL-G-03 --document {folder / TABLE} --fact sent_at=TIME --fact notified="$(cat {folder / TOLD})"`'
        )
    return "\n".join(said)


def _mails(owners: Sequence[MailboxOwner], sender: str) -> dict[str, bytes]:
    """Address -> the mail about the fullest mailbox of its owner."""
    from baseline.load.rosters import ADDRESS
    from baseline.mailboxes.letters import letter

    now = datetime.now(UTC).astimezone()
    found: dict[str, bytes] = {}
    for owner in owners:
        if owner.full and owner.address not in found and ADDRESS.fullmatch(owner.address):
            found[owner.address] = letter(owner, sender, now)
    return found
