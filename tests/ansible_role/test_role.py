"""A plan as a role: everything of it is there, nothing of it is a template, and nothing secret is written."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from baseline.ansible_role import Planned, role_files
from baseline.model import Action, FileChange, FileState, HostPlan

DAY = date(2026, 11, 27)
ABSENT = FileState(None)
HOSTILE = "{{ lookup('pipe', 'touch /tmp/x') }}"


class Untemplated(str):
    """A text that was marked `!unsafe`."""

    __slots__ = ()


class _Loader(yaml.SafeLoader):
    """YAML as Ansible reads it."""


_Loader.add_constructor("!unsafe", lambda loader, node: Untemplated(node.value))


def written(*hosts: Planned) -> dict[str, bytes]:
    return role_files(hosts, "mail", "ours 1.0.0", "0.1.0", DAY)


def role(plan: HostPlan) -> dict[str, bytes]:
    return written(Planned(plan.host, plan))


def variables(plan: HostPlan) -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(role(plan)["vars/hosts/001.yml"], _Loader)
    return dict(read["mail_baseline"])


def put(path: str, content: bytes = b"x\n", *, secret: bool = False) -> FileChange:
    return FileChange(path, ABSENT, FileState(content, "root", "mail", 0o640, secret=secret), ("MEL-T-01",))


def test_a_host_gets_what_its_plan_has() -> None:
    plan = HostPlan(
        "mx1",
        packages=("fail2ban",),
        upgrades=("rspamd",),
        files=(put("/etc/postfix/main.cf", b"a = {{ b }}\n"), FileChange("/etc/old", FileState(b"old"), ABSENT, ())),
        actions=(Action("make a key", "echo first\n", ":\n", first=True), Action("remount /tmp", "echo then\n", ":\n")),
        reloads=("postfix", "fail2ban"),
    )
    files, found = role(plan), variables(plan)
    assert (found["packages"], found["upgrades"], found["absent"]) == (["fail2ban"], ["rspamd"], ["/etc/old"])
    (file,) = found["files"]
    assert (file["path"], file["owner"], file["group"], file["mode"]) == (
        "/etc/postfix/main.cf",
        "root",
        "mail",
        "0640",
    )
    assert files[f"files/{file['source']}"] == b"a = {{ b }}\n"
    assert [files[f"files/actions/{one['script']}.do"] for one in found["actions_before"]] == [b"echo first\n"]
    assert [files[f"files/actions/{one['script']}.do"] for one in found["actions_after"]] == [b"echo then\n"]
    assert found["checks"] == ["etc-postfix"]
    assert b"postfix -c" in files["files/checks/etc-postfix.sh"]
    assert b"systemctl reload-or-restart postfix" in files["files/reloads/postfix.sh"]
    assert b"fail2ban-client reload" in files["files/reloads/fail2ban.sh"]


def test_a_host_without_a_plan_is_refused_by_the_play_and_told() -> None:
    files = written(Planned("mx1", HostPlan("mx1")), Planned("mx2", None, "no route to host"))
    assert yaml.load(files["vars/main.yml"], _Loader) == {"mail_baseline_hosts": {"mx1": "001"}}
    assert "vars/hosts/002.yml" not in files
    assert "## mx2\n\nNothing: no route to host. A play on it fails." in files["README.md"].decode()


def test_no_secret_is_written_and_its_variable_is_asked_for() -> None:
    plan = HostPlan("mx1", files=(put("/etc/dovecot/key", b"hunter2", secret=True), put("/etc/postfix/main.cf")))
    files = role(plan)
    assert not [name for name, content in files.items() if b"hunter2" in content]
    assert [(one["variable"], one["path"]) for one in variables(plan)["secrets"]] == [
        ("mail_baseline_secret_001_1", "/etc/dovecot/key")
    ]
    assert "`mail_baseline_secret_001_1`: the content of `/etc/dovecot/key`" in files["README.md"].decode()
    # Whether it stands there already cannot be seen by a digest, which would let anybody try guesses.
    assert files["files/stands/001.sh"] == b"echo no\n"


TEXTS = st.sampled_from(
    [HOSTILE, "{% raw %}", "a: b", "- c", "# d", "!unsafe e", "it's", '"f"', "\u00e9", "yes", "0644"]
)
PATHS = st.lists(TEXTS.map(lambda text: text.replace("/", "|")), min_size=1, max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)


@given(
    st.lists(PATHS, unique=True, max_size=4),
    st.lists(TEXTS, max_size=3),
    st.tuples(TEXTS, TEXTS),
)
def test_whatever_a_plan_says_stays_text(paths: list[str], names: list[str], owners: tuple[str, str]) -> None:
    state = FileState(b"x", *owners, 0o600)
    plan = HostPlan(
        "mx1",
        packages=tuple(names),
        files=tuple(FileChange(path, ABSENT, state, ()) for path in paths),
        actions=tuple(Action(name, ":\n", ":\n") for name in names),
    )
    files, found = role(plan), variables(plan)
    assert found["packages"] == names
    assert [one["path"] for one in found["files"]] == paths
    assert [one["name"] for one in found["actions_after"]] == names
    for one in found["files"]:
        assert (one["owner"], one["group"]) == owners
        assert files[f"files/{one['source']}"] == b"x"
    for text in _texts(found):
        assert isinstance(text, Untemplated) or not {*"{}%"} & {*text}, text
    for name in ("tasks/main.yml", "handlers/main.yml", "meta/main.yml"):
        assert files[name] == role(HostPlan("mx2"))[name]


def _texts(found: object) -> list[str]:
    if isinstance(found, dict):
        return [text for key, value in found.items() for text in (*_texts(key), *_texts(value))]
    if isinstance(found, list):
        return [text for value in found for text in _texts(value)]
    return [found] if isinstance(found, str) else []


@pytest.mark.parametrize("path", ["etc/x", "/etc/../x", "/etc/a\nb", "/etc/a\\b", "/etc/\x1b[2J"])
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is no path that a role can have"):
        role(HostPlan("mx1", files=(put(path),)))


def ran(script: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", script.decode(), "sh", *arguments], capture_output=True, text=True, check=False)


def test_it_is_seen_whether_the_files_stand_there(tmp_path: Path) -> None:
    there = tmp_path / "it's $here"
    script = role(HostPlan("mx1", files=(put(str(there)),)))["files/stands/001.sh"]
    assert ran(script).stdout == "no\n"
    there.write_text("x\n")
    assert ran(script).stdout == "yes\n"
    there.write_text("y\n")
    assert ran(script).stdout == "no\n"
    assert role(HostPlan("mx1"))["files/stands/001.sh"] == b"echo yes\n"


def test_a_checker_tries_new_files_on_a_copy_and_only_those(tmp_path: Path) -> None:
    """The one of /etc/fstab is the shortest; what stands for its tree here is a folder of the test."""
    root, tried = tmp_path / "etc", tmp_path / "tried"
    root.mkdir()
    (root / "kept").write_text("kept\n")
    from baseline.shell import script

    text = script("baseline.ansible_role", "check", root=str(root), checker='cat "$TREE"/*; ! grep -q bad "$TREE"/*')
    assert ran(text.encode(), str(tried)).returncode == 0
    staged = tried / str(root).lstrip("/")
    staged.mkdir(parents=True)
    (staged / "new").write_text("bad\n")
    refused = ran(text.encode(), str(tried))
    assert (refused.returncode, refused.stdout) == (1, "kept\nbad\n")
    assert [one.name for one in root.iterdir()] == ["kept"]
    (root / "new").write_text("bad\n")
    assert ran(text.encode(), str(tried)).stdout == "", "what stands there already is not tried again"
