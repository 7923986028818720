"""Whose key signs ticks and lists of the daily checklist, and who signed a tick."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from baseline import state_files
from baseline.cli.evidence_signed import of_a_person
from baseline.errors import UserError
from baseline.evidence.ticks import signed_content
from baseline.signing import CHECKLIST, AllowedSigners, Signer, installation, installation_key, verify

if TYPE_CHECKING:
    from baseline.model import Target
    from baseline.model.checklist import Tick

Signing = Callable[[bytes, str, datetime], str]
"""Content, what the signature is for, and when: the signature, or nothing where nobody signs. Raises `UserError`."""


def signing_of(site: Target, key: Path | None) -> Signing:
    """Signs by the key of a file, else by the installation's where the site allows it.

    Raises `UserError` where the site wants signatures and there is no such key.
    """
    signers, signer = _allowed(site), None if key is None else of_a_person(key)
    if signer is None and signers is not None:
        signer = _installation(signers)
    if signer is None and _wanted(site):
        raise UserError(
            f"site {site.name} wants signatures (`require_signatures`): give --key, or allow the installation's key "
            "(`baseline evidence key` prints it)"
        )

    def sign(content: bytes, namespace: str, at: datetime) -> str:
        if signer is None:
            return ""
        signature = signer.sign(content, namespace)
        if signers is not None:
            # What a reader would refuse is not written.
            verify(content, signature, signers, namespace, at)
        return signature

    return sign


def signer_of(tick: Tick, site: Target) -> str:
    """Who signed a tick; empty where nobody did, or nobody says who may. Raises `UserError` for what proves nothing."""
    signers = _allowed(site)
    if not tick.signature:
        if _wanted(site):
            raise UserError("it is not signed, and `require_signatures` wants it")
        return ""
    return "" if signers is None else verify(signed_content(tick), tick.signature, signers, CHECKLIST, tick.entered)


def _allowed(site: Target) -> AllowedSigners | None:
    return AllowedSigners.of_file(Path(site.allowed_signers)) if site.allowed_signers else None


def _installation(signers: AllowedSigners) -> Signer | None:
    """The installation's key, if there is one and it may sign."""
    state = state_files.directory()
    if not (state / installation.NAME).exists():
        return None
    own = installation_key(state)
    return own if signers.of_key(own.public) else None


def _wanted(site: Target) -> bool:
    return str(site.vars.get("require_signatures", "")).lower() in ("true", "yes", "on", "1")
