"""That a message did not go out."""

from __future__ import annotations


class NotSent(Exception):
    """A channel did not take a message, for a reason that is a sentence.

    `delivered` says that it went out all the same, and only not to everybody.
    """

    def __init__(self, why: str, *, delivered: bool = False) -> None:
        super().__init__(why)
        self.delivered = delivered
