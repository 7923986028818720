"""The file of ticks: a chain of lines, of which none can be changed or taken away unseen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import InputError, UserError
from baseline.evidence.ticks import read_ticks, signed_content, with_tick
from tests.evidence.checklists import tick

TICKS = tuple(tick(evidence=f"ticket {number}") for number in range(4))


def written() -> str:
    text = ""
    for one in TICKS:
        text = with_tick(text, one)
    return text


def test_what_is_written_is_read() -> None:
    assert read_ticks(written(), "t") == TICKS
    assert read_ticks("", "t") == ()
    names = replace(TICKS[0], operator='Aminah "binti"\n Ali \u202e\x1b', signature="-----BEGIN SSH SIGNATURE-----\n")
    assert read_ticks(with_tick("", names), "t") == (names,)


@given(st.integers(0, 3), st.sampled_from(["taken away", "changed", "doubled", "moved"]))
def test_a_line_that_is_changed_or_taken_away_is_found(number: int, how: str) -> None:
    lines = written().splitlines()
    if how == "taken away":
        del lines[number]
    elif how == "changed":
        lines[number] = lines[number].replace('"ok"', '"failed"')
    elif how == "doubled":
        lines.insert(number, lines[number])
    else:
        lines.insert(0, lines.pop(number))
    text = "".join(f"{line}\n" for line in lines)
    # Who holds the file may cut its end, or change its last line: the closed list of the day has the link of that.
    if (how, number) in (("taken away", 3), ("changed", 3), ("moved", 0)):
        return
    with pytest.raises(InputError, match="a tick before this line was changed or taken away"):
        read_ticks(text, "t")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "this is no tick: a line of JSON with texts is"),
        ("[]", "a line of JSON with texts is"),
        ("[" * 9000, "a line of JSON with texts is"),
        (json.dumps({"site": 1}), "a line of JSON with texts is"),
        (json.dumps({"site": "x", "colour": "red", "previous": ""}), "`colour` is none of its keys"),
        (json.dumps({"site": "x", "previous": ""}), "`day` is missing"),
        (json.dumps(tick().to_dict()), "`previous` is missing"),
        (json.dumps({**tick().to_dict(), "day": "2026-02-30", "previous": ""}), "this is no tick"),
        (json.dumps({**tick().to_dict(), "at": "2026-03-02T09:00", "previous": ""}), "a time has no zone"),
        (json.dumps({**tick().to_dict(), "result": "fine", "previous": ""}), "`result` is ok or failed"),
        (json.dumps({**tick(evidence="x" * 20_000).to_dict(), "previous": ""}), "a line of JSON with texts is"),
    ],
)
def test_a_line_that_is_no_tick_is_told_at_its_place(line: str, why: str) -> None:
    with pytest.raises(InputError, match="ticks:1:1: ") as told:
        read_ticks(f"{line}\n", "ticks")
    assert why in str(told.value)


def test_a_line_that_was_not_written_whole_is_told() -> None:
    with pytest.raises(InputError, match="ticks:4:1: the line is not whole"):
        read_ticks(written()[:-9], "ticks")


def test_a_tick_that_could_not_be_read_again_is_not_written() -> None:
    with pytest.raises(UserError, match="a tick has at most 16384 characters"):
        with_tick("", tick(evidence="x" * 16_384))


def test_a_signature_is_over_all_but_itself() -> None:
    one = TICKS[0]
    assert signed_content(one) == signed_content(replace(one, signature="x"))
    assert signed_content(one) != signed_content(replace(one, operator="Ali"))
