"""Byte sizes as each program writes them. The same text means different sizes to different programs.

Facts on Dovecot 2.3 and Postfix 3.7 were seen on the programs themselves; Exchange after Microsoft's
reference of Set-Mailbox. All functions return whole bytes and raise `ValueError` on what the program
itself would refuse.
"""

from __future__ import annotations

import re

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}


def parse_size(text: str) -> int:
    """A size as a person writes it in a baseline: `100MB`, `1 GiB`, `104857600`. Units count by 1024.

    The mandate does not say whether its MB counts by 1000 or 1024; the larger reading satisfies both.
    """
    match = re.fullmatch(r"\s*([0-9]+)\s*(?:b|([kmgtp])(?:i?b)?)?\s*", text.lower())
    if not match:
        raise ValueError(f"{text!r} is not a size: write a whole number and B, KB, MB, GB or TB, such as 100MB")
    return int(match[1]) * _UNITS[match[2] or ""]


def typed(size: int) -> str:
    """A size as a person writes it in a baseline, in the largest unit that holds it exactly: 2147483648 is `2GB`."""
    for unit in ("TB", "GB", "MB", "KB"):
        if size and size % _UNITS[unit[0].lower()] == 0:
            return f"{size // _UNITS[unit[0].lower()]}{unit}"
    return f"{size}"


def postfix(text: str) -> int:
    """A Postfix size parameter: digits only. A suffix or a comment makes the daemon die, so it is an error here."""
    if not re.fullmatch(r"[0-9]+", text):
        raise ValueError(f"{text!r} is not a whole number of bytes, and Postfix refuses to run with it")
    return int(text)


def dovecot(text: str, *, bare: str = "k") -> int:
    """The number of a Dovecot 2.3 quota limit. `bare` is the unit of a number without one.

    The first letter after the digits decides and the rest is ignored, so `100M`, `100MB` and `100mx` agree;
    decimals and spaces are errors. `storage=` counts bare numbers in KiB, `bytes=` in bytes.
    """
    match = re.fullmatch(r"([0-9]+)(?:([bkmgtBKMGT])\S*)?", text)
    if not match:
        raise ValueError(f"{text!r} is not a size that Dovecot reads")
    return int(match[1]) * _UNITS[(match[2] or bare).lower()]


def dovecot_setting(text: str) -> int:
    """A Dovecot 2.3 setting of type size, such as `quota_max_mail_size`: bare numbers are bytes.

    Source: doc.dovecot.org 2.3, "Types of settings", SIZE: B, k, M, G or T, by 1024, `i` and `B` allowed after it.
    """
    match = re.fullmatch(r"([0-9]+)\s*(?:b|([kmgt])i?b?)?", text.strip().lower())
    if not match:
        raise ValueError(f"{text!r} is not a size that Dovecot reads")
    return int(match[1]) * _UNITS[match[2] or "b"]


def to_dovecot(size: int) -> str:
    """A size in the largest unit of Dovecot's that holds it exactly: 1073741824 is `1G`."""
    for letter in "TGMk":
        unit = _UNITS[letter.lower()]
        if size and size % unit == 0:
            return f"{size // unit}{letter}"
    return f"{size}B"


MOST_EXCHANGE = 2_199_023_254_528
"""The largest quota that Exchange takes (ExchangePowerShell reference, Set-Mailbox): just below 2 TiB."""


def exchange(text: str) -> int | None:
    """An Exchange quota as displayed or typed; None is unlimited.

    `1.9 GB (2,040,109,465 bytes)` is read from its parentheses alone, since the rounded figure lies; group
    separators differ by locale. Typed forms are a whole number and B, KB, MB, GB or TB; bare numbers are bytes.
    """
    if text.strip().lower() == "unlimited":
        return None
    exact = re.fullmatch(r"[^()-]*\(\s*([0-9](?:[0-9,.\s'\u2019]*[0-9])?)\s*[^\W\d_]+\s*\)\s*", text)
    if exact and _grouped(exact[1]):
        return int(re.sub(r"[^0-9]", "", exact[1]))
    typed = re.fullmatch(r"\s*([0-9]+)\s*(B|KB|MB|GB|TB)?\s*", text, re.IGNORECASE | re.ASCII)
    if not typed:
        raise ValueError(f"{text!r} is not an Exchange quota with its bytes")
    return int(typed[1]) * _UNITS[(typed[2] or "b").lower()[0]]


def to_exchange(size: int | None) -> str:
    """A quota as Set-Mailbox and Set-MailboxDatabase read it: `1073741824B`, or `Unlimited`.

    The unit is written, since a small number without one may be rounded. Raises ValueError for what Exchange cannot
    hold: it keeps quotas in whole KB (MS-OXCSTOR 2.2.2.1), so any other size comes back as another one.
    """
    if size is None:
        return "Unlimited"
    if not 0 < size <= MOST_EXCHANGE or size % KIB:
        raise ValueError(f"{size} bytes is no Exchange quota: whole KB up to {MOST_EXCHANGE} bytes are")
    return f"{size}B"


def _grouped(number: str) -> bool:
    """Whether digits stand in groups, as in 2,040 or 2.04.01.097, or in none: 1.5 is no way to write 15."""
    first, *groups = re.split(r"[^0-9]", number)
    one_separator = len(set(re.sub(r"[0-9]", "", number))) <= 1
    middle, last = groups[:-1], groups[-1:]
    right = len(first) <= 3 and all(len(group) in (2, 3) for group in middle) and all(len(one) == 3 for one in last)
    return not groups or (one_separator and right)
