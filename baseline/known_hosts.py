"""The lines of known_hosts that speak of one host.

paramiko's own loader compares each line with all read before it, and takes 20 s of CPU for 5 000 names; this one
reads a file once for a whole run, and makes keys only of the lines of hosts that are asked for. Format: sshd(8),
"SSH_KNOWN_HOSTS FILE FORMAT".
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import re
import threading
from collections.abc import Iterable
from pathlib import Path

import paramiko
from paramiko.hostkeys import HostKeyEntry

HostKey = paramiko.PKey

_BLANK = re.compile(r"[ \t]+")
_PATTERN = re.compile(r"[*?!]")
_MARKERS = ("", "@revoked", "@cert-authority")
_Stamp = tuple[int, int, int, int, int]

_BLOCK = 64
"""Bytes of a block of SHA-1."""

_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))

DEFAULT = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
"""Where OpenSSH keeps host keys when nothing else is said."""


def known_keys(name: str, paths: Iterable[str]) -> list[HostKey]:
    """The keys that the files hold for one host: see `KnownHosts.keys`."""
    return KnownHosts().keys(name, paths)


class KnownHosts:
    """The files of a whole run: each is read once, and again when it has changed. Safe to use from any thread."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[_Stamp, _File]] = {}
        self._lock = threading.Lock()

    def keys(self, name: str, paths: Iterable[str]) -> list[HostKey]:
        """The keys that the files hold for `name` (`host`, or `[host]:port` off port 22), without revoked ones.

        Files that are not there are skipped, as ssh does; `paths` empty means the default ones. Lines that are no key
        lines are skipped.
        """
        found = self._marked([name], paths)
        return [key for key in found[""] if key not in found["@revoked"]]

    def authorities(self, name: str, paths: Iterable[str]) -> tuple[list[HostKey], list[HostKey]]:
        """The authorities that the files name for certificates of `name`, as in `keys`, and all keys revoked there.

        A line about the host without its port counts as well, as for ssh: a certificate knows of no ports.
        """
        bare = re.sub(r"^\[(.*)\]:[0-9]+$", r"\1", name)
        found = self._marked(dict.fromkeys([name, bare]), paths)
        return [key for key in found["@cert-authority"] if key not in found["@revoked"]], found["@revoked"]

    def _marked(self, names: Iterable[str], paths: Iterable[str]) -> dict[str, list[HostKey]]:
        """The keys for names by the markers before them."""
        found: dict[str, list[HostKey]] = {marker: [] for marker in _MARKERS}
        with self._lock:
            for path in tuple(paths) or DEFAULT:
                file = self._file(path)
                for name in names:
                    for marker, key in file.keys(name) if file else ():
                        found[marker].append(key)
        return found

    def _file(self, path: str) -> _File | None:
        try:
            place = Path(path).expanduser()
            seen = place.stat()
            stamp = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
            kept = self._files.get(path)
            if kept is None or kept[0] != stamp:
                kept = self._files[path] = stamp, _File(place.read_bytes().decode("utf-8", "replace"))
        except (OSError, RuntimeError):
            # RuntimeError: `~name` of a user that there is not.
            return None
        return kept[1]


class _File:
    """One file: where its lines begin, by the names that they speak of.

    Only LF ends a line, and only blanks and tabs part its fields, as for ssh: what other characters would end is a
    comment to ssh and to whoever reads it, and no key.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._plain: dict[str, list[int]] = {}
        self._patterns: list[tuple[str, int]] = []
        self._hashed: list[tuple[bytes, bytes, bytes, int]] = []
        start = 0
        for line in text.split("\n"):
            self._add(line, start)
            start += len(line) + 1

    def keys(self, name: str) -> list[tuple[str, HostKey]]:
        """The keys for a name, in the order of the file, each with the marker before it."""
        name = name.lower()
        self._claim(name)
        starts = [*self._plain.get(name, ()), *(at for names, at in self._patterns if _speaks_of(names, name))]
        found = []
        for start in sorted(starts):
            end = self._text.find("\n", start)
            marker, fields = _fields(self._text[start:] if end < 0 else self._text[start:end])
            key = _key(fields)
            if key is not None:
                found.append((marker, key))
        return found

    def _add(self, line: str, start: int) -> None:
        marker, fields = _fields(line)
        if len(fields) < 3 or marker not in _MARKERS:
            return
        names = fields[0]
        if names.startswith("|1|"):
            hashed = _hashed(names)
            if hashed:
                self._hashed.append((*hashed, start))
        elif _PATTERN.search(names):
            self._patterns.append((names, start))
        else:
            for name in dict.fromkeys(names.lower().split(",")):
                self._plain.setdefault(name, []).append(start)

    def _claim(self, name: str) -> None:
        """Find the lines that hold the name as a hash. Each holds one name, so that others need not try them."""
        # An HMAC by its definition (RFC 2104), since a call of hmac costs the two of hashlib twice over. SHA-1 is what
        # the file format prescribes (ssh-keygen -H).
        told, sha1 = name.encode(), hashlib.sha1
        others = []
        for line in self._hashed:
            inner, outer, digest, start = line
            if sha1(outer + sha1(inner + told).digest()).digest() == digest:
                self._plain.setdefault(name, []).append(start)
            else:
                others.append(line)
        self._hashed = others


def _fields(line: str) -> tuple[str, list[str]]:
    """The marker of a line, if any, and its first fields."""
    fields = _BLANK.split(line.strip(" \t\r"), 3)
    marker = fields.pop(0) if fields[0].startswith("@") else ""
    return marker, fields


def _key(fields: list[str]) -> HostKey | None:
    try:
        entry = HostKeyEntry.from_line(f"host {fields[1]} {fields[2].split()[0]}")
    except Exception:  # noqa: BLE001 -- paramiko raises what its parsers happen to, OverflowError among it
        return None
    return entry.key if entry else None


def _speaks_of(names: str, name: str) -> bool:
    """Whether patterns speak of a name in lower case."""
    spoken = False
    for pattern in names.split(","):
        negated = pattern.startswith("!")
        # Brackets are literal here, and a character class to fnmatch.
        glob = pattern.lstrip("!").replace("[", "[[]").lower()
        if fnmatch.fnmatchcase(name, glob):
            if negated:
                return False
            spoken = True
    return spoken


def _hashed(names: str) -> tuple[bytes, bytes, bytes] | None:
    """The salt of a hashed name as the two keys of its HMAC, and the digest; None when it is no hash."""
    parts = names.split("|")
    try:
        salt, digest = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (IndexError, ValueError):
        return None
    block = (salt if len(salt) <= _BLOCK else hashlib.sha1(salt, usedforsecurity=False).digest()).ljust(_BLOCK, b"\0")
    return block.translate(_INNER), block.translate(_OUTER), digest
