"""BIND's configuration: statements with their blocks (BIND 9.18 Reference Manual, "Configuration Reference").

Read is what `named-checkconf -px` prints, which has the includes in it; edited is one file as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from baseline.classes import dataclass
from baseline.formats import names

_TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<comment>//[^\n]*|#[^\n]*|/\*.*?\*/)|(?P<open>/\*)|(?P<mark>[{};])"
    r'|(?P<word>"(?:\\.|[^"\\])*"|[^\s{};"]+)',
    re.S,
)
_DEEPEST = 64
PRIMARY = ("primary", "master")
SECONDARY = ("secondary", "slave")


@dataclass(frozen=True)
class Statement:
    """`words { block };`: characters `start` to `end`. `block` is None without braces, `inner` is where its text is."""

    words: tuple[str, ...]
    block: tuple[Statement, ...] | None
    start: int
    end: int
    inner: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class ZoneStatement:
    """A zone as named serves it. `dynamic` and `signed` zones are written by named itself."""

    name: str
    type: str
    file: str = ""
    dynamic: bool = False
    signed: bool = False
    transfer: tuple[str, ...] | None = None
    view: str = ""


@dataclass(frozen=True)
class NamedConf:
    """What of the configuration matters here. A list is None where it is not set, and named's default holds."""

    zones: tuple[ZoneStatement, ...]
    directory: str = ""
    transfer: tuple[str, ...] | None = None
    recursion: bool = True
    allow_recursion: tuple[str, ...] | None = None
    allow_query_cache: tuple[str, ...] | None = None
    allow_query: tuple[str, ...] | None = None
    validation: str = "auto"
    views: tuple[str, ...] = ()

    def zone(self, name: str) -> ZoneStatement | None:
        """The zone that a name is in: the one with the longest name. The first view's, where several have it."""
        found = [zone for zone in self.zones if names.inside(name, zone.name) and zone.type != "hint"]
        return max(found, key=lambda zone: len(zone.name), default=None)


def parse(text: str) -> tuple[Statement, ...]:
    """The statements of a file. Raises ValueError for other text."""
    tokens = list(_tokens(text))
    statements, place = _statements(tokens, 0, _DEEPEST)
    if place != len(tokens):
        raise ValueError("a block is closed that nothing opened")
    return statements


def read(printed: str) -> NamedConf:
    """What `named-checkconf -px` prints. Raises ValueError."""
    statements = parse(printed)
    options = [one for one in statements if one.words[:1] == ("options",) and one.block is not None]
    within = [inner for one in options for inner in one.block or ()]
    zones: list[ZoneStatement] = []
    views: list[str] = []
    for one in statements:
        if one.words[:1] == ("zone",) and one.block is not None:
            zones.append(_zone(one, within, ""))
        if one.words[:1] == ("view",) and one.block is not None:
            views.append(_bare(one.words[1]))
            inherited = [*within, *one.block]
            zones += [_zone(inner, inherited, views[-1]) for inner in one.block if inner.words[:1] == ("zone",)]
    return NamedConf(
        zones=tuple(zones),
        directory=_word(within, "directory") or "",
        transfer=_list(within, "allow-transfer"),
        recursion=(_word(within, "recursion") or "yes").lower() in ("yes", "true", "1"),
        allow_recursion=_list(within, "allow-recursion"),
        allow_query_cache=_list(within, "allow-query-cache"),
        allow_query=_list(within, "allow-query"),
        validation=_word(within, "dnssec-validation") or "auto",
        views=tuple(views),
    )


def set_option(text: str, name: str, value: str) -> str:
    """The file with `name value;` in its options block, in place of what it says there.

    Raises ValueError when the file has no options block, or more than one.
    """
    blocks = [one for one in parse(text) if one.words == ("options",) and one.block is not None]
    if len(blocks) != 1:
        raise ValueError(
            "the file has no options block of its own" if not blocks else "the file has two options blocks"
        )
    (options,) = blocks
    present = [one for one in options.block or () if one.words[:1] == (name,)]
    wanted = f"{name} {value};"
    if len(present) == 1 and "".join(text[present[0].start : present[0].end].split()) == "".join(wanted.split()):
        return text
    if present:
        for one in reversed(present[1:]):
            text = text[: one.start] + text[one.end :]
        return text[: present[0].start] + wanted + text[present[0].end :]
    end = options.inner[1]
    before = text[:end].rstrip(" \t")
    lead = "" if before.endswith("\n") else "\n"
    return f"{before}{lead}\t{wanted}\n{text[end:]}"


