"""Warnings of a filling mailbox: at which level which program runs, whatever the dialect that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Protocol

from baseline.classes import dataclass
from baseline.edits import SetBlock
from baseline.model import Scalar
from baseline.readings.dialects.dialect import Settings


@dataclass(frozen=True)
class Rule:
    """One rule, its `text` as a state shows it. `percent` of the storage limit, or None for a rule on something else.

    `under` rules run when usage falls below the level, the others when it rises over it. `setting` is where a rule of
    the site stands, empty for one that does not stand there yet.
    """

    text: str
    percent: int | None
    under: bool
    command: str
    setting: str = ""


@dataclass(frozen=True)
class WarningRules:
    """Every rule that is set, setting -> text; and for each quota root its rules in the order that Dovecot tries.

    Of those that were crossed Dovecot runs the first alone. `gap` says that it ignores some, since they stand behind a
    number that is missing.
    """

    every: Mapping[str, str]
    tried: Sequence[Sequence[str]]
    gap: bool = False


@dataclass(frozen=True)
class Grace:
    """By how much the last mail may exceed the quota: in percent of it, or why that cannot be told; and as written.

    `of_roots` are quota roots with a grace of their own, root -> percent.
    """

    percent: Scalar
    written: str
    of_roots: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))


class Warnings(Protocol):
    """How a dialect spells rules. `user` is its variable for the account's login."""

    @property
    def user(self) -> str:
        """The variable that stands for the account's login in a command."""

    def written(self, settings: Settings, blocks: str) -> WarningRules:
        """The rules in force. `blocks` is the answer to the dialect's question of that name. Raises `CannotTell`."""

    def is_name(self, key: str) -> bool:
        """Whether a key of a state is the setting of a rule."""

    def parse(self, text: str) -> Rule:
        """A rule out of its text. Raises ValueError for one with which Dovecot does not start, or runs nothing."""

    def rule(self, percent: int, command: str, *, under: bool = False) -> Rule:
        """A rule on a percentage of the storage limit."""

    def grace(self, settings: Settings, blocks: str) -> Grace:
        """The grace in force. Raises `CannotTell`."""

    def grace_of(self, percent: int, limit: Scalar) -> str:
        """A grace of this many percent as it is written, where the quota is `limit` bytes, or is not known."""

    def edits(self, key: str, rules: Sequence[Rule], grace: str, service: str) -> tuple[SetBlock, ...]:
        """Have Dovecot try these rules in this order, with this grace as it is written, and have this service."""
