"""Which of Debian's packages a host has. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from baseline.errors import CannotTell
from baseline.model import Answer

_FORMAT = "${Package} ${db:Status-Status}\\n"


def question(packages: Sequence[str]) -> str:
    """The command that tells which of some packages are installed."""
    return f"dpkg-query -W -f {shlex.quote(_FORMAT)} -- {' '.join(map(shlex.quote, packages))}"


def installed(answer: Answer) -> frozenset[str]:
    """Those that are installed, by the answer to `question`. Raises `CannotTell` where dpkg cannot be asked."""
    if answer.rc not in (0, 1):
        said = " ".join(answer.stderr.decode("utf-8", "backslashreplace").split())[:200]
        raise CannotTell(f"dpkg-query does not tell which packages are installed: {said}")
    lines = (line.split() for line in answer.stdout.decode("utf-8", "backslashreplace").splitlines())
    return frozenset(line[0] for line in lines if line[1:] == ["installed"])
