"""Keys with a passphrase: by a real agent, by what a person typed, or words about what to do."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseline import key_agents
from baseline.cli import asking
from baseline.errors import Unreachable, UserError
from baseline.login_keys import LoginKeys, held_by_agent, is_locked
from baseline.model import Target
from baseline.secret import Secret
from tests.exchange.sshd import running
from tests.exchange.test_session import asked, needs_sshd, refusal

pytestmark = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="ssh-agent is not installed")
PHRASE = "a phrase, that nobody guesses"


def made(path: Path, phrase: str = PHRASE, *more: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", *(more or ("-t", "ed25519")), "-N", phrase, "-f", str(path)], check=True)
    return path


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real agent without keys."""
    place = tmp_path / "agent"
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL) as process:
        while not place.exists():
            assert process.poll() is None
        yield place
        process.terminate()


def add(key: Path) -> None:
    """As `ssh-add` with a program that knows the passphrase."""
    helper = key.parent / "helper"
    helper.write_text(f"#!/bin/sh\necho '{PHRASE}'\n")
    helper.chmod(0o700)
    surroundings = {**os.environ, "SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(["ssh-add", "-q", str(key)], env=surroundings, check=True, stdin=subprocess.DEVNULL)


def why(key: Path) -> str:
    with pytest.raises(Unreachable) as caught:
        LoginKeys().of(str(key), {})
    return str(caught.value)


@pytest.mark.parametrize(
    "more",
    [("-t", "ed25519"), ("-t", "ecdsa"), ("-t", "rsa"), ("-t", "rsa", "-m", "PEM"), ("-t", "rsa", "-m", "PKCS8")],
)
def test_which_keys_are_locked(tmp_path: Path, more: tuple[str, ...]) -> None:
    assert is_locked(made(tmp_path / "locked", PHRASE, *more))
    assert not is_locked(made(tmp_path / "open", "", *more))
    assert not is_locked(tmp_path / "none")


@pytest.mark.usefixtures("agent")
class TestAgent:
    pytestmark = needs_sshd

    @pytest.mark.parametrize("beside", [True, False])
    def test_it_logs_in_with_the_key_that_the_inventory_names(self, tmp_path: Path, beside: bool) -> None:
        key = made(tmp_path / "key")
        add(key)
        with running(tmp_path / "sshd") as server:
            (server.directory / "authorized_keys").write_text(Path(f"{key}.pub").read_text())
            if not beside:
                Path(f"{key}.pub").unlink()
            assert len(asked(server.target(key_file=str(key)), "true")) == 1

    def test_a_key_that_it_does_not_hold(self, tmp_path: Path) -> None:
        add(made(tmp_path / "other"))
        key = made(tmp_path / "key")
        assert why(key).startswith(
            f"the key {key} has a passphrase, and the agent does not hold it: add it to one (`ssh-"
        )

    def test_a_passphrase_opens_it(self, tmp_path: Path) -> None:
        key = made(tmp_path / "key")
        with running(tmp_path / "sshd") as server:
            (server.directory / "authorized_keys").write_text(Path(f"{key}.pub").read_text())
            phrases = {str(key): Secret("test", lambda: PHRASE)}
            assert len(asked(server.target(key_file=str(key), passphrases=phrases), "true")) == 1
            assert "has a passphrase" in refusal(server.target(key_file=str(key)))


def test_without_an_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    assert "has a passphrase, and no agent runs here: add it to one" in why(made(tmp_path / "key"))


@pytest.mark.parametrize("answer", [b"", b"\xff\xff\xff\xff", b"\0\0\0\x05\x0c\xff\xff\xff\xff", b"\0\0\0\1\5", b"\0"])
def test_an_agent_that_answers_nothing_or_nonsense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(key_agents, "AGENT_SECONDS", 0.3)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "odd"))
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind(str(tmp_path / "odd"))
        odd.listen()
        kept: list[socket.socket] = []

        def answering() -> None:
            caller, _ = odd.accept()
            kept.append(caller)
            caller.sendall(answer)

        thread = threading.Thread(target=answering, daemon=True)
        thread.start()
        assert held_by_agent(made(tmp_path / "key"))[0] is None
        thread.join(10)
        for one in kept:
            one.close()


class TestAsked:
    @staticmethod
    def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
        """A person who types these lines; gives the questions."""
        questions: list[str] = []
        waiting = iter(lines)
        monkeypatch.setattr(asking, "on_terminal", lambda: True)

        def prompt(question: str, **_: object) -> str:
            questions.append(question)
            return next(waiting)

        monkeypatch.setattr("typer.prompt", prompt)
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        return questions

    def test_once_for_all_hosts_of_a_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        key, plain = made(tmp_path / "key"), made(tmp_path / "plain", "")
        questions = self.typed(monkeypatch, "wrong", PHRASE)
        hosts = tuple(Target(f"mx{n}", "192.0.2.1", key_file=str(key)) for n in range(3))
        found = asking.with_passphrases((*hosts, Target("mx9", "192.0.2.1", key_file=str(plain))))
        assert questions == [f"Passphrase of {key}"] * 2
        assert {one.passphrases[str(key)].reveal() for one in found[:3]} == {PHRASE}
        assert PHRASE not in repr(found)

    def test_three_times_at_most(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        key = made(tmp_path / "key")
        questions = self.typed(monkeypatch, *["wrong"] * 9)
        with pytest.raises(UserError, match="3 passphrases were not the one of it: add "):
            asking.with_passphrases((Target("mx", "192.0.2.1", key_file=str(key)),))
        assert len(questions) == 3

    def test_nobody_is_asked_without_a_terminal(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        questions = self.typed(monkeypatch)
        monkeypatch.setattr(asking, "on_terminal", lambda: False)
        hosts = (Target("mx", "192.0.2.1", key_file=str(made(tmp_path / "key"))),)
        assert asking.with_passphrases(hosts) == hosts
        assert questions == []
