"""Where the time of one host went, as text: the phases of its visit, and the questions that were slowest."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from baseline.languages import Language, term
from baseline.model.timings import PHASES, Timings
from baseline.reports.words import one_line

_PHASES = {
    "connecting": term("connecting {seconds} s"),
    "asking": term("asking {seconds} s"),
    "waiting": term("waiting {seconds} s"),
    "applying": term("applying {seconds} s"),
    "outside": term("outside {seconds} s"),
    "judging": term("judging {seconds} s"),
}


def section(timings: Timings, language: Language) -> Iterator[RenderableType]:
    """One line of phases, and one for each slow question. Where nothing was applied, that is left out."""
    told = []
    for phase in PHASES:
        seconds = f"{timings.seconds.get(phase, 0.0):.2f}"
        if phase != "applying" or timings.seconds.get(phase):
            told.append(language.say(_PHASES[phase], seconds=seconds))
    yield _line(", ".join(told), 2)
    for slow in timings.slowest:
        seconds, question = f"{slow.seconds:.2f}", one_line(slow.question)
        yield _line(language.say("{seconds} s for: {question}", seconds=seconds, question=question), 4)


def _line(text: str, columns: int) -> RenderableType:
    return Padding(Text(text, style="dim"), (0, 0, 0, columns), expand=False)
