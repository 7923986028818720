"""How each dialect of Dovecot's configuration speaks of TLS: the names of its settings, and what they mean.

Seen with 2.3.19 and 2.4.1. Sources: doc.dovecot.org 2.3 "SSL configuration", login_trusted_networks; doc.dovecot.org
2.4 "SSL/TLS", auth_allow_cleartext, login_trusted_networks, and its "Upgrading Dovecot CE from 2.3 to 2.4".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats.dovecot import parse_settings


@dataclass(frozen=True)
class TlsWords:
    """One dialect's words.

    Attributes:
        certificate: The setting of the certificate's file, as files have it.
        by_angle: Whether a file's name stands behind `<`; without, the name itself would be the certificate.
        clear_text: The setting that lets passwords be sent in clear text.
        closed: Its value by which that is refused.
        trust_stays: Whether clients in login_trusted_networks need no TLS even with `ssl = required`.
        contradiction: Whether a configuration is refused that has `ssl = required` and lets passwords be sent in clear
            text.
        protocols: Shell that prints the protocols that run.
    """

    certificate: str
    by_angle: bool
    clear_text: str
    closed: str
    trust_stays: bool
    contradiction: bool
    protocols: str

    @property
    def asked(self) -> str:
        """The settings, as arguments of doveconf."""
        return f"-h {' '.join(self.names)}"

    @property
    def names(self) -> tuple[str, ...]:
        """The settings by name: TLS, its versions, the certificate, who is trusted, clear text."""
        return ("ssl", "ssl_min_protocol", self.certificate, "login_trusted_networks", self.clear_text)

    def values(self, printed: str) -> tuple[str, ...]:
        """The value of each of `names`, out of what doveconf printed. Raises `CannotTell`."""
        lines = [line.strip() for line in printed.rstrip("\n").split("\n")]
        if len(lines) != len(self.names):
            raise CannotTell(f"`doveconf` told of {len(lines)} settings, not {len(self.names)}")
        return tuple(lines)

    @property
    def opened(self) -> str:
        """The opposite of `closed`."""
        return "no" if self.closed == "yes" else "yes"


class _TlsWords24(TlsWords):
    """2.4 has a section for the certificate, and `doveconf -h` ends at the second setting where it writes to a file."""

    @property
    def asked(self) -> str:
        """With the section; by its whole name the certificate is empty, and shows that there is such a setting."""
        return " ".join((*self.names, "ssl_server"))

    def values(self, printed: str) -> tuple[str, ...]:
        """From lines `NAME = VALUE`: what is missing among them is no setting of this release."""
        try:
            found = parse_settings(printed)
        except ValueError as error:
            raise CannotTell(f"`doveconf` printed what cannot be read: {error}") from None
        values = {one.name: one.value for one in found if not one.section}
        lost = [name for name in self.names if name not in values]
        if lost:
            raise CannotTell(f"`doveconf` tells nothing of {lost[0]}: this release may have no such setting")
        values |= {f"ssl_server_{one.name}": one.value for one in found if one.section == ("ssl_server",)}
        return tuple(values[name] for name in self.names)


TLS: Mapping[str, TlsWords] = MappingProxyType(
    {
        "2.3": TlsWords(
            certificate="ssl_cert",
            by_angle=True,
            clear_text="disable_plaintext_auth",
            closed="yes",
            trust_stays=True,
            contradiction=False,
            protocols="doveconf -h protocols",
        ),
        "2.4": _TlsWords24(
            certificate="ssl_server_cert_file",
            by_angle=False,
            clear_text="auth_allow_cleartext",
            closed="no",
            trust_stays=False,
            contradiction=True,
            # `imap = yes` on a line each, or one line of names where the site has written them so.
            protocols="doveconf -h protocols | sed '/ = no$/d; s/ = yes$//'",
        ),
    }
)
"""By the names of the dialects."""
