"""The lines of known_hosts that speak of one host.

paramiko's own loader compares each line with all read before it, and takes 20 s of CPU for 5 000 names; this one
reads a file once and keeps only what is asked for. Format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import paramiko
from paramiko.hostkeys import HostKeyEntry

HostKey = paramiko.PKey

_BLANK = re.compile(r"[ \t]+")

DEFAULT = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
"""Where OpenSSH keeps host keys when nothing else is said."""


def known_keys(name: str, paths: Iterable[str]) -> list[HostKey]:
    """The keys that the files hold for `name` (`host`, or `[host]:port` off port 22), without revoked ones.

    Files that are not there are skipped, as ssh does; `paths` empty means the default ones. Certificate
    authorities are not understood and skipped. Lines that are no key lines are skipped.
    """
    found: list[HostKey] = []
    revoked: list[HostKey] = []
    for path in tuple(paths) or DEFAULT:
        try:
            text = Path(path).expanduser().read_bytes().decode("utf-8", "replace")
        except (OSError, RuntimeError):
            # RuntimeError: `~name` of a user that there is not.
            continue
        for marker, key in _keys(text, name):
            (revoked if marker else found).append(key)
    return [key for key in found if key not in revoked]


def _keys(text: str, name: str) -> Iterator[tuple[str, HostKey]]:
    """The keys that a file holds for a name, each with the marker before it.

    Only LF ends a line, and only blanks and tabs part its fields, as for ssh: what other characters would end is a
    comment to ssh and to whoever reads it, and no key.
    """
    for line in text.split("\n"):
        fields = _BLANK.split(line.strip(" \t\r"), 3)
        marker = fields.pop(0) if fields[0].startswith("@") else ""
        if len(fields) < 3 or marker not in ("", "@revoked") or not _speaks_of(fields[0], name):
            continue
        key = _key(fields)
        if key is not None:
            yield marker, key


def _key(fields: list[str]) -> HostKey | None:
    try:
        entry = HostKeyEntry.from_line(f"host {fields[1]} {fields[2].split()[0]}")
    except Exception:  # noqa: BLE001 -- paramiko raises what its parsers happen to, OverflowError among it
        return None
    return entry.key if entry else None


def _speaks_of(names: str, name: str) -> bool:
    if names.startswith("|1|"):
        return _hashed(names, name)
    spoken = False
    for pattern in names.split(","):
        negated = pattern.startswith("!")
        # Brackets are literal here, and a character class to fnmatch.
        glob = pattern.lstrip("!").replace("[", "[[]").lower()
        if fnmatch.fnmatchcase(name.lower(), glob):
            if negated:
                return False
            spoken = True
    return spoken


def _hashed(names: str, name: str) -> bool:
    parts = names.split("|")
    try:
        salt, digest = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (IndexError, ValueError):
        return False
    # SHA-1 is what the file format prescribes (ssh-keygen -H).
    return hmac.compare_digest(hmac.new(salt, name.lower().encode(), hashlib.sha1).digest(), digest)
