"""What is made when it is first used: names that a package gives, and patterns. What nobody uses costs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["given_late", "regex"]

_METHODS = ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")

if TYPE_CHECKING:
    from re import compile as regex
else:

    class regex:  # noqa: N801 -- it stands in place of a function
        """A regular expression as `re.compile` makes it, compiled when something is first looked for by it.

        Most commands use few of those of their modules. Only its methods are asked for, so it is no argument of the
        functions of `re`.
        """

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self._text, self._flags = text, flags

        def __getattr__(self, name: str) -> Any:
            made = re.compile(self._text, self._flags)
            # From now on these are had without a call of this.
            vars(self).update((method, getattr(made, method)) for method in _METHODS)
            return getattr(made, name)


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