def match_list(items: Sequence[str]) -> str:
    """An address match list as it is written."""
    return "{ " + " ".join(f"{item};" for item in items) + " }"


def open_to_all(items: Sequence[str]) -> bool:
    """Whether an address match list lets everybody in: `any`, or a network of everything, before anything closes it."""
    for item in items:
        if item in ("any", "0.0.0.0/0", "::/0", "0/0"):
            return True
        if item in ("none", "!any", "!0.0.0.0/0"):
            return False
    return False


def _zone(statement: Statement, options: Sequence[Statement], view: str) -> ZoneStatement:
    within = statement.block or ()
    updates = _list(within, "allow-update")
    if updates is None:
        updates = _list(options, "allow-update")
    policy = any(one.words[:1] == ("update-policy",) for one in within)
    inherited = [*options, *within]
    signing = (_word(inherited, "dnssec-policy") or "none").strip('"') != "none"
    signing = signing or (_word(inherited, "inline-signing") or "no") == "yes"
    signing = signing or (_word(inherited, "auto-dnssec") or "off") != "off"
    transfer = _list(within, "allow-transfer")
    return ZoneStatement(
        name=names.bare(_bare(statement.words[1])),
        type=(_word(within, "type") or "").lower(),
        file=_bare(_word(within, "file") or ""),
        dynamic=policy or bool([item for item in updates or () if item != "none"]),
        signed=signing,
        transfer=transfer if transfer is not None else _list(options, "allow-transfer"),
        view=view,
    )


def _word(statements: Sequence[Statement], name: str) -> str | None:
    for one in reversed(statements):
        if one.words[:1] == (name,) and len(one.words) > 1:
            return _bare(one.words[1])
    return None


def _list(statements: Sequence[Statement], name: str) -> tuple[str, ...] | None:
    for one in reversed(statements):
        if one.words[:1] == (name,) and one.block is not None:
            return tuple(_item(item) for item in one.block)
    return None


def _item(statement: Statement) -> str:
    """One item of an address match list; a list in a list as one text."""
    words = " ".join(_bare(word) for word in statement.words)
    if statement.block is None:
        return words.replace("! ", "!")
    return f"{words}{{ {' '.join(f'{_item(one)};' for one in statement.block)} }}"


def _bare(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word


_Span = tuple[str, int, int]


def _tokens(text: str) -> Iterator[_Span]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match["open"]:
            number = text.count("\n", 0, place) + 1
            raise ValueError(f"line {number}: {text[place : place + 20]!r} is not understood in named.conf")
        place = match.end()
        if match["mark"] or match["word"]:
            yield match[0], match.start(), match.end()


def _statements(tokens: Sequence[_Span], place: int, deeper: int) -> tuple[tuple[Statement, ...], int]:
    """The statements up to a closing brace. Blocks may be nested as deep as `deeper`."""
    if deeper < 0:
        raise ValueError(f"blocks are nested more than {_DEEPEST} deep")
    found: list[Statement] = []
    while place < len(tokens) and tokens[place][0] != "}":
        statement, place = _statement(tokens, place, deeper)
        if statement is not None:
            found.append(statement)
    if deeper < _DEEPEST and place >= len(tokens):
        raise ValueError("a block is opened that nothing closes")
    return tuple(found), place


def _statement(tokens: Sequence[_Span], place: int, deeper: int) -> tuple[Statement | None, int]:
    """The statement that begins at a token; None for a `;` that stands alone. Words after a block belong to it."""
    start, words = tokens[place][1], []
    block: tuple[Statement, ...] | None = None
    inner = (0, 0)
    while place < len(tokens) and tokens[place][0] != ";":
        word = tokens[place][0]
        if word == "}":
            raise ValueError("a statement does not end with a semicolon")
        if word == "{":
            begin = tokens[place][2]
            block, place = _statements(tokens, place + 1, deeper - 1)
            inner = (begin, tokens[place][1])
        else:
            words.append(word)
        place += 1
    if place >= len(tokens):
        raise ValueError("a statement does not end with a semicolon")
    end = tokens[place][2]
    if not words and block is None:
        return None, place + 1
    return Statement(tuple(words), block, start, end, inner), place + 1
