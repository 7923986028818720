"""Pydantic's complaints as a reader of the file wants them: at the value, in plain words, with a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from baseline.load.tree import Leaf, Position, Problems, Table, Tree, ValuePath, located, nearest, plain, short
from baseline.load.yaml import words_for
from baseline.secret import Secret

Model = TypeVar("Model", bound=BaseModel)

_WANTED = {
    "bool": "true or false",
    "dict": "a mapping (`key: value`)",
    "float": "a number",
    "frozen_set": "a list",
    "int": "a whole number",
    "list": "a list",
    "model": "a mapping (`key: value`)",
    "set": "a list",
    "string": "text",
    "tuple": "a list",
}


def validated(model: type[Model], tree: Tree, problems: Problems) -> Model | None:
    """The tree as a model; None, with every problem noted, when it is none."""
    try:
        return model.model_validate(plain(tree))
    except ValidationError as error:
        for place, message, _ in explain(error, tree, model):
            problems.add(place, message)
        return None


def explain(error: ValidationError, tree: Tree, model: type[BaseModel]) -> Iterator[tuple[Position, str, ValuePath]]:
    """Place, message and path of every complaint."""
    for detail in error.errors(include_url=False):
        path: ValuePath = tuple(detail["loc"])
        steps = list(located(tree, path))
        place, value = (steps[-1][2].place, steps[-1][2]) if steps else (tree.place, tree)
        if path and path[-1] == "[key]" and steps:
            place = steps[-1][1]
        name = _name(path)
        if detail["type"] == "missing":
            yield place, f"`{path[-1]}` is missing{_inside(path)}", path
        elif detail["type"] == "extra_forbidden":
            known = _fields_at(model, path[:-1])
            yield steps[-1][1], f"unknown key `{path[-1]}`: {nearest(str(path[-1]), known)}", path
        else:
            like = _like(model, path) if detail["type"] == "string_pattern_mismatch" else ""
            yield place, f"{name}{_words(detail, value)}{like}", path


def _like(model: type[BaseModel], path: ValuePath) -> str:
    """An example of the field at a path, as a part of a sentence; empty where its model has none."""
    field = model.model_fields.get(str(path[0])) if path else None
    if field is None or any(isinstance(step, str) for step in path[1:]):
        return ""
    example = (field.examples or [field.default])[0]
    example = next(iter(example), None) if len(path) > 1 and isinstance(example, list | tuple) else example
    return f": write it like {example}" if isinstance(example, str) and example else ""


def _name(path: ValuePath) -> str:
    words = [step for step in path if isinstance(step, int) or step.isidentifier()]
    if not words:
        return ""
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in words)
    return f"`{name.removeprefix('.')}`: "


def _inside(path: ValuePath) -> str:
    name = _name(path[:-1])
    return f" in {name.removesuffix(': ')}" if name else ""


def _words(detail: Mapping[str, Any], value: Tree) -> str:
    given, context = detail["input"], detail.get("ctx", {})
    if detail["type"] == "value_error":
        return _ended(str(context["error"]), given)
    if isinstance(value, Leaf) and isinstance(value.value, Secret):
        return "a secret cannot stand here, where reports would show it: only the content of a file may hold one"
    if detail["type"] == "string_type" and isinstance(value, Leaf) and value.value is not None:
        return f"text is wanted, and YAML reads {value.text} as {words_for(value.value)}: put it in quotes"
    if detail["type"] == "string_pattern_mismatch":
        words = re.fullmatch(r"\^\(([a-z_|]+)\)\$", context["pattern"])
        if words:
            return f"{short(given)} is not known: {nearest(given, words[1].split('|'))}"
        return f"{short(given)} does not have the form {context['pattern']}"
    wanted = _WANTED.get(detail["type"].removesuffix("_type").removesuffix("_parsing"))
    if wanted:
        return f"{wanted} is wanted, not {'nothing' if given is None else short(given)}"
    message = detail["msg"].replace("Input should be ", "should be ")
    close = ""
    if detail["type"] in ("enum", "literal_error") and isinstance(given, str):
        hint = nearest(given, [word.strip("' ") for word in context["expected"].replace(" or ", ",").split(",")])
        close = f": {hint}" if hint.startswith("did") else ""
    return f"{message[:1].lower()}{message[1:]}, not {short(given)}{close}"


def _ended(message: str, given: Any) -> str:
    """A validator's own message, with the value where it does not name it."""
    if isinstance(given, str) and "\n" in given:
        hint = (
            ": a block ends in a newline unless it begins with `|-` or `>-`"
            if given.strip("\n").count("\n") == 0
            else ""
        )
        return f"{message}, not {short(given)}{hint}"
    return message if not isinstance(given, str) or given in message else f"{message}, not {short(given)}"


def _fields_at(model: type[BaseModel], path: Sequence[str | int]) -> set[str]:
    """The keys that may stand at a path of a model."""
    models = {model}
    for step in path:
        if isinstance(step, int):
            continue
        models = {
            inner
            for outer in models
            for inner in _models_in(outer.model_fields.get(step))
            if step in outer.model_fields
        } or models
    return {field.alias or name for one in models for name, field in one.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, FieldInfo):
        annotation = annotation.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def table(tree: Tree | None, what: str, problems: Problems) -> Table | None:
    """The tree as a mapping; None, with the problem noted, when it is none."""
    if tree is None or isinstance(tree, Table):
        return tree
    problems.add(tree.place, f"{what} must be a mapping (`key: value`)")
    return None
