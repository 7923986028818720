"""A finding that a format cannot show costs no other finding: in its place stands that it cannot be shown.

No host should be able to bring that about; when one does, it is a fault of this program, and is logged as one.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from baseline.model import Finding, HostReport, Report

_LOG = logging.getLogger(__name__)

Document = TypeVar("Document", str, bytes)


def rendered(report: Report, render: Callable[[Report], Document]) -> Document:
    """The report as `render` makes it, as far as it can. Raises what `render` raises of all but findings and hosts."""
    try:
        return render(report)
    except Exception:  # noqa: BLE001 -- whatever it is, all other findings are to be shown
        _LOG.error("report: a fault of this program\n%s", traceback.format_exc())
        spared = replace(
            report,
            hosts=tuple(_host(report, host, render) for host in report.hosts),
            findings=tuple(_finding(report, finding, render) for finding in report.findings),
        )
        return render(spared)


def shown(report: Report, one: Any, show: Callable[[Any], str], render: Callable[[Report], str]) -> str:
    """A part of the report as `show` makes it; of a host or a finding that cannot be shown, what stands for it.

    Raises what `show` raises of all others.
    """
    try:
        return show(one)
    except Exception:
        from baseline.model import Finding, HostReport

        if not isinstance(one, HostReport | Finding):
            raise
        _LOG.error("report: a fault of this program\n%s", traceback.format_exc())
        return show(_host(report, one, render) if isinstance(one, HostReport) else _finding(report, one, render))


def _finding(report: Report, finding: Finding, render: Callable[[Report], str | bytes]) -> Finding:
    from baseline.model import Finding, Outcome

    error = _stumbles(replace(report, hosts=(), subjects=(), plans=(), applies=(), findings=(finding,)), render)
    if error is None:
        return finding
    return Finding(
        host=str(finding.host),
        control=str(finding.control),
        kind=str(finding.kind),
        title=str(finding.title),
        outcome=Outcome.UNKNOWN,
        reason=f"this finding cannot be shown, which is a fault of the program: {type(error).__name__}",
        keys=(),
        clause=finding.clause,
        obligation=finding.obligation,
        severity=finding.severity,
        subject=finding.subject,
    )


def _host(report: Report, host: HostReport, render: Callable[[Report], str | bytes]) -> HostReport:
    from baseline.model import HostReport

    error = _stumbles(replace(report, hosts=(host,), subjects=(), plans=(), applies=(), findings=()), render)
    if error is None:
        return host
    why = f"what it said cannot be shown, which is a fault of the program: {type(error).__name__}"
    return HostReport(host.name, host.address, host.roles, reachable=False, error=why)


def _stumbles(report: Report, render: Callable[[Report], str | bytes]) -> Exception | None:
    try:
        render(report)
    except Exception as error:  # noqa: BLE001 -- see above
        return error
    return None
