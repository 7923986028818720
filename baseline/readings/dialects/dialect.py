"""What each dialect of Dovecot's configuration answers: the concepts, and how a remedy writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

from baseline.edits import SetBlock

if TYPE_CHECKING:
    from baseline.readings.dialects.enforcing import Enforcing
    from baseline.readings.dialects.warnings import Warnings

EARLY = "/etc/dovecot/conf.d/00-baseline.conf"
"""Read before the files that Debian ships in conf.d."""

PLUGINS = "mail_plugins"
"""The block with the global list of plugins: one for all controls that need a plugin there."""

Concept = Literal[
    "limit", "plugins", "grace", "largest mail", "on success", "on no user", "over quota", "too large", "list index"
]
"""What has a setting in either dialect; `on …` and `over quota` are the answers of the service quota-status."""


@dataclass(frozen=True)
class Root:
    """One quota root. `definition` is what a report shows of it, in the words of the dialect.

    `own_limit` is the limit that stands at the root itself: bytes, `unlimited`, or why it cannot be read; None where
    none stands there. In 2.4 such a limit takes the place of those of single accounts.
    """

    name: str
    definition: str
    driver: str
    enforced: bool
    own_limit: int | str | None


@dataclass(frozen=True)
class Settings:
    """What is in force outside of any protocol.

    `limit` is what an account gets of which nothing else is said: bytes, `unlimited`, or why it cannot be read.
    `values` are the settings outside of all blocks by the dialect's own names, `plugin` those of the section `plugin`
    of 2.3, `%` still doubled; 2.4 has none.
    """

    protocols: frozenset[str]
    plugins: tuple[str, ...]
    roots: tuple[Root, ...]
    limit: int | str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    plugin: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


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

    def load_for_all(self, present: Sequence[str], needed: str) -> tuple[SetBlock, ...]:
        """Have every protocol load a plugin that does not say otherwise; nothing where it does already."""


def plugins_question(protocol: str) -> str:
    """Which plugins a protocol loads. doveconf says `=` for a list that takes the place of all, `{` for one beside it.

    The same text in either dialect.
    """
    return f"doveconf -f protocol={protocol} mail_plugins"
