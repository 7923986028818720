"""The document of `baseline probe`: mailboxes of the agency, outside providers, and how long anything may take."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from baseline.classes import dataclass
from baseline.formats.networks import IPNetwork
from baseline.load import yaml
from baseline.load.probed import (
    USUAL_LIMITS,
    MailServer,
    MailService,
    ProbedMailbox,
    ProbeLimits,
    ProbesDocument,
    Provider,
    Tls,
    Webmail,
)
from baseline.load.secret_tags import TAG
from baseline.load.text import expanded
from baseline.load.tree import Items, Leaf, Position, Problems, Table, short
from baseline.load.typed import read_as
from baseline.secret import Secret
from baseline.subjects import SITE

USUAL: dict[MailService, tuple[Tls, dict[Tls, int]]] = {
    "smtp": ("starttls", {"starttls": 25, "none": 25, "tls": 465}),
    "submission": ("starttls", {"starttls": 587, "none": 587, "tls": 465}),
    "imap": ("tls", {"starttls": 143, "none": 143, "tls": 993}),
    "pop3": ("tls", {"starttls": 110, "none": 110, "tls": 995}),
    "sieve": ("starttls", {"starttls": 4190, "none": 4190, "tls": 4190}),
}
"""How each service is spoken unless it is said, and on which port."""

_LOGIN: tuple[MailService, ...] = ("submission", "imap", "pop3", "sieve")
_ADDRESS = re.compile(r"[A-Za-z0-9._+=&'~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


BOUNDS = {
    "step_seconds": (1, 120),
    "tries": (1, 10),
    "retry_seconds": (0, 300),
    "latency_seconds": (1, 86_400),
    "lost_seconds": (1, 172_800),
    "poll_seconds": (1, 300),
    "greylist_seconds": (0, 14_400),
    "at_once": (1, 64),
}
"""Each limit's least and most: seconds, but for `tries` and `at_once`."""


@dataclass(frozen=True)
class WrittenServer:
    """A service of an account as written; what is left empty is as is usual."""

    host: str
    port: int = 0
    tls: Tls | None = None
    server_name: str = ""
    user: str = ""
    password: Secret | None = None
    ca: str = ""


@dataclass(frozen=True)
class WrittenProvider:
    """A provider as written."""

    name: str
    address: str
    submission: WrittenServer
    imap: WrittenServer
    authserv_id: str = ""
    user: str = ""
    password: Secret | None = None
    folders: tuple[str, ...] = ("INBOX",)
    junk: tuple[str, ...] = ("Junk", "Spam")


@dataclass(frozen=True)
class WrittenMailbox:
    """A mailbox of the agency as written."""

    address: str
    site: str = SITE
    authserv_id: str = ""
    user: str = ""
    password: Secret | None = None
    smtp: WrittenServer | None = None
    submission: WrittenServer | None = None
    imap: WrittenServer | None = None
    pop3: WrittenServer | None = None
    sieve: WrittenServer | None = None
    webmail: Webmail | None = None
    folders: tuple[str, ...] = ("INBOX",)
    junk: tuple[str, ...] = ("Junk", "Spam")


@dataclass(frozen=True)
class WrittenProbes:
    """The whole document as written."""

    vantage: Literal["outside", "inside"]
    mailboxes: tuple[WrittenMailbox, ...]
    providers: tuple[WrittenProvider, ...] = ()
    limits: ProbeLimits = USUAL_LIMITS
    networks: tuple[str, ...] = ()
    other_networks: tuple[str, ...] = ()


def load_probes(path: str | Path) -> ProbesDocument:
    """What a file says is to be probed. Raises `InputError` with every mistake of the file."""
    problems = Problems()
    tree = yaml.read(Path(path), problems, tags=frozenset({TAG}))
    written = None if tree is None else read_as(WrittenProbes, tree, "the document", problems)
    made = None if written is None or not isinstance(tree, Table) else _made(written, tree, problems)
    problems.raise_any()
    assert made is not None, "what is not made has a problem"
    return made


def _made(written: WrittenProbes, tree: Table, problems: Problems) -> ProbesDocument:
    providers, mailboxes = _entries(tree, "providers"), _entries(tree, "mailboxes")
    if not mailboxes:
        problems.add(tree.entries["mailboxes"].tree.place, "`mailboxes`: at least one is wanted (`- address: …`)")
    _once(providers, "name", problems)
    _once(mailboxes, "address", problems)
    _bounded(written.limits, tree, problems)
    return ProbesDocument(
        written.vantage,
        tuple(_mailbox(one, node, problems) for one, node in zip(written.mailboxes, mailboxes, strict=True)),
        tuple(_provider(one, node, problems) for one, node in zip(written.providers, providers, strict=True)),
        written.limits,
        _networks(tree, "networks", written.networks, problems),
        _networks(tree, "other_networks", written.other_networks, problems),
    )


def _networks(tree: Table, name: str, words: tuple[str, ...], problems: Problems) -> tuple[IPNetwork, ...]:
    found: list[IPNetwork] = []
    for word in words:
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError:
            problems.add(_at(tree, name), f"`{name}`: {short(word)} is no network, such as 203.0.113.0/24")
    return tuple(found)


def _entries(tree: Table, name: str) -> tuple[Table, ...]:
    nodes = tree.get(name)
    return tuple(one for one in nodes.nodes if isinstance(one, Table)) if isinstance(nodes, Items) else ()


