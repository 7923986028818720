"""What many hosts have alike is held once: thousands of them differ little in what is found of them. Pure."""

from __future__ import annotations

import pickle
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from baseline.model import Finding

Value = TypeVar("Value")

_MOST = 100_000
"""How many different values are remembered: a fleet of which no two hosts are alike shares nothing."""


class Thrift:
    """Values that were seen, by what they hold. Safe to use from any thread."""

    def __init__(self) -> None:
        self._seen: dict[bytes, object] = {}
        self._texts: dict[str, str] = {}

    def findings(self, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The same findings, their parts shared with those of other hosts."""
        return tuple(
            replace(
                one,
                keys=self._once(one.keys),
                reason=self._text(one.reason),
                advice=self._text(one.advice),
                unseen=tuple(map(self._text, one.unseen)),
            )
            for one in found
        )

    def _text(self, text: str) -> str:
        return text if len(self._texts) >= _MOST else self._texts.setdefault(text, text)

    def _once(self, value: Value) -> Value:
        # Not by the values themselves: 1, 1.0 and True are equal, and are written differently.
        name = blake2b(pickle.dumps(value), digest_size=16).digest()
        if len(self._seen) >= _MOST and name not in self._seen:
            return value
        return cast(Value, self._seen.setdefault(name, value))
