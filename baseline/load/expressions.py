"""The expressions of templates in a baseline, over Jinja2: which names they use, and what they come to.

Apart from `rendering`, so that a baseline without a template needs no Jinja2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from baseline.load.tree import Position, Tree, nearest, planted
from baseline.secret import NOT_SHOWN, Secret, veil


class Unrendered(Exception):
    """A template that comes to nothing, in words; `undefined` where that is for want of a variable."""

    def __init__(self, words: str, *, undefined: bool = False) -> None:
        super().__init__(words)
        self.undefined = undefined


def names_in(text: str) -> tuple[str, ...]:
    """The variables that a template uses, in order; none for a text that is no template."""
    try:
        return tuple(sorted(meta.find_undeclared_variables(_environment().parse(text))))
    except TemplateSyntaxError:
        return ()


def parts_of(text: str, variable: str) -> tuple[str, ...]:
    """The parts of a variable that a template uses, such as `name` in `{{ target.name }}`; "" for the whole of it."""
    tree = _environment().parse(text)
    parts = [node for node in tree.find_all(nodes.Getattr) if _is_name(node.node, variable)]
    whole = sum(_is_name(node, variable) for node in tree.find_all(nodes.Name)) > len(parts)
    return tuple(sorted({*(node.attr for node in parts), *([""] if whole else [])}))


def _is_name(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name


def value_of(text: str, values: Mapping[str, Any], place: Position) -> Tree:
    """What a template comes to, all of it at `place`. Raises `Unrendered`."""
    try:
        with veil() as unveiled:
            value = _compiled(text)(values)
            value = unveiled(value) if isinstance(value, str) else value
        return planted(value, place)
    except UndefinedError as error:
        raise Unrendered(_undefined(str(error.message), values), undefined=True) from None
    except TemplateSyntaxError as error:
        raise Unrendered(str(error.message)) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise Unrendered(str(error) or type(error).__name__) from None


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox of Jinja, in which nothing of a secret can be reached: not its value, nor what would fetch it."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether an expression may have an attribute."""
        return not isinstance(obj, Secret) and super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """What stands for an attribute that it may not have, and raises when it is used."""
        if isinstance(obj, Secret):
            return self.undefined(NOT_SHOWN, obj=obj, name=attribute, exc=SecurityError)
        return super().unsafe_undefined(obj, attribute)


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    # finalize reaches every interpolation of a longer text; there None would silently become "None".
    return _Environment(undefined=StrictUndefined, keep_trailing_newline=True, finalize=_shown)


def _shown(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.stand_in()
    if value is None or isinstance(value, list | tuple | Mapping):
        raise TypeError(f"{value!r} cannot stand inside a text")
    return value


@lru_cache(maxsize=1000)
def _compiled(text: str) -> Callable[[Mapping[str, Any]], Any]:
    environment = _environment()
    body = environment.parse(text).body
    alone = len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1
    if not (alone and text.startswith("{{") and text.endswith("}}")):
        template = environment.from_string(text)
        return lambda values: template.render(values)
    inner = re.sub(r"^\{\{[-+]?|[-+]?\}\}$", "", text)
    expression = environment.compile_expression(inner, undefined_to_none=False)
    return lambda values: _defined(expression(values))


def _defined(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)  # raises, with Jinja's own words for what is missing
    return value


def _undefined(message: str, values: Mapping[str, Any]) -> str:
    name = re.match(r"'(\w+)' is undefined", message)
    hint = nearest(name[1], values) if name else ""
    close = f": {hint}" if hint.startswith("did") else ""
    return f"{message}{close}"
