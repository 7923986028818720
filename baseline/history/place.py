"""Where a history lies: a file of its user alone, or a database by its URL."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from baseline.classes import dataclass
from baseline.errors import HistoryError, UserError

_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True)
class Place:
    """A file for SQLite, or the URL of a PostgreSQL database. Its text never shows the password of a URL."""

    file: Path | None
    url: str = ""

    def __str__(self) -> str:
        if self.file is not None:
            return str(self.file)
        scheme, _, rest = self.url.partition("://")
        # Not what comes after the address either: a password may stand there, too.
        return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"

    def make(self) -> None:
        """Make the file, readable by its owner only, and its directory, where they are not there.

        Raises `HistoryError` for a file that belongs to somebody else, and OSError.
        """
        if self.file is None:
            return
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            # Not opened: to close a file drops the locks that this process may have on it for another reader.
            status = self.file.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                raise HistoryError(f"{self.file} is no file of the user who runs this") from None
            if status.st_mode & 0o077:
                self.file.chmod(0o600)


def place(given: str | Path) -> Place:
    """The place that a path or URL names. Raises `UserError` for a URL of another kind of database."""
    text = str(given)
    scheme, found, rest = text.partition("://")
    if not found:
        return Place(Path(text).expanduser().absolute())
    if scheme not in _POSTGRES:
        raise UserError(f"--history: {scheme}:// is not known: give a file, or postgresql://USER@HOST/DATABASE")
    return Place(None, f"postgresql+psycopg://{rest}")
