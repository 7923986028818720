"""Findings as text, in the words of `baseline check`. Pure."""

from __future__ import annotations

import io
import textwrap

from rich.console import Console

from baseline.languages import ENGLISH
from baseline.model import Finding, HostReport
from baseline.reports import Display
from baseline.reports.findings import alone, daemons
from baseline.reports.lines import Part, indented, printed
from baseline.reports.words import one_line, visible

_WIDTH = 100
"""Columns of what is told. It is fixed, so that what stands in a file of JUnit is the same everywhere."""

_VIEW = Display("check")


def finding_told(finding: Finding) -> str:
    """All that there is to say of one finding."""
    return _printed(list(alone(finding, _VIEW, _WIDTH - 2)))


def host_told(host: HostReport) -> str:
    """What is not as it should be with a host as a whole; empty where all is well."""
    if host.error:
        return f"could not look at {one_line(host.name)}: {visible(host.error)}"
    drifted = [f"drifted: {visible(file)}\n" for file in host.drifted]
    return "".join(drifted) + _printed([indented(part, -2) for part in daemons(host, ENGLISH)])


def in_short(reason: str) -> str:
    """A reason as one line."""
    return one_line(reason)


def _printed(parts: list[Part]) -> str:
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, force_terminal=False)
    return textwrap.dedent(printed(console, parts)).rstrip()
