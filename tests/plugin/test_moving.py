"""Suites of others move here: what changes in them is counted."""

from __future__ import annotations

import difflib
import textwrap

import pytest

from tests.plugin.conftest import Own

pytest_plugins = ["pytester"]

MOST = 5
"""Lines that may change in a suite."""

MOLECULE = {
    "molecule/default/tests/test_default.py": """
        import os

        import testinfra.utils.ansible_runner

        testinfra_hosts = testinfra.utils.ansible_runner.AnsibleRunner(
            os.environ["MOLECULE_INVENTORY_FILE"]
        ).get_hosts("all")


        def test_accounts_file(host):
            accounts = host.file("/etc/passwd")

            assert accounts.exists
            assert accounts.user == "root"
            assert accounts.group == "root"


        def test_root_has_a_shell(host):
            assert host.user("root").shell.startswith("/")


        def test_kernel(host):
            cmd = host.run("uname -s")
            assert cmd.rc == 0
            assert "Linux" in cmd.stdout
    """,
}
MOLECULE_HERE = {
    "molecule/default/tests/test_default.py": """
        testinfra_hosts = ["all"]


        def test_accounts_file(host):
            accounts = host.file("/etc/passwd")

            assert accounts.exists
            assert accounts.user == "root"
            assert accounts.group == "root"


        def test_root_has_a_shell(host):
            assert host.user("root").shell.startswith("/")


        def test_kernel(host):
            cmd = host.run("uname -s")
            assert cmd.rc == 0
            assert "Linux" in cmd.stdout
    """,
}
"""A role's tests as Molecule's documentation has them."""

REPOSITORY = {
    "conftest.py": """
        import pytest


        @pytest.fixture(scope="module")
        def accounts(host):
            return host.file("/etc/passwd").content_string.splitlines()
    """,
    "tests/test_base.py": """
        import pytest

        testinfra_hosts = ["ssh://root@192.0.2.1", "ssh://root@192.0.2.2"]


        @pytest.mark.parametrize("path,mode", [("/etc/passwd", 0o644), ("/etc", 0o755)])
        def test_modes(host, path, mode):
            assert host.file(path).mode == mode


        class TestAccounts:
            def test_root_is_first(self, accounts):
                assert accounts[0].startswith("root:")

            @pytest.mark.parametrize("name", ["root", "daemon"])
            def test_there(self, host, name):
                assert host.user(name).exists
    """,
    "tests/test_edge.py": """
        import pytest

        testinfra_hosts = ["mx2"]


        @pytest.mark.skip(reason="not there yet")
        def test_proxy(host):
            assert host.service("haproxy").is_running


        def test_resolver(host):
            if not host.file("/etc/resolv.conf").exists:
                pytest.skip("no resolver")
            assert host.file("/etc/resolv.conf").contains("nameserver")
    """,
}
"""A repository of testinfra's tests: a conftest, hosts named by module, classes, parameters."""


def laid_out(own: Own, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = own.pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())


def changed(before: dict[str, str], after: dict[str, str]) -> int:
    """How many lines stand otherwise: each that is new, and each that is gone with nothing in its place."""
    count = 0
    for name, text in before.items():
        old, new = (one.split("\n") for one in (text, after[name]))
        for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            count += 0 if kind == "equal" else max(len([one for one in old[i:j] if one.strip()]), m - k)
    return count


@pytest.mark.parametrize(
    ("before", "after", "outcomes"),
    [
        (MOLECULE, MOLECULE_HERE, {"passed": 10, "failed": 2, "skipped": 2, "xfailed": 2}),
        (REPOSITORY, REPOSITORY, {"passed": 15, "failed": 2, "skipped": 3, "xfailed": 2}),
    ],
    ids=["molecule", "repository"],
)
def test_a_suite_of_others_moves_here(
    own: Own, before: dict[str, str], after: dict[str, str], outcomes: dict[str, int]
) -> None:
    assert changed(before, after) <= MOST
    laid_out(own, after)
    run = own.run()
    run.assert_outcomes(**outcomes)
    assert sorted(own.opened) == ["mx1", "mx2"], "one connection for each host"


def test_changed_lines_are_counted() -> None:
    assert changed({"a": "1\n2\n3"}, {"a": "1\n2\n3"}) == 0
    assert changed({"a": "1\n2\n3"}, {"a": "1\nx\n3"}) == 1
    assert changed({"a": "1\n2\n3\n4"}, {"a": "1\n4"}) == 2
    assert changed({"a": "1"}, {"a": "1\n2\n3"}) == 2
