"""The catalogues of translations: what the code says is extracted by Babel, and each catalogue brought up to date.

python -m tests.languages.catalogue     renews baseline/languages/*.po and compiles them into *.mo

A sentence that is new stands in the .po with an empty translation, to be filled in; run it once more to compile that.
What nobody says any more is taken out, and what only resembles a sentence is no translation of it.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from baseline import languages
from baseline.languages import CODES, ENGLISH, TOLD
from tests.languages.said import sentences, titles

ROOT = Path(__file__).parents[2]
FOLDER = Path(languages.__file__).parent
"""The folder of the package that is tested, which may be installed elsewhere."""
KEYWORDS: dict[str, tuple[int, ...] | None] = {"say": None, "count": (1, 2), "term": None}
"""Functions whose literal arguments are said to people, as in `baseline.languages.Language`."""
JINJA_KEYWORDS = {**KEYWORDS, "gettext": None, "ngettext": (1, 2), "_": None}
ROOMS = ("languages", "model", "reports", "cli")
"""Where sentences are said in the language that a person wants."""
_CODES = tuple(code for code in CODES if code != ENGLISH.code)
_BARE = re.compile(rb"(?<![.\w])say\(")
"""A function of that name, as the command has one that only prints, is not the method of a language."""


def codes() -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return _CODES


def file_of(code: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / f"{code}.po"


def extracted() -> Catalog:
    """What the code says now, in the order of files."""
    found = Catalog(charset="utf-8")
    for path, message in _messages():
        found.add(message, locations=[(str(path.relative_to(ROOT)), 0)])
    for path, message in sentences():
        found.add(message, locations=[(str(path.relative_to(ROOT)), 0)], context=TOLD)
    for path, title, malay in titles():
        # Of what the baselines say in Malay, they are the place.
        found.add(title, malay, locations=[(str(path.relative_to(ROOT)), 0)], context=TOLD)
    return found


def _messages() -> Iterator[tuple[Path, str | tuple[str, ...]]]:
    for room in ROOMS:
        for path in sorted((ROOT / "baseline" / room).rglob("*.py")):
            source = io.BytesIO(_BARE.sub(b"print(", path.read_bytes()))
            for _, message, _, _ in extract("python", source, KEYWORDS):
                yield path, message
    options = {"newstyle_gettext": "true", "silent": "false"}
    for path in sorted((ROOT / "baseline").rglob("*.j2")):
        source = io.BytesIO(path.read_bytes())
        for _, message, _, _ in extract("jinja2.ext:babel_extract", source, JINJA_KEYWORDS, (), options):
            yield path, message


def read(code: str) -> Catalog:
    """The catalogue of a language as it is kept."""
    with file_of(code).open("rb") as file:
        return read_po(file, locale=code)


class _Kept(Catalog):
    """A catalogue whose header is the same on every day and with every release of Babel."""

    @property  # type: ignore[misc]
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "baseline"),
            ("Language", str(self.locale)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]


def renewed(old: Catalog) -> Catalog:
    """The same brought up to date: what is new has no translation yet, and what nobody says any more is gone."""
    return _kept(old, [message for message in extracted() if message.id])


def _kept(old: Catalog, messages: Iterable[Message]) -> Catalog:
    header = f"# What baseline says, in {CODES[str(old.locale)]}: see docs/languages.md."
    new = _Kept(old.locale, charset="utf-8", fuzzy=False, header_comment=header)
    for one in messages:
        known = old.get(one.id, one.context)
        old_string = known.string if known and not known.fuzzy else None
        string = one.string if any(forms(one.string)) else old_string
        new.add(one.id, string, locations=one.locations, context=one.context)
    return new


def as_text(catalogue: Catalog) -> bytes:
    """The catalogue as its file has it: files without lines, which would change with every edit."""
    buffer = io.BytesIO()
    messages = [message for message in catalogue if message.id]
    write_po(buffer, _kept(catalogue, messages), width=110, include_lineno=False)
    return buffer.getvalue()


def forms(text: object) -> tuple[str, ...]:
    """A message or a translation, as the forms that it has: one, or one for each number."""
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text or ""),)


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as gettext reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, _kept(catalogue, [message for message in catalogue if message.id]))
    return buffer.getvalue()


def main() -> int:
    """Renew all catalogues. The exit code is 1 while a translation is missing."""
    missing = 0
    for code in codes():
        catalogue = renewed(read(code)) if file_of(code).exists() else renewed(Catalog(locale=code))
        file_of(code).write_bytes(as_text(catalogue))
        kept = read(code)
        file_of(code).with_suffix(".mo").write_bytes(compiled(kept))
        lacking = [one.id for one in kept if one.id and not all(forms(one.string))]
        missing += len(lacking)
        sys.stdout.write("".join(f"{file_of(code).name}: not translated: {one}\n" for one in lacking))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
