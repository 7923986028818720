"""Contents: bytes that are kept once each, compressed, and addressed by their digest."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

_PLAIN, _ZLIB = b"\0", b"\1"
"""The first byte of what is kept says how the rest is packed, so that a better way can come."""


def document(value: Any) -> bytes:
    """A value as the bytes of its JSON: pure ASCII, keys in the order that they have."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def read_document(content: bytes) -> Any:
    """The opposite of `document`. Raises ValueError for what is none."""
    return json.loads(content)


def digest(content: bytes) -> bytes:
    """The address of some bytes: their SHA-256."""
    return hashlib.sha256(content).digest()


def packed(content: bytes) -> bytes:
    """Some bytes as they are kept."""
    smaller = zlib.compress(content, 6)
    return _ZLIB + smaller if len(smaller) < len(content) else _PLAIN + content


def unpacked(kept: bytes) -> bytes:
    """The opposite of `packed`. Raises ValueError for bytes that were never packed so."""
    way, rest = kept[:1], kept[1:]
    if way == _PLAIN:
        return rest
    if way != _ZLIB:
        raise ValueError(f"it is packed in no way that is known here: {way!r}")
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(rest) + reader.flush()
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not reader.eof or reader.unused_data:
        raise ValueError("it is cut short, or followed by what does not belong to it")
    return content
