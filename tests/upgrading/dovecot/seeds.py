"""The configurations of Dovecot 2.3 that are converted: files, accounts and mails, out of one text each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "seeds"
ISOLATION = """base_dir = {root}/run
log_path = {root}/log
listen = {address}
first_valid_uid = 100
auth_failure_delay = 0
"""
"""What keeps the instances of one host apart; every seed includes it."""


@dataclass(frozen=True)
class Seed:
    """`files` are texts by path below the root, `left` the settings that are expected to be left to a person.

    `accounts` are names with passwords; `mails` are recipient, size in bytes and subject. `prepare` is run on
    a host before.
    """

    name: str
    number: int
    files: dict[str, str]
    accounts: tuple[tuple[str, str], ...]
    mails: tuple[tuple[str, int, str], ...]
    left: tuple[str, ...]
    prepare: str

    @property
    def root(self) -> str:
        """Where its files lie on a host."""
        return f"/srv/convert/{self.name}"

    @property
    def address(self) -> str:
        """The address of its own that it listens on."""
        return f"127.1.{self.number}.1"

    @property
    def port(self) -> int:
        """Where it listens for IMAP."""
        return 143


def seeds() -> list[Seed]:
    """All of them, in order."""
    return [_read(path) for path in sorted(FOLDER.glob("*.conf"))]


def _read(path: Path) -> Seed:
    number = int(path.name[:2])
    root, address = f"/srv/convert/{path.stem}", f"127.1.{number}.1"
    text = path.read_text().replace("$ROOT", root).replace("$ADDRESS", address)
    parts = re.split(r"^== (.*)\n", text, flags=re.M)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    files = {name: body for name, body in found.items() if name not in ("accounts", "mails", "left", "prepare")}
    files["isolation.conf"] = ISOLATION.format(root=root, address=address)
    return Seed(
        path.stem,
        number,
        files,
        tuple(_pair(line) for line in _lines(found.get("accounts", ""))),
        tuple(_mail(line) for line in _lines(found.get("mails", ""))),
        tuple(_lines(found.get("left", ""))),
        found.get("prepare", ""),
    )


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _pair(line: str) -> tuple[str, str]:
    user, password = line.split()
    return user, password


def _mail(line: str) -> tuple[str, int, str]:
    user, size, *subject = line.split(" ", 2)
    return user, int(size), subject[0] if subject else "hello"
