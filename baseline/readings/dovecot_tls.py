"""TLS as Dovecot has it, globally and for each protocol."""

from __future__ import annotations

import re

from baseline.errors import CannotTell
from baseline.model import Scalar
from baseline.readings.dovecot import VERSION

_NAMES = ("ssl", "ssl_min_protocol", "ssl_cert", "disable_plaintext_auth")


_ASKED = " ".join(_NAMES)


DOVECOT = (
    VERSION,
    f"doveconf -h {_ASKED}",
    f'for p in $(doveconf -h protocols); do echo "protocol $p"; doveconf -f protocol="$p" -h {_ASKED} || exit; done',
)
"""TLS as Dovecot has it, globally and for each protocol that runs."""


def dovecot_tls(main: str, each: str) -> dict[str, Scalar]:
    """`NAME` and `NAME for PROTOCOL` -> value, from the answers to `DOVECOT`. Raises `CannotTell`."""
    state: dict[str, Scalar] = dict(zip(_NAMES, _values(main), strict=True))
    for part in re.split(r"^protocol ", each, flags=re.M)[1:]:
        protocol, _, printed = part.partition("\n")
        if protocol in ("lmtp", "lda"):
            # No password and no stranger comes in by these.
            continue
        state |= {f"{name} for {protocol}": value for name, value in zip(_NAMES, _values(printed), strict=True)}
    return state


def _values(printed: str) -> list[str]:
    lines = printed.rstrip("\n").split("\n")
    if len(lines) != len(_NAMES):
        raise CannotTell(f"`doveconf` told of {len(lines)} settings, not {len(_NAMES)}")
    cert = lines[2].strip()
    lines[2] = "a file" if cert.startswith("<") else "no certificate" if not cert else "no file, for want of `<`"
    return [line.strip() for line in lines]
