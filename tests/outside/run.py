"""A check of mail domains from outside: `python -m tests.outside.run [DOMAINS] [FORKS]`, in a namespace of its own.

All domains (500 unless told) must be in the report, whatever their servers do, and no server may be asked more than it
would like: the program ends with 1 where that is not so. It prints how many domains a minute that were.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from baseline.probes.turns import CONNECTIONS
from tests.outside.place import inside, why_not

ABOUT_DOMAINS = tuple(f"MEL-D-{number:02}" for number in (1, 4, 5, 7, 8, 9, 10, 11, 12))


def looked(domains: int, forks: int, folder: Path, times: Sequence[float] = ()) -> dict[str, Any]:
    """What a look at so many domains found and cost, and what their servers heard meanwhile."""
    words = [sys.executable, "-m", "tests.outside.look", *map(str, (domains, folder, forks, *times))]
    subprocess.run(inside(words), check=True, cwd=Path(__file__).parents[2])
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return found


def wrong(found: Mapping[str, Any], domains: int) -> Iterator[str]:
    """What should not be: a domain that is not in the report, a question too many, a server that was pressed."""
    for domain in (f"d{number}.gov.test" for number in range(domains)):
        missing = set(ABOUT_DOMAINS) - set(found["outcomes"].get(domain, ()))
        if missing:
            yield f"{domain} has no finding for {', '.join(sorted(missing))}"
    heard = found["heard"]
    for question, number in heard["questions"].items():
        # A question whose answer is late is asked a second time; one that failed, again after a while.
        if number > 2 and question.endswith((" noerror", " nxdomain")):
            yield f"asked {number} times: {question}"
    for server, number in heard["most at once"].items():
        if number > CONNECTIONS.at_once:
            yield f"{server} had {number} connections at once"
    for server, began in heard["began"].items():
        most = most_in_a_minute(began)
        if most > 2 * CONNECTIONS.per_minute + CONNECTIONS.first:
            yield f"{server} had {most} connections in a minute"
    if heard["messages"]:
        yield f"{len(heard['messages'])} messages were sent"


def most_in_a_minute(began: Sequence[float]) -> int:
    """The most of these moments, in seconds, that lie within one minute."""
    moments = sorted(began)
    return max((bisect_right(moments, one + 60) - number for number, one in enumerate(moments)), default=0)


def main(domains: int, forks: int) -> int:
    """Measure and tell."""
    if why := why_not():
        sys.stderr.write(f"{why}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="outside-") as name:
        found = looked(domains, forks, Path(name))
    faults = list(wrong(found, domains))
    told = (*_told(found, domains, forks), *(faults or ["every domain is in the report, and no server was pressed"]))
    sys.stdout.write("".join(f"{line}\n" for line in told))
    return int(bool(faults))


def _told(found: Mapping[str, Any], domains: int, forks: int) -> Iterator[str]:
    """What it took, and what the servers saw of it."""
    heard, seconds, cpu = found["heard"], found["seconds"], found["cpu"]
    questions, began = heard["questions"].values(), heard["began"].values()
    again = sum(number - 1 for number in questions)
    yield f"{domains} domains and {found['hosts']} mail hosts, {forks} at once: {seconds:.1f} s"
    yield f"{60 * domains / seconds:.0f} domains a minute"
    yield f"{cpu:.1f} s of CPU, {1000 * cpu / domains:.0f} ms a domain, at most {found['MiB']:.0f} MiB"
    yield f"the servers took {heard['cpu']:.1f} s of CPU beside it"
    yield f"{sum(questions)} questions to the DNS, {again} of them not for the first time"
    yield f"{sum(map(len, began))} connections to {len(began)} servers"
    yield f"at most {max(heard['most at once'].values())} at once to one server"
    yield f"at most {max(map(most_in_a_minute, began))} in one minute to one server"


if __name__ == "__main__":
    given = [*sys.argv[1:], *("500", "40")[len(sys.argv) - 1 :]]
    sys.exit(main(int(given[0]), int(given[1])))
