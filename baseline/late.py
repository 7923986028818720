"""Names that a package gives, each imported from its module when it is first used: what nobody uses costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def given_late(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package, out of each module of it and the names that are found there (PEP 562).

    For the type checker the package imports the same names under `TYPE_CHECKING`; `tests/code/test_late.py` compares.
    """
    modules = {name: module for module, names in homes.items() for name in names}

    def found(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(import_module(package), name, value)
        return value

    return found
