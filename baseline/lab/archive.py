"""Where the root's packages come from: the machine's own mirrors of Debian, whichever release the machine has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from baseline.lab.command import run
from baseline.lab.errors import LabError

KEYRINGS = tuple(Path(f"/usr/share/keyrings/debian-archive-keyring.{ending}") for ending in ("gpg", "pgp"))
"""Debian's keys, of all releases that it still supports. From Debian 13 on the file has the second name as well."""

POCKETS = ("", "-security", "-updates")
"""What a release's name is followed by in the suites that an installed Debian follows."""

_QUESTION = ("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")


def sources(release: str, say: Callable[[str], None]) -> list[str]:
    """Lines of a sources.list for `release` ("bookworm"), from the mirrors that this machine itself uses.

    Raises `LabError` when the machine uses no archive of Debian.
    """
    ask = [*_QUESTION, "Origin: Debian"]
    # What an archive is, apt knows from its index, which a new machine has not fetched yet.
    listed = run(ask)
    if not listed.strip():
        say("fetching the machine's package lists")
        run(["apt-get", "update"], timeout=300)
        listed = run(ask)
    keyring = next((path for path in KEYRINGS if path.exists()), None)
    lines = lines_for(release, listed, keyring)
    if not lines:
        raise LabError("This machine's apt sources name no archive of Debian; the lab builds its hosts from there.")
    return lines


def lines_for(release: str, listed: str, keyring: Path | None) -> list[str]:
    """The lines for `release`, from what apt lists of this machine's sources: `URI suite component` on each line.

    A mirror has all releases side by side, so another release's line serves with the name exchanged: `trixie-security`
    becomes `bookworm-security`, on the same mirror. All that the lab installs is in `main`.
    """
    signed = f"[signed-by={keyring}] " if keyring else ""
    found = []
    for pocket in POCKETS:
        uris: dict[bool, set[str]] = {True: set(), False: set()}
        for uri, suite, component in map(str.split, listed.splitlines()):
            base, dash, rest = suite.partition("-")
            if (dash + rest, component) == (pocket, "main"):
                uris[base == release].add(uri)
        found += [f"deb {signed}{uri} {release}{pocket} main" for uri in sorted(uris[True] or uris[False])]
    return found
