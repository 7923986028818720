"""Which commands only look, and which functions touch nothing but their host."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.pytest_plugin.looks import Looks
from baseline.pytest_plugin.softened import softened

LOOKING = [
    "cat /etc/passwd",
    "grep -c ^root /etc/passwd | wc -l",
    "test -d /etc && ls -l /etc 2>/dev/null",
    "sudo -n cat /etc/shadow",
    "/usr/bin/id root",
    "postconf -h myhostname",
    "systemctl is-active postfix",
    "systemctl show -p ActiveState postfix",
    "dpkg-query -W postfix",
    "sysctl -n net.ipv4.ip_forward",
    "ip -4 addr show",
    "hostname -f",
    "date +%s",
    "grep 'a > b; c' /etc/hosts",
]
CHANGING = [
    "touch /tmp/x",
    "cat /etc/passwd > /tmp/x",
    "cat /etc/passwd >/tmp/x",
    "cat $(touch /tmp/x)",
    "cat `touch /tmp/x`",
    "cat /etc/passwd; rm -rf /tmp/x",
    "cat /etc/passwd & touch /tmp/x",
    "cat /etc/passwd\ntouch /tmp/x",
    "cat <(touch /tmp/x)",
    "grep x /etc/hosts | tee /tmp/x",
    "X=1 touch /tmp/x",
    "sudo -u root touch /tmp/x",
    "sudo",
    "",
    "postconf -e a=b",
    "postconf a=b",
    "postconf -Me a/b=c",
    "systemctl restart postfix",
    "systemctl --no-block restart postfix",
    "sysctl -w a=1",
    "sysctl a=1",
    "ip addr add 192.0.2.1/24 dev lo",
    "ip link set lo down",
    "ip l s lo down",
    "ss -K dst 192.0.2.1",
    "hostname other",
    "date -s tomorrow",
    "sort -o /tmp/x /etc/passwd",
    "mailq -q",
    "doveconf -e x touch /tmp/x",
    "unheard-of --option",
    "./cat /etc/passwd",
    "cat 'unclosed",
    "(cat /etc/passwd)",
]


@pytest.mark.parametrize("command", LOOKING)
def test_commands_that_only_look(command: str) -> None:
    assert Looks().only(command)


@pytest.mark.parametrize("command", CHANGING)
def test_any_other_may_change_the_host(command: str) -> None:
    assert not Looks().only(command)


def test_people_say_it_of_commands_of_their_own() -> None:
    assert Looks(("rspamc stat*",)).only("rspamc stat --json")
    assert not Looks(("rspamc stat*",)).only("rspamc learn_spam x")


@given(
    st.sampled_from(LOOKING),
    st.sampled_from([";", "&", "|", "&&", "||", "\n", ">", ">>"]),
    st.sampled_from(CHANGING[:1]),
)
def test_nothing_behind_a_look_makes_it_pass_for_one(looking: str, operator: str, changing: str) -> None:
    assert not Looks().only(f"{looking} {operator} {changing}")


@given(st.text(max_size=40))
def test_whatever_is_written_is_answered(command: str) -> None:
    assert Looks().only(command) in (True, False)


NUMBER = 3
CALLED: list[Any] = []


def helper(host: Any) -> None:
    CALLED.append(host)


def plain(host: Any, name: str) -> None:
    file = host.file(f"/etc/{name}")
    assert file.exists and file.size > NUMBER  # noqa: PT018 -- each part is asked
    lines = file.lines.split()
    for line in sorted(lines):
        assert len(line) < NUMBER
    assert file.user == name


def with_helper(host: Any) -> None:
    helper(host)


def with_module(host: Any) -> None:
    assert os.path.exists(host.file("/x").content_string)  # noqa: PTH110


def with_import(host: Any) -> None:
    import shutil

    shutil.rmtree(host.file("/x").content_string)


def with_open(host: Any) -> None:
    assert open("/etc/hostname").read() == host.file("/etc/hostname").content_string  # noqa: PTH123, SIM115


def with_alias(host: Any) -> None:
    run = subprocess.run
    run(["true"], check=host.file("/x").exists)


def with_another_host(host: Any) -> None:
    assert host.get_host("local://").run("true").rc == 0


def with_backend(host: Any) -> None:
    host.backend.run_local("touch /tmp/x")


def with_list(host: Any) -> None:
    CALLED.append(host)


def with_dunder(host: Any) -> None:
    assert host.__class__.__init__


def with_default(host: Any, path: str = "/x") -> None:
    assert host.file(path).exists


def test_a_function_that_touches_only_its_host_is_copied_and_goes_on_after_what_fails() -> None:
    made = softened(plain)
    assert made is not None
    asked: list[str] = []

    class File:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return 0

    class Host:
        def file(self, path: str) -> File:
            asked.append(path)
            return File()

    made(Host(), "hosts")
    assert asked == ["/etc/hosts", "exists", "size", "lines", "user"]

    class Files(Host):
        def file(self, path: str) -> Any:
            return type("Lines", (File,), {"lines": "a b"})()

    asked.clear()
    made(Files(), "hosts")
    assert asked == ["exists", "size", "user"]


@pytest.mark.parametrize(
    "function",
    [
        with_helper,
        with_module,
        with_import,
        with_open,
        with_alias,
        with_another_host,
        with_backend,
        with_dunder,
        with_default,
        (lambda host: None),
        len,
    ],
)
def test_of_any_other_there_is_no_copy(function: Any) -> None:
    assert softened(function) is None
