"""Real hosts: they come up, carry mail, break as told, and leave nothing behind."""

from __future__ import annotations

import imaplib
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from baseline import lab
from baseline.lab import faults
from baseline.lab.cgroup import lab_cgroup
from baseline.lab.place import here
from tests.labs import lab_name

NAME = lab_name("selftest")
HOST = "mx1"
MESSAGE = "Subject: a test\r\n\r\nIt arrives.\r\n"


def _reason_to_skip() -> str:
    try:
        lab.preflight()
    except lab.LabError as error:
        return str(error)
    return ""


pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(_reason_to_skip()), reason=_reason_to_skip())]


@pytest.fixture(scope="module", autouse=True)
def lab_of_our_own() -> Iterator[None]:
    """Never the lab that a person may have up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", NAME)
        yield
        lab.down()


@pytest.fixture
def host() -> lab.LabHost:
    """The running host mx1; brought up by the first test that needs it."""
    running = lab.hosts()
    return running[0] if running else lab.up(1)[0]


def ssh(command: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    argv = [*lab.ssh_command(HOST), command]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)


def start_ssh(command: str) -> subprocess.Popen[str]:
    argv = [*lab.ssh_command(HOST), command]
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def eventually(true: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def greeting(address: str, port: int) -> bytes:
    with socket.create_connection((address, port), timeout=2) as connection:
        return connection.recv(100)


class TestHost:
    def test_ssh_logs_in_and_sudo_needs_no_password(self, host: lab.LabHost) -> None:
        done = ssh("sudo -n id -u; hostname --fqdn; sudo cat /proc/1/comm")
        assert done.stdout.split() == ["0", host.fqdn, "systemd"], done.stderr

    def test_no_unit_has_failed(self, host: lab.LabHost) -> None:
        assert ssh("systemctl is-system-running").stdout.strip() == "running"
        assert ssh("systemctl --failed --no-legend --plain").stdout.strip() == ""

    def test_a_daemon_may_be_restarted_as_often_as_a_test_likes(self, host: lab.LabHost) -> None:
        assert ssh("sudo sh -c 'for i in 1 2 3 4 5 6 7 8; do systemctl restart cron || exit 1; done'").returncode == 0

    def test_mail_by_smtp_arrives_by_imap(self, host: lab.LabHost) -> None:
        with smtplib.SMTP(host.address, 25, "client.lab.test", timeout=20) as client:
            client.sendmail("someone@machine.lab.test", [f"alice@{host.domain}"], MESSAGE)
        assert eventually(lambda: self._unread(host, "alice") == 1)

    def test_submission_takes_mail_from_a_login_only(self, host: lab.LabHost) -> None:
        with smtplib.SMTP(host.address, 587, "client.lab.test", timeout=20) as client:
            client.starttls(context=self._trusting(host))
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail(f"bob@{host.domain}", [f"carol@{host.domain}"], MESSAGE)
            client.login(f"bob@{host.domain}", "lab-bob")
            client.sendmail(f"bob@{host.domain}", [f"carol@{host.domain}"], MESSAGE)
        assert eventually(lambda: self._unread(host, "carol") == 1)

    def test_a_package_can_be_installed_without_a_network(self, host: lab.LabHost) -> None:
        done = ssh("sudo apt-get -q install -y tree && tree --version", timeout=120)
        assert done.returncode == 0, done.stderr

    def test_tmp_is_half_a_gigabyte_by_its_own_fstab(self, host: lab.LabHost) -> None:
        assert ssh("df --output=fstype,size -m /tmp | tail -1").stdout.split() == ["tmpfs", "512"]

    def test_the_inventory_tells_how_to_reach_it(self, host: lab.LabHost) -> None:
        text = (lab.directory() / "inventory.yml").read_text()
        assert f"ansible_host: {host.address}" in text
        assert f"alice@{host.domain},standard," in (lab.directory() / "roster-mx1.csv").read_text()
        assert host.address in (lab.directory() / "known_hosts").read_text()

    def test_a_second_up_is_refused(self, host: lab.LabHost) -> None:
        with pytest.raises(lab.LabError, match="already up with 1 host"):
            lab.up(1)

    @pytest.mark.parametrize(("disk", "tmp"), [("much", "512m"), ("16g", "-1")])
    def test_a_size_that_is_none_is_refused_before_anything_is_made(self, disk: str, tmp: str) -> None:
        with pytest.raises(lab.LabError, match="is no size"):
            lab.up(1, disk=disk, tmp=tmp)

    def test_an_unknown_host_is_named_with_those_there_are(self, host: lab.LabHost) -> None:
        with pytest.raises(lab.LabError, match=r"no host 'mx9'.*are: mx1"):
            lab.ssh_command("mx9")

    @staticmethod
    def _trusting(_host: lab.LabHost) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(lab.directory() / "lab-ca.pem"))
        # The client connects by address, and the certificate is for the name.
        context.check_hostname = False
        return context

    def _unread(self, host: lab.LabHost, account: str) -> int:
        with imaplib.IMAP4_SSL(host.address, ssl_context=self._trusting(host), timeout=20) as client:
            client.login(f"{account}@{host.domain}", f"lab-{account}")
            client.select()
            return len(client.search(None, "UNSEEN")[1][0].split())


class TestFaults:
    def test_link_down_and_up(self, host: lab.LabHost) -> None:
        faults.link_down(HOST)
        with pytest.raises(OSError, match=r"timed out|No route to host"):
            greeting(host.address, 22)
        faults.link_up(HOST)
        assert eventually(lambda: ssh("true").returncode == 0)

    def test_refuse_one_port_and_no_other(self, host: lab.LabHost) -> None:
        faults.refuse(HOST)
        with pytest.raises(ConnectionRefusedError):
            greeting(host.address, 22)
        assert greeting(host.address, 25).startswith(b"220 ")
        faults.unrefuse(HOST)
        assert ssh("true").returncode == 0

    def test_drop_stalls_a_command_that_ends_after_all(self, host: lab.LabHost) -> None:
        with start_ssh("sleep 1; echo done") as client:
            time.sleep(0.5)
            faults.drop(HOST)
            with pytest.raises(TimeoutError):
                greeting(host.address, 22)
            faults.undrop(HOST)
            assert client.communicate(timeout=30)[0] == "done\n"

    def test_kill_sessions_ends_ssh_in_mid_command(self, host: lab.LabHost) -> None:
        with start_ssh("echo begun; sleep 60") as client:
            assert client.stdout is not None
            assert client.stdout.readline() == "begun\n"
            assert faults.kill_sessions(HOST) >= 1
            assert client.wait(timeout=10) == 255
        assert ssh("true").returncode == 0

    def test_stop_and_start_sshd(self, host: lab.LabHost) -> None:
        faults.stop_sshd(HOST)
        with pytest.raises(ConnectionRefusedError):
            greeting(host.address, 22)
        faults.start_sshd(HOST)
        assert eventually(lambda: ssh("true").returncode == 0)

    def test_fill_the_disk(self, host: lab.LabHost) -> None:
        write = "sudo dd if=/dev/zero of=/var/big bs=1M count=20 2>&1"
        faults.fill(HOST)
        assert "No space left on device" in ssh(write).stdout
        faults.unfill(HOST)
        assert ssh(f"{write} && sudo rm /var/big").returncode == 0
        assert ssh("df --output=size -BG / | tail -1").stdout.strip() == "16G"

    def test_no_inodes(self, host: lab.LabHost) -> None:
        faults.inodes(HOST)
        # What the host had deleted, the overlay may still free: a few new files can fit.
        assert "No space left on device" in ssh("sudo touch /var/f{1..200} 2>&1; sudo rm -f /var/f*").stdout
        faults.restore_inodes(HOST)
        assert ssh("sudo touch /var/f && sudo rm /var/f").returncode == 0

    def test_read_only_path(self, host: lab.LabHost) -> None:
        faults.read_only(HOST, "/etc/postfix")
        assert "Read-only file system" in ssh("sudo postconf -e biff=yes 2>&1").stdout
        faults.writable(HOST, "/etc/postfix")
        assert ssh("sudo postconf -e biff=no").returncode == 0

    def test_immutable_path(self, host: lab.LabHost) -> None:
        faults.immutable(HOST, "/etc/dovecot/dovecot.conf")
        assert "Operation not permitted" in ssh("sudo sh -c 'echo >>/etc/dovecot/dovecot.conf' 2>&1").stdout
        faults.mutable(HOST, "/etc/dovecot/dovecot.conf")
        assert ssh("sudo sh -c 'echo >>/etc/dovecot/dovecot.conf'").returncode == 0

    def test_freeze_and_thaw(self, host: lab.LabHost) -> None:
        faults.freeze(HOST)
        with pytest.raises(TimeoutError):
            greeting(host.address, 22)
        faults.thaw(HOST)
        assert greeting(host.address, 22).startswith(b"SSH-2.0-")

    def test_crash_keeps_the_disk(self, host: lab.LabHost) -> None:
        ssh("sudo touch /etc/kept")
        faults.crash(HOST)
        with pytest.raises(OSError, match=r"timed out|No route to host"):
            greeting(host.address, 22)
        with pytest.raises(lab.LabError, match="is not running"):
            lab.enter(HOST)
        faults.power_on(HOST)
        assert ssh("test -e /etc/kept && systemctl is-system-running").stdout.strip() == "running"

    def test_crash_of_a_frozen_host(self, host: lab.LabHost) -> None:
        faults.freeze(HOST)
        faults.crash(HOST)
        faults.power_on(HOST)
        assert ssh("true").returncode == 0

    def test_reboot_keeps_the_disk(self, host: lab.LabHost) -> None:
        ssh("sudo touch /etc/kept-too; touch /tmp/lost")
        faults.reboot(HOST)
        assert ssh("test -e /etc/kept-too && ! test -e /tmp/lost").returncode == 0

    def test_another_host_key(self, host: lab.LabHost) -> None:
        faults.new_hostkey(HOST)
        assert eventually(lambda: "REMOTE HOST IDENTIFICATION HAS CHANGED" in ssh("true").stderr)
        faults.old_hostkey(HOST)
        assert eventually(lambda: ssh("true").returncode == 0)

    def test_all_is_well_in_the_end(self, host: lab.LabHost) -> None:
        assert ssh("systemctl is-system-running").stdout.strip() == "running"


def leftovers() -> list[str]:
    """Whatever on the machine belongs to this test's lab; empty after `down`."""
    found: list[str] = []
    if lab_cgroup(here()).exists():
        found.append("cgroup")
    found += [f"mount {line}" for line in Path("/proc/self/mountinfo").read_text().splitlines() if NAME in line]
    found += [f"interface {path.name}" for path in Path("/sys/class/net").glob(f"{NAME}*")]
    if here().runtime.exists():
        found.append(str(here().runtime))
    return found + [f"process {line}" for line in processes_of_lab()]


