"""Files in the language of ssh_config(5), read once, and what they say of one host: as `ssh -G` has it.

paramiko's reader knows no `Include`, runs what `Match exec` says, and goes through all rules for each host. Here
nothing is ever run: a `Match` on what only running, or a network, could tell holds for no host, and is noted. Blocks
for hosts by their plain names, which most files are made of, are found by name.
"""

from __future__ import annotations

import getpass
import glob
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from pathlib import Path

from baseline.classes import dataclass
from baseline.late import regex
from baseline.load.text import expanded
from baseline.load.tree import Position

ToldAt = Callable[[Position, str], None]

DEEPEST = 16
"""How deep files may include others, as for ssh."""

MOST_FILES = 1000
_MANY = ("identityfile", "certificatefile")
_LISTS = ("userknownhostsfile", "globalknownhostsfile")
_WANTED = (
    *_MANY,
    *_LISTS,
    "hostname",
    "user",
    "port",
    "identitiesonly",
    "identityagent",
    "proxyjump",
    "proxycommand",
    "hostkeyalias",
    "canonicalizehostname",
)
"""What is looked up; all other options are left aside."""

_PASSING = ("all", "canonical", "final")
_CRITERIA = ("host", "originalhost", "user", "localuser")
_LINE = regex(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s="#][^\s="]*))(?P<rest>.*)', re.DOTALL)
_SIGN = regex(r"[ \t]*=?[ \t]*")

SaidOfHost = dict[str, list[str]]


@dataclass(frozen=True)
class _Criterion:
    name: str
    argument: str
    negated: bool


@dataclass(frozen=True)
class _Condition:
    """A `Host` line, by its patterns, or a `Match` line, by its criteria."""

    patterns: tuple[str, ...] = ()
    criteria: tuple[_Criterion, ...] = ()

    @property
    def names(self) -> tuple[str, ...] | None:
        """The plain names that it is about; None where it is about others."""
        plain = self.patterns and not self.criteria and not any(set(one) & set("*?!") for one in self.patterns)
        return self.patterns if plain else None


@dataclass
class _Block:
    """Options below conditions, of which all have to hold."""

    conditions: tuple[_Condition, ...]
    options: list[tuple[str, tuple[str, ...], Position]] = field(default_factory=list)


@dataclass(frozen=True)
class _Asked:
    """The host that is asked about: as it is called, and as it is called now."""

    original: str
    host: str
    final: bool


class SshRules:
    """The rules of some files, in their order: of each option the first value counts."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._named: dict[str, list[int]] = {}
        self._others: list[int] = []
        self._final = False

    @classmethod
    def read(cls, files: Sequence[tuple[Path, Path]], wrong: ToldAt, note: ToldAt) -> SshRules:
        """The rules of files, each with the folder that its `Include` begins at; those that are not there are none."""
        rules = cls()
        reader = _Reader(wrong, note)
        for file, folder in files:
            reader.file(file, folder, ())
        rules._blocks = [block for block in reader.blocks if block.options]
        for number, block in enumerate(rules._blocks):
            names = block.conditions[0].names if len(block.conditions) == 1 else None
            for name in dict.fromkeys(names or ()):
                rules._named.setdefault(name, []).append(number)
            if names is None:
                rules._others.append(number)
        rules._final = reader.final
        return rules

    def of(
        self, host: str, user: str | None = None, port: int | None = None
    ) -> tuple[SaidOfHost, Mapping[str, Position]]:
        """What is said of a host, options by their names in lower case, each with where it stands.

        `user` and `port` are what is known already, as by `ssh -l` and `-p`.
        """
        said: SaidOfHost = {}
        places: dict[str, Position] = {}
        if user:
            said["user"] = [user]
        if port:
            said["port"] = [str(port)]
        self._pass(_Asked(host, host, final=False), said, places)
        name = named(said, host)
        if self._final:
            # The name is settled by then.
            said["hostname"] = [name.replace("%", "%%")]
            self._pass(_Asked(host, name, final=True), said, places)
        return said, places

    def _pass(self, asked: _Asked, said: SaidOfHost, places: dict[str, Position]) -> None:
        for number in sorted((*self._named.get(asked.host, ()), *self._others)):
            block = self._blocks[number]
            if all(_holds(one, asked, said) for one in block.conditions):
                for name, values, place in block.options:
                    _say(name, values, place, said, places)


def named(said: SaidOfHost, host: str) -> str:
    """The name of a host as what is said of it has it, in lower case as for ssh."""
    written = said.get("hostname", [host])[0]
    return re.sub(r"%([%h])", lambda found: "%" if found[1] == "%" else host, written).lower()


def _say(name: str, values: tuple[str, ...], place: Position, said: SaidOfHost, places: dict[str, Position]) -> None:
    if name in _MANY:
        known = said.setdefault(name, [])
        known += [one for one in values if one not in known]
        places.setdefault(name, place)
    elif name in ("proxyjump", "proxycommand") and {"proxyjump", "proxycommand"} & said.keys():
        # Whichever is said first keeps out the other.
        return
    elif name not in said:
        said[name] = list(values)
        places[name] = place


def _holds(condition: _Condition, asked: _Asked, said: SaidOfHost) -> bool:
    if condition.criteria:
        return all(_criterion_holds(one, asked, said) for one in condition.criteria)
    return fits(condition.patterns, asked.host)


def _criterion_holds(one: _Criterion, asked: _Asked, said: SaidOfHost) -> bool:
    if one.name == "all":
        return not one.negated
    if one.name in ("final", "canonical"):
        return asked.final is not one.negated if one.name == "final" else one.negated
    patterns = tuple(one.argument.split(","))
    if one.name in ("host", "originalhost"):
        name = asked.original if one.name == "originalhost" else _now(asked, said)
        found = fits(tuple(pattern.lower() for pattern in patterns), name.lower())
    elif one.name in ("user", "localuser"):
        me = getpass.getuser()
        found = fits(patterns, said.get("user", [me])[0] if one.name == "user" else me)
    else:
        # What only running something, or a network, could tell: it holds for no host, negated or not.
        return False
    return found is not one.negated


def _now(asked: _Asked, said: SaidOfHost) -> str:
    written = said.get("hostname", [asked.host])[0]
    return re.sub(r"%([%h])", lambda found: "%" if found[1] == "%" else asked.host, written)


def fits(patterns: Sequence[str], name: str) -> bool:
    """Whether patterns mean a name: one of them does, and none with `!` before it."""
    meant = False
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        plain = "*" not in bare and "?" not in bare
        if name == bare if plain else _compiled(bare).fullmatch(name):
            if pattern.startswith("!"):
                return False
            meant = True
    return meant


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of `*` and `?`. Atomic groups keep one with many stars from taking for ever."""
    first, *others = (re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern))
    if not others:
        return re.compile(first, re.DOTALL)
    *middle, last = others
    return re.compile(first + "".join(f"(?>.*?{part})" for part in middle) + f".*{last}", re.DOTALL)


