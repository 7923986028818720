"""What OpenDKIM would sign and with which key, and whether Postfix gives it the mail: how a site signs beside Rspamd.

Its files are put to its own code (`opendkim -t`), so tables of any sort count as the daemon reads them. The key is
found where KeyFile, or a KeyTable in a file, names it. Sources: opendkim(8), opendkim.conf(5).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell, NothingToJudge
from baseline.formats import dkim
from baseline.formats.milters import addresses, parse_milters
from baseline.model.looks import Parts
from baseline.readings.answers import ask, decoded, shorten, text
from baseline.readings.dkim import KeyFile, message_of, tags_of
from baseline.readings.smtpd_services import SmtpdServices
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

NAME = "OpenDKIM"
UNIT, MODE, SOCKET, ASKED = "OpenDKIM's unit", "OpenDKIM's Mode", "OpenDKIM's socket", "OpenDKIM asked"
"""Keys of a state, `ASKED` with what follows."""
OPEN = "open to Postfix"

_NO_SIGNATURE, _REFUSED = 70, 78
"""Exit codes of `opendkim -t`: no header was added, and the configuration is not one (EX_CONFIG)."""
_DEFAULT_MODE = "sv"


@dataclass(frozen=True)
class Setup:
    """OpenDKIM's settings by their names in lower case, its keys and its unit. `keys` are domain, selector and path."""

    unit: str
    socket: str
    settings: Mapping[str, str]
    keys: tuple[tuple[str, str, str], ...]
    files: Mapping[str, KeyFile]

    @property
    def signs(self) -> bool:
        """Whether it was set up to sign anything."""
        return bool(self.settings.keys() & {"keyfile", "keytable"})

    def key_of(self, domain: str, signature: Mapping[str, str]) -> tuple[str, str, KeyFile | None]:
        """Path, selector and key for a domain, by the signature where there is one. Raises `CannotTell`."""
        if "include" in self.settings:
            raise CannotTell("OpenDKIM's configuration includes another file, which is not read here")
        table = self.settings.get("keytable")
        if table is None:
            path = self.settings.get("keyfile", "")
            return path, signature.get("s") or self.settings.get("selector", ""), self.files.get(path)
        if table.endswith(":"):
            raise CannotTell(f"OpenDKIM's KeyTable is of the sort `{table}`, which is not read here")
        fitting = {
            (selector, path.replace("%", domain))
            for of, selector, path in self.keys
            if of in ("%", domain) and signature.get("s", selector) == selector
        }
        if len(fitting) != 1:
            if not signature:
                return "", "", None
            raise CannotTell(f"OpenDKIM's KeyTable has {len(fitting)} keys for {signature['s']} of {domain}")
        ((selector, path),) = fitting
        if not path:
            raise CannotTell(f"OpenDKIM's KeyTable holds the key {selector} of {domain} itself, which is not read here")
        return path, selector, self.files.get(path)


class OpenDkim:
    """The answers of one host about OpenDKIM, and about who gives it mail."""

    def __init__(self, host: Host, domains: tuple[str, ...]) -> None:
        self._host, self._domains = host, domains
        (self._setup,) = ask(host, script("baseline.readings", "opendkim", domains=" ".join(domains)))

    def about(self, domains: tuple[str, ...]) -> OpenDkim:
        """The same, with only some of the domains to be signed."""
        found = copy(self)
        found._domains = domains
        return found

    def setup(self) -> Setup | None:
        """How it is set up; None where it is not there, or has no key. Raises `CannotTell`."""
        told = text(self._setup)
        found = read_setup(told) if told.strip() else None
        return found if found is not None and found.signs else None

    # What is asked only where there is OpenDKIM costs an exchange a question: all domains are one.
    @cached_property
    def _signed(self) -> Mapping[str, tuple[int, str, str]]:
        (answer,) = ask(self._host, sign_question(*self._domains))
        parts = re.split(r"^ended with (\d+)\n", decoded(answer.stdout_bytes), flags=re.M)
        told, codes = parts[0:-1:2], [int(code) for code in parts[1::2]]
        if len(self._domains) == 1:
            told, codes = parts[:1], [answer.rc]
        if len(told) != len(self._domains):
            raise CannotTell(f"OpenDKIM was not asked about all domains: {shorten(decoded(answer.stderr_bytes))}")
        said = decoded(answer.stderr_bytes)
        return {one: (code, out, said) for one, code, out in zip(self._domains, codes, told, strict=True)}

    def signature(self, domain: str) -> Mapping[str, str]:
        """The tags of the signature that a message of the domain gets; empty without one. Raises `CannotTell`."""
        return read_signature(*self._signed[domain], domain)

    def tell(self, setup: Setup, state: Parts) -> None:
        """Have a state say what holds for every domain: that it runs, signs, and gets the mail of those who send."""
        state |= {UNIT: setup.unit, MODE: setup.settings.get("mode", _DEFAULT_MODE), SOCKET: setup.socket}
        with state.part():
            self._asked(setup.settings.get("socket", ""), state)

    def _asked(self, socket: str, state: Parts) -> None:
        """Whether each service that users hand mail to asks it, and the pickup service."""
        smtpd = SmtpdServices(self._host)
        queue = smtpd.effective("", "queue_directory")
        try:
            services = smtpd.public
        except NothingToJudge:
            services = []
        services = [one for one in services if smtpd.offers_auth(one)] or services
        for one in services:
            with state.part():
                off = "no_milters" in re.split(r"[\s,]+", smtpd.effective(one, "receive_override_options"))
                named = not off and _among(smtpd.effective(one, "smtpd_milters"), socket, queue)
                if not named and (later := smtpd.effective(one, "content_filter")):
                    raise CannotTell(f"{one} hands mail to {later}: whether it is signed behind that is not seen here")
                state[f"{ASKED} in {one}"] = "yes" if named else "no"
        handed_in = _among(smtpd.effective("", "non_smtpd_milters"), socket, queue)
        state[f"{ASKED} for mail handed in on the host"] = "yes" if handed_in else "no"


