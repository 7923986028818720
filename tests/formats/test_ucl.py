"""Flat keys of Rspamd's `local.d` files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats import ucl

KEYS = ("reject", "tempdir", "servers", "enabled")
printable = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), max_size=12)
strings = printable.map(ucl.quoted)
atoms = st.sampled_from(["15", "true", "10min", "1.5", "/tmp/x", "foo bar", "${DBDIR}/x"])
scalars = st.one_of(strings, atoms)
arrays = st.lists(scalars, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
blanks = st.sampled_from(["", " ", "  ", "\t"])
ends = st.sampled_from([";", "", ",", " ;"])

flat = st.tuples(st.sampled_from(KEYS), st.one_of(scalars, arrays))


@st.composite
def noise(draw: st.DrawFn) -> str:
    """Whatever may stand between assignments; all of it speaks of the keys without assigning them."""
    key = draw(st.sampled_from(KEYS))
    return draw(
        st.sampled_from(
            [
                f"# {key} = comment;",
                f"/* {key} = 1; /* nested */ {key} = 2; */",
                f'.include(try=true) "$LOCAL_CONFDIR/{key} = 1;"',
                f"section {{ {key} = 3; inner {{ {key} = 4 }} }}",
                f'rule "{key}" {{\n  {key} = "}}";\n  # }}\n}}',
                f"other_{key} = 5;",
                f'message = "a; {key} = 6; \\" {key} = 7";',
                f"list [\n  {{ {key} = 8 }},\n  9\n];",
                f"text = <<EOD\n{key} = 10;\nEOD\n",
                "",
            ]
        )
    )


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    """A file, and its flat assignments of the four keys in order."""
    text, assigned = "", []
    for _ in range(draw(st.integers(0, 5))):
        if draw(st.booleans()):
            text += draw(blanks) + draw(noise()) + "\n"
            continue
        key, value = draw(flat)
        written = draw(st.sampled_from([key, f'"{key}"']))
        # Without a sign libucl takes `$` for the beginning of a key.
        sign = draw(st.sampled_from(["=", ":"] if value.startswith("$") else ["=", ":", ""]))
        text += f"{draw(blanks)}{written} {sign} {value}{draw(ends)}"
        text += draw(st.sampled_from(["\n", " # note\n", "\n\n"]))
        assigned.append((key, value))
    return text, assigned


def mine(text: str) -> list[tuple[str, str]]:
    return [(entry.key, entry.value) for entry in ucl.entries(text) if entry.key in KEYS]


@given(documents())
def test_assignments_are_found_and_nothing_else_is(document: tuple[str, list[tuple[str, str]]]) -> None:
    text, assigned = document
    assert mine(text) == assigned


@given(documents(), st.sampled_from(KEYS), scalars)
def test_setting_a_key_leaves_one_assignment_of_it(
    document: tuple[str, list[tuple[str, str]]], key: str, value: str
) -> None:
    text, assigned = document
    after = ucl.set_key(text, key, value)
    assert [found for found in mine(after) if found[0] == key] == [(key, value)]
    assert [found for found in mine(after) if found[0] != key] == [found for found in assigned if found[0] != key]
    assert ucl.set_key(after, key, value) == after


@given(documents(), scalars)
def test_everything_that_is_no_assignment_keeps_its_bytes(
    document: tuple[str, list[tuple[str, str]]], value: str
) -> None:
    text, _ = document
    after = ucl.set_key(text, "reject", value)
    assert _without_reject(after) == _without_reject(text)


def _without_reject(text: str) -> str:
    for entry in reversed(ucl.entries(text)):
        if entry.key == "reject":
            text = text[: entry.start] + text[entry.end :]
    return "".join(text.split())


@given(printable)
def test_a_quoted_string_is_what_a_json_reader_reads(text: str) -> None:
    assert json.loads(ucl.quoted(text)) == text


@given(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False, width=16)))
def test_literals_are_what_a_json_reader_reads(value: bool | int | float) -> None:
    read = json.loads(ucl.literal(value))
    assert isinstance(read, bool) == isinstance(value, bool)
    assert read == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "a\nb", "\0"])
def test_what_no_file_can_hold_is_refused(value: float | str) -> None:
    with pytest.raises(ValueError, match="written"):
        ucl.literal(value)


@pytest.mark.parametrize(
    "text",
    ["reject { x = 1 }\n", 'reject "a" { x = 1 }\n', "reject a { x = 1 }\n", "reject = { x = 1 }\n", "reject {\n}\n"],
)
def test_a_section_is_no_flat_key(text: str) -> None:
    with pytest.raises(ValueError, match="opens a section"):
        ucl.set_key(text, "reject", "15")


@pytest.mark.parametrize("text", ["}", "a {", "x [1", "/* a", "= 1", "a =", "a\nb = 1", '"'])
def test_what_is_no_ucl_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        ucl.set_key(text, "reject", "15")


@pytest.mark.parametrize(("key", "value"), [("a b", "1"), ("a", "1\n"), ("", "1"), ("a=b", "1"), ("a", "\t")])
def test_what_cannot_be_one_assignment_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        ucl.set_key("", key, value)


def test_assignments_on_one_line_stay_on_it() -> None:
    assert ucl.set_key("a = 1; reject = 9; b = 2;\nreject = 8; # old\n", "reject", "15") == (
        "a = 1; reject = 15; b = 2;\n # old\n"
    )
