"""What ~/.ssh/config says of a host is followed where the inventory does not say it, or refused before a connection."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import InputError
from baseline.load import load_inventory
from baseline.load.connecting import Way
from baseline.model import Target


def reached(folder: Path, config: str, variables: str = "") -> Target:
    (folder / "config").write_text(config)
    (folder / "hosts").write_text(f"mx roles=mta {variables}\n")
    (target,) = load_inventory(folder / "hosts", ssh_config=folder / "config").targets
    return target


def way(target: Target) -> Way:
    return Way(
        target.address,
        target.port,
        target.user,
        target.key_file,
        target.known_hosts,
        target.jump,
        target.jump_keys,
        target.other_key_files,
        target.host_key_alias,
    )


ALIAS = "Host mx\n  HostName 192.0.2.7\n  Port 2222\n  User ops\n  ProxyJump gate\n"


def test_an_alias_is_the_host_that_it_stands_for(tmp_path: Path) -> None:
    target = reached(tmp_path, ALIAS)
    assert way(target) == Way("192.0.2.7", 2222, "ops", jump="gate")
    assert target.outbound == ()


def test_the_inventory_goes_before_it(tmp_path: Path) -> None:
    target = reached(
        tmp_path, ALIAS, "ansible_port=22 ansible_user=root ansible_ssh_common_args='-J ops@other:23' ansible_host=mx"
    )
    assert way(target) == Way("192.0.2.7", 22, "root", jump="ops@other:23")
    assert reached(tmp_path, ALIAS, "ansible_ssh_common_args='-o ProxyJump=none'").jump is None


def test_a_key_that_is_there_and_known_hosts_are_followed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("")
    config = (
        f"Host m*\n  IdentityFile {tmp_path}/none\n  IdentityFile {tmp_path}/key\n  UserKnownHostsFile {tmp_path}/k\n"
    )
    target = reached(tmp_path, config)
    everybodys = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
    assert (target.key_file, target.known_hosts) == (f"{tmp_path}/key", (f"{tmp_path}/k", *everybodys))


def test_the_jump_host_may_be_an_alias_too(tmp_path: Path) -> None:
    config = "Host gate\n  HostName 2001:db8::1\n  Port 2200\n  User hop\nHost mx\n  ProxyCommand ssh -W %h:%p gate\n"
    assert reached(tmp_path, config).jump == "hop@[2001:db8::1]:2200"
    assert reached(tmp_path, config, "ansible_ssh_common_args='-J me@gate:22'").jump == "me@[2001:db8::1]:22"


def test_jump_hosts_may_be_many_each_with_its_own_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("")
    config = (
        f"Host near\n  HostName 192.0.2.1\n  User n\n  IdentityFile {tmp_path}/key\n"
        "Host far\n  Port 2200\n  ProxyJump near\nHost mx\n  ProxyJump far\nHost my\n  ProxyJump a,far:23\n"
    )
    target = reached(tmp_path, config)
    assert (target.jump, target.jump_keys) == ("n@192.0.2.1,far:2200", (f"{tmp_path}/key", ""))
    # A way that is written out is taken as it is.
    assert reached(tmp_path, config, "ansible_host=my").jump == "a,far:23"
    assert reached(tmp_path, config, "ansible_ssh_common_args='-J far'").jump == "n@192.0.2.1,far:2200"


def test_what_known_hosts_calls_it_and_where_it_lies(tmp_path: Path) -> None:
    config = (
        f"Host mx\n  HostKeyAlias MX-One\n  GlobalKnownHostsFile none\n  UserKnownHostsFile {tmp_path}/%k-%h %d/x\n"
    )
    target = reached(tmp_path, config)
    assert (target.host_key_alias, target.known_hosts) == ("mx-one", (f"{tmp_path}/MX-One-mx", f"{Path.home()}/x"))


def test_who_runs_this_is_looked_up_once_for_all_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(["me"])
    monkeypatch.setattr("getpass.getuser", lambda: next(names))
    (tmp_path / "config").write_text(f"Host *\n  UserKnownHostsFile {tmp_path}/%u\n  GlobalKnownHostsFile none\n")
    (tmp_path / "hosts").write_text("".join(f"mx{number}\n" for number in range(20)))
    targets = load_inventory(tmp_path / "hosts", ssh_config=[tmp_path / "config"]).targets
    assert {target.known_hosts for target in targets} == {(f"{tmp_path}/me",)}


def test_what_known_hosts_calls_a_jump_host_and_where_it_lies(tmp_path: Path) -> None:
    config = (
        "Host a\n  HostKeyAlias Gate-A\n"
        f"Host b\n  UserKnownHostsFile {tmp_path}/b\n  GlobalKnownHostsFile none\n"
        f"Host mx\n  ProxyJump a,b\n  UserKnownHostsFile {tmp_path}/mx\n  GlobalKnownHostsFile none\n"
    )
    target = reached(tmp_path, config)
    assert target.known_hosts == (f"{tmp_path}/mx",)
    assert (target.jump_aliases, target.jump_known_hosts) == (("gate-a", ""), ((), (f"{tmp_path}/b",)))
    plain = reached(tmp_path, ALIAS)
    assert (plain.jump_aliases, plain.jump_known_hosts) == ((), ())


def test_several_keys(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text("")
    lines = "".join(f"  IdentityFile {tmp_path}/{name}\n" for name in ("a", "none-such", "b"))
    target = reached(tmp_path, f"Host mx\n{lines}")
    assert (target.key_file, target.other_key_files) == (f"{tmp_path}/a", (f"{tmp_path}/b",))
    target = reached(tmp_path, f"Host mx\n{lines}", f"ansible_ssh_private_key_file={tmp_path}/c")
    assert (target.key_file, target.other_key_files) == (f"{tmp_path}/c", ())


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            "Host *\n  ProxyCommand nc -x proxy %h %p\n",
            "config:2:1: host mx: `ProxyCommand nc -x proxy %h %p` is not followed",
        ),
        ("Host mx\n  ProxyJump a\nHost a\n  ProxyJump mx\n", "config: there are more than 8 jump hosts on a way"),
        ("Host mx\n  IdentityFile %Q/key\n", "config:2:1: host mx: `%Q/key`: %Q stands for nothing known here"),
        ("CanonicalizeHostname yes\n", "config:1:1: `CanonicalizeHostname` is not followed"),
        ("Host mx\n  Port many\n", "config:2:1: host mx: `Port many` is not between 1 and 65535"),
        ("nonsense\n", "config:1:1: cannot be read as ssh_config: "),
    ],
)
def test_another_way_is_refused_before_a_connection(tmp_path: Path, config: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        reached(tmp_path, config)
    assert words in str(caught.value)


def test_a_host_that_is_not_reached_by_ssh_is_not_looked_up(tmp_path: Path) -> None:
    assert reached(tmp_path, ALIAS, "ansible_connection=local").address == "local"


def test_without_a_file_and_without_the_argument_nothing_is_followed(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("mx roles=mta\n")
    for config in (None, tmp_path / "none"):
        (target,) = load_inventory(tmp_path / "hosts", ssh_config=config).targets
        assert way(target) == Way("mx")


words = st.sampled_from(
    ["Host", "Match", "mx", "*", "HostName", "Port", "22", "ProxyJump", "ProxyCommand", "%h", "%%", '"']
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(words, max_size=4), max_size=6))
def test_any_file_is_followed_or_refused(tmp_path: Path, lines: list[list[str]]) -> None:
    try:
        reached(tmp_path, "\n".join(map(" ".join, lines)))
        places = set()
    except InputError as error:
        places = {problem.file for problem in error.problems}
    assert places <= {str(tmp_path / "config")}
