"""All cases of the suite, in the order of the table."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.cases import connection, journals, killed, meanwhile, programs, replies, resources

CASES: tuple[Case, ...] = (
    *connection.CASES,
    *killed.CASES,
    *resources.CASES,
    *programs.CASES,
    *meanwhile.CASES,
    *journals.CASES,
    *replies.CASES,
)
