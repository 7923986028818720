"""Root by a sudo that asks for a password: it is sent when it is asked for, once, and stands nowhere else."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline import becoming
from baseline.becoming import MOST_REFUSED, Agreed, Passwords
from baseline.errors import BadReply, CannotTell, Unreachable
from baseline.local import LocalSession
from baseline.model import Target
from baseline.secret import Secret
from baseline.session import Connector
from tests.exchange.sshd import Sshd, running
from tests.exchange.test_session import needs_sshd

RIGHT = "the right one $(touch /tmp/no) 'x"
SCRIPT = b"cat /proc/$$/cmdline /proc/$$/environ | tr '\\0' '\\n'; echo mine\n"


class Host:
    """A host with a sudo of ours, and what came of it."""

    def __init__(self, directory: Path, how: str = "ask") -> None:
        self.bin = directory / "bin"
        self.bin.mkdir(parents=True)
        shutil.copy(Path(__file__).parent / "fake_sudo.sh", self.bin / "sudo")
        (self.bin / "sudo").chmod(0o755)
        (self.bin / "how").write_text(how)
        (self.bin / "password").write_text(RIGHT)
        (self.bin / "log").touch()

    @property
    def force(self) -> str:
        """The line of sshd's configuration that puts this sudo first."""
        return f'ForceCommand PATH={self.bin}:/usr/bin:/bin; export PATH; eval "$SSH_ORIGINAL_COMMAND"'

    @property
    def read(self) -> list[str]:
        """What sudo read as passwords."""
        lines = (self.bin / "log").read_text().splitlines()
        return [line.removeprefix("read: ") for line in lines if line.startswith("read: ")]

    @property
    def commands(self) -> list[str]:
        return [line for line in (self.bin / "log").read_text().splitlines() if line.startswith("command: ")]


def secret(value: str = RIGHT) -> Secret:
    return Secret(f"test {value}", lambda: value)


def target_of(server: Sshd, password: Secret | None = None, name: str = "mx1") -> Target:
    return server.target(name=name, user=None, become=True, become_password=password or secret())


