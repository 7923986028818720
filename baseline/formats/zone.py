"""Zone files (RFC 1035 5.1, with BIND's $TTL and $GENERATE), read and edited where they are to change and nowhere else.

What stands in files that a zone includes is not seen here. The serial is raised with every change, within the
arithmetic of RFC 1982.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from baseline.classes import dataclass
from baseline.formats import names

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+)|(?P<comment>;[^\n]*)|(?P<line>\n)|(?P<mark>[()])"
    r'|(?P<word>(?:"(?:\\.|[^"\\\n])*"|\\.|[^\s();"\\])+)'
)
# A unit only after a digit: written as one loop in another, a long number would never be done with.
_TTL = re.compile(r"\d+(?:[smhdw]\d+)*[smhdw]?", re.I)
MOST_ENTRIES, MOST_WORDS = 20_000, 1_000
"""What a zone may have whose file is read and edited here."""
_CLASSES = ("in", "ch", "hs", "cs")
_NAMED = {"MX": 1, "NS": 0, "PTR": 0, "CNAME": 0, "SRV": 3}
"""Types with a name in their data, and the word that it is."""
_HALF, _WHOLE = 1 << 31, 1 << 32


@dataclass(frozen=True)
class ZoneEntry:
    """One record or directive: characters `start` to `end`, its last newline included.

    `owner` is absolute, in lower case and without its last dot; `data` are the words as written. `led` says that the
    owner is written, and not taken from the record before. Relative names in the data are under `base`. For a
    directive, `type` is `$INCLUDE` and so on.
    """

    start: int
    end: int
    owner: str
    led: bool
    type: str
    data: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    base: str


def entries(text: str, origin: str) -> tuple[ZoneEntry, ...]:
    """All entries of a zone file, in order. Raises ValueError for other text."""
    found: list[ZoneEntry] = []
    owner, base = names.bare(origin), names.bare(origin)
    for start, end, led, words in _logical_lines(text):
        if not words:
            continue
        if len(found) >= MOST_ENTRIES or len(words) > MOST_WORDS:
            raise ValueError(f"the zone has more than {MOST_ENTRIES} records, or one of more than {MOST_WORDS} words")
        first = text[slice(*words[0])]
        if first.startswith("$"):
            data = tuple(text[slice(*place)] for place in words[1:])
            found.append(ZoneEntry(start, end, base, True, first.upper(), data, tuple(words[1:]), base))
            if first.upper() == "$ORIGIN" and data:
                base = _absolute(data[0], base)
            continue
        rest = list(words)
        if led:
            owner = _absolute(first, base)
            rest = rest[1:]
        kind, rest = _past_class(text, rest)
        data = tuple(text[slice(*place)] for place in rest)
        found.append(ZoneEntry(start, end, owner, led, kind, data, tuple(rest), base))
    return tuple(found)


def serial(text: str, origin: str) -> int:
    """The serial of the zone. Raises ValueError when there is no SOA record to read it from."""
    return int(text[slice(*_serial_place(text, origin))])


def raised(old: int, today: str = "") -> int:
    """The serial after `old`, never 0. With `today` (YYYYMMDD) a serial that is such a date becomes today's first."""
    if today and re.fullmatch(r"(19|20)\d{8}", str(old)) and int(f"{today}00") > old:
        return int(f"{today}00")
    return (old + 1) % _WHOLE or 1


def newer(one: int, other: int) -> bool:
    """Whether a serial is later than another (RFC 1982 3.2)."""
    return one != other and (one - other) % _WHOLE < _HALF


def days_between(one: int, other: int) -> int | None:
    """Days between two serials of the form YYYYMMDDnn; None when one is no such date."""
    dates = []
    for number in (one, other):
        match = re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)\d\d", str(number))
        try:
            dates.append(date(int(match[1]), int(match[2]), int(match[3])) if match else None)
        except ValueError:
            dates.append(None)
    first, second = dates
    return abs((first - second).days) if first and second else None


def raise_serial(text: str, origin: str, above: int | None = None) -> str:
    """The zone with its serial raised; with `above`, only when it is not later than that one already."""
    start, end = _serial_place(text, origin)
    old = int(text[start:end])
    if above is not None and newer(old, above):
        return text
    return f"{text[:start]}{raised(old if above is None or newer(old, above) else above)}{text[end:]}"


def set_records(
    text: str,
    origin: str,
    owner: str,
    kind: str,
    records: Sequence[str],
    mine: Callable[[str], bool] = lambda _: True,
) -> str:
    """The zone with exactly these records of that type at that name, the serial raised when that is a change.

    Of the records that are there only those are replaced of which `mine` is true; it is given a record's data as
    one text, strings joined. Raises ValueError where a CNAME stands in the way, or $GENERATE makes such records.
    """
    owner, kind = names.bare(owner), kind.upper()
    present = entries(text, origin)
    there = [entry for entry in present if entry.owner == owner and not entry.type.startswith("$")]
    if kind != "CNAME" and any(entry.type == "CNAME" for entry in there):
        raise ValueError(f"{owner} is an alias (CNAME) in the zone, so it can have no {kind} record")
    old = [entry for entry in there if entry.type == kind and mine(joined(entry))]
    wanted = sorted(_comparable_data(record, kind, origin) for record in records)
    if sorted(_comparable(entry) for entry in old) == wanted:
        return text
    if any(entry.type == "$GENERATE" and kind in (word.upper() for word in entry.data) for entry in present):
        raise ValueError(f"$GENERATE makes {kind} records in this zone: change it by hand")
    return raise_serial(_rebuilt(text, present, old, "".join(line(owner, kind, one) for one in records)), origin)


