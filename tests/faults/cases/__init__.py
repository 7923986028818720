"""All cases of the suite, in the order of the table."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.cases import connection, killed, resources

CASES: tuple[Case, ...] = (*connection.CASES, *killed.CASES, *resources.CASES)
