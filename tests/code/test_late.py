"""Packages that import their names late give the same ones to the type checker and to whoever imports them."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from baseline import late
from baseline.late import regex
from tests.code.rooms import PACKAGE, tree_of

pytestmark = pytest.mark.checkout


@pytest.mark.parametrize("package", ["model", "load"])
def test_what_is_given_late_is_what_the_type_checker_sees(package: str) -> None:
    given = import_module(f"baseline.{package}")
    seen = {
        (alias.name, str(node.module))
        for node in ast.walk(tree_of(PACKAGE / package / "__init__.py"))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"baseline.{package}.")
        for alias in node.names
    }
    assert {name for name, _ in seen} == set(given.__all__)
    for name, module in seen:
        assert getattr(given, name) is getattr(import_module(module), name)


def test_a_name_that_there_is_not_is_an_error_of_its_package() -> None:
    with pytest.raises(AttributeError, match=r"module 'baseline\.model' has no attribute 'Reprot'"):
        _ = import_module("baseline.model").Reprot


@pytest.mark.parametrize("method", ["search", "match", "fullmatch", "split", "findall"])
@pytest.mark.parametrize(("text", "flags"), [("a+(b)?", 0), ("^B", re.IGNORECASE | re.MULTILINE), (rb"[\x80-\xff]", 0)])
def test_an_expression_that_is_compiled_late_finds_the_same(method: str, text: Any, flags: int) -> None:
    made = re.compile(text, flags)
    for words in ("aab ab", "x\nb", "", "é"):
        given = words.encode() if isinstance(text, bytes) else words
        found = [getattr(one, method)(given) for one in (regex(text, flags), made)]
        assert repr(found[0]) == repr(found[1])


def test_an_expression_is_compiled_once_and_only_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def count(text: str, flags: int) -> re.Pattern[str]:
        compiled.append(text)
        return re.compile(text, flags)

    monkeypatch.setattr(late, "re", SimpleNamespace(compile=count))
    unused, used = regex("("), regex("a")
    assert [used.sub("b", "aa"), used.sub("c", "a")] == ["bb", "c"]
    assert compiled == ["a"]
    with pytest.raises(re.error):
        unused.search("")
