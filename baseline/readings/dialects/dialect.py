"""What each dialect of Dovecot's configuration answers: the concepts, and how a remedy writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

from baseline.classes import dataclass
from baseline.edits import SetBlock
from baseline.judge import UNLIMITED
from baseline.model import Scalar, State

if TYPE_CHECKING:
    from baseline.readings.dialects.enforcing import Enforcing
    from baseline.readings.dialects.warnings import Warnings

EARLY = "/etc/dovecot/conf.d/00-baseline.conf"
"""Read before the files that Debian ships in conf.d."""

PLUGINS = "mail_plugins"
"""The block with the global list of plugins: one for all controls that need a plugin there."""

Choice = Callable[[Scalar, bool], str]
"""The limit to write, from the present one and whether any setting says so: a size as Dovecot writes it, or 0."""

Concept = Literal[
    "limit", "plugins", "grace", "largest mail", "on success", "on no user", "over quota", "too large", "list index"
]
"""What has a setting in either dialect; `on …` and `over quota` are the answers of the service quota-status."""


@dataclass(frozen=True)
class Root:
    """One quota root. `definition` is what a report shows of it, in the words of the dialect.

    `limit` is what it gives an account of which nothing else is said: bytes, `unlimited`, or why it cannot be read; and
    `set_somewhere` whether any setting says so. `own_limit` is the limit that stands at the root itself, None where
    none does. In 2.4 such a limit takes the place of those of single accounts.
    """

    name: str
    definition: str
    driver: str
    enforced: bool
    own_limit: int | str | None
    limit: int | str = UNLIMITED
    set_somewhere: bool = False


@dataclass(frozen=True)
class NarrowLimit:
    """A limit for one protocol, namespace or folder that decides over mail as it is delivered into INBOX.

    `heads` are those of the blocks in which it stands, outermost first.
    """

    heads: tuple[str, ...]
    limit: int | str

    @property
    def where(self) -> str:
        """The blocks, for the key of a state."""
        return " / ".join(self.heads)


@dataclass(frozen=True)
class Excess:
    """By how much the last mail may exceed a limit: a share of the limit, and bytes."""

    share: float = 0.0
    size: int = 0

    def over(self, limit: int) -> float:
        """Bytes that an account of that limit may come to hold."""
        return limit * (1 + self.share) + self.size


@dataclass(frozen=True)
class Settings:
    """What is in force outside of any protocol.

    `limit` is what an account gets of which nothing else is said, by all roots together: bytes, `unlimited`, or why it
    cannot be read. `narrow` are limits that hold for mail as it is delivered alone. `additions` are amounts in bytes by
    which a limit may be raised on its way to an account, and `shares` percentages that may be taken of it.
    `values` are the settings outside of all blocks by the dialect's own names, `plugin` those of the section `plugin`
    of 2.3, `%` still doubled; 2.4 has none.
    """

    protocols: frozenset[str]
    plugins: tuple[str, ...]
    roots: tuple[Root, ...]
    limit: int | str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    plugin: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    grace: Excess = Excess()
    narrow: tuple[NarrowLimit, ...] = ()
    additions: frozenset[int] = frozenset()
    shares: frozenset[int] = frozenset()


class Dialect(Protocol):
    """One dialect. `name` is `2.3` or `2.4`; `asked` prints what `read` understands."""

    @property
    def name(self) -> str:
        """The releases that speak it."""

    @property
    def asked(self) -> str:
        """The command that prints the settings in force."""

    @property
    def blocks(self) -> str:
        """The command that prints what `warnings` and `enforcing` read of blocks, if anything."""

    @property
    def enforcing(self) -> Enforcing:
        """How that is spelled which holds people to their quota."""

    @property
    def warnings(self) -> Warnings:
        """How the warnings of a filling mailbox are spelled."""

    def read(self, printed: str) -> Settings:
        """The settings out of the answer to `asked`. Raises `CannotTell`."""

    def plugins_for(self, settings: Settings, printed: str) -> tuple[str, ...]:
        """The plugins loaded for a protocol, out of the answer to `plugins_question`. Raises `CannotTell`."""

    def called(self, concept: Concept) -> str:
        """The setting of a concept, as `set_by` of a kind and reports name it."""

    def value_of(self, setting: str) -> str:
        """The words that stand for the value of one setting in that of another one."""

    def load(self, protocol: str, present: Sequence[str], needed: Sequence[str]) -> str:
        """The block that has a protocol load the plugins it needs, and keep those that it has."""

    def limits(self, settings: Settings) -> State:
        """The default limit as a state: `limit`, `limit by ROOT`, `root ROOT` and what else decides over it."""

    def limiting(self, state: State, chosen: Choice) -> str:
        """The settings that give every root a limit, out of the state of `limits`; `chosen` says which."""

    def fields_without_limit(self, roots: Sequence[str]) -> Mapping[str, str]:
        """What a userdb has to say of an account that no root is to limit."""

    def out_of_reach(self, settings: Settings) -> tuple[str, ...]:
        """The roots whose limit no field of `fields_without_limit` lifts."""

    def intended(self, field: str, value: str) -> int | str | None:
        """The limit that a field of a userdb is meant to give, whether this release reads it or not.

        Bytes, `unlimited`, or why it cannot be read; None where it speaks of no limit.
        """

    def load_for_all(self, present: Sequence[str], needed: str) -> tuple[SetBlock, ...]:
        """Have every protocol load a plugin that does not say otherwise; nothing where it does already."""


def plugins_question(protocol: str) -> str:
    """Which plugins a protocol loads. doveconf says `=` for a list that takes the place of all, `{` for one beside it.

    The same text in either dialect.
    """
    return f"doveconf -f protocol={protocol} mail_plugins"
