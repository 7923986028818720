"""What files in the language of ssh_config say of a host: the same as the real ssh says that it takes from them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import InputError
from baseline.load import load_inventory
from baseline.load.ssh_rules import SshRules, fits, named
from baseline.load.tree import Problems
from tests.growth import calls

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed")
COMPARED = ("user", "port", "identityfile", "proxyjump", "userknownhostsfile", "hostkeyalias")


def read(*files: Path, notes: Problems | None = None) -> SshRules:
    problems = Problems()
    rules = SshRules.read([(file, file.parent) for file in files], problems.add, (notes or Problems()).add)
    problems.raise_any()
    return rules


def ours(rules: SshRules, host: str) -> dict[str, list[str]]:
    said, _ = rules.of(host)
    found = {name: said[name] for name in COMPARED if name in said and said[name][0].lower() != "none"}
    if "hostkeyalias" in found:
        found["hostkeyalias"] = [found["hostkeyalias"][0].lower()]
    return {"hostname": [named(said, host)], **found}


def theirs(config: Path, host: str, rules: SshRules) -> dict[str, list[str]]:
    """What ssh says, of the options that are said at all: others have values that the file does not name."""
    done = subprocess.run(
        ["ssh", "-F", str(config), "-G", "--", host],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name, []).append(value)
    said, _ = rules.of(host)
    asked = [name for name in ("hostname", *COMPARED) if name == "hostname" or name in said]
    shown = {name: found[name] for name in asked if name in found and found[name][0].lower() != "none"}
    if "userknownhostsfile" in shown:
        shown["userknownhostsfile"] = shown["userknownhostsfile"][0].split()
    return shown


FILES = {
    "the first counts": "Host mx\n  Port 1\n  User a\nHost *\n  Port 2\n  User b\n",
    "before any host": "User all\nPort 7\nHost mx\n  User b\n",
    "patterns": "Host m?\n  User a\nHost mx*\n  Port 5\nHost ?\n  Port 6\n",
    "negation": "Host * !mx1\n  Port 1\nHost !mx1 m*\n  User a\nHost !mx\n  HostName none\n",
    "case": "Host MX\n  Port 1\nMatch host MX\n  User a\nMatch originalhost MX1\n  User b\n",
    "tokens": "Host mx\n  HostName %h.Example.org\nHost mx1\n  HostName a%%b\n",
    "keys": "Host mx\n  IdentityFile ~/a\n  IdentityFile ~/b\nHost *\n  IdentityFile ~/a\n  IdentityFile ~/c\n",
    "quotes": 'Host "mx" \'mx1\'\n  User "a"\n  UserKnownHostsFile "/a/b" /c\n',
    "signs": "Host=mx\n  User = a\n  Port=3\n\tIdentityFile\t=\t/x\n",
    "comments": "# Host mx\nHost mx # mx1\n  User a # b\n  # User c\n",
    "match host": "Host mx\n  HostName a.example.org\nMatch host *.example.org\n  User b\n  Port 9\n",
    "match negated": "Match !host mx\n  User b\nMatch host m*,!mx1\n  Port 4\n",
    "match user": "Host mx\n  User ops\nMatch user ops,other\n  Port 4\nMatch user root localuser root\n  Port 8\n",
    "match final": "Host mx\n  HostName MX.x.org\nMatch final host mx.x.org\n  User z\nHost mx.x.org\n  Port 6\n",
    "match all": "Match all\n  User a\nMatch originalhost mx\n  Port 9\n",
    "jump first": "Host mx\n  ProxyJump a@b:23,c\nHost *\n  ProxyJump d\n",
    "jump none": "Host mx\n  ProxyJump none\nHost *\n  ProxyJump d\n",
    "command first": "Host mx\n  ProxyCommand none\nHost *\n  ProxyJump d\n",
    "alias": "Host mx\n  HostKeyAlias Other\n  HostName 192.0.2.1\n",
    "many known hosts": "Host mx\n  UserKnownHostsFile /a /b\nHost *\n  UserKnownHostsFile /c\n",
    "carriage returns": "Host mx\r\n  User a\r\n  Port 3\r\n",
}


@needs_ssh
@pytest.mark.parametrize("name", FILES)
def test_the_real_ssh_says_the_same(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config"
    config.write_text(FILES[name])
    rules = read(config)
    for host in ("mx", "mx1", "MX", "other"):
        assert ours(rules, host) == theirs(config, host, rules), host


@needs_ssh
def test_files_that_are_included(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/a.conf").write_text("User inside\nHost mx1\n  Port 11\n")
    (tmp_path / "more/b.conf").write_text("Host mx\n  Port 12\nMatch all\n  IdentityFile /b\n")
    config = tmp_path / "config"
    config.write_text(
        f"Host mx*\n  Include {tmp_path}/more/*.conf {tmp_path}/none\n  HostKeyAlias after\n"
        f"Host other\n  Include {tmp_path}/more/a.conf\nHost *\n  User last\n"
    )
    rules = read(config)
    for host in ("mx", "mx1", "mx2", "other", "third"):
        assert ours(rules, host) == theirs(config, host, rules), host


def test_a_file_that_includes_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"Include {tmp_path}/config\nHost mx\n  User a\n")
    with pytest.raises(InputError, match="more than 16 deep: does one include itself"):
        read(tmp_path / "config")


WORDS = st.sampled_from(["mx", "mx1", "m*", "*", "?x", "!mx", "!m*", "other", "MX"])
LINES = st.one_of(
    st.lists(WORDS, min_size=1, max_size=3).map(lambda words: f"Host {' '.join(words)}"),
    st.builds(
        lambda sign, name, words: f"Match {sign}{name} {','.join(words)}",
        st.sampled_from(["", "!"]),
        st.sampled_from(["host", "originalhost", "user", "localuser", "all"]),
        st.lists(WORDS, min_size=1, max_size=2),
    ).map(lambda line: "Match all" if " all " in line or "!all" in line else line),
    st.sampled_from(["User a", "User mx", "Port 1", "Port 2", "HostName %h.x", "HostName mx", "IdentityFile /a"]),
    st.sampled_from(["IdentityFile /b", "ProxyJump a", "ProxyJump none", "HostKeyAlias k", "Match final host mx"]),
    st.sampled_from(["", "# x", "ForwardAgent yes"]),
)


@needs_ssh
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=10), st.sampled_from(["mx", "mx1", "MX", "other"]))
def test_whatever_stands_in_it_the_real_ssh_says_the_same(tmp_path: Path, lines: list[str], host: str) -> None:
    config = tmp_path / "config"
    config.write_text("".join(f"{line}\n" for line in lines))
    rules = read(config)
    assert ours(rules, host) == theirs(config, host, rules)


def test_nothing_is_run(tmp_path: Path) -> None:
    notes = Problems()
    (tmp_path / "config").write_text(
        f'Match exec "touch {tmp_path}/ran"\n  User a\nMatch !exec "touch {tmp_path}/ran"\n  User b\n'
    )
    assert "user" not in read(tmp_path / "config", notes=notes).of("mx")[0]
    assert not (tmp_path / "ran").exists()
    assert [f"{one.line}: {one.message}" for one in notes.found] == [
        "1: `Match exec` is not tried: what is below it is left aside",
        "3: `Match exec` is not tried: what is below it is left aside",
    ]


def test_nor_by_loading_an_inventory(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f'Match exec "touch {tmp_path}/ran"\n  User a\n')
    (tmp_path / "hosts").write_text("mx roles=mta\n")
    inventory = load_inventory(tmp_path / "hosts", ssh_config=tmp_path / "config")
    assert inventory.targets[0].user is None
    assert any("`Match exec` is not tried" in str(note) for note in inventory.notes)
    assert not (tmp_path / "ran").exists()


def test_one_file_after_another(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("Host mx\n  User a\n")
    (tmp_path / "everybodys").write_text("Host *\n  User b\n  Port 3\n")
    said, _ = read(tmp_path / "mine", tmp_path / "everybodys").of("mx")
    assert (said["user"], said["port"]) == (["a"], ["3"])


def test_what_is_known_already_counts(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("Match user ops\n  Port 5\nHost *\n  User b\n")
    said, _ = read(tmp_path / "config").of("mx", user="ops")
    assert (said["user"], said["port"]) == (["ops"], ["5"])


def lookups(tmp_path: Path, hosts: int) -> int:
    """Calls that it takes to look up as many hosts as the file has blocks for."""
    config = tmp_path / f"config{hosts}"
    config.write_text(
        "".join(f"Host mx{n}\n  HostName 192.0.2.{n % 256}\n" for n in range(hosts)) + "Host *\n  User a\n"
    )
    rules = read(config)
    return calls(lambda: [rules.of(f"mx{n}") for n in range(hosts)])


def test_each_host_costs_the_same_however_many_there_are(tmp_path: Path) -> None:
    assert lookups(tmp_path, 800) < 5 * lookups(tmp_path, 200)


@given(st.text("ab*?!", max_size=30), st.text("ab", max_size=60))
def test_no_pattern_takes_for_ever(pattern: str, name: str) -> None:
    fits((pattern * 20,), name * 20)
