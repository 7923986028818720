"""Which controls of a baseline are chosen: by ids, globs, tags, and what is left out. Pure.

MEL-Q-01      one control            !MEL-Q-01    all but one
MEL-Q-*       those of a glob        !MEL-Q-*     all but those
"""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from baseline.classes import dataclass
from baseline.errors import NothingMatched
from baseline.load.tree import nearest

Labelled = Mapping[str, Set[str]]
"""Control ids in the order of the file, with the labels that a tag may name."""


@dataclass(frozen=True)
class Selection:
    """What is chosen: `controls` are ids and globs, those with `!` left out; of `tags` one has to fit.

    `skip` are ids, globs and tags that are left out, `skip_tags` tags. Each part that is empty chooses everything.
    """

    tags: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.tags or self.controls or self.skip or self.skip_tags)

    def now_called(self, renamed: Mapping[str, str]) -> Selection:
        """The same with the ids that controls have now, in place of those that they had formerly."""

        def now(words: tuple[str, ...]) -> tuple[str, ...]:
            return tuple("!" * one.startswith("!") + renamed.get(bare := one.removeprefix("!"), bare) for one in words)

        return replace(self, controls=now(self.controls), skip=now(self.skip))

    def of(self, baseline: str, labelled: Labelled) -> tuple[str, ...]:
        """The ids of the chosen controls of a baseline, which messages name, in the order of the file.

        Raises `NothingMatched` naming each part that selects nothing, and when nothing is left.
        """
        labels = frozenset(label for own in labelled.values() for label in own)
        missing = list(self._missing(labelled, labels))
        if missing:
            raise NothingMatched(f"nothing in baseline {baseline} matches {'; '.join(missing)}")
        wanted = [one for one in self.controls if not one.startswith("!")]
        unwanted = [one.removeprefix("!") for one in self.controls if one.startswith("!")]
        tags = frozenset(self.tags)
        left_out = {*self.skip, *self.skip_tags}
        kept = tuple(
            name
            for name, own in labelled.items()
            if (not wanted or _fits(name, wanted))
            and not _fits(name, unwanted)
            and (not tags or tags & own)
            and not left_out & own
            and not _fits(name, self.skip)
        )
        if not kept:
            left = f"is {self._words()}" if self.controls or self.tags else f"is left {self._words()}"
            raise NothingMatched(f"no control of baseline {baseline} {left}")
        return kept

    def _missing(self, labelled: Labelled, labels: Collection[str]) -> Iterator[str]:
        for pattern in self.controls:
            bare = pattern.removeprefix("!")
            if not any(_fits(name, [bare]) for name in labelled):
                yield f"control {bare}: {nearest(bare, labelled)}"
        for pattern in self.skip:
            if pattern not in labels and not any(_fits(name, [pattern]) for name in labelled):
                yield f"control or tag {pattern}: {nearest(pattern, [*labelled, *labels])}"
        for tag in (*self.tags, *self.skip_tags):
            if tag not in labels:
                yield f"tag {tag}: {nearest(tag, labels)}"

    def _words(self) -> str:
        parts = [
            f"one of {', '.join(self.controls)}" if self.controls else "",
            f"tagged {', '.join(self.tags)}" if self.tags else "",
        ]
        without = f"without {', '.join((*self.skip, *self.skip_tags))}" if self.skip or self.skip_tags else ""
        return " ".join(part for part in (" and ".join(filter(None, parts)), without) if part)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
