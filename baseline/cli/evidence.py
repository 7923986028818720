"""`evidence`: the register of evidence: records added to it, what each is worth, and what is due."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from baseline.cli.job import Kept
from baseline.cli.options import DEFAULT_BASELINE, BaselineName, Chosen, ExtraVars, HostPattern, InventoryFiles, Where

if TYPE_CHECKING:
    from baseline.model import Target

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})

Form = Annotated[Literal["text", "json"], typer.Option("--format", help="What to print it as.")]
Register = Annotated[
    Path, typer.Option("-o", "--output", metavar="FILE", help="The register. It is made where there is none.")
]
DocumentFile = Annotated[
    Path | None, typer.Option("--document", metavar="FILE", help="The document that it stands on; its digest is kept.")
]
AttestedBy = Annotated[str, typer.Option("--attested-by", metavar="TEXT", help="Who vouches for it: name and office.")]
AttestedAt = Annotated[str, typer.Option("--attested-at", metavar="TIME", help="Since when. By default: now.")]


@app.callback()
def evidence() -> None:
    """The register of evidence: dated records of what no machine sees, and when each is due again."""


@app.command("list")
def list_records(
    inventory: InventoryFiles = None, extra: ExtraVars = None, limit: HostPattern = None, form: Form = "text"
) -> None:
    """List the records of every site, with what each is worth today."""
    from baseline.cli.evidence_printed import listed
    from baseline.cli.output import console, say
    from baseline.evidence.standing import standings

    now = datetime.now(UTC)
    found = [(site.name, standings(site.register or (), site.name, now)) for site in _sites(inventory, extra, limit)]
    if form == "json":
        document = [
            {"site": site, "standing": one.word, "counts": one.counts, **one.record.to_dict()}
            for site, records in found
            for one in records
        ]
        say(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        return
    say(listed(found, console(sys.stdout)))


@app.command()
def due(
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    limit: HostPattern = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    within: Annotated[
        int, typer.Option("--within", min=0, max=800, metavar="DAYS", help="How far to look ahead.")
    ] = 30,
    form: Form = "text",
) -> None:
    """Say what evidence is wanting today, and what will be within some days. Contacts no host.

    Each control that only the register tells of is judged as of each of these days. Exit code 0 when nothing is due, 1
    when something is.
    """
    from baseline.cli.evidence_printed import due_in_words
    from baseline.cli.output import console, say
    from baseline.evidence.due import due as of_site

    # Days are told as they are where the command runs.
    loaded, now = Chosen(baseline).load(), datetime.now(UTC).astimezone()
    found = [
        one
        for site in _sites(inventory, extra, limit)
        for one in of_site(site, loaded.controls_for(site), now, within)
        if one.now or one.on is not None
    ]
    if form == "json":
        say(json.dumps([one.to_dict() for one in found], indent=1, ensure_ascii=False) + "\n")
    else:
        say(due_in_words(found, within, console(sys.stdout)))
    raise typer.Exit(1 if found else 0)


@app.command()
def add(
    control: Annotated[str, typer.Argument(metavar="CONTROL", help="The control that it is for, such as MEL-G-02.")],
    output: Register,
    subject: Annotated[
        str, typer.Option("--site", metavar="SITE", help='The site that it is about; "*" is all.')
    ] = "*",
    issuer: Annotated[str, typer.Option("--issuer", metavar="TEXT", help="Who issued the document.")] = "",
    issued_on: Annotated[
        str, typer.Option("--issued-on", metavar="TIME", help="When, with its zone: 2026-03-02T17:00+08:00.")
    ] = "",
    valid_from: Annotated[str, typer.Option("--valid-from", metavar="TIME", help="From when it holds.")] = "",
    valid_to: Annotated[str, typer.Option("--valid-to", metavar="TIME", help="Until when; a date is its end.")] = "",
    owner: Annotated[str, typer.Option("--owner", metavar="TEXT", help="Who sees to the next one.")] = "",
    document: DocumentFile = None,
    copy: Annotated[bool, typer.Option("--copy", help="Keep a copy of the document beside the register.")] = False,
    attested_by: AttestedBy = "",
    attested_at: AttestedAt = "",
    fact: Annotated[
        list[str] | None, typer.Option("--fact", metavar="NAME=VALUE", help="A fact that the control asks for.")
    ] = None,
    name: Annotated[str, typer.Option("--id", metavar="ID", help="The record's id. By default one is made.")] = "",
) -> None:
    """Add a record to a register. On a terminal, what is not given is asked for.

    Nothing is written where the register with that record would be refused, and all that stands in it stays as it is.
    """
    from baseline.cli.evidence_added import Addition, facts_of

    asked = Addition(control.upper(), subject, issuer, issued_on, valid_from, valid_to, owner, attested_by, attested_at)
    complete, facts = asked.completed(facts_of(fact or ()), prompting=sys.stdin.isatty())
    typer.echo(complete.added(output, facts, document, name, copy=copy), err=True)


@app.command("import")
def import_trainings(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV of a personnel system: officers and days.")],
    output: Register,
    issuer: Annotated[str, typer.Option("--issuer", metavar="TEXT", help="Who issued the list.")],
    subject: Annotated[
        str, typer.Option("--site", metavar="SITE", help='The site that it is about; "*" is all.')
    ] = "*",
    address: Annotated[str, typer.Option("--address", metavar="COLUMN", help="The column of addresses.")] = "address",
    held_at: Annotated[str, typer.Option("--held-at", metavar="COLUMN", help="The column of dates.")] = "held_at",
    zone: Annotated[
        str, typer.Option("--zone", metavar="ZONE", help="The zone of dates written without one: +08:00.")
    ] = "",
    attested_by: AttestedBy = "",
    attested_at: AttestedAt = "",
) -> None:
    """Add trainings (MEL-G-01) from a list of a personnel system: one record for each training.

    The list itself is the document that the records stand on.
    """
    from baseline.cli.evidence_added import Addition
    from baseline.evidence.trainings import Columns

    record = Addition("MEL-G-01", subject, issuer, "", "", "", "", attested_by, attested_at)
    typer.echo(record.imported(output, file, Columns(address, held_at, zone)), err=True)


@app.command("accounts")
def import_accounts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV of a personnel system: a row for each officer.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The roster, a CSV. It is made where there is none.")
    ],
    address: Annotated[str, typer.Option("--address", metavar="COLUMN", help="The column of addresses.")] = "address",
    created: Annotated[
        str, typer.Option("--created", metavar="COLUMN", help="The column of days on which accounts were made.")
    ] = "",
    trained: Annotated[
        str, typer.Option("--trained", metavar="COLUMN", help="The column of days of basic training.")
    ] = "",
    mailbox_class: Annotated[
        str, typer.Option("--class", metavar="COLUMN", help="The column that says who is of top management.")
    ] = "",
    top: Annotated[
        list[str] | None, typer.Option("--top", metavar="WORD", help="A word of that column for top management.")
    ] = None,
) -> None:
    """Bring a roster up to date by a list of a personnel system: officers, their accounts and trainings.

    What the list leaves empty stays as it is in the roster, and so do accounts that the list has not, which are told.
    """
    from baseline.cli.roster_kept import brought_up_to_date
    from baseline.evidence.accounts import AccountColumns

    columns = AccountColumns(address, created, trained, mailbox_class, tuple(top or ()))
    typer.echo(brought_up_to_date(output, file, columns), err=True)


@app.command()
def sign(
    name: Annotated[str, typer.Argument(metavar="ID", help="The record that is signed.")],
    output: Register,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="Your Ed25519 key. By default: the installation's.")
    ] = None,
    signature: Annotated[
        Path | None, typer.Option("--signature", metavar="FILE", help="A signature that ssh-keygen -Y sign has made.")
    ] = None,
    content: Annotated[bool, typer.Option("--print", help="Print what is to be signed, and sign nothing.")] = False,
) -> None:
    """Sign a record of a register, as the last key of it. Its document is signed by the digest.

    A key that is with an agent signs what `--print` prints, by `ssh-keygen -Y sign -n baseline-evidence`, and
    `--signature` takes that.
    """
    from baseline.cli.evidence_signed import signed
    from baseline.cli.output import say

    told = signed(output, name, key, signature, content=content)
    if content:
        say(told)
    else:
        typer.echo(told, err=True)


@app.command("key")
def public_key(
    name: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Print it as a line of allowed signers, by this name.")
    ] = "",
) -> None:
    """Print the public key of this installation, which is made if there is none."""
    from baseline.cli.evidence_signed import own_public_line
    from baseline.cli.output import say

    say(own_public_line(name) + "\n")


@app.command()
def verify(
    registers: Annotated[list[Path], typer.Argument(metavar="REGISTER...", help="Registers to verify.")],
    signers: Annotated[
        Path | None, typer.Option("--allowed-signers", metavar="FILE", help="Who may sign, as in ssh-keygen(1).")
    ] = None,
) -> None:
    """Verify registers: every document by its digest, every signature, and the chain of the daily checklists.

    Exit code 0 when all is as it was attested, 1 when a checklist was changed or taken away, 2 when a register would be
    refused, with every mistake at its place.
    """
    from baseline.cli.evidence_signed import signatures_in_words
    from baseline.cli.output import say
    from baseline.evidence.chain import broken_links
    from baseline.load.signed import load_signed
    from baseline.reports.words import count

    broken = 0
    for path in registers:
        records, by = load_signed(path, signers)
        links = broken_links(records)
        broken += len(links)
        beside = sum(bool(one.file) for one in records)
        elsewhere = sum(bool(one.file_sha256) and not one.file for one in records)
        kept = f"as attested {count(beside, 'document')}, kept elsewhere {elsewhere}"
        say(f"{path}: {count(len(records), 'record')}: {kept}; {signatures_in_words(by)}\n")
        for said in links:
            say(f"{path}: {said}\n")
    raise typer.Exit(1 if broken else 0)


def _sites(inventory: Sequence[Path] | None, extra: Sequence[str] | None, limit: str | None) -> list[Target]:
    from baseline.subjects import subjects_apart

    # What this installation measured stands in place of records by hand, as in a check.
    targets = Kept(None).with_measured(Where(inventory, limit, extra).targets())
    return [one for one in subjects_apart(targets) if one.speaks_for[0].about == "site"]
