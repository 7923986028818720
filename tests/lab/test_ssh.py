"""Ways in to real hosts: over a jump host by ssh's own configuration, by an agent, by a host certificate, by sudo.

mx1 is Debian 12, and the jump host to mx2, which is Debian 13 and refuses whoever comes to it directly.
"""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from baseline.deadline import cut_after
from tests.exchange.test_host_certificates import keygen, public
from tests.exchange.test_login_keys import add, agent, made
from tests.lab.alone import side_by_side
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab
__all__ = ["agent"]

CONTROL = "MEL-T-03"
PASSWORD = "correct horse, $(reboot) battery"
PORT = 2222

OFFICER = f"""
useradd --create-home --shell /bin/bash officer
printf '%s\\n' 'officer:{PASSWORD}' | chpasswd
echo 'officer ALL=(ALL:ALL) ALL' >/etc/sudoers.d/officer
chmod 440 /etc/sudoers.d/officer
install -d -m 700 -o officer /home/officer/.ssh
install -m 600 -o officer /home/ops/.ssh/authorized_keys /home/officer/.ssh/authorized_keys
"""
"""An account whose sudo asks for a password, and which logs in with the same key as `ops`."""

GATE = f"""
printf 'Port 22\\nPort {PORT}\\n' >/etc/ssh/sshd_config.d/ports.conf
systemctl restart ssh
nft -f - <<'END'
table inet gate {{
    chain input {{
        type filter hook input priority -10;
        ip saddr != JUMP tcp dport {{ 22, {PORT} }} reject with tcp reset
    }}
}}
END
"""
"""sshd on another port, and on either to the jump host alone."""


class Person:
    """Somebody at the controller, with a configuration of ssh and an inventory that knows no addresses."""

    def __init__(self, near: RealHost, far: RealHost, folder: Path) -> None:
        self.near, self.far, self.folder = near, far, folder
        self.key = near.directory / "id_ed25519"
        self.known_hosts = folder / "known_hosts"
        keys = [host.root("cat /etc/ssh/ssh_host_ed25519_key.pub") for host in (near, far)]
        self.known_hosts.write_text(f"{near.lab.address} {keys[0]}")
        (folder / "behind").write_text(f"[{far.lab.fqdn}]:{PORT} {keys[1]}")
        self.config()
        self.inventory()

    def config(self, user: str = "ops", way: str = "ProxyJump gate", name: str = "") -> None:
        """Write ssh's configuration. The name of mx2 is known behind the jump host alone."""
        (self.folder / "config").write_text(
            f"Host far\n  HostName {name or self.far.lab.fqdn}\n  Port {PORT}\n  User {user}\n  {way}\n"
            f"  UserKnownHostsFile {self.folder}/behind\n"
            f"Host gate\n  User ops\nHost near\n  User {user}\nHost gate near\n  HostName {self.near.lab.address}\n"
            f"Host *\n  IdentityFile {self.key}\n  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile none\n"
        )

    def inventory(self, **variables: str) -> None:
        """Write the inventory, with more of what it says of all hosts."""
        said = "".join(f", {name}: {value}" for name, value in variables.items())
        (self.folder / "inventory.yml").write_text(
            f"all:\n  vars: {{roles: [mta], ansible_become: true{said}}}\n  hosts: {{near: , far: }}\n"
        )

    def by_ssh(self, host: str) -> bool:
        """Whether ssh(1) itself gets to a host."""
        argv = ["ssh", "-F", str(self.folder / "config"), "-o", "BatchMode=yes", host, "true"]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=self._surroundings, timeout=120)
        return done.returncode == 0

    def runs(self, verb: str, *words: str, typed: str | None = None) -> tuple[int, dict[str, Any], str]:
        """Exit code, report and what is shown, on a terminal if something is typed there."""
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        given = ["-i", "inventory.yml", "--ssh-config", "config", "-c", CONTROL, *words]
        written = ["--format", "json", "-o", str(report), "--format", "text"]
        argv = [sys.executable, "-m", "baseline", verb, *given, *written]
        if typed is None:
            done = subprocess.run(
                argv, cwd=self.folder, env=self._surroundings, stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
            code, shown = done.returncode, done.stdout + done.stderr
        else:
            code, shown = on_a_terminal(argv, typed, self.folder, self._surroundings)
        return code, json.loads(report.read_text()) if report.exists() else {}, " ".join(shown.split())

    @property
    def _surroundings(self) -> dict[str, str]:
        return {**os.environ, "XDG_STATE_HOME": str(self.folder / "state"), "TERM": "dumb", "COLUMNS": "300"}


def on_a_terminal(argv: list[str], typed: str, folder: Path, surroundings: Mapping[str, str]) -> tuple[int, str]:
    """Exit code and what a terminal shows. The text is typed once it is not echoed any more, as after a question."""
    leader, follower = pty.openpty()
    shown = b""
    with subprocess.Popen(
        argv, cwd=folder, env=surroundings, stdin=follower, stdout=follower, stderr=follower, start_new_session=True
    ) as process:
        os.close(follower)
        try:
            with cut_after(300, process.kill):
                while termios.tcgetattr(leader)[3] & termios.ECHO and process.poll() is None:
                    time.sleep(0.05)
                os.write(leader, f"{typed}\n".encode())
                while piece := _read(leader):
                    shown += piece
        finally:
            process.kill()
            os.close(leader)
    return process.returncode, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        # How a terminal ends that nobody is on any more.
        return b""


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[RealHost, RealHost]]:
    """mx1, and mx2 behind it, with an officer who needs a password."""
    with side_by_side("joiner", "bookworm", "trixie") as hosts:
        near, far = hosts
        for host in hosts:
            host.root(OFFICER)
        far.root(GATE.replace("JUMP", near.lab.address))
        yield near, far