class _Reader:
    """Reads files and those that they include."""

    def __init__(self, wrong: ToldAt, note: ToldAt) -> None:
        self._wrong, self._note = wrong, note
        self._files = 0
        self.blocks: list[_Block] = []
        self.final = False

    def file(self, file: Path, folder: Path, outer: tuple[_Condition, ...], depth: int = 0) -> None:
        """Read one file, below the conditions of whoever includes it."""
        self._files += 1
        if self._files > MOST_FILES:
            if self._files == MOST_FILES + 1:
                self._wrong(
                    Position(str(file)), f"it is the {MOST_FILES + 1}st file of ssh_config: {MOST_FILES} are read"
                )
            return
        try:
            if not file.is_file():
                return
            text = file.read_bytes().decode("utf-8", "surrogateescape")
        except OSError as error:
            self._wrong(Position(str(file)), f"cannot be read: {error.strerror}")
            return
        self.blocks.append(_Block(outer))
        for number, line in enumerate(text.split("\n"), 1):
            place = Position(str(file), number, 1)
            for name, values in self._parsed(line, place):
                if name == "include":
                    self._include(values, folder, self.blocks[-1].conditions, depth, place)
                elif name in ("host", "match"):
                    self.blocks.append(_Block((*outer, self._condition(name, values, place))))
                elif name in _WANTED:
                    self.blocks[-1].options.append((name, values if name in _LISTS else values[:1], place))

    def _parsed(self, line: str, place: Position) -> Iterator[tuple[str, tuple[str, ...]]]:
        found = _LINE.match(line.rstrip(" \t\r\n\f"))
        if found is None:
            return
        name = (found["quoted"] or found["bare"] or "").lower()
        rest = _SIGN.sub("", found["rest"], count=1)
        if name in ("proxycommand", "localcommand", "remotecommand", "knownhostscommand"):
            yield name, (rest,)
            return
        try:
            values = tuple(_words(rest))
        except ValueError as error:
            self._wrong(place, f"cannot be read as ssh_config: {error}")
            return
        if not values:
            self._wrong(place, f"cannot be read as ssh_config: `{name}` says nothing")
            return
        yield name, values

    def _condition(self, name: str, values: tuple[str, ...], place: Position) -> _Condition:
        if name == "host":
            return _Condition(patterns=values)
        criteria, words = [], iter(values)
        for word in words:
            bare, sign, argument = word.removeprefix("!").partition("=")
            bare = bare.lower()
            if bare not in _PASSING and not sign:
                argument = next(words, "")
                if not argument:
                    self._wrong(place, f"cannot be read as ssh_config: `Match {word}` says nothing")
            if bare not in (*_PASSING, *_CRITERIA):
                self._note(place, f"`Match {bare}` is not tried: what is below it is left aside")
            self.final = self.final or bare == "final"
            criteria.append(_Criterion(bare, argument, word.startswith("!")))
        return _Condition(criteria=tuple(criteria))

    def _include(
        self, values: tuple[str, ...], folder: Path, outer: tuple[_Condition, ...], depth: int, place: Position
    ) -> None:
        if depth >= DEEPEST:
            self._wrong(place, f"files include others more than {DEEPEST} deep: does one include itself?")
            return
        for value in values:
            path = expanded(value)
            for found in sorted(glob.glob(str(path if path.is_absolute() else folder / path))):  # noqa: PTH207 -- absolute, too
                self.file(Path(found), folder, outer, depth + 1)
        # What follows goes on where the file was left for the others.
        self.blocks.append(_Block(outer))


def _words(text: str) -> Iterator[str]:
    """The words of a line, as ssh parts them: quotes of two sorts, and `#` begins a comment. Raises ValueError."""
    at, end = 0, len(text)
    while True:
        while at < end and text[at] in " \t":
            at += 1
        if at >= end or text[at] == "#":
            return
        word, quote = [], ""
        while at < end and (quote or text[at] not in " \t"):
            one = text[at]
            following = text[at + 1 : at + 2]
            if one == "\\" and following and (following in "'\"\\" or (not quote and following == " ")):
                word.append(following)
                at += 1
            elif one in "'\"" and not quote:
                quote = one
            elif one == quote:
                quote = ""
            else:
                word.append(one)
            at += 1
        if quote:
            raise ValueError("its quotes are not closed")
        yield "".join(word)
