"""Files that are written whole or not at all, and never over others."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from baseline.classes import dataclass
from baseline.errors import UserError


@dataclass(frozen=True)
class NewFile:
    """The text of a file. What is `executable` has mode 0755, anything else 0644, as far as the umask lets it."""

    text: str
    executable: bool = False


def write_new(folder: Path, files: Mapping[str, NewFile]) -> None:
    """Write all files, by their paths inside a folder, which is made where it lacks; all of them or none.

    Raises `UserError`, before anything is written, with the list of those that are there already, links that lead
    nowhere included. An I/O error leaves no file of these behind, and is a `UserError` that names the file.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is no directory: name another one")
    there = [str(folder / name) for name in files if os.path.lexists(folder / name)]
    if there:
        listed = "\n".join(f"  {one}" for one in there)
        raise UserError(
            f"nothing was written, because these are there already:\n{listed}\nMove them, or name another DIR"
        )
    done: list[Path] = []
    try:
        for name, new in files.items():
            _put(folder / name, new)
            done.append(folder / name)
    except OSError as error:
        for path in done:
            with contextlib.suppress(OSError):
                path.unlink()
        where = error.filename2 or error.filename or folder
        raise UserError(f"{where} cannot be written: {error.strerror or error}; nothing was") from None


def _put(path: Path, new: NewFile) -> None:
    path.parent.mkdir(mode=0o777, parents=True, exist_ok=True)
    beside = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(beside, flags, 0o755 if new.executable else 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(new.text.encode())
            file.flush()
            os.fsync(descriptor)
        # A link, since a rename would go over a file that somebody made meanwhile.
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
