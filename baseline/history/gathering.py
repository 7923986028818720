"""What the hosts of a run answer, gathered until its end: packed at once, and only what is not kept yet."""

from __future__ import annotations

from collections.abc import Iterable

from baseline.history.addressed import known
from baseline.history.content import digest, packed
from baseline.history.opening import HistoryDatabase
from baseline.history.writing import Answered
from baseline.model.heard import Heard

WAITING_BYTES = 4 << 20
"""How much waits until the database is asked what of it is kept already: to ask for each host would take long."""


class Answers:
    """The answers of a run so far. One thread at a time."""

    def __init__(self, database: HistoryDatabase) -> None:
        """`database` tells what is kept already."""
        self._database = database
        self._answered = Answered()
        self._questions: dict[str, bytes] = {}
        self._waiting: dict[bytes, bytes] = {}
        self._bytes = 0

    def add(self, host: str, heard: Heard) -> None:
        """The answers of a host; those of a later look replace them. Raises `HistoryError`."""
        answers = {self._question(name): self._content(answer) for name, answer in heard.answers.items()}
        self._answered.answers[host] = answers
        self._answered.asked[host] = {
            key: [self._questions[name] for name in asked if name in heard.answers]
            for key, asked in heard.asked.items()
        }
        if self._bytes > WAITING_BYTES:
            self._pack()

    def answered(self) -> Answered:
        """All of them. Raises `HistoryError`."""
        self._pack()
        return self._answered

    def _question(self, name: str) -> bytes:
        """The address of a question: most hosts are asked the same."""
        if name not in self._questions:
            self._questions[name] = self._content(name.encode("utf-8", "surrogatepass"))
        return self._questions[name]

    def _content(self, content: bytes) -> bytes:
        address = digest(content)
        if address not in self._answered.contents and address not in self._waiting:
            self._waiting[address] = content
            self._bytes += len(content)
        return address

    def _pack(self) -> None:
        there = self._kept(self._waiting)
        self._answered.contents |= {
            address: None if address in there else packed(self._waiting[address]) for address in sorted(self._waiting)
        }
        self._waiting, self._bytes = {}, 0

    def _kept(self, addresses: Iterable[bytes]) -> set[bytes]:
        if not self._database.there():
            return set()
        with self._database.reading() as connection:
            return set(known(connection, addresses))
