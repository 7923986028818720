"""What was said in English is found again in a catalogue, and told in another language with its values."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.kinds import kinds
from baseline.languages import ENGLISH, TOLD, language
from baseline.languages.phrases import Phrases, phrase
from baseline.load import load_baseline
from tests.languages.catalogue import read
from tests.languages.said import messages, sentences

pytestmark = pytest.mark.checkout

MALAY = language("ms")
SAID = {str(message.id): str(message.string) for message in read("ms") if message.id and message.context == TOLD}
"""English message -> Malay, of what is told."""
WORDS = st.from_regex(r"[a-z0-9/_]{1,12}(\.[a-z]{1,4})?", fullmatch=True)
"""Values as they stand in sentences: names, numbers, paths."""


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@given(st.data())
def test_every_sentence_is_told_in_malay_with_its_values(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(sorted(SAID)))
    names = phrase(message, "").names
    values = {name: data.draw(WORDS) for name in names}
    told = MALAY.tell(message.format(**values))
    assert told == SAID[message].format(**values)


@given(st.text())
def test_any_text_is_told_without_trouble(text: str) -> None:
    assert MALAY.tell(text) or not text
    assert ENGLISH.tell(text) == text


@given(
    st.lists(
        st.sampled_from(["Give {rest} a mailbox or an alias.", "; ", ". A ", "{", "}}", " and ", "is", ", wanted "])
    )
)
def test_text_that_resembles_sentences_is_told_without_trouble(parts: list[str]) -> None:
    assert isinstance(MALAY.tell("".join(parts)), str)


def test_a_long_hostile_text_costs_little() -> None:
    hostile = "limit is 1, wanted 2; Give a. A " * 240
    assert len(hostile) < 8000
    assert MALAY.tell(hostile)
    assert MALAY.tell("x is y, wanted z. A " * 5000) == "x is y, wanted z. A " * 5000


def test_several_sentences_are_told_each_for_itself() -> None:
    mended = "`baseline apply -c MEL-T-04` mends this: set queue_minfree = 1 in /etc/postfix/main.cf."
    text = f"{mended} Keep one list of May 1."
    assert MALAY.tell(text) == (
        "`baseline apply -c MEL-T-04` membetulkannya: tetapkan queue_minfree = 1 dalam /etc/postfix/main.cf. "
        "Simpan satu senarai semak sahaja bagi May 1."
    )


def test_what_is_not_known_stays_and_costs_no_other_sentence() -> None:
    assert MALAY.tell("Nobody ever said this. Keep one list of May 1.") == (
        "Nobody ever said this. Simpan satu senarai semak sahaja bagi May 1."
    )


def test_words_of_programs_are_not_taken_for_words_of_people() -> None:
    assert MALAY.tell("smtpd_helo_required is no, wanted yes") == "smtpd_helo_required ialah no, dikehendaki yes"


@pytest.mark.parametrize("name", ["mampu-2007", "mail-2026"])
def test_every_title_that_ships_is_told(name: str) -> None:
    for draft in load_baseline(name).drafts:
        title = draft.written()["title"]
        assert MALAY.tell(title["en"]) == title["ms"]


def test_titles_of_a_baseline_of_ones_own_are_told() -> None:
    assert MALAY.knowing({"Ours": "Kami"}).tell("Ours") == "Kami"
    assert MALAY.knowing({}) is MALAY


def test_everything_that_a_person_is_advised_by_kinds_is_there() -> None:
    by_hand = {sentence for kind in kinds().values() for sentence in kind.by_hand.values()}
    assert len(by_hand) > 50
    assert by_hand - SAID.keys() == set()
    notices = {kind.effects.notice for kind in kinds().values() if kind.effects}
    assert notices - {text.replace("{{", "{").replace("}}", "}") for text in SAID} == set()


def test_messages_are_read_from_the_code_as_they_are_said() -> None:
    assert list(messages(expression("'a {rest} b'"))) == ["a {rest} b"]
    assert list(messages(expression("'use { x; }'"))) == ["use {{ x; }}"]
    assert list(messages(expression("f'{self.path} is {x.y} and {self.path}'"))) == ["{path} is {y} and {path}"]
    assert list(messages(expression('f\'{len(a)} {"host" if one else "hosts"}\''))) == ["{a} host", "{a} hosts"]
    assert list(messages(expression("'yes' if a else f'no {b}'"))) == ["yes", "no {b}"]
    assert len({one for _, one in sentences()}) > 200


def test_a_name_that_stands_twice_has_one_value() -> None:
    one = phrase("restart {unit}: `journalctl -u {unit}`", "")
    assert one.values("restart a: `journalctl -u a`") == {"unit": "a"}
    assert one.values("restart a: `journalctl -u b`") is None


def test_the_cache_of_texts_stays_small() -> None:
    phrases = replace(Phrases({"Keep {one} only": "Simpan {one} sahaja"}))
    assert {phrases.tell(f"Keep {number} only") for number in range(30_000)} >= {"Simpan 29999 sahaja"}
    assert len(phrases._told) <= 20_000
