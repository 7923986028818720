"""Changes, and what a control was, as text: what one edit brought about is told once."""

from __future__ import annotations

from dataclasses import replace

from baseline.cli.kept import table_of_spans
from baseline.history.reading import KeptSpan
from baseline.model import Change, Changes
from baseline.reports.changes import section
from baseline.reports.lines import printed
from tests.reports.consoles import console

MAIN_CF = "/etc/postfix/main.cf: content changed at line 70"


def test_what_one_edit_by_hand_brought_about_is_one_line() -> None:
    edit = Change("newly drifted", "mx1", "MEL-A-01", title="Mail is filtered", cause="by hand", because=MAIN_CF)
    failing = replace(edit, kind="newly failing", control="MEL-T-03", title="The queue", detail="it is 1000")
    changes = (edit, failing, replace(edit, control="MEL-Q-07"), replace(edit, host="mx2"))
    text = printed(console(100), section(Changes("one", "2026-11-27T03:16:10Z", "two", changes)))
    assert text == (
        "Changes since 2026-11-27 03:16:10 UTC:\n"
        "  newly drifted  mx1  MEL-A-01, MEL-Q-07\n"
        "      by hand: /etc/postfix/main.cf: content changed at line 70\n"
        "  newly failing  mx1  MEL-T-03  The queue\n"
        "      it is 1000\n"
        "      by hand: /etc/postfix/main.cf: content changed at line 70\n"
        "  newly drifted  mx2  MEL-A-01  Mail is filtered\n"
        "      by hand: /etc/postfix/main.cf: content changed at line 70\n"
    )


def test_spans_that_read_alike_are_one_line_and_what_is_waived_says_so() -> None:
    span = KeptSpan(
        host="mx1",
        subject="",
        baseline="ours",
        control="OUR-Q-01",
        outcome="fail",
        drift=True,
        waived=None,
        reason="it is 0h",
        first_run="r5",
        began="2026-11-27T03:05:00Z",
        ended_by="r6",
        ended="2026-11-27T03:06:00Z",
    )
    alike = replace(span, began="2026-11-27T03:06:00Z", ended="2026-11-27T03:07:00Z")
    waived = replace(span, began="2026-11-27T03:07:00Z", ended="", waived="until tomorrow")
    lines = table_of_spans([span, alike, waived], console(100)).splitlines()
    assert lines[1:] == [
        "  2026-11-27 03:05  2026-11-27 03:07  FAIL, drift          it is 0h",
        "  2026-11-27 03:07  still             FAIL, drift, waived  it is 0h",
    ]
