"""What BIND 9.20 makes of the configuration of a BIND 9.18."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats.named import PRIMARY, SECONDARY, NamedConf, Statement, parse, read, set_option
from baseline.programs import BIND
from baseline.readings.answers import text
from baseline.upgrading.bind_facts import DEPRECATED, IGNORED, REMOVED, SHIPPED_ZONES, TAKEN_AWAY
from baseline.upgrading.items import Item, Prediction
from baseline.upgrading.sources import Sources, diff, files_question, without

if TYPE_CHECKING:
    from testinfra.host import Host

VERSION = "named -v"
MAIN = "/etc/bind/named.conf"
_PRINTED = "named-checkconf -px"
_FILES = files_question("/etc/bind/*.conf", "/etc/bind/*.conf.*", "/etc/bind/zones.*", "/etc/bind/*/*.conf*")
_SHIPPED = f"dpkg-query -W -f '${{Conffiles}}\\n' bind9 | grep ' {MAIN} '; md5sum {MAIN}"
QUESTIONS = (_PRINTED, _FILES, _SHIPPED)


@dataclass(frozen=True)
class _Found:
    """A statement as it is written: in which file, and in which statements it stands, the innermost last."""

    path: str
    statement: Statement
    within: tuple[Statement, ...]

    @property
    def name(self) -> str:
        return self.statement.words[0] if self.statement.words else ""

    @property
    def value(self) -> str:
        return " ".join(self.statement.words[1:])

    @property
    def zone(self) -> str:
        """The zone that it is about, for people; empty where it is about none."""
        named = [one.words[1].strip('"') for one in self.within if one.words[:1] == ("zone",)]
        return f" of zone {named[-1]}" if named else ""


@dataclass(frozen=True)
class _Conf:
    conf: NamedConf
    sources: Sources
    as_shipped: bool
    """Whether named.conf is the package's own, which replaces it by the new one."""

    @cached_property
    def read(self) -> tuple[str, ...]:
        """The files that named reads, from named.conf on."""
        paths, at = [MAIN], 0
        while at < len(paths):
            for one in self._in(paths[at]):
                pattern = one.value.strip('"')
                if one.name == "include":
                    found = [path for path in self.sources.texts if fnmatch.fnmatch(path, pattern)] or [pattern]
                    paths += [path for path in found if path not in paths]
            at += 1
        return tuple(paths)

    def all(self) -> Iterator[_Found]:
        """Every statement of the files that were read, but for those that the package itself replaces."""
        for path in self.read:
            if path in self.sources.texts and path != SHIPPED_ZONES:
                yield from self._in(path)

    def _in(self, path: str) -> Iterator[_Found]:
        try:
            statements = parse(self.sources.texts.get(path, ""))
        except ValueError as error:
            raise CannotTell(f"{path}: {error}") from None
        yield from _inside(path, statements, ())

    def place(self, found: _Found) -> str:
        return self.sources.place(found.path, found.statement.start)

    def without(self, found: _Found) -> str:
        content = self.sources.texts[found.path]
        return diff(found.path, content, without(content, found.statement.start, found.statement.end))


def items(host: Host) -> Iterator[Item]:
    """All that this host's named reads and 9.20 takes otherwise. Raises `CannotTell`."""
    printed, files, shipped = (host.run(question) for question in QUESTIONS)
    try:
        conf = read(text(printed))
    except ValueError as error:
        raise CannotTell(f"`{_PRINTED}` printed what cannot be read: {error}") from None
    sums = [line.split() for line in text(shipped).splitlines()]
    shipped_sum = {words[1] for words in sums if words[:1] == [MAIN]}
    config = _Conf(conf, Sources.read(files), any(words[0] in shipped_sum for words in sums if words[1:] == [MAIN]))
    yield from _statements(config)
    yield from _transfers(config)
    yield from _slow_transfers(config)
    yield from _files(config)
    yield _item("", "", MAIN, "same", "all other options are read by 9.20 as by 9.18")


def _item(setting: str, value: str, where: str, verdict: Prediction, meaning: str, instead: str = "") -> Item:
    return Item(BIND.name, setting, value, where, verdict, meaning, instead)


def _inside(path: str, statements: tuple[Statement, ...], within: tuple[Statement, ...]) -> Iterator[_Found]:
    for one in statements:
        yield _Found(path, one, within)
        if one.block is not None and one.words[:1] != ("key",):
            yield from _inside(path, one.block, (*within, one))


_NO_START = "named 9.20 does not start: no name of this server is answered"


def _statements(config: _Conf) -> Iterator[Item]:
    anchors = any(one.name in ("trust-anchors", "trusted-keys", "managed-keys") for one in config.all())
    for one in config.all():
        place = config.place(one)
        if one.name in REMOVED and one.within:
            yield _item(one.name, one.value, place, "breaks", *_removed(config, one))
        elif one.name in IGNORED and one.within:
            said = f"9.20 reads over it{one.zone}: {IGNORED[one.name]}"
            yield _item(one.name, one.value, place, "changes", said, config.without(one))
        elif one.name in DEPRECATED and one.within:
            yield from _deprecated(config, one, place)
        else:
            for said, instead in _values(config, one, anchors=anchors):
                yield _item(one.name, one.value, place, "breaks", said, instead)


