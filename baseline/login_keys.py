"""Private keys that log in: of files, with or without a passphrase, and those that an agent holds for such a file."""

from __future__ import annotations

import base64
import contextlib
import os
import struct
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baseline.errors import CannotTell, Unreachable
from baseline.secret import Secret

if TYPE_CHECKING:
    import paramiko

_MOST_BYTES = 1 << 20
"""Of a key file."""

_MAGIC = b"openssh-key-v1\0"


class LoginKeys:
    """The keys of a run: each file is read once. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, paramiko.PKey] = {}

    def of(self, key_file: str, passphrases: Mapping[str, Secret]) -> paramiko.PKey:
        """The key of a file, with the certificate that lies beside it. Raises `Unreachable` where it cannot be used.

        One with a passphrase is that of the agent, if that holds it; else it is opened by its own of `passphrases`.
        """
        with self._lock:
            if key_file not in self._keys:
                path = Path(key_file).expanduser()
                self._keys[key_file] = (
                    self._locked(key_file, path, passphrases) if is_locked(path) else opened(key_file, path)
                )
            return self._keys[key_file]

    def _locked(self, key_file: str, path: Path, passphrases: Mapping[str, Secret]) -> paramiko.PKey:
        found, why = held_by_agent(path)
        if found is not None:
            return found
        secret = passphrases.get(key_file)
        if secret is None:
            raise Unreachable(
                f"the key {key_file} has a passphrase, and {why}: add it to one (`ssh-add {key_file}`), or run this "
                "on a terminal, where you are asked for it"
            )
        try:
            return opened(key_file, path, secret.reveal())
        except CannotTell as error:
            raise Unreachable(str(error)) from None


def opened(key_file: str, path: Path, passphrase: str | None = None) -> paramiko.PKey:
    """The key of a file. Raises `Unreachable`; ValueError for a passphrase that is not the one of it."""
    import paramiko
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        # cryptography, which it hands the passphrase to, takes bytes, whatever the annotation says.
        phrase: Any = None if passphrase is None else passphrase.encode()
        return paramiko.PKey.from_path(path, phrase)
    except (paramiko.PasswordRequiredException, TypeError):
        raise Unreachable(f"the key {key_file} has a passphrase: add it to an agent (`ssh-add {key_file}`)") from None
    except (OSError, ValueError, RuntimeError, UnsupportedAlgorithm, paramiko.SSHException) as error:
        if passphrase is not None and not isinstance(error, OSError):
            raise ValueError(f"the passphrase of {key_file} is not that one") from None
        said = " ".join(str(error).split()) or type(error).__name__
        raise Unreachable(f"the key {key_file} cannot be read: {said}") from None


def is_locked(path: Path) -> bool:
    """Whether the file is a private key with a passphrase; False for one that cannot be read, and for what is none."""
    raw = _read(path)
    if b"ENCRYPTED" in raw:
        return True
    body = _body(raw)
    return body is not None and not body.startswith(struct.pack(">I", 4) + b"none")


def held_by_agent(path: Path) -> tuple[paramiko.PKey | None, str]:
    """The key of the agent that is the one of a file; else None, and why not as part of a sentence."""
    import paramiko

    from baseline.key_agents import agent_of

    public = _public(path)
    try:
        agent = agent_of(os.environ)
        if agent is None:
            return None, "no agent runs here"
        for key in agent.get_keys():
            if public is not None and key.blob == public:
                certificate = Path(f"{path}-cert.pub")
                if certificate.is_file():
                    with contextlib.suppress(ValueError, OSError):
                        key.load_certificate(str(certificate))
                return key, ""
    except (OSError, paramiko.SSHException, struct.error) as error:
        return None, f"the agent at $SSH_AUTH_SOCK does not answer ({' '.join(str(error).split()) or 'timed out'})"
    return None, "the agent does not hold it"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return b""


def _body(raw: bytes) -> bytes | None:
    """What follows the magic word of a key in the format of OpenSSH; None for another."""
    lines = [line for line in raw.split(b"\n") if line and not line.startswith(b"-")]
    try:
        whole = base64.b64decode(b"".join(lines))
    except ValueError:
        return None
    return whole.removeprefix(_MAGIC) if whole.startswith(_MAGIC) else None


def _public(path: Path) -> bytes | None:
    """The public key of a file, which lies beside it, or stands in it in clear."""
    words = _read(Path(f"{path}.pub")).split()
    with contextlib.suppress(ValueError, IndexError, struct.error):
        if len(words) > 1:
            return base64.b64decode(words[1])
        rest = _body(_read(path)) or b""
        for _ in range(3):
            rest = rest[4 + struct.unpack(">I", rest[:4])[0] :]
        (length,) = struct.unpack(">I", rest[4:8])
        return rest[8 : 8 + length]
    return None
