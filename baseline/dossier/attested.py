"""The register of evidence in a dossier: its records, what each is worth at the end, and the documents at hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from baseline.classes import dataclass
from baseline.evidence.standing import standings
from baseline.model import Evidence

MOST_BYTES = 64 << 20
"""The longest document that is taken along; of a longer one only the digest is."""


@dataclass(frozen=True)
class RegisterRead:
    """The register of a site: its file, its records, and the file of who may sign them (None: not named)."""

    site: str
    file: Path
    records: tuple[Evidence, ...]
    signers: Path | None = None


def evidence_files(registers: Sequence[RegisterRead], as_of: datetime) -> tuple[dict[str, bytes], list[str]]:
    """The files of the folder `evidence`, and sentences on what is not at hand. Raises OSError."""
    files: dict[str, bytes] = {}
    told: list[dict[str, Any]] = []
    lacks: list[str] = []
    written = {one.file: one.file.read_bytes() for one in registers}
    names = {file: f"evidence/register-{number}.yml" for number, file in enumerate(written, 1)}
    for register in registers:
        for worth in standings(register.records, register.site, as_of):
            name, content = _document(worth.record, register.file.parent)
            if content is not None:
                files[name] = content
            elif worth.record.file:
                lacks.append(f"the document of record {worth.record.id} is not at hand, is too long, or was exchanged")
            document = name if content is not None else None
            place = {"register": names[register.file], "site": register.site}
            told.append({"record": _plain(worth.record), **place, "standing": worth.word, "document": document})
    listed = {"evidence/records.json": (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()}
    registered = {names[file]: content for file, content in written.items()}
    named = dict.fromkeys(one.signers for one in registers if one.signers is not None)
    signers = {"evidence/allowed_signers": b"\n".join(place.read_bytes() for place in named)} if named else {}
    return {**listed, **registered, **signers, **dict(sorted(files.items()))}, lacks


def _plain(record: Evidence) -> dict[str, Any]:
    """A record as JSON; its signature ends as ssh-keygen ends it, whatever YAML made of that."""
    plain: dict[str, Any] = json.loads(json.dumps(record.to_dict()))
    if record.signature:
        plain["signature"] = record.signature.strip() + "\n"
    return plain


def _document(record: Evidence, beside: Path) -> tuple[str, bytes | None]:
    """The name of a record's document in the dossier, and its content where it is at hand and the attested one."""
    name = f"evidence/documents/{record.file_sha256}"
    if not record.file:
        return name, None
    try:
        with (beside / record.file).open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError:
        return name, None
    right = len(content) <= MOST_BYTES and hashlib.sha256(content).hexdigest() == record.file_sha256
    return name, content if right else None
