"""Ansible's host patterns: `mx1`, `mta`, `mx*`, `a:b`, `a,b`, `:!c`, `:&d`, `~regex`, `mta[0]`, `mta[0:2]`, `@file`.

One is ours: `@failed`, the hosts that did not end well in the last run. It may stand wherever a group may.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import warnings
from collections.abc import Mapping, Sequence

from baseline.errors import NothingMatched, UserError
from baseline.late import regex
from baseline.load.groups import ALL
from baseline.load.text import decode, expanded, read_bytes
from baseline.load.tree import Problems, nearest

_SUBSCRIPT = regex(r"(?P<pattern>.+)\[(?:(?P<one>-?[0-9]+)|(?P<first>[0-9]+)[:-](?P<last>[0-9]*))\]")
_PART = regex(r"(?:[^\s:\[\]]|\[[^\]]*\])+")

FAILED = "@failed"
"""Names no file: one that is called so is `@./failed`."""

_SPEAKS_OF_FAILED = regex(rf"{FAILED}(?=[\[:]|$)")


def names_failed(limit: str) -> bool:
    """Whether a limit speaks of the hosts that failed, so that somebody has to know them."""
    return any(_SPEAKS_OF_FAILED.match(part.lstrip("!&")) for part in split(limit))


def matching(
    limit: str, hosts: Sequence[str], groups: Mapping[str, Sequence[str]], failed: Sequence[str] = ()
) -> tuple[str, ...]:
    """The hosts that a limit selects, in the order of `hosts`. `failed` are those that `@failed` stands for.

    `groups` has `all` too, in the order in which subscripts count; without it, that is the order of `hosts`.
    Raises `NothingMatched` when that is none, when a part selects nothing, or when an excluding part (`!c`,
    `&d`) names neither host nor group: an exclusion that is misspelt would widen the selection. Raises
    `UserError` for a regular expression that is none, `InputError` for a `@file` that cannot be read.
    """
    parts = [part for written in split(limit) for part in _from_file(written)]
    if names_failed(limit):
        if failed and not set(failed).intersection(hosts):
            raise NothingMatched(f"{FAILED}: {', '.join(failed)} failed, and the inventory no longer has such a host")
        groups = {**groups, FAILED: failed}
    chosen = [part for part in parts if part[0] not in "!&"]
    selected: set[str] = set()
    for part in chosen or [ALL]:
        found = _hosts_of(part, hosts, groups)
        if not found:
            raise NothingMatched(f"no host matches {part}: {nearest(part, [*hosts, *groups])}")
        selected |= found
    for part in [part for part in parts if part[0] == "&"]:
        selected &= _hosts_of(part[1:], hosts, groups, narrows=True)
    for part in [part for part in parts if part[0] == "!"]:
        selected -= _hosts_of(part[1:], hosts, groups, narrows=True)
    if not selected:
        raise NothingMatched(f"no host matches {limit}")
    return tuple(host for host in hosts if host in selected)


def split(limit: str) -> list[str]:
    """The parts of a limit: at commas when there is one, else at blanks and colons outside brackets and IPv6 addresses.

    What has a bracket that is not closed is one part, which then matches nothing.
    """
    text = limit.strip()
    if "," in text:
        parts = text.split(",")
    elif _is_ipv6(text.lstrip("!&")) or re.search(r"[\[\]]", _PART.sub("", text)):
        parts = [text]
    else:
        parts = _PART.findall(text)
    return [part.strip() for part in parts if part.strip().lstrip("!&")]


def _is_file(text: str) -> bool:
    return text.startswith("@") and not _SPEAKS_OF_FAILED.match(text)


def _from_file(part: str) -> list[str]:
    if not _is_file(part):
        return [part]
    problems = Problems()
    path = expanded(part[1:])
    raw = read_bytes(path, problems)
    text = None if raw is None else decode(raw, str(path), problems)
    problems.raise_any()
    lines = [line.strip() for line in (text or "").split("\n")]
    return [inner for line in lines if line and line[0] not in "#@" for inner in split(line)]


def _hosts_of(
    part: str, hosts: Sequence[str], groups: Mapping[str, Sequence[str]], *, narrows: bool = False
) -> set[str]:
    subscript = None if part.startswith("~") else _SUBSCRIPT.fullmatch(part)
    pattern, known = subscript["pattern"] if subscript else part, set(hosts)
    if not narrows and part in known:
        return {part}
    names = [name for name in (ALL, *groups) if _matches(pattern, name) and (name != FAILED or pattern == FAILED)]
    # As in Ansible, one that several groups have is there as often, and counts as often in a subscript.
    ordered = [host for name in dict.fromkeys(names) for host in groups.get(name, hosts) if host in known]
    if not names or re.search(r"^~|[.?*\[]", pattern):
        alone = [host for host in hosts if _matches(pattern, host)]
        if narrows and not names and not alone and not re.search(r"^~|[?*\[]", pattern):
            raise NothingMatched(f"there is no host or group {pattern}: {nearest(pattern, [*hosts, *groups])}")
        ordered += alone
    if subscript is None:
        return set(ordered)
    if subscript["one"] is not None:
        index = int(subscript["one"])
        return {ordered[index]} if -len(ordered) <= index < len(ordered) else set()
    last = int(subscript["last"]) + 1 if subscript["last"] else None
    return set(ordered[int(subscript["first"]) : last])


def _matches(pattern: str, name: str) -> bool:
    if not pattern.startswith("~"):
        return fnmatch.fnmatchcase(name, pattern)
    try:
        with warnings.catch_warnings():
            # What Python may come to read otherwise one day, such as `[[`, it reads as Ansible does.
            warnings.simplefilter("ignore", FutureWarning)
            return re.match(pattern[1:], name) is not None
    except re.error as error:
        raise UserError(f"{pattern} is no regular expression: {error}") from None


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False
