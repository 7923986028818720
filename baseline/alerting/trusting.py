"""Whose certificates are trusted where messages go out."""

from __future__ import annotations

import ssl

from baseline.alerting.failing import NotSent


def trusted(ca: str) -> ssl.SSLContext:
    """TLS that checks names and certificates, by those of the machine or by those of a file. Raises `NotSent`."""
    try:
        return ssl.create_default_context(cafile=ca or None)
    except (OSError, ssl.SSLError) as error:
        raise NotSent(f"{ca}: {error.strerror or 'it holds no certificates'}") from None
