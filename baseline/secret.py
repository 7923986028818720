"""A value that must not be seen: a password, a key, a token.

A `Secret` knows where its value is to be had, and fetches it when a file is rendered with it. It cannot be printed,
formatted, logged, pickled or dumped as JSON: what shows things shows where it comes from, and what would put it into
a text is an error. Only `reveal` gives the value, to what writes it into a file.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

from pydantic_core import core_schema

from baseline.errors import CannotTell
from baseline.late import regex

HIDDEN = "(secret)"
"""What stands where a secret would."""

LEAST, LEAST_OF_LINE = 4, 8
"""Characters of a secret, and of one of its lines, below which it is not looked for in what hosts say: words occur."""

NOT_SHOWN = "a secret cannot be shown, nor stand inside an expression: only as a whole in the content of a file"
_STAND_IN = regex(r"\u27e6secret ([0-9a-f]{32})\u27e7")
_ANY_STAND_IN = regex("\u27e6secret", re.I)


class Secret:
    """A value that is fetched when it is needed, and shown to nobody. `source` says where it comes from.

    Two are equal when they come from the same source; their values are never compared.
    """

    __slots__ = ("_fetch", "_lock", "_value", "source")

    def __init__(self, source: str, fetch: Callable[[], str]) -> None:
        """`fetch` gives the value, or raises `CannotTell`; it is called once, however many hosts there are."""
        self.source = source
        self._fetch = fetch
        self._lock = threading.Lock()
        self._value: Callable[[], str] | None = None

    def reveal(self) -> str:
        """The value. Raises `CannotTell`, which says where it was looked for and nothing of what was found."""
        with self._lock:
            if self._value is None:
                value = self._fetch()
                if "\0" in value:
                    raise CannotTell(f"the secret from {self.source} holds a NUL, which cannot stand in a file")
                _REVEALED.update(_worth_hiding(value))
                # In a closure, so that nothing that lists attributes comes across it.
                self._value = lambda: value
        return self._value()

    @property
    def fetch(self) -> Callable[[], str]:
        """How it is had: for another machine, which is to have it by itself. It holds nothing of the value."""
        return self._fetch

    def mapped(self, change: Callable[[str], str]) -> Secret:
        """A secret whose value is made of this one's, such as quoted for a program."""
        return Secret(self.source, lambda: change(self.reveal()))

    def stand_in(self) -> str:
        """A text that stands for the secret while a text is rendered below `veil`. Raises TypeError elsewhere."""
        standing = _STANDING.get()
        if standing is None:
            raise TypeError(NOT_SHOWN)
        token = secrets.token_hex(16)
        standing[token] = self
        return f"\u27e6secret {token}\u27e7"

    def __repr__(self) -> str:
        return f"<secret from {self.source}>"

    def __str__(self) -> NoReturn:
        raise TypeError(NOT_SHOWN)

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError(NOT_SHOWN)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.source == other.source

    def __hash__(self) -> int:
        return hash(self.source)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        del source, handler
        shown = core_schema.plain_serializer_function_ser_schema(repr)
        return core_schema.is_instance_schema(cls, serialization=shown)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        del schema, handler
        return {"type": "object", "title": "Secret", "description": "`!secret` and where it comes from"}


_REVEALED: set[str] = set()
"""Of this process: what must not come back in what a host says."""

_STANDING: ContextVar[dict[str, Secret] | None] = ContextVar("standing", default=None)


@contextmanager
def veil() -> Iterator[Callable[[str], str | Secret]]:
    """While a text is rendered, texts stand in for its secrets. Gives what makes the rendered text a secret then.

    A text in which none stands is given back as it is. Raises TypeError for one whose stand-ins were tampered with.
    """
    standing: dict[str, Secret] = {}
    before = _STANDING.set(standing)
    try:
        yield lambda text: _unveiled(text, standing)
    finally:
        _STANDING.reset(before)


def _unveiled(text: str, standing: Mapping[str, Secret]) -> str | Secret:
    if not standing:
        return text
    parts = _STAND_IN.split(text)
    around = "".join(parts[::2]).lower()
    tampered = _ANY_STAND_IN.search(around) or any(token in around for token in standing)
    if tampered or not standing.keys() >= {*parts[1::2]}:
        raise TypeError(NOT_SHOWN)
    return joined(parts[::2], [standing[token] for token in parts[1::2]]) if len(parts) > 1 else text


def joined(texts: Sequence[str], between: Sequence[Secret]) -> Secret:
    """Texts with a secret between each two of them, as a secret."""
    sources = " and ".join(dict.fromkeys(one.source for one in between))

    def put_together() -> str:
        values = [one.reveal() for one in between]
        return "".join(part for pair in zip(texts, [*values, ""], strict=True) for part in pair)

    return Secret(sources, put_together)


def scrubbed(text: str) -> str:
    """Text from elsewhere, such as what a checker quotes, without the secrets that this process has revealed."""
    for value in sorted(_revealed(), key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def without_secrets(content: bytes) -> bytes:
    """Bytes from elsewhere without the secrets that this process has revealed."""
    for value in sorted(_revealed(), key=len, reverse=True):
        content = content.replace(value.encode("utf-8", "surrogatepass"), HIDDEN.encode())
    return content


def holds_secret(content: bytes) -> bool:
    """Whether a secret that this process has revealed stands in some bytes."""
    return any(value.encode() in content for value in _revealed())


def any_revealed() -> bool:
    """Whether this process has revealed a secret, so that there is something to look for."""
    return bool(_REVEALED)


def _revealed() -> set[str]:
    """What has been revealed up to now. A copy: other hosts' threads reveal more meanwhile."""
    return _REVEALED.copy()


def _worth_hiding(value: str) -> set[str]:
    """The value and its lines, as they are and as messages quote them."""
    lines = {line.strip() for line in value.splitlines() if len(line.strip()) >= LEAST_OF_LINE}
    whole = {value.strip()} if len(value.strip()) >= LEAST else set()
    return {form for text in lines | whole for form in (text, repr(text)[1:-1])}
