"""The report contract, `baseline.report/2`, as one JSON document."""

from __future__ import annotations

import json

from baseline.model import Report


def render(report: Report) -> str:
    """The document, its keys in the order of the contract. Pure ASCII: whatever a host sent survives any pipe."""
    return json.dumps(report.to_dict(), indent=2, allow_nan=False) + "\n"
