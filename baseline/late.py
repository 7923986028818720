"""What nobody uses costs nothing: names that are imported when they are used, and modules that others would take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, cast


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


@contextmanager
def without(name: str) -> Iterator[None]:
    """What is imported within does without a module that it would take only where it is there.

    Afterwards the module can be imported as ever. One that is imported already stays so, and is taken.
    """
    if name in sys.modules:
        yield
        return
    # What stands for "there is no such module": https://docs.python.org/3/reference/import.html#the-module-cache
    modules: dict[str, ModuleType | None] = cast("dict[str, ModuleType | None]", sys.modules)
    modules[name] = None
    try:
        yield
    finally:
        del modules[name]
