"""Values of a command line that are plain, as strings and paths are, and are taken without a validator made for them.

Typer has pydantic make one for every option of a command, given or not, which takes longer than to read a small
baseline. Whatever is not plain, and all that is wrong, is left to that validator, which says so as ever.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin


def with_plain_values(command: Any) -> Any:
    """A command of Typer's and those below it, whose parameters take plain values at once."""
    command.get_params = _PlainParameters(command.get_params)
    for inner in getattr(command, "commands", {}).values():
        with_plain_values(inner)
    return command


class _PlainParameters:
    """What a command gives as its parameters, with that for help, each of which takes plain values.

    It puts itself before `get_runtime_param`, by which a parameter makes its validator when it is first needed. A
    release of Typer that has no such method never asks for it, and converts all values by itself.
    """

    def __init__(self, given: Callable[[Any], list[Any]]) -> None:
        self._given = given

    def __call__(self, ctx: Any) -> list[Any]:
        parameters = self._given(ctx)
        for one in parameters:
            made = getattr(one, "get_runtime_param", None)
            if made is not None and hasattr(one, "type_descriptor") and not isinstance(made, _Plain):
                one.get_runtime_param = _Plain(_PlainValues(one, made))
        return parameters


class _Plain:
    """A function that gives what it was made with."""

    def __init__(self, given: _PlainValues) -> None:
        self._given = given

    def __call__(self) -> _PlainValues:
        return self._given


class _Left:
    """In place of a value that is left to Typer."""


_LEFT = _Left()


class _PlainValues:
    """How a parameter takes values, with what Typer makes of its type behind it, made when it is needed."""

    def __init__(self, parameter: Any, made: Callable[[], Any]) -> None:
        self._type, self._info = parameter.type_descriptor.annotation, parameter.type_descriptor.parameter_info
        self._several = parameter.multiple or parameter.nargs == -1
        self._made = made

    def __getattr__(self, name: str) -> Any:
        """All else that a release of Typer may want of it."""
        return getattr(self._made(), name)

    def coerce(self, value: Any, *others: Any, **named: Any) -> Any:
        """The value in the type of the parameter. Raises what Typer raises for one that is none."""
        taken = self._taken(value)
        return self._made().coerce(value, *others, **named) if taken is _LEFT else taken

    def _taken(self, value: Any) -> Any:
        if value is None:
            return () if self._several else None
        if self._info.parser is not None:
            return _LEFT
        if get_origin(self._type) is not list:
            return self._one(self._type, value)
        if not self._several or type(value) not in (list, tuple):
            return _LEFT
        taken = [self._one(get_args(self._type)[0], item) for item in value]
        return _LEFT if _LEFT in taken else taken

    def _one(self, wanted: Any, value: Any) -> Any:
        if type(value) is int and wanted is int:
            least, most = self._info.min, self._info.max
            return value if (least is None or least <= value) and (most is None or value <= most) else _LEFT
        if type(value) is not str or not value.isascii():  # What is not UTF-8 is refused by it.
            return _LEFT
        if wanted is Path:
            return path if self._takes(path := Path(value)) else _LEFT
        choice = get_origin(wanted) is Literal and self._info.case_sensitive and value in get_args(wanted)
        return value if wanted is str or choice else _LEFT

    def _takes(self, path: Path) -> bool:
        """Whether a path has nothing that Typer would say against it, or make of it."""
        info = self._info
        if info.path_type is not None or info.resolve_path or info.writable or not (info.file_okay and info.dir_okay):
            return False
        try:
            path.stat()
        except (OSError, ValueError):
            return not info.exists and "\0" not in str(path)
        return not info.readable or os.access(path, os.R_OK)
