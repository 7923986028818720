"""Each catalogue has what the code says, all of it translated, nothing else, and is compiled; its sentences fit."""

from __future__ import annotations

import ast
import gettext
import io
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import UserError
from baseline.languages import CODES, ENGLISH, Language, language
from tests.languages.catalogue import (
    FOLDER,
    KEYWORDS,
    ROOMS,
    ROOT,
    as_text,
    codes,
    compiled,
    extracted,
    file_of,
    forms,
    read,
)

pytestmark = pytest.mark.checkout

CATALOGUES = {code: read(code) for code in codes()}
KEPT = [(code, message) for code, kept in CATALOGUES.items() for message in kept if message.id]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_language_but_english_has_a_catalogue_and_no_other_file_lies_there() -> None:
    assert {path.name for path in FOLDER.glob("*.[pm]o")} == {
        f"{code}.{end}" for code in codes() for end in ("po", "mo")
    }
    assert {*codes(), "en"} == set(CODES)


@pytest.mark.parametrize("code", codes())
def test_a_catalogue_has_what_the_code_says_and_nothing_else(code: str) -> None:
    def ids(catalogue: Catalog) -> set[tuple[str, ...]]:
        return {(str(message.context), *forms(message.id)) for message in catalogue if message.id}

    assert len(ids(CATALOGUES[code])) > 100
    assert ids(CATALOGUES[code]) == ids(extracted()), "run `make languages` and fill in what is new"


@pytest.mark.parametrize("code", codes())
def test_a_catalogue_is_complete_and_has_nothing_fuzzy_or_obsolete(code: str) -> None:
    lacking = [message.id for of, message in KEPT if of == code and not all(forms(message.string))]
    assert lacking == []
    assert [message.id for of, message in KEPT if of == code and message.fuzzy] == []
    assert list(CATALOGUES[code].obsolete) == []
    assert not CATALOGUES[code].fuzzy


@pytest.mark.parametrize("code", codes())
def test_a_catalogue_is_written_and_compiled_as_it_would_be_now(code: str) -> None:
    assert file_of(code).read_bytes() == as_text(CATALOGUES[code]), "run `make languages`"
    assert file_of(code).with_suffix(".mo").read_bytes() == compiled(CATALOGUES[code]), "run `make languages`"


@pytest.mark.parametrize("code", codes())
def test_a_translation_has_the_placeholders_of_its_sentence(code: str) -> None:
    for message in (message for of, message in KEPT if of == code):
        english = {name for text in forms(message.id) for name in fields(text)}
        for text in forms(message.string):
            assert fields(text) == english, message.id
            assert (text.strip() == text) == all(one.strip() == one for one in forms(message.id)), message.id


def test_a_placeholder_that_is_missing_or_extra_is_found() -> None:
    assert fields("{n} of {total}") == {"n", "total"} != fields("{n} daripada {jumlah}")


def _said(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """The literal sentences of calls that say something, wherever they stand: within f-strings, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in KEYWORDS:
            most = 2 if _name(node.func) == "count" else 1
            texts = [one.value for one in node.args[:most] if isinstance(one, ast.Constant)]
            if len(texts) == most and all(isinstance(text, str) for text in texts):
                yield tuple(map(str, texts))


def _name(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        return func.attr
    return "term" if isinstance(func, ast.Name) and func.id == "term" else ""


def test_no_sentence_escapes_the_extraction() -> None:
    """Babel reads no call within an f-string on every release of Python; the parser of Python does."""
    found = {forms(message.id) for message in extracted() if message.id}
    files = [path for room in ROOMS for path in (ROOT / "baseline" / room).rglob("*.py")]
    escaped = {(path.name, one) for path in files for one in _said(ast.parse(path.read_text())) if one not in found}
    assert len(files) > 30
    assert escaped == set()


@pytest.mark.parametrize("code", codes())
@given(values=st.lists(st.text() | st.integers(), min_size=12, max_size=12), n=st.integers(0, 10**12))
def test_every_translation_renders_with_any_values(code: str, values: list[str | int], n: int) -> None:
    speaking = language(code)
    for message in (message for of, message in KEPT if of == code and not message.context):
        names = sorted({name for text in forms(message.id) for name in fields(text)} - {"n"})
        given_values = dict(zip(names, values, strict=False))
        if isinstance(message.id, str):
            said = speaking.say(message.id, **given_values, n=n)
        else:
            singular, plural = forms(message.id)
            said = speaking.count(singular, plural, n, **given_values)
        assert all(str(value) in said for value in given_values.values())


def test_a_language_that_is_none_is_refused() -> None:
    with pytest.raises(UserError, match="there is no language 'fr': use en or ms"):
        language("fr")


def test_english_is_what_is_written() -> None:
    assert language("en") is ENGLISH
    assert ENGLISH.say("{a} and {a}", a=1) == "1 and 1"
    assert [ENGLISH.count("{n} host", "{n} hosts", n) for n in (0, 1, 2)] == ["0 hosts", "1 host", "2 hosts"]


def test_a_plural_is_chosen_by_the_language() -> None:
    malay = language("ms")
    assert [malay.count("{n} package", "{n} packages", n) for n in (0, 1, 2)] == ["0 pakej", "1 pakej", "2 pakej"]


def test_what_the_catalogue_does_not_have_stays_english() -> None:
    assert (
        Language("xx", gettext.NullTranslations()).say("nothing of this {kind}", kind="sort") == "nothing of this sort"
    )


def test_the_compiled_catalogue_is_what_gettext_reads() -> None:
    for code, kept in CATALOGUES.items():
        read_back = gettext.GNUTranslations(io.BytesIO(compiled(kept)))
        assert read_back.info()["language"] == code
