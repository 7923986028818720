"""The tests that the page about pytest shows run as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import fences, written

pytest_plugins = ["pytester"]

pytestmark = pytest.mark.slow

PAGE = "docs/pytest.md"


def test_the_tests_of_the_page_run(pytester: pytest.Pytester) -> None:
    shown = fences(PAGE, written()[PAGE])
    (tests,) = (one for one in shown if one.language == "python")
    (ini,) = (one for one in shown if one.language == "ini")
    Path("test_mail.py").write_text(tests.text.replace("/etc/aliases", "/etc/passwd").replace('"postfix"', '"daemon"'))
    Path("pytest.ini").write_text(ini.text)
    Path("inventory.yml").write_text("all:\n  hosts:\n    mx1: {ansible_connection: local, roles: [mta]}\n")
    given = ("--baseline", "mampu-2007", "--inventory", "inventory.yml")
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", *given, "-k", "test_mail")
    assert run.parseoutcomes()["passed"] == 3
    listed = pytester.runpytest_subprocess(*given, "--collect-only", "-q", "-m", "baseline")
    assert "baseline::mx1::MEL-T-01" in listed.outlines
