"""Which of Debian's packages a host has. Pure."""

from __future__ import annotations

from baseline.errors import CannotTell
from baseline.model import Answer

QUESTION = r"dpkg-query -W -f '${Package} ${db:Status-Status}\n'"
"""What dpkg knows. All of it, since only the answers to the same look tell what a plan would install."""


def installed(answer: Answer) -> frozenset[str]:
    """Those that are installed, by the answer to `QUESTION`. Raises `CannotTell` where dpkg cannot be asked."""
    if answer.rc != 0:
        said = " ".join(answer.stderr.decode("utf-8", "backslashreplace").split())[:200]
        raise CannotTell(f"dpkg-query does not tell which packages are installed: {said}")
    lines = (line.split() for line in answer.stdout.decode("utf-8", "backslashreplace").splitlines())
    return frozenset(line[0] for line in lines if line[1:] == ["installed"])
