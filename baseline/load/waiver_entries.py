"""One waiver as people write it, in a file of waivers or in a row of an action plan."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from baseline.classes import dataclass
from baseline.kinds.base import Line
from baseline.load import yaml
from baseline.load.explain import validated
from baseline.load.instants import instant
from baseline.load.tree import Items, Position, Problems, Table, Tree
from baseline.model.waivers import WaiverKind


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text.strip()


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _ends(value: Any) -> datetime:
    return _instant(value, ends=True)


def _begins(value: Any) -> datetime:
    return _instant(value, ends=False)


def _instant(value: Any, *, ends: bool) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a date or time with its zone is wanted, such as 2027-03-31T17:00+08:00")
    return instant(value, ends=ends)


Sentence = Annotated[Line, AfterValidator(_said)]
Listed = Annotated[tuple[Sentence, ...], BeforeValidator(_listed), Field(min_length=1)]


class WaiverEntry(BaseModel):
    """One waiver as its file has it: what it covers by `control` or by `tag`, on which `hosts`, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: WaiverKind = "waiver"
    control: Listed | None = None
    tag: Listed | None = None
    hosts: Listed
    reason: Sentence
    approver: Sentence
    expires: Annotated[datetime, BeforeValidator(_ends)]
    begins: Annotated[datetime | None, BeforeValidator(_begins)] = None
    compensating: Sentence = ""
    ticket: Sentence = ""
    baseline: Sentence = ""

    @model_validator(mode="before")
    @classmethod
    def _one_of_both(cls, written: Any) -> Any:
        if isinstance(written, dict) and ("control" in written) == ("tag" in written):
            raise ValueError("a waiver names either a `control`, by id or glob, or a `tag`")
        return written

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> WaiverEntry:
        if self.begins is not None and self.begins >= self.expires:
            raise ValueError("it ends before it begins")
        return self

    @property
    def covers(self) -> str:
        """The controls as written."""
        return ", ".join(self.control) if self.control else f"tag {', '.join(self.tag or ())}"


@dataclass(frozen=True)
class WrittenWaiver:
    """An entry and where each of its parts stands."""

    entry: WaiverEntry
    tree: Table

    def place(self, name: str) -> Position:
        """Where a part of it stands."""
        return (self.tree.get(name) or self.tree).place


def read_waivers(path: Path, problems: Problems) -> tuple[WrittenWaiver, ...]:
    """The entries of one file, mistakes noted in `problems`."""
    tree = yaml.read(path, problems)
    if tree is None:
        return ()
    if not isinstance(tree, Items):
        problems.add(tree.place, "waivers must be a list (`- control: …`)")
        return ()
    return tuple(one for node in tree.nodes if (one := written_waiver(node, problems)))


def written_waiver(tree: Tree, problems: Problems) -> WrittenWaiver | None:
    """One entry, with its places; None, with every problem noted, when it is none."""
    if not isinstance(tree, Table):
        problems.add(tree.place, "a waiver must be a mapping (`control: …`)")
        return None
    entry = validated(WaiverEntry, tree, problems)
    return None if entry is None else WrittenWaiver(entry, tree)
