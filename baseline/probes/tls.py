"""TCP and TLS as a client of any program would see them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import replace

from baseline.model.probes import Handshake, Port, Presented, Reached
from baseline.probes.lines import Lines, NotUnderstood, begin_tls
from baseline.probes.patience import TOO_LATE, Patience
from baseline.probes.turns import CONNECTIONS

_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


class Contexts:
    """Clients' TLS settings: one that checks certificates, and ones that only look, for each version."""

    def __init__(self) -> None:
        self.checking = ssl.create_default_context()
        self._looking = {"": self._look_only()}
        with warnings.catch_warnings():
            # To offer what nobody should take is the point.
            warnings.simplefilter("ignore", DeprecationWarning)
            for name, version in _VERSIONS.items():
                context = self._look_only()
                with contextlib.suppress(ssl.SSLError):
                    # Debian's own policy is level 2, at which a client does not even offer what is before 1.2.
                    context.set_ciphers("DEFAULT:@SECLEVEL=0")
                context.minimum_version = context.maximum_version = version
                self._looking[name] = context

    def looking(self, version: str = "") -> ssl.SSLContext:
        """One that takes any certificate, and speaks that version alone when one is given."""
        return self._looking[version]

    @staticmethod
    def _look_only() -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


class _Declined(Exception):
    """The server said that it does not speak what was offered."""


class _Closed(Exception):
    """The server closed the connection before it said anything in TLS."""


_DECLINED = (
    "ALERT_PROTOCOL_VERSION",
    "ALERT_HANDSHAKE_FAILURE",
    "ALERT_INSUFFICIENT_SECURITY",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_SSL_VERSION",
    "DH_KEY_TOO_SMALL",
)
"""Ends of OpenSSL's reasons that tell of an answer. All others, such as an end of the data, tell of none."""

_Shown = tuple[str, str, tuple[str, ...]]
"""Version, cipher and certificates."""


def shake(probe: Handshake, contexts: Contexts, patience: Patience) -> Presented:
    """What a server shows of itself in a handshake, and whether this machine would trust it."""
    try:
        try:
            shown = _shown(probe, contexts, patience)
        except _Closed as closed:
            shown = _again(probe, contexts, patience, str(closed))
        trusted, why_not = _trust(probe, contexts, patience)
    except _Declined as declined:
        return Presented(refused=str(declined))
    except (OSError, EOFError, NotUnderstood) as error:
        return Presented(trouble=f"{probe.address} port {probe.port}: {_why(error)}")
    return Presented(*shown, trusted, why_not)


def _shown(probe: Handshake, contexts: Contexts, patience: Patience) -> _Shown:
    """Version, cipher and certificates of one handshake. Raises `_Declined`, `_Closed`, OSError and EOFError."""
    with _ready(probe, patience) as lines:
        secured = contexts.looking(probe.version).wrap_socket(
            lines.socket, server_hostname=probe.server_name or None, do_handshake_on_connect=False
        )
        with secured:
            try:
                _begin(secured, patience)
                secured.do_handshake()
            except ssl.SSLError as error:
                if str(error.reason).endswith(_DECLINED):
                    raise _Declined(_why(error)) from None
                raise
            return secured.version() or "", (secured.cipher() or ("",))[0], _chain(secured)


def _begin(secured: ssl.SSLSocket, patience: Patience) -> None:
    """Say hello, and wait for the first byte of the answer. Raises `_Closed` where there is none, and OSError."""
    secured.settimeout(0)
    try:
        try:
            secured.do_handshake()
        except ssl.SSLWantReadError:
            secured.settimeout(patience.next())
        else:
            return
        # The byte that the network brings, past TLS, which tells of one end of the data as of another.
        if socket.socket.recv(secured, 1, socket.MSG_PEEK):
            return
    except (ssl.SSLEOFError, ConnectionError) as error:
        raise _Closed(_why(error)) from None
    raise _Closed("unexpected eof while reading")


def _again(probe: Handshake, contexts: Contexts, patience: Patience, closed: str) -> _Shown:
    """Whether a connection that was closed was an answer, as it is of Dovecot to a version that it does not speak.

    It was one where the server takes what is spoken today, and closes a second time. Raises as `_shown`, and OSError
    where it was none.
    """
    if not probe.version:
        raise OSError(closed)
    try:
        _shown(replace(probe, version=""), contexts, patience)
    except (_Closed, _Declined):
        raise OSError(closed) from None
    try:
        return _shown(probe, contexts, patience)
    except _Closed:
        raise _Declined(closed) from None


def reach(probe: Port, patience: Patience) -> Reached:
    """Whether a connection opens, and if not, whether somebody says so."""
    enough = patience.step / 2
    wait = 0.0
    try:
        with patience.turn(probe.address, probe.port, CONNECTIONS):
            wait = min(enough, patience.next())
            with socket.create_connection((probe.address, probe.port), timeout=wait):
                return Reached("open")
    except ConnectionRefusedError:
        return Reached("refused")
    except TimeoutError:
        # Silence is an answer only of who had time to speak.
        return Reached("silent") if wait == enough else Reached(trouble=TOO_LATE)
    except OSError as error:
        # What a firewall says with ICMP ("administratively prohibited") arrives as no route.
        return Reached("refused") if error.errno in _TOLD else Reached(trouble=_why(error))


_TOLD = frozenset({113})  # EHOSTUNREACH


@contextlib.contextmanager
def _ready(probe: Handshake, patience: Patience) -> Iterator[Lines]:
    """A connection on which the next byte is TLS."""
    with Lines.connected(probe.address, probe.port, patience) as lines:
        if probe.starttls:
            begin_tls(lines, probe.starttls)
        lines.socket.settimeout(patience.next())
        yield lines


def _trust(probe: Handshake, contexts: Contexts, patience: Patience) -> tuple[bool, str]:
    """A second handshake, with a client that checks. Raises OSError and EOFError when it could not be had."""
    if not probe.server_name:
        return False, "no name to check"
    try:
        with (
            _ready(probe, patience) as lines,
            contexts.checking.wrap_socket(lines.socket, server_hostname=probe.server_name),
        ):
            return True, ""
    except ssl.SSLError as error:
        if isinstance(error, ssl.SSLCertVerificationError) or str(error.reason).endswith(_DECLINED):
            return False, _why(error)
        raise


def _chain(secured: ssl.SSLSocket) -> tuple[str, ...]:
    """The certificates sent, in PEM; from Python 3.13 on all of them, before only the server's own."""
    every = getattr(secured, "get_unverified_chain", None)
    raw = every() if every is not None else [secured.getpeercert(binary_form=True)]
    return tuple(ssl.DER_cert_to_PEM_cert(one) for one in raw if one)


def _why(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    if isinstance(error, TimeoutError):
        return TOO_LATE
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
