"""A report as one HTML file: complete in itself, for a browser without a network, on a screen, a phone and on paper.

It asks nothing of anybody: its Content-Security-Policy allows its own style and script, by their digests, and nothing
else. The script only helps to filter; without it everything is there. Whatever a host said is text: Jinja2 escapes it,
and what could steer a reader (control characters, marks of direction) is written as an escape.

What is here:

- `agencies`: The roll-up as one HTML file: all agencies by clause, the worst first, and of each what is not as it
  should be.
- `checklist`: A month of the daily checklist as one page: for a screen, a phone, and one sheet of paper.
- `grid`: Hosts by controls, a sign for each finding: the heat map. A thousand hosts have 60 000 cells, so each is
  short.
- `page`: The environment of the templates, and what they may show.
- `parts`: What the sections of the page are made of.
- `site`: A small site over a history: the last run, every run, every host, every control, and what changed. Pure.
- `strips`: What findings were over time, as small pictures in SVG: time from left to right, and what share of hosts was
  what.
"""

from __future__ import annotations

from baseline.model import Report
from baseline.reports import Display
from baseline.reports.html.page import rendered
from baseline.reports.html.parts import parts


def render(report: Report, view: Display, home: str = "") -> str:
    """The whole file. `home` is the page of a site that it belongs to."""
    return rendered("report.html.j2", {**parts(report, view), "home": home}, view.language)
