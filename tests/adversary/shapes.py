"""Texts that grow: a beginning, a part that is repeated, and an end. What is slow to read is slow in one of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """`head`, `unit` as often as one likes, `tail`."""

    head: str
    unit: str
    tail: str = ""

    def of(self, size: int) -> str:
        """The text of at least `size` characters, or with a single unit."""
        return self.head + self.unit * max(1, size // len(self.unit)) + self.tail


def everywhere(heads: Sequence[str], units: Sequence[str], tails: Sequence[str] = ("",)) -> tuple[Shape, ...]:
    """Every head with every unit and every tail."""
    return tuple(Shape(head, unit, tail) for head in heads for unit in units for tail in tails)


PLAIN = (
    *everywhere(
        ("",), ("1", "a", " ", "\t", "\n", '"', "\\", "{", "}", "(", "=", ",", ";", "-", "#", "'", "[", "\x00")
    ),
    *everywhere(("",), ("a ", "a\n", "a = b;\n", "a,", '"a" ', '\\"', "a.", " \n", "a" * 99 + "\n", "/* ", "<<E\n")),
    *everywhere(("a = ",), ("1", " ", "a", "\\", "\x0b", "\u2028"), ("z", "\n!")),
)
"""What any parser may be given."""

JSON = (
    *everywhere(("",), ("[", "{", '{"a":', "[[],", '"', "[1,", "1,", "\\u0041", '"a",')),
    Shape("[", "1,", "1]"),
    Shape("[", "[],", "[]]"),
    Shape("[", '{"a":{}},', "{}]"),
    Shape("{", '"a":1,', '"a":1}'),
    Shape('{"a":"', "\\n", '"}'),
    Shape('{"a":', "9", "}"),
    Shape('{"a":1e', "9", "}"),
    Shape("[", "NaN,", "1]"),
)
"""Documents of JSON: deep, wide, and with numbers that nobody needs."""
