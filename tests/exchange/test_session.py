"""A script in, the raw reply out: over a real sshd, over a local shell, and over everything that goes wrong."""

from __future__ import annotations

import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import bundle, local
from baseline.errors import BadReply, Unreachable
from baseline.model import Answer, Target
from baseline.session import Connector, LocalSession, SshSession
from tests.conftest import Eventually, processes_about
from tests.exchange import sshd as sshds
from tests.exchange.sshd import Sshd, free_port, running, write_key

needs_sshd = [
    pytest.mark.sshd,
    pytest.mark.skipif(sshds.SSHD is None, reason="sshd is not installed"),
    pytest.mark.skipif(not sshds.may_log_in(), reason="this user has no shell to log in to"),
    pytest.mark.skipif(os.geteuid() == 0 and shutil.which("unshare") is None, reason="as root it needs unshare"),
]
Serve = Callable[..., AbstractContextManager[Sshd]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One plain sshd for all tests that need nothing special of it."""
    with running(tmp_path_factory.mktemp("sshd")) as one:
        yield one


def asked(target: Target, *commands: str, seconds: int = 30) -> dict[str, Answer]:
    """What a host answers, over a connection of its own."""
    opened = Connector().connect(target)
    try:
        request = bundle.ask(list(commands))
        return bundle.answers(request, opened.exchange(request.script, seconds=seconds))
    finally:
        opened.close()


def refusal(target: Target, *commands: str, seconds: int = 30) -> str:
    """Why a host cannot be asked."""
    with pytest.raises((Unreachable, BadReply)) as caught:
        asked(target, *(commands or ("true",)), seconds=seconds)
    return str(caught.value)


def machine_of(target: Target) -> str:
    """What the machine proves to be that a target leads to."""
    opened = Connector().connect(target)
    try:
        assert isinstance(opened, local.Identified)
        return opened.machine
    finally:
        opened.close()


class TestSsh:
    pytestmark = needs_sshd

    def test_a_known_host_answers(self, server: Sshd, capfd: pytest.CaptureFixture[str]) -> None:
        assert asked(server.target(), "echo one", "exit 3") == {"echo one": Answer(0, b"one\n"), "exit 3": Answer(3)}
        assert capfd.readouterr() == ("", "")

    def test_the_machine_is_known_by_its_host_key(self, server: Sshd) -> None:
        _, fingerprint, *_ = subprocess.run(
            ["ssh-keygen", "-l", "-f", str(server.known_hosts)], capture_output=True, text=True, check=True
        ).stdout.split()
        assert machine_of(server.target()) == f"ssh-ed25519 {fingerprint}"

    def test_many_exchanges_over_one_connection(self, server: Sshd) -> None:
        opened = Connector().connect(server.target())
        try:
            said = [opened.exchange(f"echo {number}; echo $SSH_CONNECTION\n".encode()) for number in range(5)]
        finally:
            opened.close()
        numbers, connections = zip(*(reply.splitlines() for reply in said), strict=True)
        assert numbers == (b"0", b"1", b"2", b"3", b"4")
        assert len(set(connections)) == 1

    def test_a_long_script_and_a_long_reply(self, server: Sshd) -> None:
        """Neither end may wait for the other: 3 MB there and 8 MB back."""
        command = f": {'x' * 100_000}; head -c 4000000 /dev/zero"
        upload = f": {'y' * 3_000_000}"
        opened = Connector().connect(server.target())
        request = bundle.ask([command, f"{command}; true"])
        reply = opened.exchange(upload.encode() + b"\n" + request.script, seconds=60)
        opened.close()
        assert [len(answer.stdout) for answer in bundle.answers(request, reply).values()] == [4_000_000] * 2

    def test_a_cipher_that_authenticates_by_itself_is_taken_where_the_host_has_one(
        self, server: Sshd, tmp_path: Path
    ) -> None:
        """With the others each packet costs a comparison byte by byte, in Python."""

        def cipher(target: Target) -> str:
            opened = Connector().connect(target)
            assert isinstance(opened, SshSession)
            try:
                assert opened.exchange(b"echo heard\n") == b"heard\n"
                return str(opened._connection.transport.remote_cipher)
            finally:
                opened.close()

        assert cipher(server.target()) == "aes128-gcm@openssh.com"
        with running(tmp_path, "Ciphers aes128-ctr") as other:
            assert cipher(other.target()) == "aes128-ctr"

    def test_a_session_that_was_closed_leaves_no_thread(self, server: Sshd, eventually: Eventually) -> None:
        opened = Connector().connect(server.target())
        assert isinstance(opened, SshSession)
        transport = opened._connection.transport
        opened.exchange(b"true\n")
        opened.close()
        assert eventually(lambda: not transport.is_alive())

    def test_the_socket_does_not_wait_and_notices_a_dead_line(self, server: Sshd) -> None:
        opened = Connector().connect(server.target())
        assert isinstance(opened, SshSession)
        sock = opened._connection.transport.sock
        try:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        finally:
            opened.close()

    def test_closed_it_is_unreachable(self, server: Sshd) -> None:
        opened = Connector().connect(server.target())
        opened.close()
        opened.close()
        with pytest.raises(
            Unreachable,
            match=rf"^the connection to 127.0.0.1:{server.port} broke: it was closed; look whether it is up$",
        ):
            opened.exchange(b"true\n")

    def test_through_several_jump_hosts(self, server: Sshd, tmp_path: Path) -> None:
        allowed = (server.directory / "authorized_keys").read_text()
        with running(tmp_path / "near") as near, running(tmp_path / "far") as far:
            (far.directory / "authorized_keys").write_text(allowed)
            known = tuple(str(one.known_hosts) for one in (server, near, far))
            keys = (str(near.directory / "user_key"), "")
            way = server.target(jump=f"127.0.0.1:{near.port},127.0.0.1:{far.port}", jump_keys=keys, known_hosts=known)
            (answer,) = asked(way, "echo $SSH_CONNECTION").values()
            assert answer.stdout.split()[-1] == str(server.port).encode()
            # Each goes through the one before it.
            assert b"Accepted publickey" in (far.directory / "log").read_bytes()
            assert refusal(replace(way, known_hosts=known[:2])).startswith(f"the host key of 127.0.0.1:{far.port} ")
            assert "may not log in" in refusal(replace(way, jump_keys=()))

    def test_a_jump_host_by_its_own_name_and_file(self, server: Sshd, tmp_path: Path) -> None:
        with running(tmp_path / "jump") as jump:
            (tmp_path / "known").write_text(f"gate {jump.host_key}\n")
            way = server.target(
                jump=f"127.0.0.1:{jump.port}",
                jump_keys=(str(jump.directory / "user_key"),),
                jump_known_hosts=((str(tmp_path / "known"),),),
                jump_aliases=("gate",),
            )
            assert asked(way, "echo one") == {"echo one": Answer(0, b"one\n")}
            refused = f"the host key of 127.0.0.1:{jump.port} is not known"
            assert refusal(replace(way, jump_aliases=())).startswith(refused)
            assert refusal(replace(way, jump_known_hosts=())).startswith(refused)
            # What is known of the jump host says nothing of the host behind it.
            assert f"{server.port} is not known" in refusal(replace(way, known_hosts=(str(jump.known_hosts),)))

    def test_by_the_name_that_known_hosts_has(self, server: Sshd, tmp_path: Path) -> None:
        (tmp_path / "known").write_text(f"mx-one {server.host_key}\n")
        way = server.target(known_hosts=(str(tmp_path / "known"),), host_key_alias="mx-one")
        assert asked(way, "echo one") == {"echo one": Answer(0, b"one\n")}
        assert "is not known" in refusal(replace(way, host_key_alias="mx-two"))

    def test_another_key_is_tried_after_the_first(self, server: Sshd, tmp_path: Path) -> None:
        write_key(tmp_path / "other")
        way = server.target(key_file=str(tmp_path / "other"), other_key_files=(str(server.directory / "user_key"),))
        assert asked(way, "echo one") == {"echo one": Answer(0, b"one\n")}

    def test_through_a_jump_host(self, server: Sshd, tmp_path: Path) -> None:
        with running(tmp_path / "jump") as jump:
            (jump.directory / "authorized_keys").write_text((server.directory / "authorized_keys").read_text())
            both = (str(server.known_hosts), str(jump.known_hosts))
            way = server.target(jump=f"127.0.0.1:{jump.port}", known_hosts=both)
            (answer,) = asked(way, "echo $SSH_CONNECTION").values()
            assert answer.stdout.split()[-1] == str(server.port).encode()
            # The key of the jump host is checked as well, and is named when it is the one not known.
            why = refusal(server.target(jump=f"127.0.0.1:{jump.port}"))
            assert f"127.0.0.1:{jump.port}" in why
            assert "add it to known_hosts" in why


class TestRefused:
    """Each refusal is a sentence that names the host and says what to do."""

    pytestmark = needs_sshd

    def test_an_unknown_host_key(self, server: Sshd, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("")
        for known in (("/nowhere",), (str(tmp_path / "empty"),)):
            assert refusal(server.target(known_hosts=known)) == (
                f"the host key of 127.0.0.1:{server.port} is not known: "
                "check its fingerprint, then add it to known_hosts"
            )

    def test_a_changed_host_key(self, server: Sshd, tmp_path: Path) -> None:
        other = write_key(tmp_path / "other")
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {other}\n")
        why = refusal(server.target(known_hosts=(str(tmp_path / "known_hosts"),)))
        assert why.startswith(f"the host key of 127.0.0.1:{server.port} is not the known one")
        assert "ask its administrator for the fingerprint" in why

    def test_a_revoked_host_key(self, server: Sshd, tmp_path: Path) -> None:
        line = f"[127.0.0.1]:{server.port} {server.host_key}\n"
        (tmp_path / "known_hosts").write_text(f"{line}@revoked * {server.host_key}\n")
        assert "is not known" in refusal(server.target(known_hosts=(str(tmp_path / "known_hosts"),)))

    def test_the_key_of_another_port_is_not_taken(self, server: Sshd, tmp_path: Path) -> None:
        (tmp_path / "known_hosts").write_text(f"127.0.0.1 {server.host_key}\n")
        assert "is not known" in refusal(server.target(known_hosts=(str(tmp_path / "known_hosts"),)))

    def test_nothing_is_sent_to_a_host_that_is_not_known(self, tmp_path: Path) -> None:
        with running(tmp_path / "sshd", f"ForceCommand touch {tmp_path}/ran") as spy:
            refusal(spy.target(known_hosts=("/nowhere",)))
        assert not (tmp_path / "ran").exists()

    def test_a_wrong_user_key(self, server: Sshd, tmp_path: Path) -> None:
        write_key(tmp_path / "other")
        target = server.target(key_file=str(tmp_path / "other"))
        assert refusal(target) == f"{target.user} may not log in at 127.0.0.1:{server.port} with the keys given"

    def test_an_unknown_user(self, server: Sshd) -> None:
        assert refusal(server.target(user="nobody-of-that-name")).startswith("nobody-of-that-name may not log in at ")

    def test_nothing_listening(self, server: Sshd, capfd: pytest.CaptureFixture[str]) -> None:
        port = free_port()
        why = refusal(server.target(port=port))
        assert why.startswith(f"127.0.0.1:{port} cannot be reached: ")
        assert capfd.readouterr() == ("", "")

    def test_a_name_that_does_not_resolve(self, server: Sshd) -> None:
        why = refusal(server.target(address="mx1.invalid"))
        assert why.startswith(f"mx1.invalid:{server.port} cannot be reached: ")

    def test_keys_that_cannot_be_used(self, server: Sshd, tmp_path: Path) -> None:
        write_key(tmp_path / "locked", "secret")
        (tmp_path / "rubbish").write_text("rubbish")
        locked = refusal(server.target(key_file=str(tmp_path / "locked")))
        assert locked.startswith(f"the key {tmp_path}/locked has a passphrase, and ")
        for name in ("rubbish", "nothing"):
            why = refusal(server.target(key_file=str(tmp_path / name)))
            assert why.startswith(f"the key {tmp_path}/{name} cannot be read")


@pytest.mark.slow
class TestOddServers:
    """Whatever stands at the other end, an answer is right or there is none."""

    pytestmark = needs_sshd

    def test_noise_of_the_login_shell_is_skipped(self, tmp_path: Path) -> None:
        noise = (
            'ForceCommand echo "Welcome to mx1!"; echo to err >&2; printf "no newline"; eval "$SSH_ORIGINAL_COMMAND"'
        )
        with running(tmp_path / "sshd", noise) as noisy:
            assert asked(noisy.target(), "echo mine") == {"echo mine": Answer(0, b"mine\n")}

    def test_a_banner_before_the_login_is_skipped(self, tmp_path: Path) -> None:
        (tmp_path / "banner").write_text("Authorised persons only\n" * 20)
        with running(tmp_path / "sshd", f"Banner {tmp_path}/banner") as noisy:
            assert asked(noisy.target(), "echo mine") == {"echo mine": Answer(0, b"mine\n")}

    @pytest.mark.parametrize("size", [0, 1, 60, 300])
    def test_a_reply_cut_short(self, tmp_path: Path, size: int) -> None:
        with running(tmp_path / "sshd", f"ForceCommand sh -s | head -c {size}") as cutting:
            why = refusal(cutting.target(), "seq 1000")
            assert "cut short" in why or "no reply" in why or "not one of ours" in why

    def test_a_connection_that_dies_in_the_middle(self, tmp_path: Path) -> None:
        # sshd passes on what it has within the second, and then dies.
        dying = f"ForceCommand cat >{tmp_path}/script; sh {tmp_path}/script | head -c 300; sleep 1; kill -9 $PPID"
        with running(tmp_path / "sshd", dying) as server:
            assert "cut short" in refusal(server.target(), "seq 1000")

    def test_an_account_without_a_shell(self, tmp_path: Path) -> None:
        with running(tmp_path / "sshd", "ForceCommand echo This account is not available.; exit 1") as closed:
            why = refusal(closed.target())
            assert why == "the host's reply is not one of ours; it begins: This account is not available."

    def test_an_account_that_only_complains(self, tmp_path: Path) -> None:
        with running(tmp_path / "sshd", "ForceCommand echo Password expired. >&2; exit 1") as closed:
            assert refusal(closed.target()) == "the host sent no reply, only: Password expired."

    def test_an_endless_reply_is_cut_off(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(local, "REPLY_BYTES", 3 << 20)
        with running(tmp_path / "sshd", "ForceCommand yes") as endless:
            assert refusal(endless.target()) == "the reply is longer than 3 MiB"

    def test_a_reply_that_never_comes(self, tmp_path: Path) -> None:
        while_connected = "ForceCommand while kill -0 $PPID; do sleep 0.2; done 2>/dev/null"
        with running(tmp_path / "sshd", while_connected) as silent:
            assert refusal(silent.target(), seconds=1) == "no whole reply within 1 s"

    def test_a_reply_that_drips(self, tmp_path: Path) -> None:
        """The time limit is for the whole of it: each byte in time does not help."""
        with running(tmp_path / "sshd", "ForceCommand while echo x; do sleep 0.2; done") as dripping:
            assert refusal(dripping.target(), seconds=1) == "no whole reply within 1 s"

    @pytest.mark.parametrize("words", ["sudo: a password is required", "sh: 1: sudo: not found"])
    def test_sudo_refused(self, tmp_path: Path, words: str) -> None:
        with running(tmp_path / "sshd", self._sudo(tmp_path, f"echo '{words}' >&2; exit 1")) as strict:
            why = refusal(strict.target(user=None, become=True))
            assert why == f"sudo was refused ({words}): the login needs NOPASSWD for sh, or its password (-K)"

    def test_one_sudo_for_the_whole_exchange(self, tmp_path: Path) -> None:
        fake = f"""printf '%s\\n' "$*" >>{tmp_path}/calls; shift 2; exec "$@\""""
        with running(tmp_path / "sshd", self._sudo(tmp_path, fake)) as server:
            asked(server.target(user=None, become=True), "true", "echo a", "echo b")
        assert (tmp_path / "calls").read_text() == "-n -- sh -s\n"

    @staticmethod
    def _sudo(tmp_path: Path, does: str) -> str:
        """A line of configuration that puts a sudo of ours first on PATH."""
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/sudo").write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / "bin/sudo").chmod(0o755)
        return f'ForceCommand PATH={tmp_path}/bin:/usr/bin:/bin; export PATH; eval "$SSH_ORIGINAL_COMMAND"'


class _Slammed(socketserver.BaseRequestHandler):
    """Lets a caller in and shows it the door, as sshd does past MaxStartups."""

    def handle(self) -> None:
        self.server.callers += 1  # type: ignore[attr-defined]


class TestLogging:
    def test_what_went_wrong_is_in_the_exception_and_not_on_the_terminal(self) -> None:
        """In a process of its own: pytest's handlers would hide that paramiko finds none."""
        code = (
            "import sys; from baseline.session import Connector; from baseline.model import Target\n"
            "try: Connector(sleep=lambda _: None).connect(Target('mx1', '127.0.0.1', int(sys.argv[1]), user='u'))\n"
            "except Exception as error: print(error)"
        )
        with socketserver.TCPServer(("127.0.0.1", 0), _Slammed) as server:
            server.callers = 0  # type: ignore[attr-defined]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            port = str(server.server_address[1])
            done = subprocess.run([sys.executable, "-c", code, port], capture_output=True, text=True, check=True)
            server.shutdown()
            thread.join()
        assert done.stdout.startswith(f"127.0.0.1:{port} cannot be reached: ")
        assert done.stderr == ""


class TestLocal:
    def test_answers(self) -> None:
        request = bundle.ask(["echo one"])
        assert bundle.answers(request, LocalSession().exchange(request.script)) == {"echo one": Answer(0, b"one\n")}

    def test_the_machine_is_known_without_telling_its_id(self) -> None:
        kind, digest = machine_of(Target("here", "local")).split()
        assert (kind, len(digest)) == ("local", 64)
        assert Path("/etc/machine-id").read_text().strip() not in digest

    def test_the_target_local_needs_no_connection(self) -> None:
        opened = Connector().connect(Target("here", "local"))
        assert opened.exchange(b"echo yes\n") == b"yes\n"
        opened.close()

    def test_and_goes_through_sudo_when_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "sudo").write_text('#!/bin/sh\n[ "$1 $2" = "-n --" ] && shift 2 && exec "$@"\n')
        (tmp_path / "sudo").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        assert Connector().connect(Target("here", "local", become=True)).exchange(b"echo yes\n") == b"yes\n"

    def test_sudo_refused(self) -> None:
        refusing = LocalSession("sh", "-c", "cat >/dev/null; echo 'sudo: a password is required' >&2; exit 1")
        with pytest.raises(Unreachable, match=r"^sudo was refused \(sudo: a password is required\): .*NOPASSWD"):
            refusing.exchange(b"true\n")

    def test_sudo_not_installed(self) -> None:
        with pytest.raises(Unreachable, match=r"^no-such-sudo cannot be run: "):
            LocalSession("no-such-sudo", "-n").exchange(b"true\n")

    def test_only_a_complaint(self) -> None:
        with pytest.raises(BadReply, match=r"^the host sent no reply, only: no$"):
            LocalSession("sh", "-c", "echo no >&2").exchange(b"")

    def test_one_that_does_not_read_its_script(self) -> None:
        assert LocalSession("sh", "-c", "echo early").exchange(b"x" * 1_000_000) == b"early\n"

    def test_the_time_limit_ends_all_that_was_begun(self, tmp_path: Path, eventually: Eventually) -> None:
        (tmp_path / "long").write_text("sleep 600\n")
        begun = time.monotonic()
        with pytest.raises(BadReply, match=r"^no whole reply within 1 s$"):
            LocalSession().exchange(f"sh {tmp_path}/long | cat\n".encode(), seconds=1)
        assert time.monotonic() - begun < 60
        assert eventually(lambda: not processes_about(tmp_path))

    def test_an_interrupt_at_the_terminal_does_not_reach_it(self) -> None:
        """Ctrl-C goes to the whole foreground group; what an apply has begun must not die of it half-way."""
        reply = LocalSession().exchange(b"ps -o pgid= -p $$ || cut -d' ' -f5 /proc/$$/stat\n")
        assert int(reply) != os.getpgid(0)

    def test_an_endless_reply_is_cut_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(local, "REPLY_BYTES", 3 << 20)
        with pytest.raises(BadReply, match=r"^the reply is longer than 3 MiB$"):
            LocalSession("yes").exchange(b"", seconds=60)


def test_importing_it_sets_up_no_logging() -> None:
    code = (
        "import logging; before = (list(logging.root.handlers), logging.root.level); import baseline.session; "
        "assert (list(logging.root.handlers), logging.root.level) == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
