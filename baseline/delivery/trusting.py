"""Whose certificates are trusted by a test: a login is given to nobody else."""

from __future__ import annotations

import ssl

from baseline.delivery.failing import WrongAnswer


def trusted(ca: str) -> ssl.SSLContext:
    """TLS that checks names and certificates, by those of the machine or by those of a file. Raises `WrongAnswer`."""
    try:
        return ssl.create_default_context(cafile=ca or None)
    except (OSError, ssl.SSLError) as error:
        raise WrongAnswer(f"{ca}: {error.strerror or 'it holds no certificates'}") from None