def texts(text: str, origin: str, owner: str, kind: str) -> tuple[str, ...]:
    """The data of the records of one type at one name: names absolute, strings joined. Raises ValueError."""
    name = names.bare(owner)
    return tuple(_comparable(one) for one in entries(text, origin) if one.owner == name and one.type == kind)


def comparable(data: str, kind: str) -> str:
    """The data of a record that DNS gave, in the form of `texts`; a TXT record's text is that already."""
    return data if kind in ("TXT", "SPF") else _comparable_data(data, kind, "")


def includes(text: str, origin: str) -> bool:
    """Whether more records may stand in files that the zone includes, or that named makes up."""
    return any(one.type in ("$INCLUDE", "$GENERATE") for one in entries(text, origin))


def set_include(text: str, origin: str, path: str) -> str:
    """The zone with a file included at its end, the serial raised when it was not."""
    if path in (entry.data[0].strip('"') for entry in entries(text, origin) if entry.type == "$INCLUDE" and entry.data):
        return text
    return raise_serial(f'{text}{_break(text)}$INCLUDE "{path}"\n', origin)


def line(owner: str, kind: str, data: str) -> str:
    """One record as a line, its name absolute, so that it means the same wherever in a zone it stands."""
    return f"{names.bare(owner)}. IN {kind} {data}\n"


def quoted(text: str) -> str:
    """The data of a TXT record, in strings of at most 255 bytes. Raises ValueError for control characters."""
    if any(ord(character) < 32 or ord(character) > 126 for character in text):
        raise ValueError(f"{text!r} holds what no TXT record of ours should")
    parts = [text[start : start + 255] for start in range(0, len(text), 255)] or [""]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)


def joined(entry: ZoneEntry) -> str:
    """The data as one text: the strings of a TXT record joined without a space, other words with one."""
    if entry.type in ("TXT", "SPF"):
        return "".join(_unquoted(word) for word in entry.data)
    return " ".join(entry.data)


# --- reading --------------------------------------------------------------------------------------


def _logical_lines(text: str) -> Iterator[tuple[int, int, bool, list[tuple[int, int]]]]:
    """Start, end, whether it begins at the line's first column, and the places of the words, for every entry."""
    place, start, depth = 0, 0, 0
    words: list[tuple[int, int]] = []
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            number = text.count("\n", 0, place) + 1
            raise ValueError(f"line {number}: {text[place : place + 20]!r} is not understood in a zone file")
        place = token.end()
        if token["mark"]:
            depth += 1 if token["mark"] == "(" else -1
            if depth < 0:
                raise ValueError("a parenthesis is closed that nothing opened")
        elif token["word"]:
            words.append(token.span("word"))
        elif token["line"] and depth == 0:
            yield start, place, bool(words) and words[0][0] == start, words
            start, words = place, []
    if depth:
        raise ValueError("a parenthesis is opened that nothing closes")
    if words:
        yield start, len(text), words[0][0] == start, words


def _past_class(text: str, words: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The type, and the words after it: TTL and class may stand before it in either order."""
    for number, place in enumerate(words):
        word = text[slice(*place)]
        if _TTL.fullmatch(word) or word.lower() in _CLASSES:
            continue
        return word.upper(), words[number + 1 :]
    raise ValueError("a record without a type")


def _absolute(name: str, base: str) -> str:
    if name == "@":
        return base
    if name.endswith("."):
        return names.bare(name)
    return names.bare(f"{name}.{base}" if base else name)


def _serial_place(text: str, origin: str) -> tuple[int, int]:
    for entry in entries(text, origin):
        if entry.type == "SOA" and len(entry.data) >= 3 and re.fullmatch(r"\d+", entry.data[2]):
            return entry.places[2]
    raise ValueError("the zone file has no SOA record whose serial could be raised")


def _unquoted(word: str) -> str:
    inner = word[1:-1] if word.startswith('"') else word
    return re.sub(r"\\(\d{3}|.)", lambda one: chr(int(one[1])) if len(one[1]) == 3 else one[1], inner)


# --- writing --------------------------------------------------------------------------------------


def _comparable(entry: ZoneEntry) -> str:
    """The data in the form in which two records are compared: names absolute, strings of a TXT record joined."""
    named = _NAMED.get(entry.type)
    if named is None or len(entry.data) <= named:
        return joined(entry)
    words = list(entry.data)
    words[named] = _absolute(words[named], entry.base)
    return " ".join(words)


def _comparable_data(data: str, kind: str, origin: str) -> str:
    (entry,) = entries(f"x {kind} {data}\n", origin)
    return _comparable(entry)


def _rebuilt(text: str, present: Sequence[ZoneEntry], old: Sequence[ZoneEntry], new: str) -> str:
    """`text` with `new` in place of the entries `old`, or at its end when there are none.

    A record that took its owner from a line that is now another gets it written out.
    """
    parts: list[str] = []
    place, owner, placed = 0, "", False
    replaced = {entry.start for entry in old}
    for entry in present:
        parts.append(text[place : entry.start])
        place = entry.end
        if entry.start in replaced:
            if not placed and new:
                parts.append(new)
                owner = old[0].owner
            placed = True
            continue
        heir = not entry.led and owner != entry.owner
        parts.append(f"{entry.owner}." if heir else "")
        parts.append(text[entry.start : entry.end])
        if not entry.type.startswith("$"):
            owner = entry.owner
    parts.append(text[place:])
    whole = "".join(parts)
    if placed:
        return whole
    return f"{whole}{_break(whole)}{new}"


def _break(text: str) -> str:
    return "" if not text or text.endswith("\n") else "\n"
