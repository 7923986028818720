"""A tree as a frozen dataclass, by the types of its fields: what does not fit is a problem at its own place."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from baseline.late import regex
from baseline.load.secret_tags import TAG
from baseline.load.tree import Items, Leaf, Problems, Table, Tree, nearest, plain, short
from baseline.load.yaml import words_for
from baseline.secret import Secret

Value = TypeVar("Value")

_MOMENT = regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)")
_DAY = regex(r"\d{4}-\d\d-\d\d")


class Unfit(Exception):
    """A value does not fit its type, which is noted: what holds it cannot be made either."""


def read_as(
    kind: type[Value], tree: Tree, what: str, problems: Problems, given: Mapping[str, Any] | None = None
) -> Value | None:
    """A mapping as a `kind`; None, with every problem noted, when it is none. `what` is the word for it: "a record".

    `given` are fields that were read already; one that is None did not fit.
    """
    try:
        return _made(kind, tree, what, problems, given or {})
    except Unfit:
        return None


def _made(kind: type[Value], tree: Tree, what: str, problems: Problems, given: Mapping[str, Any]) -> Value:
    if not isinstance(tree, Table):
        problems.add(tree.place, f"{what} must be a mapping (`key: value`)")
        raise Unfit
    wanted, hints = _fields(kind), _types(cast(Hashable, kind))
    unknown = [key for key in tree.entries if key not in wanted]
    for key in unknown:
        problems.add(tree.entries[key].key, f"unknown key `{key}`: {nearest(key, wanted)}")
    values = dict(given)
    fit = not unknown and None not in given.values()
    for name, field in wanted.items():
        inner = tree.get(name)
        if name in given or (inner is None and field.default is not MISSING):
            continue
        try:
            if inner is None:
                problems.add(tree.place, f"`{name}` is missing in {what}")
                raise Unfit
            values[name] = _value(hints[name], inner, name, problems, optional=field.default is not MISSING)
        except Unfit:
            fit = False
    if not fit:
        raise Unfit
    try:
        return kind(**values)
    except ValueError as error:
        problems.add(tree.place, f"{what}: {error}")
        raise Unfit from None


def _value(hint: Any, tree: Tree, name: str, problems: Problems, *, optional: bool = False) -> Any:
    if isinstance(hint, UnionType):
        if isinstance(tree, Leaf) and tree.value is None:
            return None
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    if get_origin(hint) is tuple:
        return _list(get_args(hint)[0], tree, name, problems)
    if isinstance(hint, type) and is_dataclass(hint):
        return _made(hint, tree, f"an entry of `{name}`", problems, {})
    if isinstance(tree, Leaf):
        found, wrong = _scalar(hint, tree, optional=optional)
    else:
        found, wrong = None, f"one value is wanted, not {short(plain(tree))}"
    if wrong:
        problems.add(tree.place, f"`{name}`: {wrong}")
        raise Unfit
    return found


def _list(hint: Any, tree: Tree, name: str, problems: Problems) -> tuple[Any, ...]:
    if not isinstance(tree, Items):
        problems.add(tree.place, f"`{name}`: a list is wanted, not {short(plain(tree))}")
        raise Unfit
    found, fit = [], True
    for node in tree.nodes:
        try:
            found.append(_value(hint, node, name, problems))
        except Unfit:
            fit = False
    if not fit:
        raise Unfit
    return tuple(found)


def _scalar(hint: Any, leaf: Leaf, *, optional: bool) -> tuple[Any, str]:
    """The value, and what is wrong with it."""
    if leaf.value is None:
        return "", "" if hint is str and optional else "a value is missing"
    if hint is Secret:
        said = f"a secret does not stand in a file like this: say where it is, as in `{TAG} {{file: /etc/…}}`"
        return leaf.value, "" if isinstance(leaf.value, Secret) else said
    if get_origin(hint) is Literal:
        known = get_args(hint)
        return (
            leaf.value,
            "" if leaf.value in known else f"{short(leaf.value)} is not known: {nearest(leaf.text, known)}",
        )
    if hint is int or hint is float:
        return _number(hint, leaf)
    if hint is datetime:
        return _moment(leaf.text)
    if hint is date:
        return _day(leaf.text)
    if not isinstance(leaf.value, str):
        return None, f"text is wanted, and YAML reads {leaf.text} as {words_for(leaf.value)}: put it in quotes"
    text = leaf.value.strip()
    if "\n" in text:
        return None, f"one line is wanted, not {short(text)}"
    return text, "" if text or optional else "it is empty"


def _number(hint: type, leaf: Leaf) -> tuple[Any, str]:
    value = leaf.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None, f"a number is wanted, not {short(leaf.text)}"
    if hint is int and not isinstance(value, int):
        return None, f"a whole number is wanted, not {leaf.text}"
    return value, ""


def _moment(text: str) -> tuple[datetime | None, str]:
    wrong = f"{short(text)} is not a moment with its zone: write it as 2007-11-23T09:00:00+08:00"
    if not _MOMENT.fullmatch(text):
        return None, wrong
    try:
        return datetime.fromisoformat(text), ""
    except ValueError:
        return None, wrong


def _day(text: str) -> tuple[date | None, str]:
    wrong = f"{short(text)} is not a date: write it as 2007-11-23"
    if not _DAY.fullmatch(text):
        return None, wrong
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, wrong


@cache
def _types(kind: Hashable) -> dict[str, Any]:
    """The types of its fields, which Python reads from text anew each time that it is asked."""
    return get_type_hints(cast(Any, kind))


def _fields(kind: Any) -> dict[str, Field[Any]]:
    return {field.name: field for field in fields(kind)}
