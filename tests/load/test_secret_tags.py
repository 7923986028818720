"""`!secret` in baselines and inventories: where it may stand, and how each source is fetched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from baseline.errors import CannotTell, InputError
from baseline.kinds.file import AS_WANTED, FileControl
from baseline.load import Baseline, load_baseline, load_inventory
from baseline.model import Target
from baseline.secret import Secret
from tests.conftest import Eventually, processes_about

CANARY = "kenari-9vX3"

RULES = """\
baseline: ours
version: 1.0.0
title: {{en: Ours, ms: Kami}}
{vars}
controls:
  - id: OUR-S-01
    kind: file
    title: {{en: A password file, ms: Fail kata laluan}}
    clause: "7"
    obligation: mandatory
    severity: high
    roles: []
    why: To be tested.
    path: /etc/site/password
    {content}
"""


def rules(folder: Path, content: str, variables: str = "") -> Baseline:
    file = folder / "rules.yml"
    file.write_text(RULES.format(content=content, vars=variables))
    return load_baseline(str(file))


def control(folder: Path, content: str, variables: str = "", **host: object) -> FileControl:
    (made,) = rules(folder, content, variables).controls_for(Target("mx1", "192.0.2.1", vars=host))
    assert isinstance(made, FileControl)
    return made


def fetched(folder: Path, source: str) -> str:
    made = control(folder, f"content: !secret {source}").content
    assert isinstance(made, Secret)
    return made.reveal()


def refused(folder: Path, source: str) -> str:
    with pytest.raises(CannotTell) as error:
        fetched(folder, source)
    assert CANARY not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None or error.value.__suppress_context__
    return str(error.value)


def wrong(folder: Path, content: str, variables: str = "") -> list[str]:
    with pytest.raises(InputError) as error:
        rules(folder, content, variables).validate_all([Target("mx1", "192.0.2.1")])
    return [problem.message for problem in error.value.problems]


class TestEnvironment:
    def test_the_whole_value(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAIL_SECRET", f"{CANARY}\nmore")
        assert fetched(tmp_path, "{env: MAIL_SECRET}") == f"{CANARY}\nmore"

    def test_one_that_is_not_set_or_empty(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MAIL_SECRET", raising=False)
        assert "environment variable MAIL_SECRET cannot be read: it is not set" in refused(
            tmp_path, "{env: MAIL_SECRET}"
        )
        monkeypatch.setenv("MAIL_SECRET", "")
        assert "it is empty" in refused(tmp_path, "{env: MAIL_SECRET}")

    def test_one_that_is_no_text(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(os.environb, b"MAIL_SECRET", CANARY.encode() + b"\xff")
        assert "is not UTF-8" in refused(tmp_path, "{env: MAIL_SECRET}")


class TestFile:
    def file(self, folder: Path, content: str = f"{CANARY}\nnote: not the password\n", mode: int = 0o600) -> Path:
        path = folder / "password"
        path.write_text(content)
        path.chmod(mode)
        return path

    def test_the_first_line_beside_the_baseline(self, tmp_path: Path) -> None:
        self.file(tmp_path)
        assert fetched(tmp_path, "{file: password}") == CANARY

    def test_all_of_it(self, tmp_path: Path) -> None:
        path = self.file(tmp_path)
        assert fetched(tmp_path, f"{{file: {path}, all: true}}") == path.read_text()

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602])
    def test_one_that_others_may_read_or_write_is_refused(self, tmp_path: Path, mode: int) -> None:
        self.file(tmp_path, mode=mode)
        assert "others may read or write it. Make it yours alone: chmod 600" in refused(tmp_path, "{file: password}")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
    def test_one_of_another_user_is_refused(self, tmp_path: Path) -> None:
        os.chown(self.file(tmp_path), 65534, 65534)
        assert "others may read or write it" in refused(tmp_path, "{file: password}")

    def test_one_that_is_not_there_a_directory_and_an_empty_one(self, tmp_path: Path) -> None:
        assert "No such file" in refused(tmp_path, "{file: password}")
        assert "directory" in refused(tmp_path, "{file: .}").lower()
        self.file(tmp_path, "\nsecond\n")
        assert "it is empty" in refused(tmp_path, "{file: password}")

    def test_one_that_is_too_long(self, tmp_path: Path) -> None:
        self.file(tmp_path, CANARY * 200_000)
        assert "longer than 1 MiB" in refused(tmp_path, "{file: password, all: true}")


class TestCommand:
    def test_the_first_line_without_its_end(self, tmp_path: Path) -> None:
        assert fetched(tmp_path, f"{{command: [printf, '{CANARY}\\r\\nuser: x\\n']}}") == CANARY

    def test_all_of_it(self, tmp_path: Path) -> None:
        assert fetched(tmp_path, "{command: [printf, 'a\\nb\\n'], all: true}") == "a\nb\n"

    def test_no_shell_reads_it_unless_asked(self, tmp_path: Path) -> None:
        assert fetched(tmp_path, "{command: [echo, '$HOME;', '`id`', '$(id)']}") == "$HOME; `id` $(id)"
        assert fetched(tmp_path, "{command: 'echo a | tr a b', shell: true}") == "b"

    def test_it_runs_beside_the_baseline_with_nothing_on_its_input(self, tmp_path: Path) -> None:
        assert fetched(tmp_path, "{command: [pwd]}") == str(tmp_path)
        assert "it is empty" in refused(tmp_path, "{command: [cat]}")

    def test_one_that_fails_says_nothing_of_what_it_said(self, tmp_path: Path) -> None:
        script = f"echo {CANARY}; echo {CANARY} >&2; exit 3"
        (tmp_path / "tell").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "tell").chmod(0o755)
        said = refused(tmp_path, f"{{command: [{tmp_path}/tell]}}")
        assert said.endswith("it ended with exit code 3; run it by hand to see why")

    def test_one_that_takes_too_long_is_stopped_with_all_that_it_started(
        self, tmp_path: Path, eventually: Eventually
    ) -> None:
        script = tmp_path / "slow"
        script.write_text(f"#!/bin/sh\nsh -c 'sleep 600; :' {script} & sleep 600\n")
        script.chmod(0o755)
        begun = time.monotonic()
        assert "it took longer than 1 seconds" in refused(tmp_path, f"{{command: [{script}], seconds: 1}}")
        assert time.monotonic() - begun < 20
        assert eventually(lambda: processes_about(script) == [])

    def test_one_that_is_not_installed_or_may_not_be_run(self, tmp_path: Path) -> None:
        assert "no-such-program is not installed" in refused(tmp_path, "{command: [no-such-program]}")
        assert "No such file" in refused(tmp_path, "{command: [/no/such/program]}")


class TestWriting:
    def test_nothing_is_fetched_when_files_are_read_and_validated(self, tmp_path: Path) -> None:
        mark = tmp_path / "ran"
        loaded = rules(tmp_path, f"content: !secret {{command: [touch, {mark}]}}")
        loaded.validate_all([Target("mx1", "192.0.2.1")])
        (made,) = loaded.controls_for(Target("mx1", "192.0.2.1"))
        assert {key: str(want) for key, want in made.expected(Target("mx1", "")).items()}["content"] == AS_WANTED
        repr((loaded, made, loaded.to_dict()))
        assert not mark.exists()

    def test_among_the_variables_of_the_baseline(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("P", CANARY)
        made = control(tmp_path, 'content: "a {{ p }} b\\n"', "vars: {p: !secret {env: P}}")
        assert isinstance(made.content, Secret)
        assert made.content.reveal() == f"a {CANARY} b\n"
        assert CANARY not in repr(made)

    def test_alone_it_keeps_its_lines(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("P", f"{CANARY}\nmore\n")
        made = control(tmp_path, 'content: "{{ p }}"', "vars: {p: !secret {env: P}}")
        assert isinstance(made.content, Secret)
        assert made.content.reveal() == f"{CANARY}\nmore\n"

    def test_among_the_variables_of_an_inventory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("P", CANARY)
        (tmp_path / "group_vars").mkdir()
        (tmp_path / "group_vars" / "all.yml").write_text("p: !secret {env: P}\n")
        (tmp_path / "hosts.yml").write_text("all: {hosts: {mx1: {q: !secret {env: P}}}}\n")
        inventory = load_inventory(tmp_path / "hosts.yml")
        (target,) = inventory.targets
        assert target.vars["p"] == target.vars["q"] == Secret("environment variable P", lambda: "")
        assert CANARY not in repr(inventory) + repr(inventory.to_dict())
        made = control(tmp_path, 'content: "{{ p }}-{{ q }}"', **target.vars)
        assert isinstance(made.content, Secret)
        assert made.content.reveal() == f"{CANARY}-{CANARY}"

    def test_the_mode_is_the_owners_alone_unless_more_is_given(self, tmp_path: Path) -> None:
        def mode(extra: str) -> str:
            made = control(tmp_path, f"content: !secret {{env: P}}{extra}")
            return str(made.expected(Target("mx1", ""))["mode"])

        assert mode("") == "0600"
        assert mode('\n    mode: "0640"') == "0640"
        assert any(
            "lets everybody read a secret" in one
            for one in wrong(tmp_path, "content: !secret {env: P}\n    mode: '0644'")
        )

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("{}", "!secret wants one of `env`, `file` and `command`"),
            ("{env: A, file: b}", "!secret wants one of"),
            ("{var: A}", "!secret wants one of"),
            ("A", "!secret says where a secret comes from, such as !secret {env: NAME}"),
            ("[A]", "tag !secret is not supported here"),
            ("{env: $A}", "`env`: the name of an environment variable is wanted, without `$`"),
            ("{env: [A]}", "the name of an environment variable is wanted"),
            ("{env: A, all: true}", "unknown key `all` beside `env`"),
            ("{file: }", "a path is wanted"),
            ("{file: a, shell: true}", "unknown key `shell` beside `file`"),
            ("{command: pass show x}", "`command`: a list of words is wanted"),
            ("{command: []}", "`command`: a list of words is wanted"),
            ("{command: [a, [b]]}", "`command`: a list of words is wanted"),
            ("{command: [a], shell: true}", "the text of a command, since `shell` is set is wanted"),
            ("{command: [a], seconds: 0}", "`seconds`: a number of seconds from 1 to 600 is wanted"),
            ("{command: [a], seconds: true}", "`seconds`: a number of seconds from 1 to 600 is wanted"),
            ("{command: [a], all: 1}", "`all`: true or false is wanted"),
        ],
    )
    def test_mistakes_are_told_where_they_stand(self, tmp_path: Path, source: str, message: str) -> None:
        with pytest.raises(InputError) as error:
            rules(tmp_path, f"content: !secret {source}")
        told = [problem for problem in error.value.problems if message in problem.message]
        assert told, error.value.problems
        assert all(problem.line == 15 for problem in told)

    @pytest.mark.parametrize(
        "content",
        [
            'content: "{{ p | upper }}"',
            "content: \"{{ p ~ 'x' }}\"",
            'content: "{{ [p] }} x"',
            'content: "{{ p | length }}"',
            'content: "{% set a %}{{ p }}{% endset %}{{ a | upper }}"',
            'content: "x"\n    owner: "{{ p }}"',
            'content: "x"\n    reload: [!secret {env: P}]',
        ],
    )
    def test_it_cannot_be_worked_with_or_stand_where_it_would_be_shown(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
    ) -> None:
        monkeypatch.setenv("P", CANARY)
        found = wrong(tmp_path, content, "vars: {p: !secret {env: P}}")
        assert found
        assert CANARY not in "".join(found)
        words = ("secret cannot", "cannot stand inside a text", "'Secret' has no len")
        assert any(word in one for one in found for word in words), found

    def test_a_roster_holds_none(self, tmp_path: Path) -> None:
        (tmp_path / "roster.yml").write_text("- {address: !secret {env: P}}\n")
        (tmp_path / "hosts.yml").write_text("all: {hosts: {mx1: {roster: roster.yml}}}\n")
        with pytest.raises(InputError, match="tag !secret is not supported here"):
            load_inventory(tmp_path / "hosts.yml")

    def test_how_to_reach_a_host_is_no_secret(self, tmp_path: Path) -> None:
        (tmp_path / "hosts.yml").write_text("all: {hosts: {mx1: {ansible_host: !secret {env: P}}}}\n")
        with pytest.raises(InputError, match="ansible_host"):
            load_inventory(tmp_path / "hosts.yml")