class TestOverSsh:
    pytestmark = needs_sshd

    def test_it_is_sent_when_asked_for_and_stands_nowhere_else(self, tmp_path: Path) -> None:
        host = Host(tmp_path)
        with running(tmp_path / "sshd", host.force) as server:
            session = Connector().connect(target_of(server))
            first, second = session.exchange(SCRIPT), session.exchange(SCRIPT)
            session.close()
        assert first.endswith(b"mine\n")
        assert second.endswith(b"mine\n")
        assert host.read == [RIGHT, RIGHT]
        assert RIGHT.encode() not in first + second
        assert all(RIGHT not in line for line in host.commands)

    def test_where_it_is_not_asked_for_it_is_not_sent(self, tmp_path: Path) -> None:
        host = Host(tmp_path, "never")
        fetched: list[str] = []
        password = Secret("test", lambda: fetched.append("") or RIGHT)  # type: ignore[func-returns-value]
        with running(tmp_path / "sshd", host.force) as server:
            session = Connector().connect(target_of(server, password))
            assert session.exchange(b"echo mine\n") == b"mine\n"
            session.close()
        assert fetched == []

    def test_a_wrong_one_is_tried_once(self, tmp_path: Path) -> None:
        host = Host(tmp_path)
        with running(tmp_path / "sshd", host.force) as server:
            connector = Connector()
            for _ in range(2):
                session = connector.connect(target_of(server, secret("wrong")))
                with pytest.raises(Unreachable, match=r"^sudo at mx1 did not take the password: .*not tried again"):
                    session.exchange(SCRIPT)
                session.close()
        assert host.read == ["wrong"]

    def test_nothing_of_the_script_reaches_a_sudo_that_still_asks(self, tmp_path: Path) -> None:
        host = Host(tmp_path)
        with running(tmp_path / "sshd", host.force) as server:
            session = Connector().connect(target_of(server, secret("wrong")))
            with pytest.raises(Unreachable):
                session.exchange(f"touch {tmp_path}/ran\n".encode())
            session.close()
        assert host.read == ["wrong"]
        assert not (tmp_path / "ran").exists()

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            ("tty", "sudo was refused (sudo: sorry, you must have a tty to run sudo): take `requiretty` out"),
            ("other", "sudo neither asked for a password nor began a shell in time, and said: Verification code:"),
            ("silent", "sudo neither asked for a password nor began a shell in time; log in there"),
        ],
    )
    def test_why_there_is_no_root(self, tmp_path: Path, how: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("baseline.session.ANSWER_SECONDS", 2)
        host = Host(tmp_path, how)
        with running(tmp_path / "sshd", host.force) as server:
            session = Connector().connect(target_of(server))
            with pytest.raises(Unreachable) as caught:
                session.exchange(SCRIPT)
            session.close()
        assert str(caught.value).startswith(words)
        assert host.read == []

    def test_a_host_that_says_too_much(self, tmp_path: Path) -> None:
        host = Host(tmp_path, "endless")
        with running(tmp_path / "sshd", host.force) as server:
            session = Connector().connect(target_of(server))
            with pytest.raises(BadReply, match=r"more than 64 KiB before a shell began"):
                session.exchange(SCRIPT)
            session.close()

    def test_no_sudo_at_all(self, tmp_path: Path) -> None:
        with running(tmp_path / "sshd", f'ForceCommand PATH={tmp_path}; eval "$SSH_ORIGINAL_COMMAND"') as server:
            session = Connector().connect(target_of(server))
            with pytest.raises(Unreachable, match=r"^sudo was refused \(.*not found\): install sudo"):
                session.exchange(SCRIPT)
            session.close()

    def test_a_log_of_commands_on_standard_error_gets_no_password_run(self, tmp_path: Path) -> None:
        """The host repeats the command, prompt and all, before a sudo that does not ask: the line is thrown away."""
        host = Host(tmp_path, "never")
        force = host.force.replace("eval", 'printf "%s\\n" "$SSH_ORIGINAL_COMMAND" >&2; sleep 1; eval')
        with running(tmp_path / "sshd", force) as server:
            session = Connector().connect(target_of(server, secret(f"touch {tmp_path}/ran")))
            assert session.exchange(b"echo mine\n") == b"sudo said it wanted a password, and took none\n"
            session.close()
        assert not (tmp_path / "ran").exists()


class TestHere:
    def test_this_machine_asks_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        host = Host(tmp_path)
        monkeypatch.setenv("PATH", f"{host.bin}:/usr/bin:/bin")
        session = Connector().connect(Target("here", "local", become=True, become_password=secret()))
        assert session.exchange(b"echo mine\n") == b"mine\n"
        assert host.read == [RIGHT]

    def test_and_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        host = Host(tmp_path)
        monkeypatch.setenv("PATH", f"{host.bin}:/usr/bin:/bin")
        session = LocalSession("sudo", password=secret("wrong"))
        with pytest.raises(Unreachable, match=r"^sudo at this machine did not take the password"):
            session.exchange(b"echo mine\n")
        assert host.read == ["wrong"]


class Scripted:
    """A host that says what it is told to, and keeps what it is sent."""

    def __init__(self, *pieces: bytes, takes: bytes | None = None, agreed: Agreed | None = None) -> None:
        self.pieces, self.sent = deque(pieces), b""
        self._takes, self._agreed = takes, agreed

    def hear(self, seconds: float) -> bytes:
        if not self.pieces:
            raise TimeoutError
        return self.pieces.popleft()

    def say(self, text: bytes) -> None:
        self.sent += text
        if self._agreed is not None and text.endswith(b"\n") and b"go" not in text[:2]:
            right = text == self._takes
            self.pieces.append((self._agreed.ready if right else self._agreed.prompt).encode())


def begun(passwords: Passwords, password: Secret, where: str, right: bytes) -> str:
    """What becomes of a password at a host that takes only the right one; empty when it was taken."""
    agreed = Agreed()
    host = Scripted(agreed.prompt.encode(), takes=right, agreed=agreed)
    try:
        passwords.begin(agreed, host, password, where)
    except Unreachable as error:
        return str(error)
    return ""


class TestPasswords:
    @given(st.binary(max_size=200), st.data())
    def test_a_host_that_asks_for_nothing_is_sent_nothing_but_the_word_agreed_on(
        self, noise: bytes, data: st.DataObject
    ) -> None:
        agreed = Agreed()
        whole = noise + agreed.ready.encode() + b"\n"
        at = data.draw(st.integers(0, len(whole)))
        host = Scripted(*filter(None, (whole[:at], whole[at:])))
        Passwords().begin(agreed, host, secret(), "mx1")
        assert host.sent == f"{agreed.go}\n".encode()

    @given(st.lists(st.binary(max_size=60), max_size=6))
    def test_noise_has_nothing_sent(self, noise: list[bytes]) -> None:
        agreed = Agreed()
        host = Scripted(*filter(None, noise), b"")
        with pytest.raises(Unreachable):
            Passwords().begin(agreed, host, secret(), "mx1")
        assert host.sent == b""

    def test_what_repeats_the_command_does_not_say_that_the_shell_has_begun(self) -> None:
        agreed = Agreed()
        assert agreed.ready not in agreed.line
        assert agreed.ready not in " ".join(agreed.command)

    def test_after_some_refusals_it_is_sent_to_nobody(self) -> None:
        passwords, wrong = Passwords(), secret("wrong")
        said = [begun(passwords, wrong, f"mx{number}", b"right\n") for number in range(MOST_REFUSED + 2)]
        assert all("did not take the password" in one for one in said[:MOST_REFUSED])
        assert all("was sent no password: 3 hosts did not take it" in one for one in said[MOST_REFUSED:])
        # Another one is not meant.
        assert begun(passwords, secret("right"), "mx9", b"right\n") == ""

    def test_it_goes_to_one_host_first(self) -> None:
        """With a wrong password and many hosts at once, no more of them are sent it than may refuse it."""
        passwords, wrong = Passwords(), secret("wrong")
        with ThreadPoolExecutor(16) as pool:
            said = list(pool.map(lambda number: begun(passwords, wrong, f"mx{number}", b"right\n"), range(16)))
        assert sum("did not take the password" in one for one in said) == MOST_REFUSED
        assert sum("was sent no password" in one for one in said) == 16 - MOST_REFUSED

    def test_once_taken_others_do_not_wait_for_each_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(becoming, "TURN_SECONDS", 0.1)
        passwords, right = Passwords(), secret("right")
        assert begun(passwords, right, "mx1", b"right\n") == ""
        both = threading.Barrier(2, timeout=30)
        agreed = [Agreed(), Agreed()]

        class Slow(Scripted):
            def say(self, text: bytes) -> None:
                if text == b"right\n":
                    both.wait()
                super().say(text)

        hosts = [Slow(one.prompt.encode(), takes=b"right\n", agreed=one) for one in agreed]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda pair: passwords.begin(pair[0], pair[1], right, "mx"), zip(agreed, hosts, strict=True)))
        assert all(host.sent.startswith(b"right\n") for host in hosts)

    def test_a_host_that_keeps_it_does_not_keep_others_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(becoming, "TURN_SECONDS", 0.05)
        passwords, right = Passwords(), secret("right")
        agreed, going = Agreed(), threading.Event()

        class Held(Scripted):
            def hear(self, seconds: float) -> bytes:
                if not self.pieces:
                    going.wait(30)
                    raise TimeoutError
                return super().hear(seconds)

        def hold() -> None:
            with pytest.raises(Unreachable):
                passwords.begin(agreed, Held(agreed.prompt.encode()), right, "mx1", 20)

        held = threading.Thread(target=hold)
        held.start()
        while not passwords._tried or not next(iter(passwords._tried.values()))._busy:
            time.sleep(0.01)
        assert "other hosts were not done with it in time" in begun(passwords, right, "mx2", b"right\n")
        going.set()
        held.join()
        assert not held.is_alive()

    def test_a_secret_that_cannot_be_had(self) -> None:
        def fetch() -> str:
            raise CannotTell("the secret from file x cannot be read: No such file")

        agreed = Agreed()
        host = Scripted(agreed.prompt.encode())
        with pytest.raises(Unreachable, match=r"^the secret from file x cannot be read"):
            Passwords().begin(agreed, host, Secret("file x", fetch), "mx1")
        assert host.sent == b""

    def test_one_of_several_lines_is_none(self) -> None:
        agreed = Agreed()
        host = Scripted(agreed.prompt.encode())
        with pytest.raises(Unreachable, match="has several lines"):
            Passwords().begin(agreed, host, secret("a\nrm -rf x"), "mx1")
        assert host.sent == b""