def processes_of_lab() -> list[str]:
    """Processes in the lab's cgroup, or in a mount namespace with the lab's disk in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"baseline-{NAME}" in (process / "cgroup").read_text()
            mounted = f"/run/baseline-lab/{NAME}/" in (process / "mountinfo").read_text()
        except OSError:
            continue
        if ours or mounted:
            found.append(process.name)
    return found


def start_up(count: int) -> subprocess.Popen[bytes]:
    """An `up` that stays under way once its first host is ready, until its standard input ends."""
    held = "lambda line: 'is ready' in line and sys.stdin.read()"
    # As at a terminal: whoever runs the tests, a worker of them or a job beside others, may have interrupts ignored.
    heard = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"import signal, sys; {heard}; from baseline import lab; lab.up({count}, say={held})"
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


class TestLeavesNothing:
    @pytest.fixture(autouse=True)
    def _none_is_up(self, request: pytest.FixtureRequest) -> None:
        """Whatever another test has left: an `up` is refused where a lab is up, and these tests break theirs off."""
        if "host" not in request.fixturenames:
            lab.down()

    def test_down_removes_everything(self, host: lab.LabHost) -> None:
        lab.down()
        assert eventually(lambda: leftovers() == [], 5), leftovers()
        assert lab.hosts() == []

    def test_down_twice_is_no_error(self) -> None:
        lab.down()
        lab.down()

    @pytest.mark.parametrize("seconds", [0.15, 0.6, 1.5])
    def test_up_works_after_an_up_was_killed(self, seconds: float) -> None:
        with start_up(2) as process:
            assert eventually(lambda: lab_cgroup(here()).exists())
            time.sleep(seconds)
            process.kill()
        lab.up(1)
        assert [host.name for host in lab.hosts()] == [HOST]
        assert ssh("true").returncode == 0
        lab.down()
        assert eventually(lambda: leftovers() == [], 5), leftovers()

    def test_down_works_after_an_up_was_killed(self) -> None:
        with start_up(1) as process:
            assert eventually(lambda: len(lab.hosts()) == 1)
            process.kill()
        lab.down()
        assert eventually(lambda: leftovers() == [], 5), leftovers()

    def test_interrupted_up_takes_everything_down(self) -> None:
        with start_up(2) as process:
            assert eventually(lambda: len(lab.hosts()) > 0)
            os.kill(process.pid, signal.SIGINT)
            assert process.wait(timeout=30) != 0
        assert eventually(lambda: leftovers() == [], 5), leftovers()

    def test_two_commands_at_once_do_not_collide(self) -> None:
        with start_up(1) as process:
            assert eventually(lambda: len(lab.hosts()) == 1)
            with pytest.raises(lab.LabError, match="Another process"):
                lab.down()
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(timeout=60) == 0
        lab.down()
        assert eventually(lambda: leftovers() == [], 5), leftovers()

    def test_down_of_a_frozen_a_crashed_and_a_full_host(self) -> None:
        lab.up(3)
        faults.freeze("mx1")
        faults.crash("mx2")
        faults.fill("mx3")
        lab.down()
        assert eventually(lambda: leftovers() == [], 5), leftovers()
