"""What ansible-core itself makes of inventories: many of them by one process, since each start takes it a second.

The program below knows nothing of baseline. It asks the classes that `ansible-inventory` asks, in the same way; a test
runs the real command as well, and sees that both say the same.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS = 60
"""How long an answer may take before the test fails."""


@dataclass(frozen=True)
class Said:
    """Groups with all their hosts, hosts with all their variables, limits with what they select; or what went wrong."""

    groups: dict[str, list[str]] = field(default_factory=dict)
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    limits: dict[str, list[str] | None] = field(default_factory=dict)
    error: str = ""


class Ansible:
    """A running process that answers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def says(self, folder: Path, sources: tuple[str, ...], limits: tuple[str, ...] = ()) -> Said:
        """What it makes of sources, as `-i` names them in a folder, and of limits, as `--limit` takes them."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        asked.write(json.dumps({"folder": str(folder), "sources": sources, "limits": limits}) + "\n")
        asked.flush()
        assert select.select([answers], [], [], SECONDS)[0], "ansible-core gives no answer"
        return Said(**json.loads(answers.readline()))


@contextmanager
def ansible(home: Path) -> Iterator[Ansible]:
    """ansible-core, with nobody's settings."""
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(home),
        cwd=home,
    )
    try:
        yield Ansible(process)
    finally:
        process.kill()
        process.communicate()


def environment(home: Path) -> dict[str, str]:
    """That of a person who has set nothing up."""
    (home / "ansible.cfg").write_text("[defaults]\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "1",
    }


def _answer_all() -> None:
    """An answer on a line for each question on a line."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    from ansible.errors import AnsibleError
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.utils.path import unfrackpath
    from ansible.vars.manager import VariableManager

    os.chdir(asked["folder"])
    loader = DataLoader()
    loader.set_basedir(asked["folder"])
    # As the command line has it.
    sources = [one if "," in one else unfrackpath(one, follow=False) for one in asked["sources"]]
    try:
        inventory = InventoryManager(loader=loader, sources=sources)
        manager = VariableManager(loader=loader, inventory=inventory)
        found = {name: _variables(manager, host) for name, host in inventory.hosts.items()}
    except (AnsibleError, ValueError, TypeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {
        "groups": {name: [host.name for host in group.get_hosts()] for name, group in inventory.groups.items()},
        "variables": found,
        "limits": {limit: _selected(inventory, limit) for limit in asked["limits"]},
    }


def _variables(manager: Any, host: Any) -> dict[str, Any]:
    from ansible.constants import INTERNAL_STATIC_VARS

    found = manager.get_vars(host=host, include_hostvars=False, stage="all")
    kept = {key: value for key, value in found.items() if key not in INTERNAL_STATIC_VARS}
    plain: dict[str, Any] = json.loads(json.dumps(kept, default=str))
    return plain


def _selected(inventory: Any, limit: str) -> list[str] | None:
    """None where Ansible refuses the limit."""
    from ansible.errors import AnsibleError

    try:
        inventory.subset(limit)
        return [host.name for host in inventory.get_hosts("all")]
    except (AnsibleError, ValueError):
        return None
    finally:
        inventory.subset(None)


if __name__ == "__main__":
    _answer_all()
