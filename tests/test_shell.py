"""Shell that hosts run stands in `.sh` files, which shellcheck finds nothing in; Python holds a line or two of it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import baseline
from baseline.shell import script

PACKAGE = Path(str(baseline.__file__)).parent
LONGEST, LINES = 180, 3
"""Of a piece of shell in Python: characters, and lines."""

SCRIPTS = sorted(PACKAGE.rglob("*.sh"))

_SHELL = re.compile(
    r"""\$\(|"\$|2>|>/dev/null|>&\d|\s\|\|\s|\s&&\s|;\s(do|fi|done|esac)\b|\b(do|then)\n|\besac\b|\|\s(sed|awk|grep|sort|cut)\b"""
)
"""What no sentence holds, and shell of some length does."""

_NO_SHELL = {"bundle.py": "function Main"}
"""File -> how a string in it begins that is PowerShell."""


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of each string that is no docstring; in place of what an f-string puts in stands `X`."""
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            said = (str(one.value) if isinstance(one, ast.Constant) else "X" for one in node.values)
            yield node.lineno, "".join(said)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts | alone:
            yield node.lineno, node.value


def _too_long(source: str, where: str = "") -> list[str]:
    return [
        f"{where}:{line}: {text[:60]!r}…"
        for line, text in _strings(ast.parse(source))
        if _SHELL.search(text) and (len(text) > LONGEST or text.strip().count("\n") >= LINES)
        if not (where in _NO_SHELL and text.startswith(_NO_SHELL[where]))
    ]


def test_shell_in_python_is_short() -> None:
    found = {
        where: long
        for path in sorted(PACKAGE.rglob("*.py"))
        if (long := _too_long(path.read_text(), where := str(path.relative_to(PACKAGE))))
    }
    assert found == {}, "put it into a .sh file beside the module; see baseline/shell.py"


def test_long_shell_would_be_found() -> None:
    question = "for f in a b; do cat -- {x}; done"
    assert not _too_long(f"x = {question!r}")
    assert _too_long(f"x = {question.replace('a b', 'a b ' * 50)!r}")
    assert _too_long(f"x = f{question.replace('a b', 'a b ' * 50)!r}")
    assert _too_long("x = 'set -eu\\na && b\\nc\\nd\\n'")
    assert not _too_long(
        f"x = {'Take it out of the list, or name the network that hosts are administered from. ' * 4!r}"
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_shellcheck_finds_nothing(path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(["shellcheck", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_there_are_scripts_and_each_says_what_it_is_for() -> None:
    ours = [path for path in SCRIPTS if path.parent.name in ("kinds", "readings", "remedies")]
    assert len(ours) > 15
    assert [path.name for path in ours if not path.read_text().splitlines()[1].startswith("# ")] == []


def test_a_script_begins_with_its_values_and_without_its_comments() -> None:
    said = script("baseline.remedies", "dkim_publishing.undo", k="/a b/c", f="it's")
    assert said.splitlines()[:3] == ["k='/a b/c'", """f='it'"'"'s'""", 'rm -f "$f.new"']
    assert not said.endswith("\n")


def test_values_reach_a_script_whatever_they_hold() -> None:
    value = "a'b\"$(exit 3)`exit 4`\\\n; exit 5"
    text = script("baseline.remedies", "dkim_publishing.undo", k=value).partition("\nrm -f")[0]
    done = subprocess.run(["sh", "-c", f'{text}\nprintf %s "$k"'], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, value)
