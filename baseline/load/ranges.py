"""Host ranges of an inventory, as Ansible's: `mx[01:03].example.my`, `[a:f]`, `[1:9:2]`, and a port after a colon."""

from __future__ import annotations

import ipaddress
import itertools
import re
import string

from baseline.late import regex

MOST_HOSTS = 65_536

_RANGE = regex(r"\[([0-9]*|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")
_PORT = regex(r"(?P<host>[^:]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
_OF_ADDRESSES = regex(r"[0-9A-Fa-f]*[.:]")
_NAME = regex(r"[^\s,;!&*?/\\'\"<>|()$`\[\]{}#=-][^\s,;!&*?/\\'\"<>|()$`\[\]{}#=]*")


def expand(pattern: str) -> tuple[list[str], int | None]:
    """The host names that a pattern stands for, in order, and the port when one is given.

    Raises ValueError for a range that goes backwards, has unequal digits, or makes too many hosts, and for
    names that no host can have.
    """
    stems = _RANGE.split(pattern)
    choices: list[list[str]] = [[stems[0]]]
    for first, last, step, stem in zip(stems[1::4], stems[2::4], stems[3::4], stems[4::4], strict=True):
        choices += [_sequence(first or "0", last, int(step or 1)), [stem]]
    total = 1
    for choice in choices:
        total *= len(choice)
    if total > MOST_HOSTS:
        raise ValueError(f"{pattern} stands for {total} hosts, more than {MOST_HOSTS}")
    odd = re.search(r"\[[^\]]*:[^\]]*\]", "".join(stems[::4]))
    if odd and not _is_address(odd[0][1:-1]):
        raise ValueError(f"{odd[0]} is no range: write [1:9], [01:09], [a:f] or [1:9:2]")
    found = [_host("".join(parts)) for parts in itertools.product(*choices)]
    return [name for name, _ in found], found[0][1]


def _sequence(first: str, last: str, step: int) -> list[str]:
    if step < 1:
        raise ValueError("the step of a range is at least 1")
    if first.isdigit() and last.isdigit():
        width = len(first) if first.startswith("0") and first != "0" else 0
        if width and width != len(last):
            raise ValueError(f"[{first}:{last}] needs as many digits at its end as at its beginning")
        if int(last) - int(first) > MOST_HOSTS:
            raise ValueError(f"[{first}:{last}] stands for more than {MOST_HOSTS} hosts")
        members = [str(number).zfill(width) for number in range(int(first), int(last) + 1, step)]
    elif first.isalpha() and last.isalpha():
        letters = string.ascii_letters
        members = list(letters[letters.index(first) : letters.index(last) + 1 : step])
    else:
        raise ValueError(f"[{first}:{last}] mixes a number and a letter")
    if not members:
        raise ValueError(f"[{first}:{last}] goes backwards")
    return members


def _host(text: str) -> tuple[str, int | None]:
    with_port = None if _is_address(text) else _PORT.fullmatch(text)
    name, port = (with_port["host"], int(with_port["port"])) if with_port else (text, None)
    name = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"port {port} is not between 1 and 65535")
    if not _is_address(name) and (not _NAME.fullmatch(name) or ":" in name):
        raise ValueError(f"{name!r} is not a host name or an address")
    return name, port


def _is_address(text: str) -> bool:
    if not _OF_ADDRESSES.match(text):
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
