"""What `diff` prints: what differs between two baselines, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from baseline.languages import Language, term
from baseline.load.differing import WORDS, ControlDifference, Differences, Direction, FieldDifference
from baseline.model.numbers import shown
from baseline.reports.lines import printed
from baseline.reports.words import OBLIGATIONS, SEVERITIES, one_line, value

if TYPE_CHECKING:
    from rich.console import Console

_WAYS: Mapping[str, str] = {
    "added": term("added"),
    "removed": term("removed"),
    "renamed": term("renamed"),
    "tightened": term("tightened"),
    "loosened": term("loosened"),
    "changed": term("changed"),
}
_STYLES: Mapping[str, str] = {"added": "green", "removed": "red", "tightened": "green", "loosened": "red"}
_SENTENCES: Mapping[Direction, str] = {
    "tightened": term("{field}: {what}: tightened"),
    "loosened": term("{field}: {what}: loosened"),
    "changed": term("{field}: {what}"),
}
_LONGEST = 60
"""Characters of a value that a line still takes; the JSON has all."""


def in_words(told: Differences, language: Language, console: Console) -> str:
    """The differences for people."""
    return printed(console, _parts(told, language))


def _parts(told: Differences, language: Language) -> Iterator[RenderableType]:
    yield Text(one_line(f"{told.before} → {told.after}"), style="bold")
    for one in told.controls:
        yield _headline(one, language)
        for field in one.fields:
            yield Padding(Text(_field(field, language)), (0, 0, 0, 4), expand=False)
    for clause in told.clauses:
        yield Text(language.say("clause {clause}: other words", clause=one_line(clause)))
    yield Text(_total(told, language))


def way_of(one: ControlDifference) -> str:
    """What became of a control, in the word that says most."""
    return one.direction if one.way == "changed" else one.way


def _headline(one: ControlDifference, language: Language) -> Text:
    title = one_line((one.title.get(language.code) or one.title.get("en")) or "")
    word, style = language.say(_WAYS[way_of(one)]), _STYLES.get(way_of(one), "")
    line = Text.assemble((word, style), "  ", one.control, "  ", title)
    if one.formerly:
        formerly = language.say("formerly {control}", control=one.formerly)
        line.append(f"  {formerly}", "dim")
    return line


def _field(one: FieldDifference, language: Language) -> str:
    return language.say(_SENTENCES[one.direction], field=one.field, what=_what(one, language))


def _what(one: FieldDifference, language: Language) -> str:
    before, after = one.before, one.after
    if one.field in WORDS and one.field != "title":
        return language.say("other words")
    if isinstance(before, list) and isinstance(after, list):
        added = [_value(one.field, item, language) for item in after if item not in before]
        gone = [_value(one.field, item, language) for item in before if item not in after]
        parts = [language.say("{values} added", values=", ".join(added))] if added else []
        parts += [language.say("{values} left out", values=", ".join(gone))] if gone else []
        return "; ".join(parts) or language.say("in another order")
    return f"{_value(one.field, before, language)} → {_value(one.field, after, language)}"


def _value(field: str, given: Any, language: Language) -> str:
    """A value in words: sizes in their unit, obligations and severities in the language."""
    known = {"obligation": {one.value: word for one, word in OBLIGATIONS.items()}}
    known["severity"] = {one.value: word for one, word in SEVERITIES.items()}
    if isinstance(given, str) and given in known.get(field, {}):
        return language.say(known[field][given])
    if isinstance(given, int) and not isinstance(given, bool) and field.endswith("bytes"):
        return shown(given, "bytes", language)
    text = value(given, language) if given is None or isinstance(given, str | int | float) else one_line(str(given))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _total(told: Differences, language: Language) -> str:
    if told.none:
        return language.say("Nothing differs.")
    ways = [way_of(one) for one in told.controls]
    parts = [f"{ways.count(way)} {language.say(word)}" for way, word in _WAYS.items() if way in ways]
    what = ", ".join(parts)
    if not what:
        return language.say("No control differs.")
    return language.count("{n} control differs: {what}.", "{n} controls differ: {what}.", len(ways), what=what)
