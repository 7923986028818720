"""Kind `resolver_health` beyond its cases: what its script makes of answers that come late."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from baseline.shell import script

_DIG = """#!/bin/sh
echo asked >>"$0.log"
n=$(wc -l <"$0.log")
took=$(echo "$TOOK" | cut -d' ' -f"$n")
[ "$took" != - ] || { echo ';; connection timed out; no servers could be reached'; exit 9; }
printf ';; status: NOERROR\\n;; flags: qr rd ra;\\n;; Query time: %s msec\\n' "$took"
"""
_SED = """#!/bin/sh
case $* in *resolv.conf) echo 127.0.0.1 ;; *) exec /bin/sed "$@" ;; esac
"""


def _asked(place: Path, took: str) -> tuple[str, int]:
    """The time that the script tells when answers take so many ms one after the other, and how many it asked for."""
    for name, text in {"dig": _DIG, "sed": _SED}.items():
        (place / name).write_text(text)
        (place / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script("baseline.kinds", "resolver_health", asked="a.test MX", most="200")],
        env={"PATH": f"{place}:/usr/bin:/bin", "TOOK": took},
        capture_output=True,
        text=True,
        check=True,
    )
    told = re.findall(r"Query time: (\d+) msec|(timed out)", done.stdout)
    assert len(told) == 1, done.stdout
    return "".join(told[0]), len((place / "dig.log").read_text().splitlines())


@pytest.mark.parametrize(
    ("took", "told", "asked"),
    [
        ("900 200", "200", 2),
        ("900 201 3", "3", 3),
        ("1 300 300 300 199", "199", 5),
        ("1 300 301 302 303", "303", 5),
        ("1 300 - -", "300", 3),
        ("1 -", "timed out", 2),
    ],
    ids=["quick enough", "once slow", "slow thrice", "slow always", "silent after it was slow", "silent"],
)
def test_an_answer_that_was_slow_is_asked_for_again(tmp_path: Path, took: str, told: str, asked: int) -> None:
    assert _asked(tmp_path, took) == (told, asked)
