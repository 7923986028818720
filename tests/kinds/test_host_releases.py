"""The releases of programs that a host has: what hangs on them, and which nobody has tried."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from baseline.condition import untried_releases
from baseline.errors import CannotTell
from baseline.formats.fail2ban import Watch
from baseline.model import Answer
from baseline.model.looks import Looked
from baseline.programs import DOVECOT, OPENSSH, POSTFIX, PROGRAMS
from baseline.readings.fail2ban import LoginLines
from baseline.readings.releases import QUESTION, HostReleases, releases
from baseline.shell import script as releases_sh
from tests.kinds.hosts import TARGET

BOOKWORM = (
    "OpenSSH\tOpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22 25 Aug 2026\nPostfix\t3.7.11\n"
    "Dovecot\t2.3.19.1 (9b53102964)\nRspamd\tRspamd daemon version 3.4\nBIND\tBIND 9.18.49-1~deb12u3-Debian\n"
    "nftables\tnftables v1.0.6 (Lester Gooch #5)\nfail2ban\t1.0.2-2\n"
)
TRIXIE = (
    "OpenSSH\tOpenSSH_10.0p2 Debian-7+deb13u4, OpenSSL 3.5.9 29 Sep 2026\nPostfix\t3.10.13\n"
    "Dovecot\t2.4.1-4 (7d8c0e5759)\nRspamd\tRspamd daemon version 3.12.1\nBIND\tBIND 9.20.30-1~deb13u1-Debian\n"
    "nftables\tnftables v1.1.3 (Commodore Bullmoose #4)\nfail2ban\t1.1.0-8\n"
)
PACKAGES = (
    "OpenSSH\t1:9.2p1-2+deb12u10\nPostfix\t3.7.11-0+deb12u1\nDovecot\t1:2.3.19.1+dfsg1-2.1+deb12u7\n"
    "Rspamd\t3.4-1\nBIND\t1:9.18.49-1~deb12u3\nnftables\t1.0.6-2+deb12u2\nfail2ban\t1.0.2-2\n"
)
HOST = replace(TARGET, roles=frozenset(("mta", "mailstore", "antispam", "dns")))


@pytest.mark.parametrize("told", [BOOKWORM, TRIXIE, PACKAGES], ids=["Debian 12", "Debian 13", "by its packages"])
def test_of_either_release_of_debian_every_program_was_tried(told: str) -> None:
    found = releases(told)
    assert {name for name in found.versions} == {one.name for one in PROGRAMS if one.releases.asked}
    assert found.untried(HOST) == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Dovecot\t2.5.0 (abc)", "Dovecot 2.5.0 (tried: 2.3, 2.4)"),
        ("Dovecot\t2.40.1", "Dovecot 2.40.1 (tried: 2.3, 2.4)"),
        ("Dovecot\t2", ""),
        ("Postfix\t4.0.1", "Postfix 4.0.1 (tried: 3.7, 3.10)"),
        ("Postfix\t3.1.2", "Postfix 3.1.2 (tried: 3.7, 3.10)"),
        ("Rspamd\tRspamd daemon version 5.0", "Rspamd 5.0 (tried: 3.4, 3.12)"),
        ("fail2ban\t", ""),
    ],
)
def test_a_release_that_nobody_has_tried_is_told(line: str, told: str) -> None:
    assert releases(line + "\n").untried(HOST) == ((told,) if told else ())


DPKG = "ii  postfix 3.7.11-0+deb12u1\nrc  rspamd 3.4-1\nii  bind9 1:9.18.49-1\nii  bind9-utils 1:9.18.0-1\n"


@pytest.mark.parametrize(
    ("name", "place", "told"),
    [
        ("Postfix", "/usr/sbin/postconf", "3.7.11-0+deb12u1"),
        ("Postfix", "/usr/local/sbin/postconf", "by itself"),
        ("Rspamd", "/usr/bin/rspamd", "by itself"),
        ("BIND", "/usr/sbin/named", "1:9.18.49-1"),
        ("Dovecot", "", "by itself"),
    ],
    ids=["Debian's", "the site's own", "removed, but for its files", "with others of the name", "not installed"],
)
def test_a_package_tells_the_version_of_debian_s_own_program_alone(
    tmp_path: Path, name: str, place: str, told: str
) -> None:
    fake = tmp_path / "dpkg-query"
    fake.write_text(f"#!/bin/sh\nprintf %s '{DPKG}'\n")
    fake.chmod(0o755)
    package = {one.name: one.releases.package for one in PROGRAMS}[name]
    beginning = releases_sh("baseline.readings", "releases", packages="x")
    script = f"PATH={tmp_path}:$PATH\n{beginning}\ncommand() {{ echo {place}; }}\n"
    asked = f"{script}tells {name} {package} tool 'echo by itself'"
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == f"{name}\t{told}\n"


def test_a_program_of_another_role_is_not_told() -> None:
    assert releases("Dovecot\t2.5.0\n").untried(replace(HOST, roles=frozenset(("dns",)))) == ()


def test_the_host_s_line_says_it_and_says_nothing_where_it_is_not_known() -> None:
    def note(answers: Mapping[str, Answer]) -> str:
        return untried_releases(Looked({}, answers=answers), HOST)

    said = note({QUESTION: Answer(0, b"Postfix\t4.0.1\nDovecot\t2.5.0\n")})
    programs = "Postfix 4.0.1 (tried: 3.7, 3.10), Dovecot 2.5.0 (tried: 2.3, 2.4)"
    assert said == f"nobody has tried {programs}: judged where it can be read"
    assert note({QUESTION: Answer(0, TRIXIE.encode())}) == note({}) == note({QUESTION: Answer(0, b"sh: \xff\n")}) == ""


def test_what_is_no_line_of_ours_is_told() -> None:
    with pytest.raises(CannotTell, match="not one of our lines"):
        releases("Exim\t4.98\n")


@pytest.mark.parametrize(
    ("told", "jail", "matches", "reads"),
    [
        (BOOKWORM, "sshd", "_COMM=sshd", True),
        (TRIXIE, "sshd", "_COMM=sshd", False),
        (TRIXIE, "sshd", "_COMM=sshd-session", True),
        (TRIXIE, "sshd", "_SYSTEMD_UNIT=ssh.service + _COMM=sshd", True),
        (BOOKWORM, "postfix-sasl", "_SYSTEMD_UNIT=postfix@-.service", True),
        (BOOKWORM, "postfix-sasl", "_SYSTEMD_UNIT=postfix.service", False),
        (TRIXIE, "postfix-sasl", "_SYSTEMD_UNIT=postfix@-.service", False),
        (TRIXIE, "postfix-sasl", "_SYSTEMD_UNIT=postfix.service", True),
        (TRIXIE, "dovecot", "_SYSTEMD_UNIT=dovecot.service", True),
    ],
)
def test_a_jail_reads_what_the_release_of_its_program_writes(
    told: str, jail: str, matches: str, *, reads: bool
) -> None:
    main = "/bin/true" if told == BOOKWORM else "postfix"
    blocks = {
        unit: {"Id": unit, "LoadState": "loaded", "ExecStart": f"{{ path={path} ; }}"}
        for unit, path in (
            ("ssh.service", "/usr/sbin/sshd"),
            ("postfix.service", main),
            ("postfix@-.service", "/usr/sbin/postmulti"),
            ("dovecot.service", "/usr/sbin/dovecot"),
        )
    }
    said = LoginLines.of(jail, releases(told), blocks).reads(Watch(matches), [])
    assert said == (f"the journal of {matches}" if reads else f"only {matches}")


def test_the_lines_of_a_release_are_told_by_its_version() -> None:
    def since(program: str, version: str) -> tuple[int, ...]:
        (found,) = (one for one in (DOVECOT, OPENSSH, POSTFIX) if one.name == program)
        return HostReleases({program: version}).failed_logins(found).since

    assert [since("Dovecot", one) for one in ("2.3.19.1", "2.4.1", "2.10")] == [(0,), (2, 4), (2, 4)]
    assert [since("OpenSSH", one) for one in ("9.2", "9.8", "10.0")] == [(0,), (9, 8), (9, 8)]
    assert HostReleases({}).failed_logins(POSTFIX).since == (0,)
    with pytest.raises(CannotTell, match="Dovecot did not tell its version"):
        HostReleases({}).failed_logins(DOVECOT)
