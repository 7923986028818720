"""The releases of Debian that a lab's hosts can have, and what of the lab's own recipe hangs on the release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from baseline.lab.errors import LabError


@dataclass(frozen=True)
class Release:
    """What differs: the site's file for Dovecot, and the file in which BIND knows the Internet's root."""

    dovecot_site: str
    root_hints: str


RELEASES: Mapping[str, Release] = {
    "bookworm": Release("dovecot-site-2.3.conf", "/etc/bind/named.conf.default-zones"),
    "trixie": Release("dovecot-site-2.4.conf", "/etc/bind/named.conf.root-hints"),
}
"""By their names in Debian's archive: Debian 12 and Debian 13."""

DEFAULT = "bookworm"


def releases_of(count: int, wanted: Sequence[str]) -> list[str]:
    """The release of each of `count` hosts: those that are wanted, in turn; two hosts of two releases have one each.

    Raises `LabError` for a release that no host can have.
    """
    for name in wanted:
        if name not in RELEASES:
            raise LabError(f"{name!r} is no release that a lab's host can have; those are: {', '.join(RELEASES)}.")
    names = wanted or (DEFAULT,)
    return [names[number % len(names)] for number in range(count)]
