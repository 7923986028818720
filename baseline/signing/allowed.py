"""Who may sign: a file as ssh-keygen(1) has it under "ALLOWED SIGNERS", read more strictly.

What would make a verdict depend on the machine (a time without a zone) or would not say who signed (a pattern in place
of a name, an authority of certificates) is a mistake of the file, told with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from baseline.classes import dataclass
from baseline.errors import InputError, Problem, UserError
from baseline.signing.keys import public_key

MOST_BYTES = 1 << 20
"""The longest file that is read."""

_SORTS = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_OPTION = re.compile(r'([A-Za-z-]+)(?:="([^"]*)")?(?:,|$)')
_TIME = re.compile(r"(\d{8})(\d{4}(?:\d{2})?)?(Z?)")
_UNNAMED = re.compile(r'[*?!"]|[^\x21-\x7e]')


@dataclass(frozen=True)
class AllowedSigner:
    """A line of the file: whose key it is, what it may sign, and from when to when it counts. Keys of all sorts."""

    principals: tuple[str, ...]
    key: bytes
    namespaces: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None

    def may_sign(self, namespace: str) -> bool:
        """Whether the key is for this. A line without `namespaces` is for all."""
        return not self.namespaces or any(_matches(namespace, pattern) for pattern in self.namespaces)

    def counts(self, at: datetime) -> bool:
        """Whether the key counts at a moment. Both ends are within."""
        return (self.after is None or self.after <= at) and (self.before is None or at <= self.before)


@dataclass(frozen=True)
class AllowedSigners:
    """All lines of a file. `name` is the file, for what is said of it."""

    name: str
    lines: tuple[AllowedSigner, ...]

    @classmethod
    def of_file(cls, path: Path) -> AllowedSigners:
        """Read a file. Raises `InputError` with every mistake of it, `UserError` when it cannot be read."""
        try:
            with path.open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise UserError(f"{path}, the allowed signers, cannot be read: {error.strerror or error}") from None
        if len(content) > MOST_BYTES:
            raise UserError(f"{path}, the allowed signers, is longer than {MOST_BYTES >> 20} MiB")
        try:
            return cls.of_text(content.decode(), str(path))
        except UnicodeDecodeError:
            raise UserError(f"{path}, the allowed signers, is no text in UTF-8") from None

    @classmethod
    def of_text(cls, text: str, name: str) -> AllowedSigners:
        """The signers of a text. Raises `InputError` with every mistake of it; a text that names nobody is one."""
        problems, lines = [], []
        for number, line in enumerate(text.split("\n"), 1):
            words = line.strip(" \t\r")
            if not words or words.startswith("#"):
                continue
            try:
                lines.append(_signer(words))
            except ValueError as error:
                problems.append(Problem(name, number, 1, str(error)))
        if not lines and not problems:
            problems.append(
                Problem(name, 0, 0, "it names nobody who may sign: give a line for each, NAME ssh-ed25519 …")
            )
        if problems:
            raise InputError(problems)
        return cls(name, tuple(lines))

    def of_key(self, key: bytes) -> tuple[AllowedSigner, ...]:
        """The lines of a public key in the format of SSH."""
        return tuple(line for line in self.lines if line.key == key)


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _signer(line: str) -> AllowedSigner:
    if line.count('"') % 2:
        raise ValueError('a quotation mark (") lacks its other one')
    words = _WORD.findall(line)
    at = next((number for number, word in enumerate(words[:3]) if word in _SORTS), 0)
    if at == 0 or len(words) < at + 2:
        raise ValueError(
            "a line is `NAME[,NAME…] [OPTIONS] SORT KEY`, such as `aminah@agensi.example.my ssh-ed25519 AAAA…`"
        )
    principals = tuple(words[0].split(","))
    for principal in principals:
        if not principal or _UNNAMED.search(principal):
            raise ValueError(
                f"{principal!r} does not name a signer: it is a pattern, or has letters that are not ASCII"
            )
    options = dict(_options(words[1])) if at == 2 else {}
    namespaces = tuple(filter(None, options.get("namespaces", "").split(",")))
    if "namespaces" in options and (not namespaces or any(one.startswith("!") for one in namespaces)):
        raise ValueError("`namespaces` names what the key may sign, not what it may not")
    after, before = (_time(name, options) for name in ("valid-after", "valid-before"))
    if after is not None and before is not None and after > before:
        raise ValueError("`valid-after` is after `valid-before`: the key never counts")
    return AllowedSigner(principals, public_key(words[at + 1], words[at]), namespaces, after, before)


def _options(text: str) -> Iterator[tuple[str, str]]:
    seen, at = set(), 0
    while at < len(text):
        found = _OPTION.match(text, at)
        if found is None:
            raise ValueError(f'{text!r} are no options: they are written name="value", with commas between')
        name = found[1].lower()
        if name == "cert-authority":
            raise ValueError("`cert-authority` is not known here: name the key of each signer")
        if name not in ("namespaces", "valid-after", "valid-before") or found[2] is None:
            raise ValueError(
                f"{found[0]!r} is no option: `namespaces`, `valid-after` and `valid-before` are, with a value"
            )
        if name in seen:
            raise ValueError(f"`{name}` is given twice")
        seen.add(name)
        yield name, found[2]
        at = found.end()


def _time(name: str, options: dict[str, str]) -> datetime | None:
    if name not in options:
        return None
    found = _TIME.fullmatch(options[name])
    if found is None or not found[3]:
        raise ValueError(f"`{name}` is written in UTC with a Z at its end: 20260131Z or 202601311700Z")
    try:
        return datetime.strptime(found[1] + (found[2] or "").ljust(6, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"`{name}`: there is no time {options[name]}") from None
