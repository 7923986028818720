"""Tests of one's own beside a baseline's: what travels in the one exchange, and what must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Own

pytest_plugins = ["pytester"]

LOOKING = """
import pytest

PASSWD = "/etc/passwd"

def test_file(host):
    passwd = host.file(PASSWD)
    assert passwd.is_file
    assert passwd.contains("^root:") and passwd.user == "root"
    assert passwd.mode == 0o644

@pytest.mark.parametrize("name", ["root", "daemon"])
def test_user(host, name):
    assert host.user(name).exists
    assert host.user(name).home.startswith("/")

class TestCommands:
    def test_output(self, host):
        assert "root" in host.check_output("cat /etc/passwd | grep %s", "^root")
        assert host.run("test -d /etc").rc == 0

    def test_wrong(self, host):
        assert host.file(PASSWD).group == "nobody's"
"""


def test_tests_that_only_look_travel_with_the_controls(own: Own) -> None:
    run = own.run("--baseline-limit", "mx1", test_own=LOOKING)
    run.assert_outcomes(passed=6, failed=2, skipped=1, xfailed=1)
    assert own.exchanges == ["mx1"]
    assert "nobody's" in run.stdout.str()


def test_the_same_one_by_one(own: Own) -> None:
    run = own.run("--baseline-limit", "mx1", "--baseline-one-by-one", test_own=LOOKING)
    run.assert_outcomes(passed=6, failed=2, skipped=1, xfailed=1)
    assert len(own.exchanges) > 10
    assert own.opened == ["mx1"]


def test_without_a_control_one_exchange_as_well(own: Own) -> None:
    run = own.run("--baseline-limit", "mx1", "-k", "test_own", test_own=LOOKING)
    run.assert_outcomes(passed=4, failed=1, deselected=5)
    assert own.exchanges == ["mx1"]


def test_a_command_that_may_change_the_host_runs_as_often_as_the_test_runs_it(own: Own, tmp_path: Path) -> None:
    count = tmp_path / "count"
    run = own.run(
        "--baseline-limit",
        "mx1",
        "-k",
        "test_own",
        test_own=f"""
        def test_before(host):
            assert not host.file("{count}").exists

        def test_change(host):
            assert not host.file("{count}").exists
            host.run("echo x >> {count}")
            host.run("echo x >> {count}")
            assert host.file("{count}").content_string == "x\\nx\\n"

        def test_after(host):
            assert host.file("{count}").exists
            assert host.check_output("wc -l < {count}") == "2"
        """,
    )
    run.assert_outcomes(passed=3, deselected=5)
    assert count.read_text() == "x\nx\n"


def test_nothing_runs_that_was_only_guessed(own: Own, tmp_path: Path) -> None:
    """What a test would do after a condition that does not hold is never done, not even to listen."""
    there = tmp_path / "there"
    run = own.run(
        "--baseline-limit",
        "mx1",
        "-k",
        "test_own",
        test_own=f"""
        import subprocess

        def test_guarded(host):
            assert host.file("/nonexistent").exists
            host.run("touch {there}")

        def test_helper(host):
            subprocess.run(["sh", "-c", "echo here >> {there}"], check=True)
            assert host.file("{there}").content_string == "here\\n"
        """,
    )
    run.assert_outcomes(passed=1, failed=1, deselected=5)
    assert there.read_text() == "here\n"


def test_what_a_test_of_another_kind_did_is_seen_by_those_behind_it(own: Own, tmp_path: Path) -> None:
    made = tmp_path / "made"
    run = own.run(
        "--baseline-limit",
        "mx1",
        test_a=f"""
        def test_before(host):
            assert not host.file("{made}").exists
        """,
        test_b=f"""
        from pathlib import Path

        def test_that_asks_no_host():
            Path("{made}").touch()
        """,
        test_c=f"""
        def test_after(host):
            assert host.file("{made}").exists
        """,
    )
    run.assert_outcomes(passed=5, failed=1, skipped=1, xfailed=1)
    assert own.exchanges == ["mx1", "mx1"]


def test_a_test_that_waits_gets_new_answers(own: Own, tmp_path: Path) -> None:
    late = tmp_path / "late"
    run = own.run(
        "--baseline-limit",
        "mx1",
        "-k",
        "test_own",
        test_own=f"""
        def test_waits(host):
            for _ in range(100):
                if host.file("{late}").exists:
                    break
                host.run("touch {late}")
            assert host.file("{late}").exists
        """,
    )
    run.assert_outcomes(passed=1, deselected=5)


def test_a_test_that_would_never_end_on_made_up_answers_is_broken_off(own: Own) -> None:
    run = own.run(
        "--baseline-limit",
        "mx1",
        "-k",
        "test_own",
        test_own="""
        def test_forever(host):
            tries = 0
            while not host.file("/etc/passwd").contains("^root:") or host.file("/etc/passwd").size == 0:
                tries += 1
            assert tries == 0
        """,
    )
    run.assert_outcomes(passed=1, deselected=5)


@pytest.mark.parametrize(
    "mark",
    ["@pytest.mark.baseline_alone", "@pytest.mark.usefixtures('tmp_path')", "@pytest.mark.skipif(False, reason='')"],
)
def test_what_is_more_than_its_host_and_parameters_is_asked_when_it_is_run(own: Own, mark: str) -> None:
    text = f"import pytest\n\n{mark}\ndef test_alone(host):\n    assert host.file('/etc/passwd').is_file\n"
    run = own.run("--baseline-limit", "mx1", test_own=text)
    run.assert_outcomes(passed=3, failed=1, skipped=1, xfailed=1)
    assert len(own.exchanges) > 1
    assert "test -f /etc/passwd" not in own.scripts[0][1]


def test_fixtures_of_ones_own_ask_over_the_same_connection(own: Own) -> None:
    run = own.run(
        "--baseline-limit",
        "mx1",
        conftest="""
        import pytest

        @pytest.fixture(scope="module")
        def release(host):
            return host.file("/etc/os-release").content_string
        """,
        test_own="""
        def test_release(release, host):
            assert "ID=" in release
            assert host.backend.get_hostname() == "mx1"
        """,
    )
    run.assert_outcomes(passed=3, failed=1, skipped=1, xfailed=1)
    assert own.opened == ["mx1"]


def test_a_connection_that_breaks_in_a_test_is_an_error(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    run = own.run(
        "--baseline-limit",
        "mx1",
        "-k",
        "test_own",
        test_own="""
        import os
        import signal

        def test_breaks(host):
            host.run("kill -9 $(ps -o ppid= -p $PPID)")
        """,
    )
    run.assert_outcomes(errors=1, deselected=5)
    assert "could not look at mx1" in run.stdout.str()


HOSTS = "testinfra_hosts = {hosts}\n\ndef test_file(host):\n    assert host.file('/etc/passwd').exists\n"


@pytest.mark.parametrize(
    ("hosts", "asked"),
    [
        (["mx1"], ["mx1"]),
        (["ansible://mx*"], ["mx1", "mx2"]),
        (["ansible://all"], ["mx1", "mx2"]),
        (["ssh://root@192.0.2.2"], ["mx2"]),
        (["all", "!mx1"], ["mx1", "mx2"]),
    ],
)
def test_hosts_that_a_module_names(own: Own, hosts: list[str], asked: list[str]) -> None:
    run = own.run("-k", "test_own", "-v", test_own=HOSTS.format(hosts=hosts))
    assert [name for name in ("mx1", "mx2") if f"test_file[{name}] PASSED" in run.stdout.str()] == asked
    assert own.opened == asked


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        (["docker://box"], "docker://box: with --baseline tests ask hosts of the inventory"),
        (["ssh://mx1?sudo=true"], "how to log in is what the inventory says"),
        (["mx9"], "mx9"),
    ],
)
def test_hosts_that_are_none_of_the_inventory_are_refused(own: Own, hosts: list[str], said: str) -> None:
    run = own.run(test_own=HOSTS.format(hosts=hosts))
    assert run.ret != 0
    assert said in run.stdout.str()
    assert own.opened == []


def test_the_option_of_testinfra_goes_before_what_a_module_names(own: Own) -> None:
    run = own.run("-k", "test_own", "--hosts", "mx2", test_own=HOSTS.format(hosts=["mx1"]))
    run.assert_outcomes(passed=1, deselected=10)
    assert own.opened == ["mx2"]
