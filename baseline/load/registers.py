"""The register of evidence: a YAML list of records, each with the digest of the document that it stands on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from baseline.late import regex
from baseline.load import yaml
from baseline.load.text import expanded
from baseline.load.tree import Items, Leaf, Position, Problems, Table, Tree, nearest, plain, short
from baseline.load.typed import read_as
from baseline.model import Evidence
from baseline.model.evidence import FACTS, Checklist, DeliveryTest, Monitoring, ProbeSeries

_ID = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = regex(r"[0-9a-f]{64}")
_WHOLE = (Monitoring, ProbeSeries, DeliveryTest, Checklist)
"""Facts that are themselves what was measured; every other record stands on a document."""


def load_register(path: str | Path) -> tuple[Evidence, ...]:
    """The records of one register. Raises `InputError` with every mistake of the file."""
    problems = Problems()
    records = read_register(Path(path), problems)
    problems.raise_any()
    return records


def read_register(path: Path, problems: Problems) -> tuple[Evidence, ...]:
    """The records of one register, mistakes noted in `problems`. A register with no record is a mistake."""
    tree = yaml.read(path, problems)
    return () if tree is None else records_of(tree, path.parent, problems)


def subjects_of(tree: Tree) -> tuple[tuple[str, Position], ...]:
    """What the records of a list are about, each with its place, as far as they say it."""
    named = [node.get("subject") for node in tree.nodes if isinstance(node, Table)] if isinstance(tree, Items) else []
    return tuple((leaf.text, leaf.place) for leaf in named if isinstance(leaf, Leaf) and leaf.value is not None)


def records_of(tree: Tree, beside: Path, problems: Problems) -> tuple[Evidence, ...]:
    """The records of a list; documents lie in `beside`."""
    if not isinstance(tree, Items):
        problems.add(tree.place, "a register must be a list (`- id: …`)")
        return ()
    if not tree.nodes:
        problems.add(tree.place, "the register has no records")
    seen: dict[str, Position] = {}
    records = []
    for node in tree.nodes:
        record = _record(node, problems)
        name = node.get("id") if isinstance(node, Table) else None
        if isinstance(name, Leaf) and name.text:
            _named_once(name, seen, problems)
        if record is not None and isinstance(node, Table):
            _stands_on_its_document(record, node, beside, problems)
            records.append(record)
    return tuple(records)


def _record(tree: Tree, problems: Problems) -> Evidence | None:
    given: dict[str, Any] = {}
    if isinstance(tree, Table):
        given["facts"] = _facts(tree, problems)
        given["signature"] = _signature(tree.get("signature"), problems)
    if isinstance(tree, Table) and not {"attested_by", "attested_at"} <= tree.entries.keys():
        given["attested_by"] = None
        problems.add(
            tree.place,
            "a record names who attests it and when: give `attested_by` and `attested_at`, empty while nobody does",
        )
    return read_as(Evidence, tree, "a record", problems, given)


def _signature(tree: Tree | None, problems: Problems) -> str | None:
    """The signature of a record, of several lines; empty when it has none. Whose it is, is another question."""
    if tree is None or (isinstance(tree, Leaf) and tree.value is None):
        return ""
    if not isinstance(tree, Leaf) or not isinstance(tree.value, str):
        problems.add(tree.place, "`signature` is a signature as ssh-keygen writes it, after `|`")
        return None
    return tree.value


def _facts(tree: Table, problems: Problems) -> Any:
    control, facts = tree.get("control"), tree.get("facts")
    if control is None or facts is None:
        for name, inner in (("control", control), ("facts", facts)):
            if inner is None:
                problems.add(tree.place, f"`{name}` is missing in a record")
        return None
    kind = FACTS.get(str(plain(control)))
    if kind is None:
        known = nearest(str(plain(control)), FACTS)
        problems.add(control.place, f"no records are kept for control {short(plain(control))}: {known}")
        return None
    return read_as(kind, facts, f"`facts` of {plain(control)}", problems)


def _named_once(name: Leaf, seen: dict[str, Position], problems: Problems) -> None:
    if not _ID.fullmatch(name.text):
        problems.add(name.place, f"{short(name.text)} is no id: letters, digits, `.`, `_` and `-` are")
    if name.text in seen:
        problems.add(name.place, f"record {name.text} is given twice: first on line {seen[name.text].line}")
    seen.setdefault(name.text, name.place)


def _stands_on_its_document(record: Evidence, tree: Table, beside: Path, problems: Problems) -> None:
    digest = tree.get("file_sha256") or tree
    if record.file_sha256 and not _SHA256.fullmatch(record.file_sha256):
        problems.add(digest.place, f"{short(record.file_sha256)} is no SHA-256: 64 hex digits in lower case are")
    elif not record.file_sha256 and (record.file or not isinstance(record.facts, _WHOLE)):
        problems.add(digest.place, "`file_sha256` is missing in a record: the digest of its document (`sha256sum`)")
    elif record.file:
        place = (tree.get("file") or tree).place
        found = _digest(beside / expanded(record.file), place, problems)
        if found and found != record.file_sha256:
            message = f"{record.file} has the SHA-256 {found}: it is not the document that was attested"
            problems.add(digest.place, message)


def _digest(path: Path, place: Position, problems: Problems) -> str:
    """Hex SHA-256 of a document; empty, with the problem noted, when it cannot be read."""
    try:
        if not path.is_file():
            problems.add(place, f"there is no file {path}")
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        problems.add(place, f"{path.name} cannot be read: {error.strerror}")
        return ""
