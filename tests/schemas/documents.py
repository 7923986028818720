"""Documents as an editor sees them, by PyYAML alone, which passes tags over; and a validator that is not ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from baseline.schemas import schema


class _Editor(yaml.SafeLoader):
    """YAML 1.1 without dates, which the loader reads as text, and with the tags that editors are told of."""


_Editor.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in forms if tag.rpartition(":")[2] not in ("timestamp", "value")]
    for letter, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _passed_over(loader: Any, suffix: str, node: Any) -> Any:
    del suffix
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node)


_Editor.add_multi_constructor("!", _passed_over)


def document(path: Path) -> Any:
    """The one document of a file. Raises `yaml.YAMLError`, and `UnicodeDecodeError` for what is not UTF-8."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Editor)


@cache
def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """The validator of a shipped schema."""
    return jsonschema_rs.Draft202012Validator(schema(name))


def faults(name: str, path: Path, against: jsonschema_rs.Draft202012Validator | None = None) -> list[str]:
    """What the schema of that name says of a file; nothing for one that it takes."""
    judged = against or validator(name)
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in judged.iter_errors(document(path))
    ]
