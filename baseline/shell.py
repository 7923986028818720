"""Shell that hosts run and that is longer than a line or two: `.sh` files beside the modules that send it. Pure.

There shellcheck sees it. A file begins with comments, for people and for shellcheck; hosts get what follows them.
"""

from __future__ import annotations

import shlex
from functools import cache
from importlib.resources import files


def script(package: str, file: str, /, **values: str) -> str:
    """The text of `file`.sh of a package, after an assignment `name=value` for each value, quoted for a shell.

    Without the comments that it begins with and without its last newline. Raises FileNotFoundError for a file that
    is not there.
    """
    assignments = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    return assignments + _text(package, file)


@cache
def _text(package: str, file: str) -> str:
    lines = (files(package) / f"{file}.sh").read_text("utf-8").splitlines()
    while lines and lines[0].startswith("#"):
        del lines[0]
    return "\n".join(lines).strip("\n")
