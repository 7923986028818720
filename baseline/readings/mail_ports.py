"""The ports of a mail host as they are looked at from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from baseline.errors import CannotTell
from baseline.model.probes import Handshake, Presented, Said, Starttls, Talk, View
from baseline.readings.postfix import Postfix

TlsVersion = Literal["", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
"""One version of TLS; empty for whatever both sides like best."""

OLD: tuple[TlsVersion, ...] = ("TLSv1", "TLSv1.1")
"""Versions that RFC 8996 retires."""

_NAMED = {"smtp": 25, "smtps": 465, "submissions": 465, "submission": 587}


def smtp_services(view: Postfix) -> Mapping[str, int]:
    """Services of master.cf that take mail from the network, each with its port: `smtp/inet` -> 25.

    Services on loopback, and on ports by names that nobody here knows, are left out.
    """
    found = {}
    for daemon in ("smtpd", "postscreen"):
        for service in view.services(daemon):
            name, _, sort = service.rpartition("/")
            host, _, port = name.rpartition(":")
            number = _NAMED.get(port) or (int(port) if port.isdigit() else None)
            if sort == "inet" and number and host.strip("[]") not in ("localhost", "127.0.0.1", "::1"):
                found[service] = number
    return found


def heard(view: View, probe: Talk) -> Said:
    """A dialogue. Raises `CannotTell` when there was none."""
    said = view.see(probe)
    if said.trouble:
        raise CannotTell(f"from outside: {said.trouble}")
    return said


def offers(said: Said, word: str) -> bool:
    """Whether a capability is among those before TLS, whatever follows it."""
    return any(line.upper().split()[:1] == [word] for line in said.features)


def accepted(view: View, address: str, port: int, starttls: Starttls, version: TlsVersion) -> str:
    """`accepted` or `refused`, for one version of TLS. Raises `CannotTell` when there was no handshake to speak of."""
    presented = view.see(shake(address, port, starttls, version))
    if presented.trouble:
        raise CannotTell(f"from outside: {presented.trouble}")
    return "refused" if presented.refused else "accepted"


def shake(address: str, port: int, starttls: Starttls, version: TlsVersion = "", name: str = "") -> Handshake:
    """The question of a handshake."""
    return Handshake(address, port, starttls, name, version)


def presented(view: View, probe: Handshake) -> Presented:
    """A handshake that has to succeed. Raises `CannotTell`."""
    found = view.see(probe)
    if found.trouble or found.refused:
        raise CannotTell(f"from outside: {found.trouble or f'port {probe.port} refused TLS: {found.refused}'}")
    return found
