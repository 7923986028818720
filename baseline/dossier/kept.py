"""The history in a dossier: its rows and contents as lines of JSON, and what clauses came to in each run."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import accumulate
from typing import Any

from baseline.history.excerpt import Excerpt
from baseline.history.reading import LOOKS
from baseline.model import Obligation, Outcome
from baseline.model.clauses import Judgement, verdicts
from baseline.reports.cells import as_csv
from baseline.signing import MEASUREMENT

LINES = 2000
BYTES = 16 << 20
"""The most contents, and about the most bytes of them, that one file holds."""


def lines(values: Iterable[Any]) -> bytes:
    """Values as JSON, one a line, in ASCII."""
    return "".join(json.dumps(one) + "\n" for one in values).encode()


def history_files(kept: Excerpt) -> dict[str, bytes]:
    """The files of the folder `history`."""
    files = {f"history/{name}.jsonl": lines(getattr(kept, name)) for name in ("runs", "findings", "answers")}
    for number, some in enumerate(_parted(kept.contents), 1):
        files[f"history/contents-{number:04}.jsonl"] = lines(some)
    files["measurements.jsonl"] = lines(_signed(one) for one in kept.measurements)
    return files


def _signed(one: Mapping[str, Any]) -> dict[str, Any]:
    """A measurement as the verifier reads what is signed by itself: `content` is what the signature is of."""
    covered = {"id": f"measurement {one['number']}", "namespace": MEASUREMENT, "measured": one["content"]}
    rest = {name: value for name, value in one.items() if name not in ("content", "covered")}
    return {**covered, **rest, "content": one["covered"]}


def _parted(contents: Mapping[str, bytes]) -> Iterator[list[tuple[str, Any]]]:
    some: list[tuple[str, Any]] = []
    size = 0
    for address, content in contents.items():
        some.append((address, _text(content)))
        size += len(content)
        if len(some) == LINES or size > BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _text(content: bytes) -> Any:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def clauses_of(kept: Excerpt) -> list[dict[str, Any]]:
    """What every clause came to in each run that looked, with and without waivers, in the order of runs."""

    @cache
    def document(address: str) -> Any:
        return json.loads(kept.contents[address])

    @cache
    def judged(definition: str, finding: str, control: str) -> Judgement:
        rule, found = document(definition), document(finding)
        return rule["clause"], control, Outcome(found["outcome"]), Obligation(rule["obligation"]), found["waived"]

    told = []
    waiting = list(reversed(kept.findings))
    now: dict[int, Mapping[str, Any]] = {}
    for run in kept.runs:
        while waiting and waiting[-1]["first"] <= run["number"]:
            one = waiting.pop()
            now[one["series"]] = one
        if run["command"] not in LOOKS or run["pruned"]:
            continue
        seen = [now[number] for number in accumulate(document(run["scope"]))]
        each = dict.fromkeys(judged(one["definition"], one["finding"], one["control"]) for one in seen)
        plainly = [(*one[:4], None) for one in each]
        named = {name: run[name] for name in ("number", "id", "finished", "baseline")}
        came_to = {one.clause: one.verdict for one in verdicts(each)}
        without = {one.clause: one.verdict for one in verdicts(plainly)}
        told.append({**named, "clauses": came_to, "without_waivers": without})
    return told


def clauses_csv(told: Iterable[Mapping[str, Any]]) -> str:
    """The same as a table: a row for each run and clause."""
    rows: list[tuple[Any, ...]] = [("run", "finished", "baseline", "clause", "verdict", "without waivers")]
    for one in told:
        for clause, verdict in one["clauses"].items():
            plainly = one["without_waivers"][clause]
            rows.append((one["number"], one["finished"], one["baseline"], clause, verdict, plainly))
    return as_csv(rows)