def _removed(config: _Conf, one: _Found) -> tuple[str, str]:
    do = REMOVED[one.name]
    if do:
        return f"gone{one.zone}, and {_NO_START}: {do}", config.without(one)
    do = "write a dnssec-policy with the algorithms and lengths of the keys that are there, or the zone gets new ones"
    return f"gone{one.zone}, and {_NO_START}: {do}", ""


def _deprecated(config: _Conf, one: _Found, place: str) -> Iterator[Item]:
    policy = any(inner.words[:1] == ("dnssec-policy",) for inner in (one.within[-1].block or ()))
    if one.name == "max-zone-ttl" and policy and one.within[-1].words[:1] == ("zone",):
        said = f"refused beside dnssec-policy{one.zone}, and {_NO_START}: it belongs into the policy"
        yield _item(one.name, one.value, place, "breaks", said, config.without(one))
    elif one.within[0].words[:1] != ("dnssec-policy",):
        yield _item(one.name, one.value, place, "same", "still works in 9.20, which warns of it")


def _values(config: _Conf, one: _Found, *, anchors: bool) -> Iterator[tuple[str, str]]:
    """Why 9.20 refuses a value that 9.18 takes, and what to write; nothing where it does not."""
    words, outer = one.statement.words, one.within[-1].words[:1] if one.within else ()
    content = config.sources.texts[one.path]
    if words[:2] == ("cookie-algorithm", "aes"):
        yield f"`aes` is gone, and {_NO_START}: siphash24 is the default", config.without(one)
    if words == ("type", "delegation-only"):
        yield f"zones of this type are gone, and {_NO_START}: leave the zone out", ""
    if words[:2] == ("category", "delegation-only"):
        yield f"this category of the log is gone, and {_NO_START}", config.without(one)
    if words[:1] == ("unix",) and outer == ("controls",):
        yield (
            f"control channels over UNIX sockets are gone, and {_NO_START}: use inet on 127.0.0.1",
            config.without(one),
        )
    if words == ("dnssec-validation", "yes") and not anchors:
        before, after = content[: one.statement.start], content[one.statement.end :]
        instead = diff(one.path, content, f"{before}dnssec-validation auto;{after}")
        yield f"`yes` needs trust-anchors of your own now, and {_NO_START}: `auto` has those of the root", instead
    if words[:1] == ("nsec3param",) and "iterations" in words:
        count = words[words.index("iterations") + 1 :][:1]
        if count and count != ("0",):
            said = content[one.statement.start : one.statement.end]
            mended = said.replace(f"iterations {count[0]}", "iterations 0")
            instead = diff(one.path, content, content.replace(said, mended, 1))
            yield f"more than 0 iterations are refused, and {_NO_START}", instead


def _transfers(config: _Conf) -> Iterator[Item]:
    """The zones whose transfer nothing restricts: 9.20 refuses it where 9.18 gives it to everybody."""
    served = [one for one in config.conf.zones if one.type in (*PRIMARY, *SECONDARY)]
    open_ones = [one.name for one in served if one.transfer is None and not _by_default(one.file)]
    if not open_ones or config.conf.transfer is not None:
        return
    fetched = ", ".join(one or "." for one in open_ones)
    said = (
        "transfers of zones are refused by default, which were given to everybody: name servers that fetch "
        f"{fetched} from here keep what they have until it expires, and then answer no more; name their "
        "addresses"
    )
    notified = [
        inner.words[0]
        for one in config.all()
        if one.name == "also-notify"
        for inner in one.statement.block or ()
        if inner.words and inner.words[0][0].isdigit()
    ]
    path = next((one.path for one in config.all() if one.name == "options"), "")
    instead = ""
    if path and notified:
        content = config.sources.texts[path]
        wanted = "{ " + " ".join(f"{one};" for one in dict.fromkeys(notified)) + " }"
        instead = diff(path, content, set_option(content, "allow-transfer", wanted))
    yield _item("allow-transfer", "any", "", "changes", said, instead)


def _slow_transfers(config: _Conf) -> Iterator[Item]:
    fetched = [one.name for one in config.conf.zones if one.type in SECONDARY]
    if fetched:
        said = f"a transfer that brings less than 10 KiB in five minutes is cut: it concerns {', '.join(fetched)}"
        yield _item("min-transfer-rate-in", "0 (the option is new)", "", "changes", said)


def _by_default(file: str) -> bool:
    return file in TAKEN_AWAY or file.startswith("/usr/share/dns/")


def _files(config: _Conf) -> Iterator[Item]:
    for path in config.read:
        if path not in config.sources.texts and path not in TAKEN_AWAY:
            yield _item("include", path, "", "unknown", "what stands in this file was not read")
    for one in config.all():
        file = one.value.strip('"')
        if one.name not in ("include", "file") or file not in TAKEN_AWAY:
            continue
        if file == SHIPPED_ZONES and one.path == MAIN and config.as_shipped:
            yield _item("include", file, config.place(one), "same", "the package replaces its named.conf and this file")
            continue
        said = f"the package takes {file} away, and {_NO_START}; its upgrade stops there"
        if one.name == "file":
            said = f"the package takes {file} away: this zone is not loaded, and named answers of it by itself"
        instead = config.without(one) if one.name == "include" else ""
        yield _item(one.name, file, config.place(one), "breaks", said, instead)
