"""What marks a test as one of the adversaries, and is told of it in SECURITY.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_Test = TypeVar("_Test", bound=Callable[..., Any])


def adversary(kind: str, attempt: str) -> Callable[[_Test], _Test]:
    """Mark a test: the class of adversary that it plays, and what that one tries.

    The test's docstring tells the rest: its first paragraph what must come of it, and a paragraph that begins with
    "Before:" what was seen before that was so.
    """

    def mark(test: _Test) -> _Test:
        if "\nBefore: " not in _paragraphs(test):
            raise ValueError(f"{test.__name__} does not tell what was seen before")
        test.adversary = (kind, attempt)  # type: ignore[attr-defined]
        return test

    return mark


def told(test: Callable[..., Any]) -> tuple[str, str]:
    """What must come of a case, and what was seen before."""
    after, _, before = _paragraphs(test).partition("\nBefore: ")
    return after, before.partition("\n")[0]


def _paragraphs(test: Callable[..., Any]) -> str:
    """The docstring with each paragraph on one line."""
    return "\n".join(" ".join(part.split()) for part in (test.__doc__ or "").split("\n\n"))