def sign_question(*domains: str) -> str:
    """Have OpenDKIM tell what it would add to a message of each domain's postmaster. Nothing is sent.

    Of several, each answer ends in a line that says with which exit code.
    """
    each = [script("baseline.readings", "opendkim_sign", message=message_of(domain)) for domain in domains]
    return each[0] if len(each) == 1 else "\n".join(f'(\n{one}\n)\necho "ended with $?"' for one in each)


def read_setup(printed: str) -> Setup:
    """What opendkim.sh printed. Raises `CannotTell`."""
    told: dict[str, str] = {"unit": "", "socket": ""}
    settings: dict[str, str] = {}
    keys: list[tuple[str, str, str]] = []
    files: dict[str, KeyFile] = {}
    for line in printed.splitlines():
        word, *rest = line.split("\t")
        try:
            if word in told:
                (told[word],) = rest
            elif word == "set":
                settings[rest[0]] = rest[1]
            elif word == "key":
                domain, selector, path = rest[0].split(":", 2)
                keys.append((domain.lower(), selector, path))
            elif word == "file":
                path, mode, changed, readable, public = rest
                key = dkim.public_key(base64.b64decode(public, validate=True))
                files[path] = KeyFile(path, int(mode, 8), int(changed), readable == "yes", key)
            else:
                raise ValueError("no such word")
        except (ValueError, IndexError, binascii.Error) as error:
            raise CannotTell(f"OpenDKIM's set-up has {shorten(line, 60)}, which is not understood: {error}") from None
    return Setup(told["unit"] or "not there", told["socket"] or "not there", settings, tuple(keys), files)


def read_signature(code: int, printed: str, complained: str, domain: str) -> Mapping[str, str]:
    """The tags of the signature that `opendkim -t` printed, of several the domain's own. Raises `CannotTell`."""
    if code == _NO_SIGNATURE:
        return {}
    if code == _REFUSED:
        raise CannotTell(f"OpenDKIM does not start with its files: {shorten(complained)}")
    if code != 0:
        raise CannotTell(f"`opendkim -t`: exit code {code} ({shorten(complained or printed)})")
    _, *written = re.split(r"^DKIM-Signature:", printed, flags=re.M)
    found = [tags_of(one) for one in written]
    return next((one for one in found if one.get("d") == domain), found[0] if found else {})


def _among(value: str, socket: str, queue: str) -> bool:
    """Whether a list of milters has the one at this socket."""
    ours = frozenset(_listens_at(socket))
    return any(addresses(one.endpoint, queue) & ours for one in parse_milters(value))


def _listens_at(socket: str) -> Iterator[str]:
    """OpenDKIM's `Socket`, `inet:PORT@HOST` or a path, as `addresses` names it."""
    sort, colon, rest = socket.partition(":")
    if sort in ("inet", "inet6"):
        port, _, host = rest.partition("@")
        for name in (host,) if host and host not in ("0.0.0.0", "[::]") else ("localhost", "127.0.0.1"):  # noqa: S104
            yield from addresses(f"inet:{name}:{port}")
    elif colon:
        yield rest
    elif socket:
        yield socket
