"""Signatures of the records of a register: verified where they are read, and put in where a record is signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import InputError, UserError
from baseline.load import yaml
from baseline.load.registers import records_of
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Items, Position, Problems, Table, Tree
from baseline.model.evidence import signed_content

if TYPE_CHECKING:
    from baseline.model import Evidence
    from baseline.signing import AllowedSigners

UNSIGNED, UNVERIFIED = "", "?"
"""What stands in place of a signer's name: the record is not signed, or nobody verified by whom. Neither is a name."""


@dataclass(frozen=True)
class SignersNamed:
    """Who may sign the records of a register: a file, named at a place. `required`: each attested record is signed."""

    signers: Path
    place: Position
    required: bool = False

    def verify(self, records: Iterable[Evidence], places: Mapping[str, Position], problems: Problems) -> None:
        """Note every record whose signature proves nothing, and the mistakes of the file itself."""
        from baseline.signing import AllowedSigners

        try:
            signers = AllowedSigners.of_file(self.signers)
        except InputError as error:
            problems.found |= dict.fromkeys(error.problems)
        except UserError as error:
            problems.add(self.place, str(error))
        else:
            verified(records, places, signers, problems, required=self.required)


def signatures_of(tree: Tree) -> Mapping[str, Position]:
    """Where each record of a list has its signature, or is itself, by its id."""
    nodes = [node for node in tree.nodes if isinstance(node, Table)] if isinstance(tree, Items) else []
    return {_named(node): (node.get("signature") or node).place for node in nodes}


def verified(
    records: Iterable[Evidence],
    places: Mapping[str, Position],
    signers: AllowedSigners,
    problems: Problems,
    *,
    required: bool = False,
) -> Counter[str]:
    """How many records each signer signed, and how many nobody did (`UNSIGNED`). What proves nothing is noted.

    A key has to count when the record was attested.
    """
    from baseline.signing import EVIDENCE, verify

    found: Counter[str] = Counter()
    for record in records:
        if not record.signature:
            found[UNSIGNED] += 1
            if required and record.attested_by is not None:
                told = f"record {record.id} is not signed, and `require_signatures` wants it: `baseline evidence sign`"
                problems.add(places[record.id], told)
            continue
        try:
            by = verify(signed_content(record), record.signature, signers, EVIDENCE, record.attested_at)
        except UserError as error:
            problems.add(places[record.id], f"record {record.id}: {error}")
        else:
            found[by] += 1
    return found


def load_signed(path: Path, signers: Path | None) -> tuple[tuple[Evidence, ...], Counter[str]]:
    """The records of one register, and how many each signer signed; `UNVERIFIED` where nobody says who may sign.

    Raises `InputError` with every mistake of the register and every signature that proves nothing; `UserError`.
    """
    from baseline.signing import AllowedSigners

    allowed = None if signers is None else AllowedSigners.of_file(signers)
    raw, problems = _raw(path), Problems()
    records = _records(raw, path)
    if allowed is None:
        return records, Counter(UNVERIFIED if record.signature else UNSIGNED for record in records)
    tree = yaml.parse(decode(raw, str(path), problems) or "", str(path), problems)
    by = verified(records, {} if tree is None else signatures_of(tree), allowed, problems)
    problems.raise_any()
    return records, by


def record_to_sign(register: Path, name: str) -> Evidence:
    """The record of a register that is to be signed. Raises `InputError` and `UserError`."""
    record = next((one for one in _records(_raw(register), register) if one.id == name), None)
    if record is None:
        raise UserError(f"{register} has no record {name}: `baseline evidence list` shows those of an inventory")
    if record.attested_by is None:
        raise UserError(
            f"{register}: nobody attests record {name} yet: enter attested_by and attested_at, then sign it"
        )
    if record.signature:
        raise UserError(f"{register}: record {name} is signed already: take its `signature` out, then sign it anew")
    return record


def with_signature(register: Path, record: Evidence, signature: str) -> str:
    """The text of a register with a signature as the last key of a record; every byte that was there stays.

    Raises `UserError` for a record that no key can be put into as it is written.
    """
    raw = _raw(register)
    wanted = tuple(replace(one, signature=signature) if one.id == record.id else one for one in _records(raw, register))
    new = _put_in(raw.decode(), *_span(raw, register, record.id), signature)
    try:
        harmless = _records(new.encode(), register) == wanted
    except InputError:
        harmless = False
    if not harmless:
        raise UserError(f"{register}: no key can be put into record {record.id}: write it with a line for each key")
    return new


def _span(raw: bytes, register: Path, name: str) -> tuple[Position, int]:
    """Where a record begins, and the line of the one behind it, or 0 for the last."""
    tree = yaml.parse(decode(raw, str(register), Problems()) or "", str(register), Problems())
    nodes = tree.nodes if isinstance(tree, Items) else ()
    at = next(number for number, node in enumerate(nodes) if _named(node) == name)
    return nodes[at].place, nodes[at + 1].place.line if at + 1 < len(nodes) else 0


def _put_in(text: str, begins: Position, behind: int, signature: str) -> str:
    """The text with a signature behind the last line of a record that is neither empty nor a comment."""
    lines = text.split("\n")
    end = behind - 1 if behind else len(lines)
    while end > begins.line and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    indent, ended = " " * (begins.column - 1), "\r" if lines[begins.line - 1].endswith("\r") else ""
    block = [f"{indent}signature: |", *(f"{indent}  {line}" for line in signature.strip().split("\n"))]
    return "\n".join([*lines[:end], *(f"{line}{ended}" for line in block), *(lines[end:] or [""])])


def _named(tree: Tree) -> str:
    return getattr(tree.get("id"), "text", "") if isinstance(tree, Table) else ""


def _raw(register: Path) -> bytes:
    """The bytes of a register. Raises `InputError`."""
    problems = Problems()
    raw = read_bytes(register, problems)
    problems.raise_any()
    return raw or b""


def _records(raw: bytes, register: Path) -> tuple[Evidence, ...]:
    """The records of a register's bytes. Raises `InputError`."""
    problems = Problems()
    checked = decode(raw, str(register), problems)
    tree = None if checked is None else yaml.parse(checked, str(register), problems)
    records = () if tree is None else records_of(tree, register.parent, problems)
    problems.raise_any()
    return records
