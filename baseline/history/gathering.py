"""What the hosts of a run answer, gathered until its end: packed at once, and only what is not kept yet."""

from __future__ import annotations

from baseline.history.addressed import known
from baseline.history.content import digest, packed
from baseline.history.opening import HistoryDatabase
from baseline.history.writing import Answered
from baseline.model.heard import Heard


class Answers:
    """The answers of a run so far. One thread at a time."""

    def __init__(self, database: HistoryDatabase) -> None:
        """`database` tells what is kept already."""
        self._database = database
        self.answered = Answered()

    def add(self, host: str, heard: Heard) -> None:
        """The answers of a host; those of a later look replace them. Raises `HistoryError`."""
        questions = {question: question.encode("utf-8", "surrogatepass") for question in heard.answers}
        addresses = {question: digest(content) for question, content in questions.items()}
        told = {digest(answer): answer for answer in heard.answers.values()}
        told |= {addresses[question]: content for question, content in questions.items()}
        new = told.keys() - self.answered.contents.keys()
        there = self._kept(new)
        self.answered.contents |= {
            address: None if address in there else packed(told[address]) for address in sorted(new)
        }
        self.answered.answers[host] = {addresses[name]: digest(answer) for name, answer in heard.answers.items()}
        self.answered.asked[host] = {
            key: [addresses[name] for name in asked if name in addresses] for key, asked in heard.asked.items()
        }

    def _kept(self, addresses: set[bytes]) -> set[bytes]:
        if not self._database.there():
            return set()
        with self._database.reading() as connection:
            return set(known(connection, addresses))
