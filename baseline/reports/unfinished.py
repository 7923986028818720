"""What stands in a report's file while its run goes on, and for good when the run fails: that there is no report.

So nobody takes the report of an earlier run for that of this one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping

SCHEMA = "baseline.no-report/1"


def render(name: str, began: str) -> str | bytes:
    """The document in a format, for a run that began at a time (ISO 8601)."""
    return _DOCUMENTS.get(name, _text)(
        began, f"There is no report: the run that began at {began} goes on, or it has failed."
    )


def _text(began: str, sentence: str) -> str:
    del began
    return f"{sentence}\n"


def _json(began: str, sentence: str) -> str:
    return json.dumps({"schema": SCHEMA, "began": began, "error": sentence}, indent=2) + "\n"


def _junit(began: str, sentence: str) -> str:
    from junitparser import Error, JUnitXml, TestCase, TestSuite

    document, suite, case = JUnitXml("baseline"), TestSuite("baseline"), TestCase("report", classname="baseline")
    suite.timestamp = began.removesuffix("Z")
    case.result = [Error(sentence, "unfinished")]
    suite.add_testcase(case)
    suite.update_statistics()  # type: ignore[no-untyped-call]
    document.add_testsuite(suite)
    buffer = io.BytesIO()
    document.write(buffer, pretty=True)
    return buffer.getvalue().decode()


def _html(began: str, sentence: str) -> str:
    del began
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>No report</title>'
    return f"{head}<h1>No report</h1><p>{sentence}</p></html>\n"


def _metrics(began: str, sentence: str) -> str:
    del began
    return f"# {sentence}\n"


def _nagios(began: str, sentence: str) -> str:
    del began
    return f"BASELINE UNKNOWN - {sentence}\n"


def _ansible(began: str, sentence: str) -> str:
    del began
    from baseline.reports.ansible_facts import unfinished

    return unfinished(sentence)


def _xlsx(began: str, sentence: str) -> bytes:
    del began
    from openpyxl import Workbook

    book = Workbook()
    book["Sheet"]["A1"] = sentence
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_DOCUMENTS: Mapping[str, Callable[[str, str], str | bytes]] = {
    "text": _text,
    "html": _html,
    "markdown": _text,
    "csv": _text,
    "json": _json,
    "junit": _junit,
    "prometheus": _metrics,
    "nagios": _nagios,
    "oscal": _json,
    "oscal-poam": _json,
    "hdf": _json,
    "ansible-facts": _ansible,
    "xlsx": _xlsx,
}
