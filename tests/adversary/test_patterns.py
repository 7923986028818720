"""No regular expression of the package takes more than time in proportion to the square of what it is given.

`regexploit` looks at what can be repeated beside and within what: an exponential pattern is found here before anybody
has thought of the text that makes it one. What is quadratic in a loop over a text only shows when it is measured, which
is what `test_growth.py` does.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import baseline
from tests.adversary.case import adversary

with warnings.catch_warnings():
    # It reads patterns with a module of the standard library whose name is going to change.
    warnings.simplefilter("ignore", DeprecationWarning)
    from regexploit.ast.sre import SreOpParser
    from regexploit.redos import find

_PACKAGE = Path(baseline.__file__).parent
_FUNCTIONS = frozenset(("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"))
_HARMLESS = 2
"""How many loops may meet: with two, time grows with the square at most, as it does for most patterns that search."""


@dataclass(frozen=True)
class Pattern:
    """A regular expression, and the file and line where it stands."""

    text: str
    place: str


def _patterns(path: Path) -> Iterator[Pattern]:
    """Every literal that is given to `re`, or is called a pattern. What only the run knows counts as a letter."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        place = f"{path.relative_to(_PACKAGE.parent)}:{node.lineno}"
        named = [word.value for word in node.keywords if word.arg == "pattern"]
        function = node.func
        of_re = (
            isinstance(function, ast.Attribute) and function.attr in _FUNCTIONS and ast.unparse(function.value) == "re"
        )
        matches = isinstance(function, ast.Name) and function.id == "Matches"
        for argument in [*(node.args[:1] if of_re or matches else []), *named]:
            text = _literal(argument)
            if text:
                yield Pattern(text, place)


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value.decode("latin-1") if isinstance(node.value, bytes) else str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) if isinstance(part, ast.Constant) else "x" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _literal(node.left) + _literal(node.right)
    return ""


def _worst(text: str) -> int:
    """How many loops of a pattern meet on one text; 11 and more is exponential."""
    # `fullmatch` is the end of the text written otherwise, and without an end nothing makes a pattern try again.
    flags = re.match(r"\(\?[a-z]+\)", text)
    begin = flags.end() if flags else 0
    whole = f"{text[:begin]}(?:{text[begin:]})$"
    found = [one for either in (text, whole) for one in find(SreOpParser().parse_sre(either, 0))]
    return max((one.starriness for one in found), default=0)


ALL = sorted({pattern for path in _PACKAGE.rglob("*.py") for pattern in _patterns(path)}, key=lambda one: one.place)


@adversary("what is said is slow to read", "whatever text makes some pattern of the package try everything")
@pytest.mark.parametrize("pattern", ALL, ids=lambda one: one.place)
def test_no_pattern_is_worse_than_quadratic(pattern: Pattern) -> None:
    """No pattern has loops that share what they match, beyond two.

    Before: the pattern for a TTL in a zone file was exponential, and nobody had looked.
    """
    assert _worst(pattern.text) <= _HARMLESS, pattern.text


def test_the_check_sees_patterns_and_what_is_wrong_with_them() -> None:
    assert len(ALL) > 200
    assert _worst(r"(\d+[smhdw]?)+") > _HARMLESS
    assert _worst(r"\d+(?:[smhdw]\d+)*[smhdw]?") <= _HARMLESS
