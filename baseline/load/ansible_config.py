"""Where Ansible finds its inventory when none is given: `ANSIBLE_INVENTORY`, `ansible.cfg`, `/etc/ansible/hosts`.

And the passwords of its vaults: `ANSIBLE_VAULT_PASSWORD_FILE`, `ANSIBLE_VAULT_IDENTITY_LIST`, `ansible.cfg`.

As in Ansible's "Configuration settings": of the files of configuration the first that is there counts, and one in the
current directory does not when everybody may write to that.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from baseline.errors import InputError, Problem
from baseline.load.text import expanded

HOSTS = Path("/etc/ansible/hosts")


def usual_inventory(environment: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """The inventory that Ansible would use in a directory; empty when there is none. Raises `InputError`."""
    named = environment.get("ANSIBLE_INVENTORY", "")
    if named.strip():
        return _listed(named, folder)
    file = _config(environment, folder)
    written = "" if file is None else _setting(file, "inventory")
    if file is not None and written:
        return _listed(written, file.absolute().parent)
    return (HOSTS,) if HOSTS.exists() else ()


def usual_vaults(environment: Mapping[str, str], folder: Path, given: Sequence[str] = ()) -> tuple[str, ...]:
    """Files of passwords for Ansible Vault, as `ID@FILE` or `FILE`, in the order in which Ansible tries them.

    That is the list of its settings, what is `given`, and the one file of its settings. Raises `InputError`.
    """
    file = _config(environment, folder)
    listed = environment.get("ANSIBLE_VAULT_IDENTITY_LIST") or (file and _setting(file, "vault_identity_list")) or ""
    usual = [one.strip() for one in listed.split(",") if one.strip()]
    single = environment.get("ANSIBLE_VAULT_PASSWORD_FILE", "")
    if not single and file is not None:
        written = _setting(file, "vault_password_file")
        single = str(file.absolute().parent / expanded(written)) if written else ""
    return (*usual, *given, *([single] if single else []))


def _config(environment: Mapping[str, str], folder: Path) -> Path | None:
    return next((file for file in _files(environment, folder) if file.is_file()), None)


def _files(environment: Mapping[str, str], folder: Path) -> Iterator[Path]:
    named = environment.get("ANSIBLE_CONFIG", "")
    if named:
        path = expanded(named)
        yield path / "ansible.cfg" if path.is_dir() else path
    if not folder.stat().st_mode & stat.S_IWOTH:
        yield folder / "ansible.cfg"
    yield expanded("~/.ansible.cfg")
    yield Path("/etc/ansible/ansible.cfg")


def _setting(file: Path, name: str) -> str:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",), strict=False)
    try:
        with file.open(encoding="utf-8") as opened:
            parser.read_file(opened)
    except OSError as error:
        raise InputError([Problem(str(file), 0, 0, f"cannot be read: {error.strerror or error}")]) from None
    except (configparser.Error, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise InputError([Problem(str(file), 0, 0, f"is no configuration of Ansible: {said}")]) from None
    return parser.get("defaults", name, fallback="").strip()


def _listed(written: str, folder: Path) -> tuple[Path, ...]:
    """Paths separated by commas, relative to a directory."""
    return tuple(folder / expanded(part.strip()) for part in written.split(",") if part.strip())
