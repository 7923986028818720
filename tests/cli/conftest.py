"""A site on disk, hosts that answer from a table, and the command as a person runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baseline import file_contents, manifest
from baseline.cli import app
from baseline.errors import Unreachable
from baseline.model import Answer, Target
from baseline.readings.postfix import POSTCONF
from baseline.session import Session
from tests.scripted import AnswersFrom

INVENTORY = """\
mta:
  hosts:
    mx1: {ansible_host: 192.0.2.1}
    mx2: {ansible_host: 192.0.2.2}
  vars:
    roles: [mta]
    size: 26214400
"""

RULES = """\
baseline: ours
version: 1.2.3
title: {en: Our rules, ms: Peraturan kami}
controls:
  - id: OUR-Q-01
    kind: postfix_setting
    title: {en: Messages may be large, ms: Mesej boleh besar}
    clause: f.i
    obligation: mandatory
    severity: medium
    roles: [mta]
    why: A large attachment has to arrive.
    sources: [{instrument: RFC 1870, clause: section 4, status: external}]
    tags: [size]
    name: message_size_limit
    value: "{{ size }}"
  - id: OUR-A-01
    kind: postfix_setting
    title: {en: Strangers learn nothing, ms: Orang luar tidak tahu apa-apa}
    clause: f
    obligation: recommended
    severity: low
    roles: [mta]
    why: A name that VRFY confirms is a name to send spam to.
    name: disable_vrfy_command
    value: "yes"
  - id: OUR-D-01
    kind: postfix_setting
    title: {en: For hosts of another role, ms: Untuk hos peranan lain}
    clause: f
    obligation: mandatory
    severity: low
    roles: [dns]
    why: To have one that is for nobody here.
    name: mynetworks
    value: 127.0.0.0/8
"""

GOOD = {"message_size_limit": "26214400", "disable_vrfy_command": "yes"}
BAD = {"message_size_limit": "10240000", "disable_vrfy_command": "yes"}


def postfix(settings: Mapping[str, str]) -> dict[str, Answer]:
    """The answers of a Postfix with these settings, and of a host on which nothing was ever applied."""
    text = "".join(f"{name} = {value}\n" for name, value in settings.items()).encode()
    main, master = (file_contents.question(f"/etc/postfix/{name}") for name in ("main.cf", "master.cf"))
    return {
        **dict.fromkeys(POSTCONF, Answer(0)),
        POSTCONF[0]: Answer(0, text),
        main: Answer(0, b"regular file|root|root|644\n" + text),
        master: Answer(0, b"regular file|root|root|644\n"),
        file_contents.question(manifest.PATH): Answer(0, b"absent\n"),
        manifest.QUESTION: Answer(0),
    }


@dataclass
class Site:
    """Files of a site, its hosts' answers, and the command on them. A host without answers cannot be reached."""

    folder: Path
    hosts: dict[str, dict[str, Answer]] = field(default_factory=dict)
    sessions: list[AnswersFrom] = field(default_factory=list)

    @property
    def given(self) -> list[str]:
        """The options that name the files."""
        return ["-i", str(self.folder / "inventory.yml"), "-b", str(self.folder / "rules.yml")]

    def connect(self, target: Target) -> Session:
        """A session to a host of the table."""
        if target.name not in self.hosts:
            raise Unreachable(f"{target.address} cannot be reached: timed out")
        session = AnswersFrom(self.hosts[target.name])
        self.sessions.append(session)
        return session

    def run(self, command: str, *options: str, typed: str | None = None) -> Result:
        """The command with the site's files. What it raises and does not catch fails the test."""
        return self.bare(command, *self.given, *options, typed=typed)

    def bare(self, *words: str, typed: str | None = None) -> Result:
        """A command as it is."""
        return CliRunner().invoke(app, list(words), input=typed, catch_exceptions=False)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site of two hosts that conform."""
    (tmp_path / "inventory.yml").write_text(INVENTORY)
    (tmp_path / "rules.yml").write_text(RULES)
    made = Site(tmp_path, {"mx1": postfix(GOOD), "mx2": postfix(GOOD)})
    monkeypatch.setattr("baseline.session.Connector.connect", lambda _, target: made.connect(target))
    monkeypatch.setattr("baseline.cli.options.SSH_CONFIG", (tmp_path / "ssh_config",))
    monkeypatch.delenv("COLUMNS", raising=False)
    return made


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make the command believe that a person sits there."""

    def believe() -> None:
        monkeypatch.setattr("baseline.cli.hosts.on_terminal", lambda: True)

    return believe
