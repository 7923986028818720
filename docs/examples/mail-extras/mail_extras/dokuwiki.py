"""Report format `dokuwiki`: a table of what counts, for a page of a wiki."""

from __future__ import annotations

from baseline.model import Report


def render(report: Report) -> str:
    """The report as a table of DokuWiki. Text from hosts is told literally, whatever it holds."""
    rows = ["^ host ^ control ^ outcome ^ reason ^"]
    rows += [
        "| " + " | ".join(_literal(cell) for cell in (one.host, one.control, one.outcome.value, one.reason)) + " |"
        for one in report.findings
        if report.counts_against(one) or report.leaves_open(one)
    ]
    return "\n".join([f"====== {_literal(report.run.baseline_name)} ======", "", *rows, ""])


def _literal(text: str) -> str:
    return f"%%{' '.join(text.replace('%%', '% %').split())}%%" if text else ""
