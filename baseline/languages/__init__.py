"""The languages that people are told things in: whole sentences, with the values by their names.

A sentence is written in English where it is said, `language.say("{control} has changed", control=…)`, and is translated
as a whole. Its translations are gettext catalogues in this folder; docs/languages.md says how they are kept.

What is here:

- `phrases`: Finding sentences of a catalogue again in text that was said in English, to say them in another language.
  Pure.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Any

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.languages.phrases import Phrases

CODES: Mapping[str, str] = MappingProxyType({"en": "English", "ms": "Bahasa Melayu"})
"""The languages there are: code in ISO 639-1, and name in the language itself."""


@dataclass(frozen=True)
class Language:
    """A language, with its catalogue; that of English is empty, since sentences are written in English.

    `code` is that of ISO 639-1, for the `lang` of a document too.
    """

    code: str = "en"
    catalogue: gettext.NullTranslations = field(default_factory=gettext.NullTranslations, repr=False, compare=False)
    phrases: Phrases = field(default_factory=Phrases, repr=False, compare=False)

    def say(self, message: str, /, **values: object) -> str:
        """A sentence, or a word, in this language, with each `{name}` in it replaced by the value of that name."""
        return self.catalogue.gettext(message).format_map(values)

    def count(self, singular: str, plural: str, n: int, /, **values: object) -> str:
        """A sentence on `n` things, which stands in it as `{n}`; which of the two forms, the language decides."""
        return self.catalogue.ngettext(singular, plural, n).format_map({"n": n, **values})

    def all_of(self, words: Iterable[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        *head, tail = [*words] or [""]
        return self.say("{first} and {last}", first=", ".join(head), last=tail) if head else tail

    def any_of(self, words: Iterable[str]) -> str:
        """`a`, `a or b`, `a, b or c`."""
        *head, tail = [*words] or [""]
        return self.say("{first} or {last}", first=", ".join(head), last=tail) if head else tail

    def tell(self, text: str) -> str:
        """What was said in English before, such as a finding's reason or advice, in this language.

        The sentences in it are found again in the catalogue, the values in them taken over; what the catalogue does not
        have stays as it is. So reports are told that come from a file or from history, where only the text is left.
        """
        return self.phrases.tell(text)

    def knowing(self, texts: Mapping[str, str]) -> Language:
        """The same language with more texts, English and in it, to be told: titles of a baseline of one's own."""
        return replace(self, phrases=Phrases({**texts, **self.phrases.messages})) if texts else self

    def prepare(self, environment: Any) -> None:
        """Let the templates of a Jinja2 environment speak this language: `say`, `count` and `tell` as here.

        The tag `trans` and `gettext` work too, in Jinja2's new style.
        """
        environment.globals |= {"say": self.say, "count": self.count, "tell": self.tell, "lang": self.code}
        environment.add_extension("jinja2.ext.i18n")
        environment.install_gettext_translations(self.catalogue, newstyle=True)


TOLD = "told"
"""The context in a catalogue of what is said in English first and told later: see `Language.tell`."""

ENGLISH = Language()


def language(code: str) -> Language:
    """The language of a code. Raises `UserError` for one that there is not."""
    if code == ENGLISH.code:
        return ENGLISH
    if code not in CODES:
        raise UserError(f"there is no language {code!r}: use {' or '.join(CODES)}")
    from importlib.resources import files

    with (files(__name__) / f"{code}.mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    return Language(code, catalogue, Phrases(_messages(catalogue)))


def term(message: str) -> str:
    """The message itself: marks a word in a table for translation, which `say` or `tell` gives later."""
    return message


def _messages(catalogue: gettext.GNUTranslations) -> dict[str, str]:
    """English message -> translation, of what is told: messages without that context are said word by word."""
    told: dict[Any, str] = catalogue._catalog  # type: ignore[attr-defined]
    begin = f"{TOLD}\x04"
    keys = [key for key in told if isinstance(key, str) and key.startswith(begin)]
    return {key.removeprefix(begin): told[key] for key in keys}
