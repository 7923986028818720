"""The releases of Debian that a lab's hosts can have, and what of the lab's own recipe hangs on the release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from baseline.classes import dataclass
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


def machines_own(os_release: Mapping[str, str]) -> str:
    """The release of a machine whose /etc/os-release says this, where hosts can have it; else bookworm."""
    name = os_release.get("VERSION_CODENAME", "") if os_release.get("ID") == "debian" else ""
    return name if name in RELEASES else DEFAULT


def releases_of(count: int, wanted: Sequence[str], default: str = DEFAULT) -> list[str]:
    """The release of each of `count` hosts: those that are wanted, in turn; two hosts of two releases have one each.

    `default` is what all of them have where none is wanted. Raises `LabError` for a release that no host can have.
    """
    for name in wanted:
        if name not in RELEASES:
            raise LabError(f"{name!r} is no release that a lab's host can have; those are: {', '.join(RELEASES)}.")
    names = wanted or (default,)
    return [names[number % len(names)] for number in range(count)]
