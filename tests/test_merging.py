"""Two changes of one text are joined where they do not collide, whatever the text and the changes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.merging import MOST_LINES, Collision, changed_lines, merged
from baseline.model import Span

LINE = st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"x = 1\n", b"\xff\x00\n"])
TEXT = st.builds(b"".join, st.lists(LINE, max_size=12))
TEXTS = st.one_of(TEXT, TEXT.map(lambda text: text + b"no newline"))


def lines_of(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)


def outcome(base: bytes, one: bytes, other: bytes) -> bytes | None:
    """The merged text; None where it collides."""
    try:
        return merged(base, one, other)
    except Collision:
        return None


@given(TEXTS, TEXTS)
def test_one_change_alone_is_taken_as_it_is(base: bytes, one: bytes) -> None:
    assert merged(base, one, base) == one
    assert merged(base, base, one) == one
    assert merged(base, one, one) == one


@given(TEXTS, TEXTS, TEXTS)
def test_whose_change_comes_first_does_not_matter(base: bytes, one: bytes, other: bytes) -> None:
    assert outcome(base, one, other) == outcome(base, other, one)


@given(TEXTS, TEXTS, TEXTS)
def test_nothing_is_made_up_and_nothing_that_both_have_is_lost(base: bytes, one: bytes, other: bytes) -> None:
    result = outcome(base, one, other)
    if result is not None:
        known = {*lines_of(one), *lines_of(other)}
        assert {*lines_of(result)} <= known | {line + b"\n" for line in known}


@st.composite
def apart(draw: st.DrawFn) -> tuple[bytes, bytes, bytes, bytes]:
    """A text of lines that are all different, changed by two at places with a line between, and both at once."""
    count = draw(st.integers(3, 30))
    base = [b"line %d\n" % number for number in range(count)]
    at = sorted(draw(st.sets(st.integers(0, count - 1), min_size=1)))
    kept, last = [], -2
    for place in at:
        if place > last + 1:
            kept.append(place)
            last = place
    mine = {place: draw(st.booleans()) for place in kept}
    new = {place: draw(st.sampled_from([b"", b"changed %d\n" % place, b"two %d\nlines\n" % place])) for place in kept}
    one = [new[n] if mine.get(n) else line for n, line in enumerate(base)]
    other = [new[n] if mine.get(n) is False else line for n, line in enumerate(base)]
    both = [new.get(n, line) for n, line in enumerate(base)]
    return b"".join(base), b"".join(one), b"".join(other), b"".join(both)


@given(apart())
def test_changes_of_different_lines_are_all_kept(texts: tuple[bytes, bytes, bytes, bytes]) -> None:
    base, one, other, both = texts
    assert merged(base, one, other) == both


@given(apart())
def test_as_diff3_says(texts: tuple[bytes, bytes, bytes, bytes]) -> None:
    diff3 = shutil.which("diff3")
    if diff3 is None:
        pytest.skip("there is no diff3 to compare with")
    base, one, other, _ = texts
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("one", "base", "other")]
        for path, text in zip(paths, (one, base, other), strict=True):
            path.write_bytes(text)
        done = subprocess.run([diff3, "-m", *map(str, paths)], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, merged(base, one, other))


@pytest.mark.parametrize(
    ("base", "one", "other", "spans"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n", b"a\nother\nc\n", (Span(2, 2),)),
        (b"a\nb\nc\n", b"a\nc\n", b"a\nother\nc\n", (Span(2, 1),)),
        (b"a\nc\n", b"a\nb\nc\n", b"a\nother\nc\n", (Span(2, 2),)),
        (b"a\nb\nc\nd\n", b"A\nb\nc\nD\n", b"1\nb\nc\n2\n", (Span(1, 1), Span(4, 4))),
        # Side by side, with no line between that both leave: which comes first would be a guess.
        (b"a\nb\n", b"A\nb\n", b"a\nB\n", (Span(1, 2),)),
    ],
)
def test_what_collides_is_told_by_its_lines(base: bytes, one: bytes, other: bytes, spans: tuple[Span, ...]) -> None:
    with pytest.raises(Collision) as caught:
        merged(base, one, other)
    assert caught.value.spans == spans


@pytest.mark.parametrize(
    ("before", "after", "spans", "words"),
    [
        (b"a\n", b"a\n", (), []),
        (b"a\nb\n", b"a\nb\nc\n", (Span(3, 3),), ["line 3"]),
        (b"a\nb\nc\n", b"a\nc\n", (Span(2, 1),), ["after line 1"]),
        (b"a\nb\n", b"b\n", (Span(1, 0),), ["before line 1"]),
        (b"a\nb\nc\nd\n", b"1\n2\nb\nc\nD\n", (Span(1, 2), Span(5, 5)), ["lines 1 to 2", "line 5"]),
    ],
)
def test_changed_lines(before: bytes, after: bytes, spans: tuple[Span, ...], words: list[str]) -> None:
    assert changed_lines(before, after) == spans
    assert [*map(str, spans)] == words


@given(TEXTS, TEXTS)
def test_all_but_the_changed_lines_are_in_both(before: bytes, after: bytes) -> None:
    touched = {n for span in changed_lines(before, after) for n in range(span.first, span.last + 1)}
    left = [line for n, line in enumerate(lines_of(after), 1) if n not in touched]
    rest = iter(lines_of(before))
    assert all(line in rest for line in left)


def test_texts_that_are_too_long_are_not_compared() -> None:
    long = b"x\n" * (MOST_LINES + 1)
    assert changed_lines(long, long + b"y\n") == (Span(1, MOST_LINES + 2),)
    with pytest.raises(Collision):
        merged(long, long + b"y\n", b"z\n" + long)
    assert merged(long, long + b"y\n", long) == long + b"y\n"
