"""TLS as Dovecot has it, globally and for each protocol: the concepts, out of either dialect."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_network
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.formats.networks import Network, everybody
from baseline.model import Location, Scalar, State
from baseline.readings.answers import shorten, text
from baseline.readings.dialects.tls import TLS, TlsWords
from baseline.readings.dovecot import DIALECT, VERSION, by_dialect, dialect_named, dialect_of
from baseline.readings.exemptions import NOT_EVERYBODY
from baseline.readings.outline import Outline, set_in

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

CERTIFICATE = "certificate"
CLEAR_TEXT = "clear-text login"
TRUSTED_WITHOUT = "exempt from TLS"
"""The key that says whether everybody may log in without TLS, whatever else is set.

Clients in login_trusted_networks may: with Dovecot 2.3 even where `ssl = required`, with 2.4 only where it is not.
"""

CLOSED = "closed"
UNLESS_REQUIRED = "while ssl is not required"
_NAMES = ("ssl", "ssl_min_protocol", CERTIFICATE, TRUSTED_WITHOUT, CLEAR_TEXT)


def _each(words: TlsWords) -> str:
    told = f'echo "protocol $p"; doveconf -f protocol="$p" {words.asked} || exit'
    return f"for p in $({words.protocols}); do {told}; done"


DOVECOT = (
    VERSION,
    by_dialect(*(f"doveconf {words.asked}" for words in (TLS["2.3"], TLS["2.4"]))),
    by_dialect(*(_each(words) for words in (TLS["2.3"], TLS["2.4"]))),
)
"""TLS as Dovecot has it, globally and for each protocol that runs."""


def dovecot_tls(version: CommandResult, main: CommandResult, each: CommandResult) -> dict[str, Scalar]:
    """`CONCEPT` and `CONCEPT for PROTOCOL` -> value, and the dialect, from the answers to `DOVECOT`.

    Raises `CannotTell`, also for a dialect that is not known.
    """
    dialect = dialect_named(text(version))
    words = TLS[dialect.name]
    state: dict[str, Scalar] = {DIALECT: dialect.name, **_concepts(text(main), words)}
    for part in re.split(r"^protocol ", text(each), flags=re.M)[1:]:
        protocol, _, printed = part.partition("\n")
        if protocol in ("lmtp", "lda"):
            # No password and no stranger comes in by these.
            continue
        state |= {f"{name} for {protocol}": value for name, value in _concepts(printed, words).items()}
    return state


def words_of(state: State) -> TlsWords:
    """The words in which a remedy writes."""
    return TLS[dialect_of(state).name]


def swallowed(state: State, *, required: bool = False) -> bool:
    """Whether everybody may log in without TLS, whatever else is set; with `required`, even where `ssl = required`."""
    return any(
        key.startswith(TRUSTED_WITHOUT) and value != NOT_EVERYBODY and not (required and UNLESS_REQUIRED in str(value))
        for key, value in state.items()
    )


def opened(state: State) -> list[str]:
    """Where passwords may be sent in clear text: a protocol each, and nothing for everywhere."""
    keys = [key for key, value in state.items() if key.startswith(CLEAR_TEXT) and value != CLOSED]
    return [key.removeprefix(CLEAR_TEXT).removeprefix(" for ") for key in keys]


def set_at(state: State, written: Outline) -> Mapping[str, Location]:
    """Where the concepts of a state are set, by the names that its dialect has for them."""
    if DIALECT not in state:
        return {}
    words = words_of(state)
    also = {TRUSTED_WITHOUT: "login_trusted_networks", CLEAR_TEXT: words.clear_text}
    inside = written.places(state, set_in("dovecot", also={CERTIFICATE: "ssl_server/cert_file"}))
    named = set_in("dovecot", "ssl", "ssl_min_protocol", also={**also, CERTIFICATE: words.certificate})
    return {**inside, **written.places(state, named)}


def _concepts(printed: str, words: TlsWords) -> dict[str, Scalar]:
    ssl, versions, certificate, trusted, clear_text = words.values(printed)
    _told("ssl", ssl, ("no", "yes", "required"))
    _told(words.clear_text, clear_text, ("no", "yes"))
    if not versions:
        raise CannotTell("`doveconf` printed nothing for ssl_min_protocol")
    exempt = NOT_EVERYBODY if ssl == "required" and not words.trust_stays else _exempt(trusted, words)
    closed = CLOSED if clear_text == words.closed else f"open, by {words.clear_text} = {clear_text}"
    return dict(zip(_NAMES, (ssl, versions, _certificate(certificate, words), exempt, closed), strict=True))


def _told(name: str, value: str, known: Collection[str]) -> None:
    """doveconf of 2.4 prints an empty line for a setting that it does not know."""
    if value not in known:
        raise CannotTell(f"`doveconf` printed {shorten(value) or 'nothing'} for {name}: none of {', '.join(known)}")


def _certificate(value: str, words: TlsWords) -> str:
    if not value:
        return f"none, by {words.certificate}"
    return (
        "a file" if value.startswith("<") or not words.by_angle else f"no file, for want of `<` at {words.certificate}"
    )


def _exempt(value: str, words: TlsWords) -> str:
    """Whether networks as Dovecot lists them hold everybody."""
    networks: list[Network] = []
    lost = ""
    for word in re.split(r"[\s,]+", value):
        try:
            networks += [Network(ip_network(word.replace("[", "").replace("]", ""), strict=False))] if word else []
        except ValueError:
            lost = word
    if everybody(networks):
        found = f"everybody, by login_trusted_networks ({shorten(value, 80)})"
        return found if words.trust_stays else f"{found} {UNLESS_REQUIRED}"
    if lost:
        raise CannotTell(f"login_trusted_networks holds {shorten(lost)}, which is no network")
    return NOT_EVERYBODY
