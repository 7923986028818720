"""Lists of mail filters in Postfix, such as `smtpd_milters`, and the names that a filter's address goes by.

Sources: postconf(5) smtpd_milters, MILTER_README ("Advanced policy for different Milter applications").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from baseline.classes import dataclass
from baseline.formats.restrictions import words_of

_OPTION = re.compile(r"(?<![a-z_])([a-z_]+)\s*=\s*([^\s,{}]+)")


@dataclass(frozen=True)
class Milter:
    """One filter of a list: where it listens, as written, and the options that hold for it alone."""

    endpoint: str
    options: Mapping[str, str] = field(default_factory=dict)


def parse_milters(value: str) -> tuple[Milter, ...]:
    """The filters of a list. `{ inet:host:port, default_action=accept }` carries options of its own."""
    found = []
    for word in words_of(value):
        parts = [part for part in re.split(r"[\s,]+", word.strip("{} \t")) if part]
        if not parts:
            continue
        # Only a group in braces has options; `name = value` may have white space around its sign.
        options = dict(_OPTION.findall(word)) if word.startswith("{") else {}
        found.append(Milter(parts[0], options))
    return tuple(found)


def addresses(endpoint: str, queue_directory: str = "/var/spool/postfix") -> frozenset[str]:
    """What an endpoint may listen as: `127.0.0.1:11332` and `[::1]:11332`, or the path of a socket.

    A path is below the queue directory, since smtpd runs in there; the empty set is for what is neither.
    """
    sort, _, rest = endpoint.partition(":")
    if sort in ("unix", "local"):
        path = rest if rest.startswith(f"{queue_directory}/") else f"{queue_directory}/{rest.lstrip('/')}"
        return frozenset({path, f"/{rest.lstrip('/')}"})
    if sort not in ("inet", "inet6"):
        return frozenset()
    host, _, port = rest.rpartition(":")
    bare = host.strip("[]")
    names = ("127.0.0.1", "::1") if bare == "localhost" else (bare,)
    return frozenset(f"[{name}]:{port}" if ":" in name else f"{name}:{port}" for name in names)


def listening(printed: str) -> frozenset[str]:
    """The local addresses in what `ss -Hltn` and `ss -Hlx` print; `*` and `0.0.0.0` are all there as `any:PORT`."""
    found = set()
    for line in printed.splitlines():
        fields = line.split()
        if len(fields) < 5:
            continue
        if fields[0].startswith("u_"):
            found.add(fields[4])
            continue
        host, _, port = fields[3].rpartition(":")
        found.add(f"any:{port}" if host in ("*", "0.0.0.0", "[::]") else f"{host}:{port}")  # noqa: S104
    return frozenset(found)


def listens(endpoint: str, found: frozenset[str], queue_directory: str = "/var/spool/postfix") -> bool:
    """Whether something listens where an endpoint says."""
    port = f"any:{endpoint.rpartition(':')[2]}"
    return bool(addresses(endpoint, queue_directory) & found) or (endpoint.startswith("inet") and port in found)
