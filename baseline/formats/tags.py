"""Records of the form `tag=value; tag=value`: DKIM keys, DMARC, MTA-STS, TLS reporting (RFC 6376 3.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def parse(text: str) -> Mapping[str, str]:
    """The tags in order. Raises ValueError for other text, and for a tag that stands twice."""
    found: dict[str, str] = {}
    parts = text.split(";")
    if not parts[-1].strip():
        parts.pop()
    for part in parts:
        tag, sign, value = part.partition("=")
        tag = tag.strip()
        if not sign or not _TAG.fullmatch(tag):
            raise ValueError(f"{part.strip()!r} is no tag with a value")
        if tag in found:
            raise ValueError(f"{tag}= is given twice")
        found[tag] = value.strip()
    return found


def is_version(text: str, version: str) -> bool:
    """Whether a record begins with `v=VERSION`, as its first tag, and so counts as one of this sort at all."""
    return re.match(rf"v\s*=\s*{re.escape(version)}\s*(;|$)", text) is not None
