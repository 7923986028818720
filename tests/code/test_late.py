"""Packages that import their names late give the same ones to the type checker and to whoever imports them."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

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
