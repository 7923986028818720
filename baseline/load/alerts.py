"""Alerts: a YAML file that says what is told when, over which channels, and where each check leaves a sign of life."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from baseline.classes import dataclass
from baseline.load import yaml
from baseline.load.secret_tags import TAG
from baseline.load.text import expanded
from baseline.load.tree import Items, Leaf, Position, Problems, Table, Tree, nearest, short
from baseline.load.typed import read_as
from baseline.secret import Secret

SECONDS = 30
"""How long a channel may take for one message unless `seconds` says otherwise."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_ADDRESS = re.compile(r"[A-Za-z0-9._+=&'~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_SERVER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-f:]*:[0-9a-f:]*")
_HERE = ("localhost", "127.0.0.1", "::1")
_LONGEST = 600


@dataclass(frozen=True)
class ByMail:
    """A mail by SMTP, over `tls` from the first byte or after STARTTLS; `ca` is a file of certificates to trust."""

    to: tuple[str, ...]
    sender: str
    server: str
    port: int = 0
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: Secret | None = None
    ca: str = ""
    seconds: int = SECONDS


@dataclass(frozen=True)
class ByCommand:
    """A command that gets the JSON on its standard input. No shell reads its words."""

    argv: tuple[str, ...]
    seconds: int = SECONDS


@dataclass(frozen=True)
class IntoFile:
    """A file that is appended to: a line of JSON for each message, or its text."""

    path: str
    format: Literal["json", "text"] = "json"
    seconds: int = SECONDS


@dataclass(frozen=True)
class ByWebhook:
    """An address that the JSON is posted to by HTTPS. `token` goes along as `Authorization: Bearer`."""

    url: str
    token: Secret | None = None
    ca: str = ""
    seconds: int = SECONDS


ChannelWay = ByMail | ByCommand | IntoFile | ByWebhook


@dataclass(frozen=True)
class Channel:
    """A way that messages go, by a name of its own."""

    name: str
    way: ChannelWay


@dataclass(frozen=True)
class Heartbeat:
    """The sign of life of each check that came to its end: the time of a file, a request to an address, or both."""

    file: str = ""
    url: str = ""
    method: Literal["GET", "POST"] = "GET"
    ca: str = ""
    seconds: int = SECONDS


@dataclass(frozen=True)
class Flapping:
    """When something is flapping: it turned so often within so many checks."""

    turns: int = 3
    within: int = 10


@dataclass(frozen=True)
class Alerts:
    """What is told when, and how. What is `at_once` is told the first time, all else `after` so many checks alike."""

    path: Path
    channels: tuple[Channel, ...]
    after: int = 2
    at_once: Literal["mandatory", "critical", "all", "nothing"] = "mandatory"
    flapping: Flapping = Flapping()
    heartbeat: Heartbeat | None = None


WAYS: dict[str, type[ChannelWay]] = {"mail": ByMail, "command": ByCommand, "file": IntoFile, "webhook": ByWebhook}
_SECRETS = ("password", "token")


def load_alerts(path: str | Path) -> Alerts:
    """The alerts that a file describes. Raises `InputError` with every mistake of the file."""
    problems = Problems()
    place = Path(path)
    tree = yaml.read(place, problems, tags=frozenset({TAG}))
    made = None if tree is None else _alerts(tree, place, problems)
    problems.raise_any()
    assert made is not None, "what is not made has a problem"
    return made


def _alerts(tree: Tree, path: Path, problems: Problems) -> Alerts | None:
    if not isinstance(tree, Table):
        problems.add(tree.place, "alerts must be a mapping (`channels: …`)")
        return None
    given: dict[str, Any] = {"path": path.absolute(), "channels": _channels(tree, problems)}
    if entry := tree.entries.get("path"):
        problems.add(entry.key, "unknown key `path`")
    beat = tree.get("heartbeat")
    if beat is not None:
        given["heartbeat"] = _heartbeat(beat, problems)
    made = read_as(Alerts, tree, "alerts", problems, given)
    if made is not None:
        _sensible(made, tree, problems)
    return made


def _sensible(made: Alerts, tree: Table, problems: Problems) -> None:
    flaps = made.flapping
    if not 1 <= made.after <= 10:
        problems.add((tree.get("after") or tree).place, "`after`: a number from 1 to 10 is wanted")
    elif not 2 <= flaps.turns < flaps.within <= 100 or flaps.within <= made.after:
        wrong = "`turns` from 2 on, and `within` above `turns` and `after` and up to 100, are wanted"
        problems.add((tree.get("flapping") or tree).place, f"`flapping`: {wrong}")


def _channels(tree: Table, problems: Problems) -> tuple[Channel, ...] | None:
    nodes = tree.get("channels")
    if nodes is None:
        problems.add(tree.place, "`channels` is missing in alerts: without one nobody is told")
        return None
    if not isinstance(nodes, Items) or not nodes.nodes:
        problems.add(nodes.place, "`channels`: a list of at least one channel is wanted (`- name: …`)")
        return None
    made = [_channel(node, problems) for node in nodes.nodes]
    seen: dict[str, Position] = {}
    for node, one in zip(nodes.nodes, made, strict=True):
        if one is not None:
            if one.name in seen:
                problems.add(node.place, f"channel {one.name} is given twice: first on line {seen[one.name].line}")
            seen.setdefault(one.name, node.place)
    return tuple(one for one in made if one is not None) if None not in made else None


def _channel(tree: Tree, problems: Problems) -> Channel | None:
    if not isinstance(tree, Table):
        problems.add(tree.place, "a channel must be a mapping (`name: …`)")
        return None
    for key, entry in tree.entries.items():
        if key not in ("name", *WAYS):
            problems.add(entry.key, f"unknown key `{key}`: {nearest(key, ['name', *WAYS])}")
    name, ways = tree.get("name"), [way for way in WAYS if way in tree.entries]
    known = isinstance(name, Leaf) and isinstance(name.value, str) and _NAME.fullmatch(name.value)
    if not known:
        place = name.place if name else tree.place
        problems.add(place, "`name`: a name of letters, digits, `.`, `_` and `-` is wanted")
    if len(ways) != 1:
        problems.add(tree.place, "a channel is one of `mail`, `command`, `file` and `webhook`")
        return None
    way = _way(ways[0], tree.entries[ways[0]].tree, problems)
    return Channel(str(name.value), way) if way is not None and isinstance(name, Leaf) and known else None


def _way(kind: str, tree: Tree, problems: Problems) -> ChannelWay | None:
    given: dict[str, Any] = {}
    for name in _SECRETS:
        leaf = tree.get(name) if isinstance(tree, Table) else None
        if leaf is None or name not in WAYS[kind].__dataclass_fields__:
            continue
        if isinstance(leaf, Leaf) and isinstance(leaf.value, Secret):
            given[name] = leaf.value
        else:
            wanted = f"say where it is to be had, as in `{name}: {TAG} {{file: /etc/mail-baseline/{name}}}`"
            problems.add(leaf.place, f"`{name}` does not stand in a file like this: {wanted}")
            given[name] = None
    made = read_as(WAYS[kind], tree, f"`{kind}`", problems, given)
    if made is None or not isinstance(tree, Table):
        return None
    _bounded(made.seconds, tree, problems)
    match made:
        case ByMail():
            return _mail(made, tree, problems)
        case ByCommand():
            if not made.argv or not made.argv[0]:
                problems.add(tree.place, "`argv`: a list of words is wanted, such as [/usr/local/bin/page, oncall]")
            return made
        case IntoFile():
            return replace(made, path=str(_beside(tree, made.path)))
        case ByWebhook():
            _https(made.url, tree, problems)
            return replace(made, ca=_beside(tree, made.ca))


def _mail(made: ByMail, tree: Table, problems: Problems) -> ByMail:
    for name, address in (*(("to", one) for one in made.to), ("sender", made.sender)):
        if not _ADDRESS.fullmatch(address):
            place = (tree.get(name) or tree).place
            problems.add(place, f"`{name}`: {short(address)} is no address: local-part@domain is wanted")
    if not made.to:
        problems.add((tree.get("to") or tree).place, "`to`: a list of at least one address is wanted")
    if not _SERVER.fullmatch(made.server):
        problems.add((tree.get("server") or tree).place, f"`server`: {short(made.server)} is no name and no address")
    if not 0 <= made.port <= 65_535:
        problems.add((tree.get("port") or tree).place, f"`port`: {made.port} is no port")
    if (made.password is None) != (not made.user):
        problems.add(tree.place, "`user` and `password` go together")
    if made.password is not None and made.tls == "none" and made.server not in _HERE:
        problems.add(tree.place, "a password would go over the network for all to read: `tls: none` has to go")
    usual = {"tls": 465, "starttls": 587 if made.user else 25, "none": 25}[made.tls]
    return replace(made, port=made.port or usual, ca=_beside(tree, made.ca))


def _heartbeat(tree: Tree, problems: Problems) -> Heartbeat | None:
    made = read_as(Heartbeat, tree, "`heartbeat`", problems)
    if made is None or not isinstance(tree, Table):
        return None
    _bounded(made.seconds, tree, problems)
    if not made.file and not made.url:
        problems.add(tree.place, "`heartbeat` has neither `file` nor `url`")
    if made.url:
        _https(made.url, tree, problems)
    return replace(made, file=_beside(tree, made.file), ca=_beside(tree, made.ca))


def _bounded(seconds: int, tree: Table, problems: Problems) -> None:
    if not 1 <= seconds <= _LONGEST:
        place = (tree.get("seconds") or tree).place
        problems.add(place, f"`seconds`: a number from 1 to {_LONGEST} is wanted, not {seconds}")


def _https(url: str, tree: Table, problems: Problems) -> None:
    place = (tree.get("url") or tree).place
    try:
        parts = urlsplit(url)
        fits = parts.scheme == "https" and bool(parts.hostname) and (parts.port or 443) > 0
    except ValueError:
        fits = False
    if not fits or not url.isascii() or not url.isprintable() or " " in url:
        problems.add(place, f"`url`: {short(url)} is no https address")
    elif parts.username is not None:
        problems.add(place, "`url` holds a password or a user: give it as `token`, by `!secret`")


def _beside(tree: Table, path: str) -> str:
    """A path as it is, or relative to the file that names it; empty for none."""
    return str(Path(tree.place.file).absolute().parent / expanded(path)) if path else ""
