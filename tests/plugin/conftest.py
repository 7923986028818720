"""A folder with an inventory, a baseline and tests; and pytest run in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from baseline.errors import Unreachable
from baseline.local import LocalSession
from baseline.model import Target
from baseline.session import Session

CONTROL = """\
  - id: {id}
    kind: file
    title: {{en: The file {name}, ms: Fail {name}}}
    clause: {clause}
    obligation: mandatory
    severity: medium
    roles: [{role}]
    why: To have something to look at.
    path: {path}
    {wanted}
"""


def rules(folder: Path) -> str:
    """A baseline of which each outcome comes out, on a host where `folder` has the files that it speaks of."""
    (folder / "good").write_text("as wanted\n")
    (folder / "bad").write_text("as not wanted\n")
    wanted = {"good": 'content: "as wanted\\n"', "bad": 'content: "as wanted\\n"', "waived": 'content: "as wanted\\n"'}
    controls = [("OUR-F-01", "good", "f.i", "mta"), ("OUR-F-02", "bad", "f.i", "mta")]
    controls += [("OUR-F-03", "waived", "f", "mta"), ("OUR-F-04", "good", "f", "dns")]
    return "baseline: ours\nversion: 1.0.0\ntitle: {en: Ours, ms: Kami}\ncontrols:\n" + "".join(
        CONTROL.format(id=id_, name=name, clause=clause, role=role, path=folder / name, wanted=wanted[name])
        for id_, name, clause, role in controls
    )


def waivers() -> str:
    """A waiver that is in force."""
    return f"""\
- control: OUR-F-03
  hosts: all
  reason: It is being written.
  approver: The head of ICT
  expires: {datetime.now(UTC) + timedelta(days=100):%Y-%m-%d}+00:00
"""


@dataclass
class Own:
    """A folder where pytest is run. Hosts are this machine, as it would be over a connection; `gone` do not answer."""

    pytester: pytest.Pytester
    gone: set[str] = field(default_factory=set)
    opened: list[str] = field(default_factory=list)
    scripts: list[tuple[str, str]] = field(default_factory=list)
    """Each exchange: with which host, and what was sent."""

    def connect(self, target: Target) -> Session:
        """A session with one of the hosts, which counts."""
        if target.name in self.gone:
            raise Unreachable(f"{target.address} cannot be reached: timed out")
        self.opened.append(target.name)
        return Counting(self, target.name)

    @property
    def exchanges(self) -> list[str]:
        """The hosts that were asked, once for each exchange."""
        return [name for name, _ in self.scripts]

    def run(self, *options: str, **files: str) -> pytest.RunResult:
        """pytest over the baseline of the folder, with test files besides."""
        if files:
            self.pytester.makepyfile(**files)
        given = ("--baseline", "rules.yml", "--inventory", "inventory.yml", "--baseline-waivers", "waivers.yml")
        return self.bare(*given, *options)

    def bare(self, *options: str) -> pytest.RunResult:
        """pytest as it is."""
        return self.pytester.runpytest_inprocess(
            "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-W", "default", *options
        )


class Counting(LocalSession):
    """This machine, by a shell; every exchange is noted."""

    def __init__(self, own: Own, name: str) -> None:
        super().__init__()
        self._own, self._name = own, name

    def exchange(self, script: bytes, *, seconds: int = 900) -> bytes:
        """Note it, and send it."""
        self._own.scripts.append((self._name, script.decode()))
        return super().exchange(script, seconds=seconds)


def inventory(hosts: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of one."""
    lines = [f"    {name}: {dict(variables)}\n" for name, variables in hosts.items()]
    return "all:\n  vars: {roles: [mta]}\n  hosts:\n" + "".join(lines)


@pytest.fixture
def own(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Own:
    """A folder with two hosts."""
    made = Own(pytester)
    hosts = {"mx1": {"ansible_host": "192.0.2.1"}, "mx2": {"ansible_host": "192.0.2.2"}}
    (pytester.path / "inventory.yml").write_text(inventory(hosts))
    (pytester.path / "rules.yml").write_text(rules(pytester.path))
    (pytester.path / "waivers.yml").write_text(waivers())
    monkeypatch.setattr("baseline.session.Connector.connect", lambda _, target: made.connect(target))
    monkeypatch.setattr("baseline.cli.options.SSH_CONFIG", (pytester.path / "ssh_config",))
    return made
