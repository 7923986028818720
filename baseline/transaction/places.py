"""Whether root may write at the paths of a host: asked when a plan is made, with what the host's side asks itself."""

from __future__ import annotations

from collections.abc import Sequence

from baseline.model import HOST_STATE, Answer
from baseline.shell import script

BEGINNING = script(__package__, "places")
"""What every question for places begins with; the paths come after it."""


def question(paths: Sequence[str]) -> str:
    """One command that tells at which of these paths nothing is written, and why. They hold no newline."""
    asked = script(__package__, "places_question", root=HOST_STATE, paths="\n".join(paths))
    return f"{BEGINNING}\n{asked}"


def closed(answer: Answer | None) -> dict[str, str]:
    """Path -> why nothing is written there, from what `question` told.

    Empty where it told nothing of use: an apply asks again, and refuses.
    """
    if answer is None or answer.rc != 0:
        return {}
    rows = (line.partition("\t") for line in answer.stdout.decode("utf-8", "backslashreplace").split("\n"))
    return {path: why for path, tab, why in rows if tab}
