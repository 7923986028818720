"""The message that alerts make: plain words, bounded, without secrets and without anything that steers. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from baseline.alerting.deciding import Alert
from baseline.classes import dataclass
from baseline.languages import ENGLISH
from baseline.reports.hiding import hidden
from baseline.reports.words import count, one_line
from baseline.secret import scrubbed

SCHEMA = "baseline.alert/1"

MOST_ALERTS, MOST_OTHERS, MOST_CHARACTERS = 40, 20, 400
"""Alerts of a message, things told along with one, and characters of a line: what is beyond is counted, or cut."""

_CAUSES = {
    "apply": "an apply or rollback of yours",
    "by hand": "changed by hand",
    "package": "another version of a package",
    "upgrade": "the upgrade to another release",
    "baseline": "another version of the baseline",
    "outside": "outside of the host",
}
_KINDS = {
    "note": "about the run",
    "checks missed": "checks did not happen",
    "alerts begin": "alerts begin",
    "test": "a test",
    "failed to run": "the check could not be made",
    "channel failed": "a channel did not take the alerts",
}


@dataclass(frozen=True)
class Message:
    """What goes over a channel once. `id` is the same however often it is sent. `document` is the JSON of it."""

    id: str
    subject: str
    text: str
    document: dict[str, Any]

    def json(self) -> str:
        """The document, on one line of ASCII: nothing that a host said can end it."""
        return json.dumps(self.document)

    def to_dict(self) -> dict[str, Any]:
        """The message as JSON carries it."""
        return {"id": self.id, "subject": self.subject, "text": self.text, "document": self.document}

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Message:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(document["id"], document["subject"], document["text"], document["document"])


@dataclass(frozen=True)
class Letterhead:
    """What a message says of its run: the id, when it was made (ISO 8601 in UTC), and on which `controller`.

    `mark` goes behind the id of the run, where that has a second message.
    """

    run: str
    created: str
    controller: str
    exit_code: int | None = None
    mark: str = ""


def message(about: Letterhead, alerts: Sequence[Alert], lost: int = 0) -> Message:
    """The message of a run. `lost` says how many earlier ones could not be delivered and are not kept any more."""
    cleaned = [_cleaned(one) for one in alerts]
    groups = [list(some) for _, some in groupby(sorted(cleaned, key=_order), key=_group)]
    subject = clean(f"[baseline] {about.controller}: {_subject(groups)}", 150)
    shown, beyond = groups[:MOST_ALERTS], groups[MOST_ALERTS:]
    paragraphs = ["\n".join(_paragraph(some)) for some in shown]
    if beyond:
        number = sum(map(len, beyond))
        paragraphs.append(f"And {count(number, 'more alert')}: `baseline changes` lists all that changed.")
    if lost:
        paragraphs.append(f"{count(lost, 'earlier message')} could not be delivered here and was given up.")
    paragraphs.append(f"Run {clean(about.run)} on {clean(about.controller)}; `baseline history show` has its report.")
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "id": f"{about.run}{about.mark}",
        "run": about.run,
        "created": about.created,
        "controller": clean(about.controller),
        "exit_code": about.exit_code,
        "subject": subject,
        "alerts": [_document(one) for some in shown for one in some[:MOST_ALERTS]],
        "more": sum(map(len, beyond)) + sum(len(some[MOST_ALERTS:]) for some in shown),
        "lost": lost,
    }
    return Message(document["id"], subject, "\n\n".join(paragraphs) + "\n", document)


def clean(text: str, most: int = MOST_CHARACTERS) -> str:
    """Text from anywhere as a line that may go out: nothing secret, nothing that steers, not too long."""
    line = one_line(hidden(scrubbed(text.replace("\n", " ").replace("\r", " "))))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _cleaned(one: Alert) -> Alert:
    words = {name: clean(value) for name, value in one.__dict__.items() if isinstance(value, str)}
    return replace(one, **words, others=tuple(map(clean, one.others)))


def _document(one: Alert) -> dict[str, Any]:
    others = one.others[:MOST_OTHERS]
    return {
        **{("class" if name == "kind" else name): value for name, value in one.__dict__.items()},
        "others": [*others],
        "other_number": len(one.others),
        "todo": _todo(one),
    }


_WORST_FIRST = (
    "failed to run",
    "alerts begin",
    "checks missed",
    "note",
    "not reached",
    "newly failing",
    "newly drifted",
    "failing otherwise",
    "flapping",
    "newly unknown",
)


def _group(one: Alert) -> tuple[str, ...]:
    """What of several hosts is told in one paragraph: the same happened to the same control, by the same cause."""
    return (one.kind, one.control, one.title, one.cause, one.because) if one.control else (one.kind, one.host, str(one))


def _order(one: Alert) -> tuple[Any, ...]:
    rank = _WORST_FIRST.index(one.kind) if one.kind in _WORST_FIRST else len(_WORST_FIRST)
    return rank, _group(one), one.host


def _subject(groups: Sequence[Sequence[Alert]]) -> str:
    if len(groups) == 1:
        one = groups[0][0]
        where = one.host if len(groups[0]) == 1 else count(len(groups[0]), "host")
        what = one.control or (one.title if one.title not in ("the host", "") else "")
        return " ".join(part for part in (where, what, _KINDS.get(one.kind, one.kind)) if part)
    numbers: dict[str, int] = {}
    for some in groups:
        numbers[some[0].kind] = numbers.get(some[0].kind, 0) + len(some)
    return ", ".join(f"{number} {_KINDS.get(kind, kind)}" for kind, number in numbers.items())


def _paragraph(some: Sequence[Alert]) -> Iterator[str]:
    """One thing that happened, on one host or on several: what, where, since when, the cause, and what to do."""
    one = some[0]
    hosts = [each.host for each in some if each.host]
    where = ENGLISH.all_of(hosts) if len(hosts) <= 5 else f"{', '.join(hosts[:5])} and {len(hosts) - 5} more"
    about = "  ".join(part for part in (one.control, one.title if one.title != "the host" else "") if part)
    head = _KINDS.get(one.kind, one.kind)
    yield clean(": ".join(part for part in (head.upper() if head == one.kind else head, where, about) if part))
    if one.kind == "release upgraded":
        yield f"  {one.before} → {one.now}"
    if one.detail:
        yield f"  {one.detail}"
    yield from (f"  - {other}" for other in one.others[:MOST_OTHERS])
    if len(one.others) > MOST_OTHERS:
        yield f"  - and {len(one.others) - MOST_OTHERS} more"
    if one.since:
        yield f"  since: {one.since.replace('T', ' ').removesuffix('Z')} UTC" + (
            f"; was {one.before}" if one.control and one.before else ""
        )
    if one.control:
        cause = _CAUSES.get(one.cause, "not known")
        yield f"  cause: {cause}{f': {one.because}' if one.because else ''}"
    if todo := _todo(one):
        yield f"  to do: {todo}"


def _todo(one: Alert) -> str:
    """What to do about it."""
    control = one.control.partition(" ")[0]
    # A control that has a subject is about a domain, whose name no --limit takes.
    on = f"-l {shlex.quote(one.host)} " if control == one.control else ""
    match one.kind:
        case "newly failing" | "failing otherwise" if control:
            more = one.advice or f"`baseline explain {control}` says why it matters"
            return clean(f"`baseline plan {on}-c {control}` shows what an apply would change; {more}")
        case "newly failing" | "newly drifted" | "failing otherwise":
            return f"`baseline plan -l {shlex.quote(one.host)}` shows what an apply would change; see `baseline check`"
        case "newly unknown":
            return f"`baseline check {on}-c {control} -v` says what could not be asked"
        case "not reached":
            return "see whether the host runs, and whether the account of the schedule may still log in"
        case "flapping":
            return f"`baseline history --host {shlex.quote(one.host)} --control {control}` tells when it turned"
        case "checks missed":
            return "`baseline schedule status` on the controller says whether the schedule runs"
        case "waiver expiring" | "waiver expired":
            return "have it mended, or the waiver decided anew: an expired one counts no more"
        case "channel failed":
            return "mend it; `baseline schedule test` sends one message on each channel"
        case "failed to run":
            return "mend the file that is named, then run the check by hand"
        case _:
            return ""
