"""Which versions of TLS a value of Postfix's `…_tls_protocols` allows (postconf(5), since 3.6 with `>=` and `<=`)."""

from __future__ import annotations

import re

VERSIONS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
"""From the oldest to the newest."""

_NAMES = {name.lower(): name for name in VERSIONS}


def allowed(value: str) -> tuple[str, ...]:
    """The versions, oldest first. Raises ValueError for a word that is none of Postfix's."""
    named, barred = set[str](), set[str]()
    low, high = 0, len(VERSIONS) - 1
    for word in re.split(r"[\s,:]+", value.strip()):
        if not word:
            continue
        match = re.fullmatch(r"(>=|<=|!|)\s*(\S+)", word)
        name = _NAMES.get(match[2].lower()) if match else None
        if match is None or name is None:
            raise ValueError(f"{word!r} is no version of TLS")
        place = VERSIONS.index(name)
        if match[1] == ">=":
            low = place
        elif match[1] == "<=":
            high = place
        else:
            (barred if match[1] else named).add(name)
    return tuple(
        name
        for place, name in enumerate(VERSIONS)
        if low <= place <= high and name not in barred and (name in named or not named)
    )


def oldest(value: str) -> str:
    """The oldest version allowed, or words that say why none is."""
    try:
        found = allowed(value)
    except ValueError as error:
        return f"not read by Postfix: {error}"
    return found[0] if found else "none"
