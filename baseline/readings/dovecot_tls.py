"""TLS as Dovecot has it, globally and for each protocol."""

from __future__ import annotations

import re
from ipaddress import ip_network

from baseline.errors import CannotTell
from baseline.formats.networks import Network, everybody
from baseline.model import Scalar, State
from baseline.readings.answers import shorten
from baseline.readings.dovecot import VERSION
from baseline.readings.exemptions import NOT_EVERYBODY

_TRUSTED = "login_trusted_networks"
_NAMES = ("ssl", "ssl_min_protocol", "ssl_cert", _TRUSTED, "disable_plaintext_auth")
_ASKED = " ".join(_NAMES)

TRUSTED_WITHOUT = "exempt from TLS"
"""The key that says whether everybody may log in without TLS, whatever `ssl` and `disable_plaintext_auth` say.

Clients in login_trusted_networks may: seen with Dovecot 2.3.19 and `ssl = required`, too. Source: doc.dovecot.org 2.3,
login_trusted_networks.
"""

DOVECOT = (
    VERSION,
    f"doveconf -h {_ASKED}",
    f'for p in $(doveconf -h protocols); do echo "protocol $p"; doveconf -f protocol="$p" -h {_ASKED} || exit; done',
)
"""TLS as Dovecot has it, globally and for each protocol that runs."""


def dovecot_tls(main: str, each: str) -> dict[str, Scalar]:
    """`NAME` and `NAME for PROTOCOL` -> value, from the answers to `DOVECOT`. Raises `CannotTell`."""
    state: dict[str, Scalar] = dict(zip(_KEYS, _values(main), strict=True))
    for part in re.split(r"^protocol ", each, flags=re.M)[1:]:
        protocol, _, printed = part.partition("\n")
        if protocol in ("lmtp", "lda"):
            # No password and no stranger comes in by these.
            continue
        state |= {f"{name} for {protocol}": value for name, value in zip(_KEYS, _values(printed), strict=True)}
    return state


def _values(printed: str) -> list[str]:
    lines = printed.rstrip("\n").split("\n")
    if len(lines) != len(_NAMES):
        raise CannotTell(f"`doveconf` told of {len(lines)} settings, not {len(_NAMES)}")
    cert = lines[2].strip()
    lines[2] = "a file" if cert.startswith("<") else "no certificate" if not cert else "no file, for want of `<`"
    lines[3] = _exempt(lines[3])
    return [line.strip() for line in lines]


_KEYS = tuple(TRUSTED_WITHOUT if name == _TRUSTED else name for name in _NAMES)


def swallowed(state: State) -> bool:
    """Whether everybody may log in without TLS, whatever else is set."""
    return any(key.startswith(TRUSTED_WITHOUT) and value != NOT_EVERYBODY for key, value in state.items())


def _exempt(value: str) -> str:
    """Whether networks as Dovecot lists them hold everybody."""
    networks: list[Network] = []
    lost = ""
    for word in re.split(r"[\s,]+", value.strip()):
        try:
            networks += [Network(ip_network(word.replace("[", "").replace("]", ""), strict=False))] if word else []
        except ValueError:
            lost = word
    if everybody(networks):
        return f"everybody, by {_TRUSTED} ({shorten(value.strip(), 80)})"
    if lost:
        raise CannotTell(f"{_TRUSTED} holds {shorten(lost)}, which is no network")
    return NOT_EVERYBODY