@pytest.fixture
def person(both: tuple[RealHost, RealHost], tmp_path: Path) -> Person:
    return Person(*both, tmp_path)


def outcomes(report: Mapping[str, Any]) -> dict[str, str]:
    return {one["host"]: one["outcome"] for one in report["findings"]}


def errors(report: Mapping[str, Any]) -> dict[str, str | None]:
    return {one["name"]: one["error"] for one in report["hosts"]}


def test_an_alias_leads_over_its_jump_host(person: Person) -> None:
    assert person.by_ssh("far")
    code, report, _ = person.runs("check", "-l", "far")
    assert (code, outcomes(report)) == (0, {"far": "warn"})
    assert [one["exchanges"] for one in report["hosts"]] == [1]

    person.config(way="ProxyJump none", name=person.far.lab.address)
    assert not person.by_ssh("far")
    code, report, _ = person.runs("check", "-l", "far")
    address = f"{person.far.lab.address}:{PORT}"
    assert (code, errors(report)) == (3, {"far": f"{address} cannot be reached: Connection refused"})


@pytest.mark.usefixtures("agent")
def test_a_key_with_a_passphrase_is_that_of_the_agent(person: Person) -> None:
    key = made(person.folder / "locked")
    person.near.root(f"echo '{public(key)}' >>/home/ops/.ssh/authorized_keys")
    person.inventory(ansible_ssh_private_key_file=str(key))
    code, report, _ = person.runs("check", "-l", "near")
    assert code == 3
    assert "has a passphrase, and the agent does not hold it" in (errors(report)["near"] or "")

    add(key)
    code, report, _ = person.runs("check", "-l", "near")
    assert (code, outcomes(report)) == (0, {"near": "warn"})


def test_a_host_is_known_by_its_certificate_until_that_ends(person: Person) -> None:
    near, key, ca = person.near, person.folder / "host", person.folder / "ca"
    keygen("-t", "ed25519", "-N", "", "-f", ca)
    Path(f"{key}.pub").write_text(near.root("cat /etc/ssh/ssh_host_ed25519_key.pub"))
    person.known_hosts.write_text(f"@cert-authority {near.lab.address} {public(ca)}\n")
    place = "/etc/ssh/ssh_host_ed25519_key-cert.pub"

    def certified(valid: str) -> None:
        keygen("-s", ca, "-I", "mx1", "-h", "-n", near.lab.address, "-V", valid, f"{key}.pub")
        certificate = Path(f"{key}-cert.pub").read_text().strip()
        near.root(
            f"echo '{certificate}' >{place}; echo 'HostCertificate {place}' >/etc/ssh/sshd_config.d/certificate.conf; "
            "systemctl reload ssh"
        )

    assert not person.by_ssh("near")
    certified("-1h:+1h")
    assert eventually(lambda: person.by_ssh("near"))
    code, report, _ = person.runs("check", "-l", "near")
    assert (code, outcomes(report)) == (0, {"near": "warn"})

    certified("20200101000000Z:20210101000000Z")
    assert eventually(lambda: not person.by_ssh("near"))
    code, report, _ = person.runs("check", "-l", "near")
    why = f"the host certificate of {near.lab.address} is refused: it ended on 2021-01-01 00:00 UTC: have it renewed"
    assert (code, errors(report)) == (3, {"near": why})


class TestSudo:
    """In the order of the walk: the apply comes last."""

    def failures(self, host: RealHost) -> list[str]:
        """What the host's own log says of passwords that were not taken."""
        said = host.root("journalctl --quiet --no-pager --output cat _COMM=sudo")
        return [line for line in said.splitlines() if re.search("authentication failure|incorrect password", line)]

    def test_a_wrong_password_is_told_and_tried_once(self, person: Person) -> None:
        person.config(user="officer")
        code, report, shown = person.runs("check", "-K", typed="wrong horse")
        why = "sudo at {} did not take the password: it is another one there, or misspelt; it is not tried again there"
        assert (code, errors(report)) == (3, {name: why.format(name) for name in ("near", "far")})
        assert [shown.count(why.format(name)) for name in ("near", "far")] == [1, 1]
        assert "horse" not in shown
        assert "sudo -n true" not in shown
        assert f"next: ssh -t -i {person.key} officer@{person.near.lab.address} sudo true" in shown
        for host in (person.near, person.far):
            taken_for_wrong, counted = self.failures(host)
            assert "user=officer" in taken_for_wrong
            assert "1 incorrect password attempt" in counted

    def test_the_right_one_is_enough_to_look_and_to_change(self, person: Person) -> None:
        before = [self.failures(host) for host in (person.near, person.far)]
        person.config(user="officer")
        code, report, shown = person.runs("check", "-K", typed=PASSWORD)
        assert (code, outcomes(report)) == (0, {"near": "warn", "far": "warn"})
        assert (shown.count("SUDO password"), PASSWORD in shown) == (1, False)

        (person.folder / "password").write_text(f"{PASSWORD}\n")
        (person.folder / "password").chmod(0o600)
        person.inventory(ansible_become_password="!secret {file: password}")
        code, report, _ = person.runs("apply", "--yes")
        assert (code, outcomes(report)) == (0, {"near": "pass", "far": "pass"})
        for host in (person.near, person.far):
            assert host.root("postconf -h queue_minfree") == "1073741824\n"
            assert self.failures(host) == before.pop(0)
        code, report, shown = person.runs("apply", "--yes")
        assert (code, outcomes(report)) == (0, {"near": "pass", "far": "pass"})
        assert "nothing to do" in shown
        assert all(PASSWORD not in host.root("journalctl --quiet --no-pager") for host in (person.near, person.far))
