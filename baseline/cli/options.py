"""The options that commands share, spelled as Ansible spells them, and what they select."""

from __future__ import annotations

import getpass
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.load import Baseline
    from baseline.model import Target

DEFAULT_BASELINE = "mampu-2007"

InventoryFiles = Annotated[
    list[Path],
    typer.Option(
        "-i", "--inventory", metavar="FILE", help="Inventory: YAML, INI or an executable. May be given more than once."
    ),
]
AnyInventory = Annotated[
    list[Path] | None,
    typer.Option("-i", "--inventory", metavar="FILE", help="Inventory. Without one only the baseline is checked."),
]
AppliedInventory = Annotated[
    list[Path] | None,
    typer.Option(
        "-i",
        "--inventory",
        metavar="FILE",
        help="Inventory: YAML, INI or an executable. May be given more than once. By default that of PLANFILE.",
    ),
]
HostPattern = Annotated[
    str | None,
    typer.Option(
        "-l",
        "--limit",
        metavar="PATTERN",
        help="Only these hosts or groups, in Ansible's patterns; @failed is those that failed in the last run.",
    ),
]
BaselineName = Annotated[
    str, typer.Option("-b", "--baseline", metavar="NAME|FILE", help="A shipped baseline's name, or a file.")
]
AppliedBaseline = Annotated[
    str | None,
    typer.Option(
        "-b",
        "--baseline",
        metavar="NAME|FILE",
        help=f"A shipped baseline's name, or a file. By default that of PLANFILE, else {DEFAULT_BASELINE}.",
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "-t", "--tags", metavar="TAG[,TAG]", help="Only controls with one of these tags, clauses, obligations or kinds."
    ),
]
Controls = Annotated[
    list[str] | None,
    typer.Option(
        "-c",
        "--controls",
        metavar="ID[,ID]",
        help="Only the controls of these ids; globs such as 'MEL-Q-*', and '!MEL-D-13' for all but that.",
    ),
]
Skip = Annotated[
    list[str] | None,
    typer.Option("--skip", metavar="ID|TAG[,…]", help="Leave out the controls of these ids, globs or tags."),
]
SkipTags = Annotated[
    list[str] | None,
    typer.Option("--skip-tags", metavar="TAG[,TAG]", help="Leave out controls with one of these tags."),
]
Forks = Annotated[int, typer.Option("-f", "--forks", metavar="N", min=1, help="How many hosts to work on at once.")]
HostTimeout = Annotated[
    int,
    typer.Option(
        "--host-timeout",
        metavar="SECONDS",
        min=1,
        help="How long to look at a host before giving up. An apply that has begun is finished.",
    ),
]
WholeTimeout = Annotated[
    int,
    typer.Option(
        "--deadline", metavar="SECONDS", min=1, help="How long the run may take; what is not known by then is unknown."
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings and advised controls that fail count as well.")]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="text|json|junit", help="Format of the report. May be given more than once."),
]
Files = Annotated[
    list[Path] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Each -o belongs to the --format in the same position; without it: standard output.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Also show every step, and the states of controls that pass.")
]

Private = Annotated[
    bool, typer.Option("--private", help="In diffs, also show files that not everybody may read, but never secrets.")
]

HOST_SECONDS, RUN_SECONDS = 900, 21_600
"""As in `baseline.deadline`."""

FORKS = 20
"""As `baseline.fleet.FORKS`, which would cost its imports just to print a help text."""


def words(values: Sequence[str] | None) -> list[str]:
    """The values of an option that may be repeated and may hold several, separated by commas."""
    return [word for value in values or () for word in map(str.strip, value.split(",")) if word]


def needed(inventory: list[Path] | None) -> list[Path]:
    """The inventory that a command cannot do without. Raises `UserError` when none is given."""
    if not inventory:
        raise UserError("no inventory is given: name one with -i")
    return inventory


@dataclass(frozen=True)
class Chosen:
    """A baseline by name or file, None for the usual one, and which of its controls are chosen."""

    baseline: str | None
    tags: Sequence[str] | None = None
    controls: Sequence[str] | None = None
    skip: Sequence[str] | None = None
    skip_tags: Sequence[str] | None = None

    @property
    def some(self) -> bool:
        """Whether controls are chosen at all."""
        return bool(self.tags or self.controls or self.skip or self.skip_tags)

    def of(self, loaded: Baseline) -> Baseline:
        """A baseline with the controls that are chosen. Raises `NothingMatched`."""
        return loaded.only(words(self.tags), words(self.controls), words(self.skip), words(self.skip_tags))

    def load(self) -> Baseline:
        """The baseline with the controls that are chosen. Raises `InputError` and `NothingMatched`."""
        from baseline.load import load_baseline

        return self.of(load_baseline(self.baseline or DEFAULT_BASELINE))


def chosen_targets(inventory: Sequence[Path], limit: str | None) -> tuple[Target, ...]:
    """The hosts that are selected. Raises `InputError` and `NothingMatched`."""
    from baseline.load import load_inventory

    return load_inventory(*inventory).select(limit)


def on_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def somebody() -> str:
    """Who runs this, for what hosts keep of an apply."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