def _provider(one: WrittenProvider, node: Table, problems: Problems) -> Provider:
    if not _NAME.fullmatch(one.name):
        problems.add(_at(node, "name"), f"`name`: {short(one.name)} is none: letters, digits, `.`, `_` and `-` are")
    _addressed(one.address, node, problems)
    _foldered(one, node, problems)
    return Provider(
        one.name,
        one.address,
        one.authserv_id or one.address.rpartition("@")[2].lower(),
        _server("submission", one.submission, one, node, problems),
        _server("imap", one.imap, one, node, problems),
        one.folders,
        one.junk,
    )


def _mailbox(one: WrittenMailbox, node: Table, problems: Problems) -> ProbedMailbox:
    _addressed(one.address, node, problems)
    _foldered(one, node, problems)
    found: dict[str, MailServer] = {}
    for service in USUAL:
        server: WrittenServer | None = getattr(one, service)
        if server is not None:
            found[service] = _server(service, server, one, node, problems)
    if not found and one.webmail is None:
        services = ", ".join(f"`{name}`" for name in (*USUAL, "webmail"))
        problems.add(node.place, f"there is nothing to try at {one.address}: give one of {services}")
    webmail = one.webmail and _webmail(one.webmail, node, problems)
    return ProbedMailbox(
        one.address, one.site, one.authserv_id, webmail=webmail, folders=one.folders, junk=one.junk, **found
    )


def _server(
    service: MailService, one: WrittenServer, account: WrittenProvider | WrittenMailbox, node: Table, problems: Problems
) -> MailServer:
    """The server with what its account says for all of its services, and what is usual."""
    entry = node.entries[service].tree
    assert isinstance(entry, Table), "what is no mapping was refused before"
    tls, ports = USUAL[service]
    tls = one.tls or tls
    if not _HOST.fullmatch(one.host):
        problems.add(_at(entry, "host"), f"`host`: {short(one.host)} is no name and no address")
    if not 0 <= one.port <= 65_535:
        problems.add(_at(entry, "port"), f"`port`: {one.port} is no port")
    user, password = "", None
    if service in _LOGIN:
        user, password = one.user or account.user or account.address, one.password or account.password
        if password is None and not _holds(entry, "password") and not _holds(node, "password"):
            problems.add(entry.place, f"`{service}` is used by logging in: `password` is missing, here or beside it")
    elif one.user or one.password:
        problems.add(entry.place, f"nobody logs in to `{service}`: `user` and `password` have to go")
    if password is not None and tls == "none" and one.host not in ("localhost", "127.0.0.1", "::1"):
        problems.add(_at(entry, "tls"), "a password would go over the network for all to read: `tls: none` has to go")
    ca = _beside(entry, one.ca)
    return MailServer(one.host, one.port or ports[tls], tls, one.server_name or one.host, user, password, ca)


def _webmail(one: Webmail, node: Table, problems: Problems) -> Webmail:
    entry = node.entries["webmail"].tree
    assert isinstance(entry, Table), "what is no mapping was refused before"
    try:
        parts = urlsplit(one.url)
        fits = parts.scheme == "https" and bool(parts.hostname) and (parts.port or 443) > 0 and not parts.username
    except ValueError:
        fits = False
    if not fits or not one.url.isascii() or not one.url.isprintable() or " " in one.url:
        problems.add(_at(entry, "url"), f"`url`: {short(one.url)} is no https address without a user")
    if not 200 <= one.status <= 599:
        problems.add(_at(entry, "status"), f"`status`: {one.status} is none that a page answers with")
    return Webmail(one.url, one.status, one.says, _beside(entry, one.ca))


def _foldered(one: WrittenProvider | WrittenMailbox, node: Table, problems: Problems) -> None:
    if not one.folders:
        problems.add(_at(node, "folders"), "`folders`: a list of at least one folder is wanted, such as [INBOX]")
    both = sorted(set(one.folders) & set(one.junk))
    if both:
        problems.add(_at(node, "junk"), f"`junk`: {short(both[0])} is one of `folders` as well")


def _addressed(address: str, node: Table, problems: Problems) -> None:
    if not _ADDRESS.fullmatch(address):
        wrong = f"`address`: {short(address)} is no address: local-part@domain is wanted"
        problems.add(_at(node, "address"), wrong)


def _once(nodes: Iterable[Table], key: str, problems: Problems) -> None:
    seen: dict[str, Position] = {}
    for node in nodes:
        leaf = node.get(key)
        if isinstance(leaf, Leaf):
            name = leaf.text.lower()
            if name in seen:
                problems.add(leaf.place, f"{leaf.text} is given twice: first on line {seen[name].line}")
            seen.setdefault(name, leaf.place)


def _bounded(limits: ProbeLimits, tree: Table, problems: Problems) -> None:
    entry = tree.get("limits")
    if not isinstance(entry, Table):
        return
    for field in fields(limits):
        least, most = BOUNDS[field.name]
        number = getattr(limits, field.name)
        if not least <= number <= most:
            problems.add(_at(entry, field.name), f"`{field.name}`: from {least} to {most} is wanted, not {number}")
    if limits.lost_seconds < limits.latency_seconds:
        problems.add(entry.place, "`lost_seconds` is below `latency_seconds`: a mail would be lost before it is late")


def _holds(node: Table, name: str) -> bool:
    return node.get(name) is not None


def _at(node: Table, name: str) -> Position:
    return (node.get(name) or node).place


def _beside(node: Table, path: str) -> str:
    """A path as it is, or relative to the file that names it; empty for none."""
    return str(Path(node.place.file).absolute().parent / expanded(path)) if path else ""
