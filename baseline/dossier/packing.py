"""The zip of a dossier: the same bytes for the same files, none of which can be changed unseen."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from baseline.dossier.verify_dossier import LARGEST, MANIFEST, SIGNATURE, directory, local_header
from baseline.errors import UserError

MOST_FILES = (1 << 16) - 3
"""A zip without extensions has no more, the manifest and its signature besides."""


def zipped(manifest: Mapping[str, Any], files: Mapping[str, bytes], sign: Callable[[bytes], str]) -> bytes:
    """A dossier of some files in their order, with the manifest that lists them, which `sign` signs.

    Raises `UserError` for more than a zip holds.
    """
    sizes = [len(content) for content in files.values()]
    if len(files) > MOST_FILES or max(sizes, default=0) > LARGEST or sum(sizes) > 8 * LARGEST:
        raise UserError("all of this is too large for one dossier: give a shorter time, by --since and --until")
    packed = {name: _packed(content) for name, content in files.items()}
    listed = [_line(name, content, packed[name]) for name, content in files.items()]
    raw = (json.dumps({**manifest, "files": listed}, indent=1, ensure_ascii=False) + "\n").encode()
    signature = sign(raw).encode()
    parts, entries = [], []
    for name, content, part in (
        (MANIFEST, raw, raw),
        (SIGNATURE, signature, signature),
        *((name, content, packed[name]) for name, content in files.items()),
    ):
        entry = (name, 0 if part == content else 8, zlib.crc32(content), len(part), len(content))
        entries.append(entry)
        parts += [local_header(*entry), part]
    return b"".join([*parts, directory(entries)])


def _packed(content: bytes) -> bytes:
    """A content deflated, or as it is where that is no longer."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    smaller = packer.compress(content) + packer.flush()
    return smaller if len(smaller) < len(content) else content


def _line(name: str, content: bytes, packed: bytes) -> dict[str, Any]:
    return {
        "name": name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "packed_size": len(packed),
        "packed_sha256": hashlib.sha256(packed).hexdigest(),
    }
