"""YAML that keeps the place of every value, and refuses what is ambiguous."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from baseline.load import yaml
from baseline.load.text import MOST_BYTES, decode, read_bytes
from baseline.load.tree import Items, Leaf, Position, Problems, Table, Tree, plain


def parsed(text: str, **how: Any) -> Tree:
    problems = Problems()
    tree = yaml.parse(text, "f.yml", problems, **how)
    assert not problems.found
    assert tree is not None
    return tree


def told(text: str) -> list[str]:
    problems = Problems()
    yaml.parse(text, "f.yml", problems)
    return [str(problem) for problem in problems.found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("yes", True),
        ("Off", False),
        ("TRUE", True),
        ("yEs", "yEs"),
        ("y", "y"),
        ("10", 10),
        ("-10", -10),
        ("1_000", 1000),
        ("0640", 416),
        ("-010", -8),
        ("0b11", 3),
        ("0x1F", 31),
        ("0x_", "0x_"),
        ("0900", "0900"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.5e+3", 1500.0),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("12:30", "12:30"),
        ("2007-11-23", "2007-11-23"),
        ("1.0.0", "1.0.0"),
        ("9" * 41, "9" * 41),
        ("words", "words"),
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    assert yaml.scalar(text) == value
    assert type(yaml.scalar(text)) is type(value)


def test_every_value_and_key_has_its_place() -> None:
    tree = parsed("a:\n  - 1\n  - b: 'x'\n")
    assert isinstance(tree, Table)
    items = tree.entries["a"].tree
    assert isinstance(items, Items)
    assert tree.entries["a"].key == Position("f.yml", 1, 1)
    assert items.place == Position("f.yml", 2, 3)
    assert items.nodes[0].place == Position("f.yml", 2, 5)
    inner = items.nodes[1]
    assert isinstance(inner, Table)
    assert (inner.entries["b"].key, inner.entries["b"].tree.place) == (Position("f.yml", 3, 5), Position("f.yml", 3, 8))


def test_quotes_and_tags_of_the_core_decide_the_type() -> None:
    assert plain(parsed("[10, '10', !!str 10, !!int '10', ! 10, !!seq []]")) == [10, "10", "10", 10, "10", []]


def test_tags_pass_only_when_the_reader_asks() -> None:
    tree = parsed("a: !vault secret\n", tags=frozenset({"!vault"}))
    assert isinstance(tree, Table)
    assert tree.get("a") == Leaf("secret", Position("f.yml", 1, 4), "secret", "!vault")
    assert told("a: !vault secret\n") == ["f.yml:1:4: tag !vault is not supported here"]
    assert told("a: !!binary aGk=\n") == ["f.yml:1:4: tag !!binary is not supported here"]
    assert told("a: !list []\n") == ["f.yml:1:4: tag !list is not supported here"]


def test_aliases_and_merges_give_the_values_they_name() -> None:
    tree = parsed("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [{x: 9}, *a]}\n'<<': text\n")
    assert plain(tree) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 2},
        "c": {"x": 1, "y": 3},
        "d": {"x": 9, "y": 2},
        "<<": "text",
    }


def test_aliases_are_counted_by_what_they_copy() -> None:
    rows = "a: &a [" + ", ".join("x" * 999) + "]\n"
    assert told(rows + "b: [" + ", ".join(["*a"] * 100) + "]\n") == []
    assert told(rows + "b: [" + ", ".join(["*a"] * 101) + "]\n") == [
        f"f.yml:2:{5 + 4 * 100}: aliases make more than 100000 values of this document"
    ]


def test_a_problem_of_the_fast_parser_alone_is_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def events(text: str, *, fast: bool = True) -> Any:
        if fast:
            raise pyyaml.YAMLError("odd bytes")
        return iter(())

    monkeypatch.setattr(yaml, "_events", events)
    assert told("a: 1") == ["f.yml: not YAML: odd bytes"]


texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=15
)


@given(values, st.booleans())
def test_reads_back_what_a_writer_wrote(value: Any, flow: bool) -> None:
    assert plain(parsed(pyyaml.safe_dump(value, allow_unicode=True, default_flow_style=flow))) == value


@given(st.dictionaries(texts, scalars, min_size=1, max_size=6))
def test_places_point_at_the_keys(value: dict[str, Any]) -> None:
    text = pyyaml.safe_dump(value, allow_unicode=True, width=10_000)
    tree = parsed(text)
    assert isinstance(tree, Table)
    lines = text.split("\n")
    for key, entry in tree.entries.items():
        written = lines[entry.key.line - 1][entry.key.column - 1 :].removeprefix("? ")
        assert written.startswith((key[:1], "'", '"'))


@given(st.text(st.sampled_from("ab:-?&*!|>[]{},#'\"%@`<~ \n\t0"), max_size=40))
def test_nonsense_gives_problems_with_places_and_never_a_traceback(text: str) -> None:
    problems = Problems()
    tree = yaml.parse(text, "f.yml", problems)
    assert tree is not None or problems.found
    assert all(problem.file == "f.yml" for problem in problems.found)


@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_one_problem(raw: bytes) -> None:
    problems = Problems()
    text = decode(raw, "f", problems)
    assert (text is None) == bool(problems.found)
    if text is not None:
        assert raw.decode("utf-8-sig").replace("\r\n", "\n") == text


def test_line_ends_and_byte_order_mark_of_other_systems() -> None:
    assert decode(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "f", Problems()) == "a: 1\nb: 2\n"
    problems = Problems()
    assert decode("\ufeffk\u00e4\xff".encode("utf-8-sig").replace(b"\xc3\xbf", b"\xff"), "f", problems) is None


def test_the_place_of_a_bad_byte_counts_characters() -> None:
    problems = Problems()
    assert decode("one\nk\u00e4".encode() + b"\xff", "f", problems) is None
    assert str(*problems.found) == "f:2:3: byte 0xff is not UTF-8: save the file as UTF-8"


def read_told(path: Path) -> str:
    problems = Problems()
    assert read_bytes(path, problems) is None
    return str(*problems.found)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert read_told(tmp_path) == f"{tmp_path}: this is a directory, and a file is needed"
    assert read_told(tmp_path / "none") == f"{tmp_path / 'none'}: there is no such file"
    assert read_told(Path("/dev/null")) == "/dev/null: this is no regular file"
    assert read_told(Path("nul\0byte")) == "'nul\\x00byte': this is no file name"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert read_told(loop) == f"{loop}: cannot be read: Too many levels of symbolic links"
    large = tmp_path / "large"
    large.touch()
    os.truncate(large, MOST_BYTES + 1)
    assert read_told(large) == f"{large}: longer than 16 MiB: this is no file of configuration"
    problems = Problems()
    assert yaml.read(tmp_path / "none", problems) is None
