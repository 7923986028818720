"""Where settings are set: which lines of which configuration files name them, without their values.

Programs tell what is in force and not where it stands, so the files are outlined beside what they say, in one command
that every look asks. Where that does not tell for certain, nothing is said: no place is better than a wrong one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from fnmatch import fnmatch
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple

from baseline.classes import dataclass
from baseline.formats.postfix import MAIN_CF, MASTER_CF
from baseline.model import Answer, Location, State
from baseline.shell import script

QUESTION = script("baseline.readings", "outline")
"""See the file."""

_DOVECOT = "/etc/dovecot/dovecot.conf"
_LOOKED_IN = {"/etc/dovecot": ".conf", "/etc/dovecot/conf.d": ".conf", "/usr/share/dovecot/protocols.d": ".protocol"}
_RSPAMD = ("/etc/rspamd/override.d", "/etc/rspamd/local.d")
"""The one that wins first."""

_ANYTHING = ""
"""The name of what a file sets that the outline does not know."""

_DEEPEST = 20
"""How many files may include one another."""

_BETWEEN = (" in ", " at ", " for ")
"""What stands in a key between a setting and the service or protocol that has it."""

OutlinedProgram = Literal["postfix", "dovecot", "rspamd", "fstab"]
OutlineLines = tuple[tuple[int, str], ...]


class ProgramSetting(NamedTuple):
    """A setting of a program: `queue_minfree`; `plugin/quota_rule`; `actions.conf/reject`; a mount point."""

    program: OutlinedProgram
    name: str


def set_in(
    program: OutlinedProgram, *names: str, also: Mapping[str, str] = MappingProxyType({})
) -> dict[str, ProgramSetting]:
    """Keys that are named like the settings of a program, and `also` others by the setting that decides them."""
    return {key: ProgramSetting(program, name) for key, name in {**{name: name for name in names}, **also}.items()}


class _Set(NamedTuple):
    """A setting of Dovecot in the blocks around it."""

    heads: tuple[str, ...]
    name: str
    place: Location


class _NotFollowed(Exception):
    """A file is included that the outline does not know."""


@dataclass(frozen=True)
class Outline:
    """The lines that name something, by file and in their order."""

    files: Mapping[str, OutlineLines] = field(default_factory=dict)

    def places(self, state: State, set_by: Mapping[str, ProgramSetting]) -> dict[str, Location]:
        """Where the keys of a state are set. `set_by` names their settings, without the service or protocol."""
        found = {}
        for key in state:
            for name, part in _readings(key):
                place = self.place(set_by[name], part) if name in set_by else None
                if place is not None:
                    found[key] = place
                    break
        return found

    def place(self, setting: ProgramSetting, part: str = "") -> Location | None:
        """Where a setting is set for a service of Postfix (`smtp/inet`) or a protocol of Dovecot, or for all of them.

        None for one that no file sets, which has its default.
        """
        program, name = setting
        if program == "postfix":
            return self._override(part, name) or self._last(MAIN_CF, f"{name}=")
        if program == "dovecot":
            *heads, last = name.split("/")
            around = [(f"protocol {part}", *heads)] if part else []
            return self._dovecot_place(last, [*around, tuple(heads)])
        if program == "rspamd":
            file, _, key = name.partition("/")
            places = (self._top(f"{directory}/{file}", f"{key}=") for directory in _RSPAMD)
            return next((place for place in places if place is not None), None)
        return self._last("/etc/fstab", name)

    def listed(self, places: Mapping[str, Location], lists: Mapping[str, tuple[str, str, str]]) -> dict[str, Location]:
        """The places, and those of words in lists that Dovecot 2.4 has as blocks: `mail_plugins { quota = no }`.

        `lists` has for a key the list, the word, and the protocol. What stands in the protocol's own section decides;
        where the list stands in one section both as a line and as a block, the last that is read.
        """
        found = dict(places)
        for key, (name, word, part) in lists.items():
            line, inside = ProgramSetting("dovecot", name), ProgramSetting("dovecot", f"{name}/{word}")
            place = self.place(inside, part)
            if place is None:
                continue
            of_protocol = (place != self.place(inside), key in found and found[key] != self.place(line))
            if key not in found or of_protocol == (True, False):
                found[key] = place
            elif of_protocol != (False, True):
                found[key] = next(one.place for one in reversed(self._dovecot) if one.place in (place, found[key]))
        return found

    def beats(self, place: Location, paths: Collection[str]) -> bool:
        """Whether what Dovecot sets at the last place is set in one of these files too, in the same blocks."""
        setting = next(((one.heads, one.name) for one in self._dovecot if one.place == place), None)
        return any((one.heads, one.name) == setting and one.place.file in paths for one in self._dovecot)

    def unread(self, path: str) -> bool:
        """Whether Dovecot for certain does not read a file: none of its files includes it.

        False for a file of another program, and where an include leads to files that the outline does not know.
        """
        directory = posixpath.dirname(path)
        if not path.endswith(_LOOKED_IN.get(directory, "\0")) or _DOVECOT not in self.files or path == _DOVECOT:
            return False
        waiting, seen = [_DOVECOT], {_DOVECOT}
        while waiting:
            file = waiting.pop()
            for word in (word for _, word in self.files.get(file, ()) if word.startswith("!include")):
                pattern = posixpath.join(posixpath.dirname(file), word.partition(" ")[2])
                place = posixpath.dirname(pattern)
                if place == directory and fnmatch(path, pattern):
                    return False
                if place not in _LOOKED_IN:
                    return False
                new = {one for one in self.files if posixpath.dirname(one) == place and fnmatch(one, pattern)} - seen
                waiting += sorted(new)
                seen |= new
        return True

    def _last(self, file: str, word: str) -> Location | None:
        lines = [number for number, one in self.files.get(file, ()) if one == word]
        return Location(file, lines[-1]) if lines else None

    def _override(self, service: str, name: str) -> Location | None:
        inside, place = False, None
        for number, word in self.files.get(MASTER_CF, ()):
            if not word.startswith("-o "):
                inside = word == service
            elif inside and word == f"-o {name}":
                place = Location(MASTER_CF, number)
        return place

    def _top(self, file: str, word: str) -> Location | None:
        """The last line that sets a key of a file outside all blocks."""
        depth, place = 0, None
        for number, one in self.files.get(file, ()):
            if depth == 0 and one == word:
                place = Location(file, number)
            depth = max(0, depth + one.endswith(" {") - (one == "}"))
        return place

    def _dovecot_place(self, name: str, sections: list[tuple[str, ...]]) -> Location | None:
        """The last place in the first of these sections that sets it: a protocol's beats what stands outside.

        None where a file that the outline does not know is read after it, and may set it again.
        """
        for heads in sections:
            told = [
                one
                for one in self._dovecot
                if (one.heads, one.name) == (heads, name)
                or (one.name == _ANYTHING and heads[: len(one.heads)] == one.heads)
            ]
            if any(one.name == name for one in told):
                return told[-1].place if told[-1].name == name else None
        return None

    @cached_property
    def _dovecot(self) -> tuple[_Set, ...]:
        """Everything that Dovecot's files set, in the order in which it reads them.

        In place of a file that is not known stands one that may set anything: Debian's 10-auth.conf includes such.
        """
        return tuple(self._read(_DOVECOT, (), 0))

    def _read(self, file: str, around: tuple[str, ...], depth: int) -> Iterator[_Set]:
        heads = list(around)
        for number, word in self.files.get(file, ()):
            if word.startswith("!include"):
                try:
                    included = self._included(file, word, depth)
                except _NotFollowed:
                    yield _Set(tuple(heads), _ANYTHING, Location(file, number))
                    continue
                for one in included:
                    yield from self._read(one, tuple(heads), depth + 1)
            elif word == "}":
                del heads[-1:]
            elif word.endswith(" {"):
                heads.append(word.removesuffix(" {"))
            else:
                yield _Set(tuple(heads), word.removesuffix("="), Location(file, number))

    def _included(self, file: str, word: str, depth: int) -> list[str]:
        directive, _, pattern = word.partition(" ")
        pattern = posixpath.join(posixpath.dirname(file), pattern)
        directory, name = posixpath.split(pattern)
        found = [path for path in sorted(self.files) if posixpath.dirname(path) == directory and fnmatch(path, pattern)]
        known = name.endswith(_LOOKED_IN.get(directory, "\0"))
        if not known or depth > _DEEPEST or (not found and directive == "!include" and "*" not in name):
            raise _NotFollowed(pattern)
        return found


def outlined(answer: Answer | None) -> Outline:
    """What `QUESTION` told. An answer that is none tells of no file."""
    files: dict[str, list[tuple[int, str]]] = {}
    if answer is None or answer.rc != 0:
        return Outline()
    for line in answer.stdout.decode("utf-8", "replace").split("\n"):
        path, _, rest = line.partition("\t")
        number, _, word = rest.partition("\t")
        if word and number.isdecimal() and len(number) < 10:
            files.setdefault(path, []).append((int(number), word))
    return Outline({path: tuple(lines) for path, lines in files.items()})


def _readings(key: str) -> Iterator[tuple[str, str]]:
    """A key as the name of a setting and what has it: `smtpd_milters in smtp/inet`, `ssl for imap`."""
    yield key, ""
    for between in _BETWEEN:
        name, _, part = key.rpartition(between)
        if name and " " not in part:
            yield name, part
