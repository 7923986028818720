"""What is being written: entries of the converted configuration, and items that say what becomes of each setting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from baseline.classes import dataclass
from baseline.programs import DOVECOT
from baseline.upgrading.dovecot.source import IN_FORCE, ReadSource
from baseline.upgrading.dovecot.writing import HIDDEN, Comment, Entry, Set, WrittenSection, write
from baseline.upgrading.items import Item, Prediction


@dataclass(frozen=True)
class Old:
    """One setting of 2.3: the blocks around it, its name, its value, and where it was given."""

    heads: tuple[str, ...]
    name: str
    value: str
    where: str

    @property
    def setting(self) -> str:
        """The setting with the blocks around it, as in `plugin/quota_rule`."""
        return "/".join([*self.heads, self.name])

    @property
    def line(self) -> str:
        """The setting as a line."""
        return f"{self.name} = {self.value}".rstrip()


@dataclass
class DovecotDraft:
    """Entries of one block that is being written. Blocks inside share the items and what is left."""

    known: ReadSource
    heads: tuple[str, ...] = ()
    number: int | None = None
    usual_rule: str = ""
    """The `quota_rule` of accounts that have none of their own, where the database that is converted gives one."""
    entries: list[Entry] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    left: list[Old] = field(default_factory=list)

    def inner(self, head: str, number: int | None = None) -> DovecotDraft:
        """A draft for a block of 2.3's inside this one; `number` is which, where such blocks have no name."""
        return DovecotDraft(self.known, (*self.heads, head), number, items=self.items, left=self.left)

    def old(self, name: str, value: str) -> Old:
        """A setting of the block that is being converted. What doveconf hides is as the files have it."""
        place = self.known.where.place(self.heads, name, self.number)
        if value.startswith("# hidden"):
            value = place.value if place else HIDDEN
        return Old(self.heads, name, value, self.known.where.of(self.heads, name, self.number))

    def plain(self, old: Old, *entries: Entry, meaning: str = "the same, under the name that 2.4 has for it") -> None:
        """What 2.4 does as 2.3 did."""
        self._put(old, "same", meaning, entries)

    def changed(self, old: Old, meaning: str, *entries: Entry) -> None:
        """What 2.4 does otherwise, or what nothing needs to be written for any more."""
        self._put(old, "changes", meaning, entries)

    def gone(self, old: Old, meaning: str) -> None:
        """What cannot be converted: a comment in its place, and left to a person."""
        comment = Comment(f"not converted: {old.where}: {old.line}\n{meaning}")
        if old in self.left:
            # One file may serve a passdb and a userdb: it is told of once, and noted in both.
            self.put(comment)
            return
        self.left.append(old)
        self._put(old, "breaks", meaning, [comment])

    def put(self, *entries: Entry) -> None:
        """Entries without an item of their own."""
        self.entries += entries

    def _put(self, old: Old, verdict: Prediction, meaning: str, entries: Iterable[Entry]) -> None:
        written = tuple(entries)
        self.entries += written
        instead = diff(old, written) if any(isinstance(one, Set | WrittenSection) for one in written) else ""
        where = "" if old.where == IN_FORCE else old.where
        self.items.append(Item(DOVECOT.name, old.setting, old.value, where, verdict, meaning, instead))


def diff(old: Old, entries: Iterable[Entry]) -> str:
    """What to write instead of a setting, as a unified diff; empty where it is written as it was."""
    new = write(entries).splitlines()
    if new == [old.line]:
        return ""
    path, _, line = old.where.rpartition(":")
    at = line if line.isdigit() else "1"
    name = path if line.isdigit() else old.where
    head = [f"--- {name}", f"+++ {name}", f"@@ -{at} +{at},{len(new)} @@"]
    return "".join(f"{one}\n" for one in [*head, f"-{old.line}", *(f"+{one}" for one in new)])
