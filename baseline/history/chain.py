"""What the digest of a run covers: itself, all that begins with it, and the digest of the run before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from baseline.history.content import digest, document

START = bytes(32)
"""What the first run has for the digest of the one before."""

FIELDS = (
    "number",
    "id",
    "command",
    "who",
    "started",
    "finished",
    "version",
    "baseline",
    "baseline_version",
    "baseline_sha256",
    "hosts",
    "summary",
    "exit_code",
)
"""The columns of a run that its digest covers as they are."""

DOCUMENTS = ("document", "scope", "asked", "about")
"""The columns that name contents: the digest covers the contents' own digests."""


def run_digest(row: Mapping[str, Any], documents: Mapping[str, bytes], begun: bytes, previous: bytes) -> bytes:
    """The digest of a run; `documents` are the digests of its contents."""
    covered = [row[name] for name in FIELDS]
    covered += [documents[name].hex() for name in DOCUMENTS]
    return digest(document([*covered, begun.hex(), previous.hex()]))


class Begun:
    """The digest over all spans that begin with a run: those of findings, then those of answers, each in order."""

    def __init__(self) -> None:
        """Nothing has begun yet."""
        self._hash = hashlib.sha256()

    def add(self, parts: Iterable[str | int | bool | bytes]) -> None:
        """One span, by what it is."""
        plain = [part.hex() if isinstance(part, bytes) else part for part in parts]
        self._hash.update(document(plain) + b"\n")

    def digest(self) -> bytes:
        """The digest of all of them."""
        return self._hash.digest()
