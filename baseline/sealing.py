"""Keyed digests of secrets, so that a plan can be compared with another one, and tells a guesser nothing.

The key is the controller's own: it lies with its other files, is made when first needed, and stands in no plan. So a
plan that holds a secret can be applied where it was made, and by the same user.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import secrets
from functools import cache

from baseline import state_files

_LOG = logging.getLogger(__name__)
_NAME = "seal.key"
_BYTES = 32


def seal(*parts: bytes) -> str:
    """The keyed digest of some bytes, in hex, marked as what it is."""
    message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return f"sealed:{hmac.new(_key(str(state_files.directory())), message, 'sha256').hexdigest()}"


@cache
def _key(directory: str) -> bytes:
    """The key of a state directory. One that cannot be kept is good for the plans of this process alone."""
    del directory
    try:
        kept = state_files.read(_NAME)
        if kept is None:
            with contextlib.suppress(FileExistsError):
                state_files.write(_NAME, secrets.token_bytes(_BYTES), replace=False)
            kept = state_files.read(_NAME)
        if kept is not None and len(kept) == _BYTES:
            return kept
        _LOG.warning("%s is no key of ours, so plan files with secrets cannot be applied", _NAME)
    except OSError as error:
        _LOG.warning("no key can be kept (%s), so plan files with secrets cannot be applied", error)
    return secrets.token_bytes(_BYTES)
