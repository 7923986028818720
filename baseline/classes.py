"""Dataclasses like those of `dataclasses.dataclass`, frozen or not, made in a tenth of the time.

The standard library writes six methods for each class as text and compiles all of them when a module is imported: a
sixth of what a check of one host takes. Here `__init__` is written when it is first called or asked for, and the others
are plain functions. All else (`fields`, `replace`, `asdict`, pickling, `match`) is the standard library's own work.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]


class _Factory:
    """Stands in a signature for what the factory of a field makes."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def _written(cls: Any) -> Any:
    """`__init__` of `cls`: it sets each field, and calls `__post_init__` where there is one."""
    known: dict[str, Any] = {"_set_": object.__setattr__, "_factory_": _FACTORY}
    taken, body, frozen = ["self"], [], cls.__dataclass_params__.frozen
    for field in dataclasses.fields(cls):
        name, value = field.name, field.name
        if field.default_factory is not dataclasses.MISSING:
            known[f"_new_{name}_"] = field.default_factory
            value = f"_new_{name}_() if {name} is _factory_ else {name}" if field.init else f"_new_{name}_()"
        if field.init and value == name and field.default is dataclasses.MISSING:
            taken.append(name)
        elif field.init:
            known[f"_default_{name}_"] = field.default if value == name else _FACTORY
            taken.append(f"{name}=_default_{name}_")
        if field.init or value != name:
            body.append(f"_set_(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    body.append("self.__post_init__()" if hasattr(cls, "__post_init__") else "return")
    lines = [f"def write({', '.join(known)}):", f" def __init__({', '.join(taken)}):", *(f"  {line}" for line in body)]
    names: dict[str, Any] = {}
    exec("\n".join([*lines, " return __init__"]), vars(sys.modules[cls.__module__]), names)  # noqa: S102 -- names of fields
    init = names["write"](**known)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {field.name: field.type for field in dataclasses.fields(cls) if field.init}
    init.__annotations__["return"] = None
    return init


class _Later:
    """`__init__` of a class until somebody wants it. Threads that want it at the same time write the same."""

    def __init__(self, cls: Any) -> None:
        self.cls = cls

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        init = self.cls.__init__ = _written(self.cls)
        return init.__get__(instance, owner)


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _key(names: list[str]) -> Callable[[object], Any]:
    """The function of an instance that gives what it is equal by."""
    return attrgetter(*names) if len(names) > 1 else lambda self: tuple(getattr(self, name) for name in names)


def _methods(cls: Any) -> dict[str, Any]:
    """What a dataclass has besides `__init__`, by name."""
    names = {field.name for field in dataclasses.fields(cls)}
    key = _key([field.name for field in dataclasses.fields(cls) if field.compare])

    def equal(self: object, other: object) -> bool:
        return bool(key(self) == key(other)) if other.__class__ is self.__class__ else NotImplemented

    def digest(self: object) -> int:
        return hash(key(self))

    def put(self: object, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete(self: object, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    every = {"__repr__": _repr, "__eq__": equal}
    if not cls.__dataclass_params__.frozen:
        return {**every, "__hash__": None}
    return {**every, "__hash__": digest, "__setattr__": put, "__delattr__": delete}


def _made(cls: Any, *, frozen: bool) -> Any:
    own = dict(vars(cls))
    cls.__doc__ = cls.__doc__ or cls.__name__  # else the standard library works out a signature to put there
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    made = cls.__dataclass_params__
    made.init, made.repr, made.eq, made.frozen = True, True, True, frozen
    if any(field.kw_only for field in dataclasses.fields(cls)):
        raise TypeError(f"{cls.__qualname__}: the fields of a class that is made cheaply are given in their order")
    if "__init__" not in own:
        cls.__init__ = _Later(cls)
    for name, method in _methods(cls).items():
        # A class that has __eq__ of its own was given None as its hash by Python.
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(cls, name, method)
    return cls


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: Any = None, /, **options: bool) -> Any:
        """As that of the standard library, which itself makes what has other options. Inherits from no dataclass."""
        if options not in ({}, {"frozen": True}):
            return dataclasses.dataclass(cls, **options)
        make = partial(_made, frozen=bool(options))
        return make if cls is None else make(cls)
