"""Dossiers made anew of the files of one, as somebody could who has the key: whatever they change, all hashes fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from baseline.dossier.packing import zipped
from baseline.dossier.verify_dossier import MANIFEST, SIGNATURE, Opened
from baseline.signing import DOSSIER, Signer

Change = Callable[[dict[str, Any]], object]
"""Changes a line of a file, in place."""


def files_of(dossier: bytes) -> dict[str, bytes]:
    """The files of a dossier but the manifest and its signature, in their order."""
    opened = Opened(dossier)
    return {name: opened.read(name) for name in opened.places if name not in (MANIFEST, SIGNATURE)}


def signed_anew(dossier: bytes, files: Mapping[str, bytes], signer: Signer, **manifest: Any) -> bytes:
    """The dossier with these files, and other values in its manifest."""
    told = {name: value for name, value in Opened(dossier).manifest.items() if name != "files"}
    return zipped({**told, **manifest}, files, lambda raw: signer.sign(raw, DOSSIER))


def changed(files: dict[str, bytes], name: str, number: int, change: Change) -> dict[str, bytes]:
    """The files, with a line of one of them changed (JSON, one value a line; the number as in a list)."""
    lines = files[name].splitlines()
    told = json.loads(lines[number])
    change(told)
    lines[number] = json.dumps(told).encode()
    return {**files, name: b"\n".join(lines) + b"\n"}


def without(files: dict[str, bytes], name: str, number: int) -> dict[str, bytes]:
    """The files, without a line of one of them."""
    lines = files[name].splitlines()
    del lines[number]
    return {**files, name: b"".join(line + b"\n" for line in lines)}
