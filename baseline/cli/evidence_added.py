"""Records that `evidence add` and `evidence import` put behind those of a register, and what they ask for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from baseline.classes import dataclass
from baseline.cli.output import put
from baseline.errors import BaselineError, InputError, UserError
from baseline.evidence.entry import asked_for, entry
from baseline.evidence.trainings import Columns, free_id, trainings
from baseline.load import yaml
from baseline.load.appending import appended
from baseline.load.registers import read_register, records_of
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Problems
from baseline.reports.words import count

MOST_BYTES = 1 << 30
"""The largest document that is copied beside a register."""


def facts_of(given: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE, each name once. Raises `UserError`."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UserError(f"--fact {one}: write it NAME=VALUE")
        if name in found:
            raise UserError(f"--fact {name} is given twice")
        found[name] = value
    return found


@dataclass(frozen=True)
class Addition:
    """A record that is to be added, as it was given: everything is text, and empty where it was not."""

    control: str
    subject: str
    issuer: str
    issued_on: str
    valid_from: str
    valid_to: str
    owner: str
    attested_by: str
    attested_at: str

    def completed(self, facts: Mapping[str, str], *, prompting: bool) -> tuple[Addition, Mapping[str, str]]:
        """With what was asked for, where somebody is there to be asked. Raises `UserError` where something lacks."""
        head = {"issuer": "Who issued the document", "issued_on": "When, with its zone"}
        unsaid = {name: said for name, said in head.items() if not getattr(self, name)}
        unknown = [one for one in asked_for(self.control) if one.needed and not facts.get(one.name)]
        if (unsaid or unknown) and not prompting:
            options = [f"--{name.replace('_', '-')}" for name in unsaid]
            options += [f"--fact {one.name}={one.written}" for one in unknown]
            raise UserError(f"a record of {self.control} needs more: {', '.join(options)}")
        said = {name: typer.prompt(question, err=True) for name, question in unsaid.items()}
        told = {one.name: typer.prompt(f"{one.name} ({one.written})", err=True) for one in unknown}
        return replace(self, **said), {**facts, **told}

    def added(self, register: Path, facts: Mapping[str, str], document: Path | None, name: str, *, copy: bool) -> str:
        """Write the register with one more record; what was done, in words. Raises `InputError` and `UserError`."""
        taken = _ids(register)
        made = name or free_id(f"{self.control.lower()}-{datetime.now(UTC):%Y-%m-%d}", taken)
        digest = "" if document is None else _digest(document)
        kept = document
        if document is not None and copy:
            kept = register.parent / "documents" / f"{digest[:12]}-{document.name}"
        text = entry(self.control, self._head(made, register, kept, digest), facts)
        there = kept is not None and kept.exists()
        if document is not None and kept is not None and kept != document:
            _copied(document, kept, digest)
        try:
            written(register, text, 1)
        except BaselineError:
            # The copy is of no use to a register that does not have the record.
            if kept is not None and not there:
                kept.unlink()
            raise
        waits = "" if self.attested_by else "; nobody attests it yet, so it proves nothing"
        return f"{register}: record {made} of {self.control} is added{waits}"

    def imported(self, register: Path, file: Path, columns: Columns) -> str:
        """Write the register with a record for each training of a list. Raises `InputError` and `UserError`."""
        problems = Problems()
        raw = read_bytes(file, problems)
        text = None if raw is None else decode(raw, str(file), problems)
        problems.raise_any()
        found, taken, entries = trainings(text or "", str(file), columns), set(_ids(register)), []
        digest = hashlib.sha256(raw or b"").hexdigest()
        for held_at, attendees in found.items():
            name = free_id(f"training-{held_at:%Y-%m-%d}", taken)
            taken.add(name)
            head = replace(self, issued_on=held_at.isoformat())._head(name, register, file, digest)
            entries.append(
                entry(self.control, head, {"held_at": held_at.isoformat(), "attendees": ",".join(attendees)})
            )
        written(register, "\n".join(entries), len(entries))
        officers = len({one for attendees in found.values() for one in attendees})
        return f"{register}: added are {count(len(entries), 'training')} of {count(officers, 'officer')}"

    def _head(self, name: str, register: Path, document: Path | None, digest: str) -> dict[str, str]:
        attested_at = self.attested_at or (f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}" if self.attested_by else "")
        beside = "" if document is None else os.path.relpath(document.resolve(), register.parent.resolve())
        return {
            "id": name,
            "subject": self.subject,
            "issued_on": self.issued_on,
            "issuer": self.issuer,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "owner": self.owner,
            "file": beside,
            "file_sha256": digest,
            "attested_by": self.attested_by,
            "attested_at": attested_at,
        }


def _ids(register: Path) -> tuple[str, ...]:
    if not register.exists():
        return ()
    problems = Problems()
    records = read_register(register, problems)
    problems.raise_any()
    return tuple(record.id for record in records)


def _digest(document: Path) -> str:
    if not document.is_file():
        raise UserError(f"there is no file {document}")
    try:
        with document.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{document} cannot be read: {error.strerror}") from None


def _copied(document: Path, kept: Path, digest: str) -> None:
    """Keep a copy that is what was read for the digest."""
    if document.stat().st_size > MOST_BYTES:
        raise UserError(f"{document} has more than {MOST_BYTES >> 20} MiB: keep it elsewhere, and leave out --copy")
    content = document.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise UserError(f"{document} was changed while it was read: try again")
    kept.parent.mkdir(exist_ok=True)
    put(kept, content)


def written(register: Path, text: str, number: int) -> None:
    """Write the register with the entries behind its own, unless it would be refused then."""
    new = appended(register, text, "id", number)
    problems = Problems()
    checked = decode(new.encode(), str(register), problems)
    tree = None if checked is None else yaml.parse(checked, str(register), problems)
    if tree is not None:
        records_of(tree, register.parent, problems)
    if problems.found:
        told = [replace(one, message=f"{one.message} (nothing was written)") for one in problems.found]
        raise InputError(told)
    put(register, new)
