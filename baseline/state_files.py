"""Small files that the controller keeps between runs, each for the user who ran it alone.

They lie in `$XDG_STATE_HOME/baseline`, which is `~/.local/state/baseline` unless set. Every file is written beside
its place with mode 0600, and moved over it, so that it is never half there.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


def directory() -> Path:
    """Where the files lie. Not made by asking. A relative XDG_STATE_HOME counts as none, as its specification wants."""
    named = os.environ.get("XDG_STATE_HOME", "")
    base = Path(named) if named.startswith("/") else Path.home() / ".local" / "state"
    return base / "baseline"


def read(name: str, folder: Path | None = None) -> bytes | None:
    """What a file holds; None when it is not there. Raises OSError when it may be read or written by others.

    `folder` is where it lies: `directory()` unless given.
    """
    place = (folder or directory()) / name
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise PermissionError(f"{place} is not a file that its user alone may read and write")
        return file.read()


def write(name: str, content: bytes, *, replace: bool = True, folder: Path | None = None) -> None:
    """Write a file, whole or not at all. Raises OSError; without `replace`, `FileExistsError` for one that is there."""
    import secrets

    place = folder or directory()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = place / f".{name}.{secrets.token_hex(8)}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        if replace:
            beside.replace(place / name)
        else:
            # Two that begin at once: the second one finds the first one's file.
            os.link(beside, place / name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
