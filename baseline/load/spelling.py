"""Words of an inventory that are one slip away from a word that is known: most often they are misspelt.

Every other variable of an inventory is the user's own, so nothing here is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

_SHORT = 5
"""Letters of a word up to which another letter makes another word: `size` is no misspelt `site`."""


def misspelt(written: Iterable[str], ours: Collection[str]) -> Iterator[tuple[str, str]]:
    """The names that look like one of ours, each with ours. A host that has ours has the other one for its own sake."""
    names, known_ones = set(written), tuple(ours)
    for name in sorted(names):
        if name not in known_ones:
            # Not those that the host has.
            yield from ((name, known) for known in [one for one in _alike_to(name, known_ones) if one not in names][:1])


@lru_cache(maxsize=4096)
def _alike_to(name: str, ours: tuple[str, ...]) -> tuple[str, ...]:
    """All that a name looks like: thousands of hosts have variables of the same few names."""
    return tuple(known for known in ours if alike(name, known))


def alike(name: str, known: str) -> bool:
    """Whether a word is one slip away from another, or its singular or plural."""
    word, meant = _bare(name), _bare(known)
    # The singular of a plural, with or without a slip in it.
    return word == meant or any(_one_slip(word, form) for form in {meant, meant.removesuffix("s"), f"{meant}s"})


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _one_slip(word: str, meant: str) -> bool:
    """Whether one letter is missing, one too many, two are exchanged, or, in a longer word, one is another."""
    if word == meant:
        return True
    if len(word) == len(meant):
        places = [place for place, pair in enumerate(zip(word, meant, strict=True)) if pair[0] != pair[1]]
        if len(places) == 1:
            return len(word) > _SHORT
        first, *rest = places
        return rest == [first + 1] and word[first : first + 2] == meant[first : first + 2][::-1]
    short, long = sorted((word, meant), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
