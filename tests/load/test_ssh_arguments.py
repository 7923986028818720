"""Arguments for ssh in inventories: followed, left aside, or refused where they would turn the check of keys off."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.load.ssh_args import SshArguments, parse_ssh_arguments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SshArguments()),
        ("-J gate", SshArguments(jump="gate")),
        ("-Jops@gate:22", SshArguments(jump="ops@gate:22")),
        ("-o ProxyJump=gate -J other", SshArguments(jump="gate")),
        ("-o ProxyJump=none", SshArguments(jump="none")),
        ("-o ProxyCommand=none", SshArguments(jump="none")),
        ("-o ProxyCommand='ssh -W %h:%p gate'", SshArguments(jump="gate")),
        ("-o ProxyCommand='/usr/bin/ssh -q -l ops -p 2222 -W %h:%p gate'", SshArguments(jump="ops@gate:2222")),
        ("-o User=ops -l other -i ~/.ssh/mail -o IdentityFile=x", SshArguments(user="ops", key="~/.ssh/mail")),
        ("-oproxyjump=gate", SshArguments(jump="gate")),
        ('-o "ProxyJump gate"', SshArguments(jump="gate")),
        ('-o "ProxyJump = gate"', SshArguments(jump="gate")),
        ("-p 2222", SshArguments(port="2222")),
        ("-o Port=2222 -p 1", SshArguments(port="2222")),
        ("-o UserKnownHostsFile=a", SshArguments(known_hosts=("a",))),
        ("-o 'UserKnownHostsFile=\"a b\"'", SshArguments(known_hosts=("a", "b"))),
        ("-o UserKnownHostsFile='a b'", SshArguments(known_hosts=("a", "b"))),
        ("-o StrictHostKeyChecking=yes -o stricthostkeychecking=ask", SshArguments()),
    ],
)
def test_what_is_followed(text: str, expected: SshArguments) -> None:
    assert parse_ssh_arguments(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "-o StrictHostKeyChecking=no",
        "-oStrictHostKeyChecking=off",
        "-o StrictHostKeyChecking=accept-new",
        "-o 'StrictHostKeyChecking no'",
        "-o UserKnownHostsFile=/dev/null",
    ],
)
def test_what_is_refused(text: str) -> None:
    (refusal,) = parse_ssh_arguments(text).refused
    assert "host keys are always checked" in refusal


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-o ProxyCommand='nc -X 5 -x proxy:1080 %h %p'", "is not followed, and the host must not be reached without"),
        ("-o ProxyCommand='ssh -W %h:%p -o Compression=yes gate'", "write `-J JUMPHOST` (ProxyJump)"),
        (
            "-o ProxyCommand='ssh -W %h:%p -J other gate'",
            "`-o ProxyCommand=ssh -W %h:%p -J other gate` is not followed",
        ),
        ("-F other_config", "`-F other_config` is not read: one file counts for all hosts, which `--ssh-config` names"),
        ("-o HostName=192.0.2.1", "write `ansible_host`"),
    ],
)
def test_another_way_to_the_host_is_refused(text: str, words: str) -> None:
    (refusal,) = parse_ssh_arguments(text).refused
    assert words in refusal


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("-4 -C", ["-4", "-C"]),
        ("-b 192.0.2.1 -o ServerAliveInterval=9", ["-b 192.0.2.1", "-o ServerAliveInterval=9"]),
        ("word -", ["word", "-"]),
        ("-o", ["-o"]),
        ("-i", ["-i"]),
    ],
)
def test_what_is_left_aside(text: str, notes: list[str]) -> None:
    left = [f"`{note}` is left aside: this package does not go through ssh(1)" for note in notes]
    assert list(parse_ssh_arguments(text).notes) == left


@given(st.text(st.sampled_from("-oJpi= \"'aStrictHostKeyChecking=no"), max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        words = shlex.split(text)
    except ValueError:
        with pytest.raises(ValueError, match="quotation"):
            parse_ssh_arguments(text)
    else:
        found = parse_ssh_arguments(text)
        assert len(found.notes) + len(found.refused) <= len(words)


@given(st.sampled_from(["no", "off", "No", "accept-new", "false"]), st.text(st.sampled_from("-4Cq "), max_size=6))
def test_no_company_hides_an_unchecked_host_key(value: str, other: str) -> None:
    assert parse_ssh_arguments(f"{other} -o StrictHostKeyChecking={value} {other}").refused
