"""What a host signs with: Rspamd's settings for DKIM, the keys on the disk, and a message that it is given to sign.

Only public keys are asked for; a private key never leaves its host.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats import dkim
from baseline.readings.answers import as_json, ask, shorten, text
from baseline.readings.rspamd import DUMP
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

FOLDER = "/var/lib/rspamd/dkim"
DEFAULT_PATH = f"{FOLDER}/$domain.$selector.key"
"""Where Rspamd looks for keys unless told otherwise (lua_dkim_tools.lua)."""

KEYS = script("baseline.readings", "dkim")
_NOT_FOUND = 127


@dataclass(frozen=True)
class KeyFile:
    """A private key on the host, known by its public half."""

    path: str
    mode: int
    changed: int
    readable: bool
    key: dkim.PublicKey


@dataclass(frozen=True)
class DkimSigner:
    """What Rspamd is set to sign with. `settled` is False where maps decide that are not looked into."""

    enabled: bool
    selector: str
    path: str
    domains: Mapping[str, tuple[str, str]]
    settled: bool

    def of(self, domain: str) -> tuple[str, str]:
        """Path and selector for a domain."""
        path, selector = self.domains.get(domain, ("", ""))
        path, selector = path or self.path, selector or self.selector
        return path.replace("$domain", domain).replace("$selector", selector), selector


class Dkim:
    """The answers of one host about DKIM."""

    def __init__(self, host: Host, domains: tuple[str, ...]) -> None:
        dump, keys, *signed = ask(host, DUMP, KEYS, *(sign_question(domain) for domain in domains))
        self._dump, self._keys = dump, keys
        self._signed = dict(zip(domains, signed, strict=True))

    @property
    def without_rspamd(self) -> bool:
        """Whether there is no rspamadm."""
        return bool(self._dump.rc == _NOT_FOUND)

    def signer(self) -> DkimSigner:
        """Rspamd's settings. Raises `CannotTell`."""
        return read_signer(as_json(self._dump))

    def keys(self) -> dict[str, KeyFile]:
        """The keys by path. Raises `CannotTell`."""
        return read_keys(text(self._keys))

    def signature(self, domain: str) -> Mapping[str, str]:
        """The tags of the signature that a message of the domain gets; empty without one. Raises `CannotTell`."""
        return read_signature(self._signed[domain])


def sign_question(domain: str) -> str:
    """Have Rspamd sign a message of the domain's postmaster, and see what it would add. Nothing is sent."""
    return script(
        "baseline.readings", "dkim_sign", mail=f"postmaster@{domain}", message=message_of(domain), keys=FOLDER
    )


def message_of(domain: str) -> str:
    """A message of the domain's postmaster, as printf(1) takes it."""
    mail = f"postmaster@{domain}"
    return (
        f"From: <{mail}>\\r\\nTo: <{mail}>\\r\\nSubject: Is this signed?\\r\\n"
        f"Date: Thu, 01 Jan 2026 00:00:00 +0000\\r\\nMessage-ID: <is-this-signed@{domain}>\\r\\n\\r\\nIs it?\\r\\n"
    )


def read_signer(dump: Any) -> DkimSigner:
    """The settings from Rspamd's whole configuration. Raises `CannotTell`."""
    if not isinstance(dump, dict):
        raise CannotTell(f"`{DUMP}` printed no configuration")
    section = dump.get("dkim_signing")
    if not isinstance(section, dict):
        return DkimSigner(enabled=False, selector="dkim", path=DEFAULT_PATH, domains={}, settled=True)
    domains: dict[str, tuple[str, str]] = {}
    for name, one in (section.get("domain") or {}).items():
        # With `selectors`, several keys sign: the first stands for the others.
        first = (one.get("selectors") or [one])[0] if isinstance(one, dict) else {}
        domains[name.lower()] = (str(first.get("path") or ""), str(first.get("selector") or ""))
    maps = any(section.get(name) for name in ("path_map", "selector_map", "use_redis", "use_vault", "signing_table"))
    return DkimSigner(
        enabled=section.get("enabled", True) is not False,
        selector=str(section.get("selector") or "dkim"),
        path=str(section.get("path") or DEFAULT_PATH),
        domains=domains,
        settled=not maps,
    )


def read_keys(printed: str) -> dict[str, KeyFile]:
    """The keys that `KEYS` lists. Raises `CannotTell`."""
    found: dict[str, KeyFile] = {}
    for line in printed.splitlines():
        try:
            path, mode, changed, readable, public = line.rsplit("|", 4)
            key = dkim.public_key(base64.b64decode(public, validate=True))
            found[path] = KeyFile(path, int(mode, 8), int(changed), readable == "yes", key)
        except (ValueError, binascii.Error) as error:
            raise CannotTell(f"the list of keys has {shorten(line, 60)}, which is not understood: {error}") from None
    return found


def read_signature(answer: CommandResult) -> Mapping[str, str]:
    """The tags of the signature in rspamc's reply. Raises `CannotTell`."""
    reply = as_json(answer)
    if not isinstance(reply, dict) or "symbols" not in reply:
        raise CannotTell(f"rspamc did not scan a message: {shorten(str(reply))}")
    written = reply.get("dkim-signature")
    if isinstance(written, list):
        written = written[0] if written else ""
    return tags_of(str(written or ""))


def tags_of(written: str) -> Mapping[str, str]:
    """The tags of a DKIM-Signature, folded or not."""
    pairs = (part.partition("=") for part in written.split(";"))
    return {name.strip(): re.sub(r"\s+", "", value) for name, sign, value in pairs if sign}
