"""Where Ansible finds its inventory when none is given: `ANSIBLE_INVENTORY`, `ansible.cfg`, `/etc/ansible/hosts`.

As in Ansible's "Configuration settings": of the files of configuration the first that is there counts, and one in the
current directory does not when everybody may write to that.
"""

from __future__ import annotations

import configparser
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from baseline.errors import InputError, Problem
from baseline.load.text import expanded

HOSTS = Path("/etc/ansible/hosts")


def usual_inventory(environment: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """The inventory that Ansible would use in a directory; empty when there is none. Raises `InputError`."""
    named = environment.get("ANSIBLE_INVENTORY", "")
    if named.strip():
        return _listed(named, folder)
    for file in _files(environment, folder):
        if file.is_file():
            written = _inventory_in(file)
            if written:
                return _listed(written, file.absolute().parent)
            break
    return (HOSTS,) if HOSTS.exists() else ()


def _files(environment: Mapping[str, str], folder: Path) -> Iterator[Path]:
    named = environment.get("ANSIBLE_CONFIG", "")
    if named:
        path = expanded(named)
        yield path / "ansible.cfg" if path.is_dir() else path
    if not folder.stat().st_mode & stat.S_IWOTH:
        yield folder / "ansible.cfg"
    yield expanded("~/.ansible.cfg")
    yield Path("/etc/ansible/ansible.cfg")


def _inventory_in(file: Path) -> str:
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",), strict=False)
    try:
        with file.open(encoding="utf-8") as opened:
            parser.read_file(opened)
    except OSError as error:
        raise InputError([Problem(str(file), 0, 0, f"cannot be read: {error.strerror or error}")]) from None
    except (configparser.Error, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise InputError([Problem(str(file), 0, 0, f"is no configuration of Ansible: {said}")]) from None
    return parser.get("defaults", "inventory", fallback="").strip()


def _listed(written: str, folder: Path) -> tuple[Path, ...]:
    """Paths separated by commas, relative to a directory."""
    return tuple(folder / expanded(part.strip()) for part in written.split(",") if part.strip())
