"""The form of a baseline's file, and the chain of files that `extends` makes."""

from __future__ import annotations

import hashlib
import importlib.resources
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.kinds.base import Line, Titles
from baseline.load import yaml
from baseline.load.explain import validated
from baseline.load.secret_tags import TAG
from baseline.load.text import decode, expanded, read_bytes
from baseline.load.tree import Items, Leaf, Position, Problems, Table, nearest, plain

VarName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Instrument(BaseModel):
    """The circular, standard or policy that a baseline states. `clauses` are its words, by the names of its clauses."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # only ever read as a part of others
    instrument: Line
    date: Line = ""
    note: str = ""
    clauses: dict[Line, Titles] = {}


class Document(BaseModel):
    """A baseline as its file has it.

    `vars` are defaults, and an inventory's variables go before them. With `extends`, `controls` are added to
    those of the extended baseline and `overrides` change them, by control id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    baseline: Annotated[str, Field(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", examples=["agency-mail"])]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$", examples=["1.0.0"])]
    title: Titles | None = None
    source: Instrument | None = None
    vars: dict[VarName, Any] = {}
    extends: Line | None = None
    controls: tuple[Any, ...] = ()
    overrides: dict[str, Any] = {}

    @field_validator("vars")
    @classmethod
    def _no_templates(cls, variables: dict[str, Any]) -> dict[str, Any]:
        if "target" in variables:
            raise ValueError("`target` is the host itself in every template: give the variable another name")
        for name, value in variables.items():
            if re.search(r"\{[{%]", repr(value)):
                raise ValueError(f"`{name}` holds a template, which is not rendered here: write it in the control")
        return variables


@dataclass(frozen=True)
class Layer:
    """One file of the chain: where each part stands, the digest of its bytes, and its head when that is right."""

    path: Path
    tree: Table
    sha256: str
    document: Document | None

    @property
    def extends(self) -> Leaf | None:
        """The value of `extends`; None when there is none, or none that names anything."""
        value = self.tree.get("extends")
        return value if isinstance(value, Leaf) and isinstance(value.value, str) else None

    @property
    def vars(self) -> dict[str, Any]:
        """The variables that the file sets."""
        value = self.tree.get("vars")
        return dict(plain(value)) if isinstance(value, Table) else {}

    @property
    def set_at(self) -> dict[str, Position]:
        """Where each variable is set."""
        value = self.tree.get("vars")
        return {name: entry.key for name, entry in value.entries.items()} if isinstance(value, Table) else {}


def shipped_paths() -> Mapping[str, Path]:
    """Name -> file of every baseline in the package, in the order of names."""
    folder = importlib.resources.files("baseline.catalogue")
    paths = [Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".yml")]
    return {path.stem: path for path in sorted(paths)}


def shipped_name(file: str) -> str:
    """The name of the baseline in the package that a file is; empty for any other file."""
    return next((name for name, path in shipped_paths().items() if path == Path(file)), "")


def comes_with_the_package(file: str) -> bool:
    """Whether a file is one of the baselines in the package, which nobody who uses it can mend."""
    return bool(shipped_name(file))


def named(place: Position) -> Position:
    """A place as people read it: by the name of the baseline in the package, or by its file."""
    return place._replace(file=shipped_name(place.file) or place.file)


def layers(name: str | Path, problems: Problems) -> list[Layer]:
    """The file of a baseline and those it extends, the lowest first; as far as they can be read."""
    chain: list[Layer] = []
    path = _found(name, None, Position(str(name)), problems)
    seen: list[Path] = []
    while path is not None:
        seen.append(path.resolve())
        layer = _layer(path, problems)
        if layer is None:
            break
        chain.append(layer)
        wanted = layer.extends
        if wanted is None:
            break
        path = _found(wanted.text, path.parent, wanted.place, problems)
        if path is not None and path.resolve() in seen:
            problems.add(wanted.place, f"{wanted.text} extends this baseline in turn: the chain has no end")
            break
    return chain[::-1]


def digest(chain: list[Layer], templates: Sequence[str] = ()) -> str:
    """SHA-256 of a baseline: of its file, or, when it has more than one, of all files' digests in hex.

    Those of the chain come first, the lowest first, and then those of the templates that lie beside them.
    """
    if len(chain) == 1 and not templates:
        return chain[0].sha256
    return hashlib.sha256("".join([*(layer.sha256 for layer in chain), *templates]).encode()).hexdigest()


def _found(name: str | Path, beside: Path | None, place: Position, problems: Problems) -> Path | None:
    """The file of a shipped name, or of a path relative to `beside`."""
    if isinstance(name, Path) or "/" in name or name.endswith((".yml", ".yaml")):
        path = expanded(name)
        if beside is None:
            return path
        path = beside / path
        if not path.is_file():
            problems.add(place, f"there is no file {path}")
            return None
        return path
    known = shipped_paths()
    return known[name] if name in known else _brought(name, known, place, problems)


def _brought(name: str, shipped: Mapping[str, Path], place: Position, problems: Problems) -> Path | None:
    """The file of a name that an extension brings."""
    from baseline import extensions

    try:
        offer = extensions.find("baselines", name, shipped)
        if offer is not None:
            return Path(extensions.loaded(offer))
        hint = nearest(name, (*shipped, *extensions.names("baselines")))
    except UserError as error:
        problems.add(place, str(error))
        return None
    problems.add(place, f"no baseline of this name is shipped: {hint}; a file is given as a path, such as ./{name}.yml")
    return None


def _layer(path: Path, problems: Problems) -> Layer | None:
    raw = read_bytes(path, problems)
    text = None if raw is None else decode(raw, str(path), problems)
    tree = None if text is None else yaml.parse(text, str(path), problems, tags=frozenset({TAG}))
    if raw is None or tree is None:
        return None
    if not isinstance(tree, Table):
        problems.add(tree.place, "a baseline is a mapping that begins with `baseline:` and `version:`")
        return None
    document = validated(Document, tree, problems)
    if "extends" not in tree.entries:
        _whole(tree, problems)
    return Layer(path, tree, hashlib.sha256(raw).hexdigest(), document)


def _whole(tree: Table, problems: Problems) -> None:
    """Note what a baseline lacks that stands on its own."""
    if "title" not in tree.entries:
        problems.add(tree.place, "`title` is missing")
    controls = tree.get("controls")
    if controls is None or (isinstance(controls, Items) and not controls.nodes):
        place = (controls or tree).place
        problems.add(place, "`controls` is missing or empty: a baseline without controls proves nothing")
    if "overrides" in tree.entries:
        problems.add(tree.entries["overrides"].key, "`overrides` needs `extends`: there is nothing to override")
