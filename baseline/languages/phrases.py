"""Finding sentences of a catalogue again in text that was said in English, to say them in another language. Pure.

A text may be several sentences, or parts with semicolons between. Of all ways to cut it, the one counts in which most
of its characters are those of known sentences. Time grows with the length of the text: it may be from a host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from string import Formatter

from baseline.classes import dataclass
from baseline.late import regex

_CUT = regex(r"(?<=[.!?:]) (?=[A-Z`])|; ")
"""Where one sentence may end and another begin."""
_PIECES = 16
"""A text of more pieces is taken piece by piece."""
_LONGEST = 8_000
"""Characters; a longer text stays as it is."""
_DEPTH = 3
"""How deep sentences stand within sentences."""
_HEAD = 4
"""Letters of the beginning of a message that it is looked up by."""
_KEPT = 20_000
"""How many texts are remembered."""


@dataclass(frozen=True)
class Phrase:
    """A message that holds values: what stands between them, and their names in order."""

    between: tuple[str, ...]
    names: tuple[str, ...]
    translation: str

    @cached_property
    def weight(self) -> int:
        """How many letters of a text it stands for."""
        return sum(map(len, self.between))

    @cached_property
    def anchor(self) -> str:
        """The longest text between its values: no text without that is this message."""
        return max(self.between, key=len)

    def values(self, text: str) -> dict[str, str] | None:
        """The values that a text gives its names; None where it is not this message."""
        head, *middle = self.between
        tail = middle.pop()
        if not text.startswith(head) or not text.endswith(tail) or len(text) < len(head) + len(tail):
            return None
        at, end, found = len(head), len(text) - len(tail), []
        for part in middle:
            to = text.find(part, at, end)
            if to < 0:
                return None
            found.append(text[at:to])
            at = to + len(part)
        found.append(text[at:end])
        values = dict(zip(self.names, found, strict=True))
        # A name that stands twice has one value.
        return values if all(values[name] == one for name, one in zip(self.names, found, strict=True)) else None


def phrase(message: str, translation: str) -> Phrase:
    """A message as `Phrase`."""
    between, names = [""], []
    for literal, name, _, _ in Formatter().parse(message):
        between[-1] += literal
        if name is not None:
            names.append(name)
            between.append("")
    return Phrase(tuple(between), tuple(names), translation)


@dataclass(frozen=True)
class Phrases:
    """The messages of a catalogue, to be found in texts."""

    messages: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _plain(self) -> dict[str, str]:
        """Those that hold none."""
        return {message.format(): text.format() for message, text in self.messages.items() if not _names(message)}

    @cached_property
    def _with_values(self) -> tuple[Mapping[str, Sequence[Phrase]], Sequence[Phrase]]:
        """Those that hold values: by the first letters of those that begin with some, then the others."""
        made = [phrase(message, text) for message, text in self.messages.items() if _names(message)]
        by_head: dict[str, list[Phrase]] = {}
        others = []
        for one in filter(_says_something, made):
            if len(one.between[0]) >= _HEAD:
                by_head.setdefault(one.between[0][:_HEAD], []).append(one)
            else:
                others.append(one)
        return by_head, others

    def _candidates(self, text: str) -> list[Phrase]:
        """Those that a text may be, the ones that say most first."""
        by_head, others = self._with_values
        found = [*by_head.get(text[:_HEAD], ()), *(one for one in others if one.anchor in text)]
        return sorted(found, key=lambda one: -one.weight)

    @cached_property
    def _told(self) -> dict[tuple[str, int], tuple[int, str]]:
        """What was asked before: the texts of many hosts are the same."""
        return {}

    def tell(self, text: str) -> str:
        """The text with the sentences that are known in their translation."""
        return self._tell(text, _DEPTH) if self.messages and len(text) <= _LONGEST else text

    def _tell(self, text: str, depth: int) -> str:
        if not text or depth == 0:
            return text
        marks = [found.span() for found in _CUT.finditer(text)]
        starts, ends = [0, *(end for _, end in marks)], [*(start for start, _ in marks), len(text)]
        most = len(starts) if len(starts) <= _PIECES else 1
        best: list[tuple[int, str]] = [(0, "")]
        for end in range(len(starts)):
            options = []
            for start in range(end, max(end - most, -1), -1):
                weight, said = self._piece(text[starts[start] : ends[end]], depth)
                before, so_far = best[start]
                gap = text[ends[start - 1] : starts[start]] if start else ""
                options.append((before + weight, f"{so_far}{gap}{said}"))
            best.append(max(options, key=lambda one: one[0]))
        return best[-1][1]

    def _piece(self, text: str, depth: int) -> tuple[int, str]:
        """A text as one sentence: how much of it is known, and its translation."""
        known = self._told.get((text, depth))
        if known is None:
            known = self._found(text, depth)
            if len(self._told) >= _KEPT:
                self._told.clear()
            self._told[text, depth] = known
        return known

    def _found(self, text: str, depth: int) -> tuple[int, str]:
        if text in self._plain:
            return len(text), self._plain[text]
        if " " not in text:
            return 0, text
        for one in self._candidates(text):
            values = one.values(text)
            if values is not None:
                said = {name: self._tell(value, depth - 1) for name, value in values.items()}
                return one.weight, one.translation.format_map(said)
        return 0, text


def _names(message: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(message) if name is not None]


def _says_something(one: Phrase) -> bool:
    """Whether more than marks and blanks stands between the values: else any text would be taken for it."""
    return any(re.search("[A-Za-z]{3}", part) for part in one.between)
