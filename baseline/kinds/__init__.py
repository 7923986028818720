"""The kinds of control, found by looking: a new kind is one new file here, and nothing is registered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Literal, get_args, get_origin

if TYPE_CHECKING:
    from baseline.kinds.base import Control


@cache
def kinds() -> Mapping[str, type[Control]]:
    """Every kind by its name, in the order of names: the subclasses of `Control` with a literal `kind`.

    Read-only, and looked for once. Raises TypeError when two classes claim one name.
    """
    found: dict[str, type[Control]] = {}
    for info in pkgutil.iter_modules(__path__):
        for name, control in kinds_of(importlib.import_module(f"{__name__}.{info.name}")):
            if found.setdefault(name, control) is not control:
                raise TypeError(f"kind `{name}` is claimed by {found[name].__qualname__} and {control.__qualname__}")
    return MappingProxyType(dict(sorted(found.items())))


def kinds_of(module: ModuleType) -> Iterator[tuple[str, type[Control]]]:
    """The kinds that a module defines, each with its name; classes it only imports are left out."""
    from baseline.kinds.base import Control

    for value in vars(module).values():
        if not (isinstance(value, type) and issubclass(value, Control) and value.__module__ == module.__name__):
            continue
        annotation = value.model_fields["kind"].annotation
        if get_origin(annotation) is Literal:
            for name in get_args(annotation):
                yield name, value
