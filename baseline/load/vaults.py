"""Ansible Vault: encrypted values and files of inventories, opened by passwords that the caller names.

A password lies in a file, or a program prints it: `FILE`, or `LABEL@FILE` for what was encrypted with that id, as for
Ansible. What is decrypted here is secret, and becomes a `Secret` like that of `!secret`. ansible-core decrypts, and is
imported when something is to be opened.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from baseline.errors import CannotTell
from baseline.load import yaml
from baseline.load.running import PrintedTooMuch, ran
from baseline.load.text import decode, expanded
from baseline.load.tree import Items, Leaf, Position, Problems, Table, TableEntry, Tree
from baseline.secret import Secret

HEADER = "$ANSIBLE_VAULT"
SECONDS = 60
"""How long a program may take to print a password."""

MOST_BYTES = 1 << 16
VAULT, SECRET = "!vault", "!secret"
INSTALL = "pip install 'mail-baseline[ansible]'"
OPENED_BY = f"--vault-password-file FILE opens it, with ansible-core ({INSTALL})"
_TAGS = frozenset({"!unsafe", SECRET})
_IN_JSON = "__ansible_vault"
_UNKNOWN_ID = 2
"""How a program called `…-client` ends that has no password for the id."""


class Vaults:
    """Passwords by which vaults are opened, in the order in which they are tried. Each is had when it is first needed.

    It travels to another machine as the names of their files, and has the passwords there from these.
    """

    def __init__(self, given: Iterable[str] = ()) -> None:
        """`given` are files, or ids and files as in `prod@FILE`."""
        self._given = tuple(_absolute(one) for one in given)
        self._lock = threading.Lock()
        self._decrypt: Callable[[bytes], bytes] | None = None
        self._failed = ""

    def __reduce__(self) -> tuple[type[Vaults], tuple[tuple[str, ...]]]:
        return Vaults, (self._given,)

    def __bool__(self) -> bool:
        """Whether any password is named."""
        return bool(self._given)

    def check(self, problems: Problems) -> None:
        """Note passwords that are not there. No program is run for that."""
        for label, path in map(_parted, self._given):
            if path in ("prompt", "prompt_ask_vault_pass"):
                problems.add(Position(f"--vault-id {label}@{path}"), "a vault's password is not asked for: name a file")
            elif not Path(path).is_file():
                problems.add(Position(path), "there is no such file of a vault's password")

    def opened(self, encrypted: bytes) -> bytes:
        """What was encrypted. Raises `CannotTell`, whose words hold nothing of it and tell what to do."""
        with self._lock:
            if self._failed:
                # Once is enough: a program that did not end is not run again for each value.
                raise CannotTell(self._failed)
            try:
                self._decrypt = self._decrypt or _decrypting(self._given)
            except CannotTell as error:
                self._failed = str(error)
                raise
        return self._decrypt(encrypted)


def _absolute(given: str) -> str:
    label, path = _parted(given)
    if path not in ("prompt", "prompt_ask_vault_pass"):
        path = str(expanded(os.path.expandvars(path)).absolute())
    return f"{label}@{path}"


def _parted(given: str) -> tuple[str, str]:
    label, at, path = given.partition("@")
    return (label or "default", path) if at else ("default", label)


def _decrypting(given: Sequence[str]) -> Callable[[bytes], bytes]:
    """What decrypts by these passwords. They are in a closure: nothing that lists attributes comes across them."""
    try:
        from ansible.errors import AnsibleError
        from ansible.parsing.vault import AnsibleVaultFormatError, VaultLib, VaultSecret
    except ImportError:
        raise CannotTell(f"Ansible Vault is opened by ansible-core, which is not installed: {INSTALL}") from None
    except Exception as error:  # noqa: BLE001 -- of whatever kind, it is told
        # It reads its own settings when it is imported, and refuses wrong ones in several ways.
        said = " ".join(str(error).split())[:200]
        raise CannotTell(f"ansible-core, which opens vaults, does not start here: {said}") from None
    labels = [_parted(one)[0] for one in given]
    passwords = [(label, VaultSecret(_password(label, path).encode())) for label, path in map(_parted, given)]
    library = VaultLib(passwords)

    def decrypt(encrypted: bytes) -> bytes:
        try:
            plain = library.decrypt(encrypted)
        except AnsibleVaultFormatError:
            plain = None
        except AnsibleError:
            raise CannotTell(_refused(encrypted, labels)) from None
        if plain is None:
            raise CannotTell(
                "this is damaged: what Ansible Vault wrote is not whole here. Encrypt it anew, or take it from a backup"
            )
        return bytes(plain)

    return decrypt


def _refused(encrypted: bytes, labels: Sequence[str]) -> str:
    """Why no password opened it. Only its first line is looked at."""
    fields = encrypted.split(b"\n", 1)[0].decode("ascii", "replace").strip().split(";")
    label = fields[3] if len(fields) > 3 and fields[3].isprintable() else ""
    tried = ", ".join(dict.fromkeys(labels))
    if label and label not in labels:
        return (
            f"no password of {tried} opens this: it was encrypted with the id `{label[:60]}`. "
            f"Give its password too: --vault-id {label[:60]}@FILE"
        )
    return (
        f"no password of {tried} opens this: it was encrypted with another one, or is damaged. "
        "Try the password with `ansible-vault view`"
    )


def _password(label: str, path: str) -> str:
    """The password of a file. A program is run, as Ansible does."""
    source = f"vault password file {path}"
    return Secret(source, partial(_printed if os.access(path, os.X_OK) else _written, Path(path), label)).reveal()


def _written(path: Path, label: str) -> str:
    del label
    try:
        status = path.stat()
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CannotTell(f"the vault's password in {path} cannot be read: {error.strerror}") from None
    if status.st_mode & 0o077 or status.st_uid not in (0, os.geteuid()):
        raise CannotTell(
            f"the vault's password in {path} is refused: others may read or write it. Make it yours alone: chmod 600"
        )
    return _taken(content, path)


def _printed(path: Path, label: str) -> str:
    client = path.stem.endswith("-client")
    argv = [str(path), *(["--vault-id", label] if client else [])]
    said = f"the vault's password of {path} cannot be had"
    try:
        done = ran(argv, seconds=SECONDS, most=MOST_BYTES)
    except TimeoutError:
        raise CannotTell(f"{said}: it took longer than {SECONDS} seconds") from None
    except PrintedTooMuch:
        raise CannotTell(f"{said}: it printed more than {MOST_BYTES >> 10} KiB") from None
    except OSError as error:
        raise CannotTell(f"{said}: {error.strerror}. If it is no program: chmod -x") from None
    if client and done.code == _UNKNOWN_ID:
        raise CannotTell(f"{said}: it knows none for the id `{label}`")
    if done.code:
        raise CannotTell(f"{said}: it ended with exit code {done.code}; run it by hand to see why")
    return _taken(done.stdout, path)


def _taken(content: bytes, path: Path) -> str:
    if len(content) > MOST_BYTES:
        raise CannotTell(f"the vault's password in {path} is refused: it is longer than {MOST_BYTES >> 10} KiB")
    try:
        password = content.strip().decode()
    except UnicodeDecodeError:
        raise CannotTell(f"the vault's password in {path} is refused: it is not UTF-8") from None
    if not password:
        raise CannotTell(f"the vault's password in {path} cannot be read: it is empty")
    return password


# --- what stands in files ------------------------------------------------------------------------------------


def revealed(tree: Tree, vaults: Vaults, problems: Problems) -> Tree:
    """The tree with each `!vault` value as a secret. As it is where no password is named; mistakes noted."""
    return _Opening(vaults, problems).within(tree) if vaults else tree


class _Opening:
    def __init__(self, vaults: Vaults, problems: Problems) -> None:
        self._vaults = vaults
        self._problems = problems

    def within(self, tree: Tree) -> Tree:
        if isinstance(tree, Items):
            return Items(tuple(map(self.within, tree.nodes)), tree.place)
        if isinstance(tree, Leaf):
            return self._leaf(tree.text, tree.place) if tree.tag == VAULT else tree
        alone = tree.entries.get(_IN_JSON) if len(tree.entries) == 1 else None
        if alone and isinstance(alone.tree, Leaf) and isinstance(alone.tree.value, str):
            return self._leaf(alone.tree.value, tree.place)
        return Table({key: TableEntry(one.key, self.within(one.tree)) for key, one in tree.entries.items()}, tree.place)

    def _leaf(self, text: str, place: Position) -> Leaf:
        encrypted = text.strip().encode()
        try:
            # Opened at once, so that a wrong password is told with its place. What is found is not kept.
            _value(self._vaults, encrypted)
        except CannotTell as error:
            self._problems.add(place, str(error))
            return Leaf(None, place, "", SECRET)
        return Leaf(Secret(f"Ansible Vault {place}", partial(_value, self._vaults, encrypted)), place, "", SECRET)


def _value(vaults: Vaults, encrypted: bytes) -> str:
    return _decoded(vaults.opened(encrypted))


def _decoded(plain: bytes) -> str:
    try:
        return plain.decode()
    except UnicodeDecodeError:
        raise CannotTell("what this vault holds is not UTF-8") from None


def file_opened(encrypted: bytes, file: str, vaults: Vaults, problems: Problems) -> Tree | None:
    """The document of a file that is encrypted as a whole: its keys, with a secret for each value.

    None for one without a document, and, with the problem noted, for one that cannot be opened or read. What is wrong
    inside is told by its place alone, since words could quote it.
    """
    try:
        text = _value(vaults, encrypted)
    except CannotTell as error:
        problems.add(Position(file, 1, 1), str(error))
        return None
    inside = Problems()
    tree = _parsed(text, file, inside)
    for problem in inside.found:
        place = Position(file, problem.line, problem.column)
        problems.add(place, f"what this vault holds cannot be read there: see `ansible-vault view {Path(file).name}`")
    return None if tree is None else _hidden(tree, (), partial(_of_file, vaults, encrypted))


def _parsed(text: str, file: str, problems: Problems) -> Tree | None:
    decoded = decode(text.encode(), file, problems) if text.strip() else None
    return yaml.parse(decoded, file, problems, tags=_TAGS) if decoded else None


def _hidden(tree: Tree, path: tuple[str | int, ...], fetch: Callable[[tuple[str | int, ...]], str]) -> Tree:
    if isinstance(tree, Items):
        return Items(tuple(_hidden(one, (*path, n), fetch) for n, one in enumerate(tree.nodes)), tree.place)
    if isinstance(tree, Table):
        hidden = {key: _hidden(one.tree, (*path, key), fetch) for key, one in tree.entries.items()}
        return Table({key: TableEntry(tree.entries[key].key, one) for key, one in hidden.items()}, tree.place)
    if isinstance(tree.value, Secret) or tree.value is None:
        return tree
    return Leaf(Secret(f"Ansible Vault {tree.place}", partial(fetch, path)), tree.place, "", SECRET)


def _of_file(vaults: Vaults, encrypted: bytes, path: tuple[str | int, ...]) -> str:
    tree: Any = _parsed(_value(vaults, encrypted), "", Problems())
    for step in path:
        tree = tree.entries[str(step)].tree if isinstance(tree, Table) else tree.nodes[step]
    text: str = tree.text
    return text
