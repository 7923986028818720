"""Replies that no honest host sends. What was asked was done all the same, unless said otherwise."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.case import Case, applied, no_apply, refused, rolled_back
from tests.faults.deeds import binary, followed_by, halved, instead, lost, other_number, other_token, success, twice
from tests.faults.wire import BEGIN, CONFIRM, LAST_LOOK, LOOK, LOOK_AGAIN, RESTORE, Event

_REPLIES = (
    ("halved", "reply cut in half", Event(0, reply=halved)),
    ("empty", "empty reply", Event(0, reply=lambda script, reply: b"")),
    ("binary", "binary reply", Event(0, reply=binary)),
    ("token", "reply with another exchange's token", Event(0, reply=other_token)),
    ("number", "frames with wrong numbers", Event(0, reply=other_number)),
    ("twice", "forged frames added", Event(0, reply=twice)),
    ("endless", "endless reply", Event(0, request=followed_by(b"cat /dev/zero\n"))),
)


def _all() -> tuple[Case, ...]:
    cases = []
    for name, fault, event in _REPLIES:
        at = [replace(event, exchange=number) for number in (LOOK, BEGIN, LOOK_AGAIN, CONFIRM)]
        cases += [
            no_apply(f"reply-{name}-look", fault, "to the first look", "repl", at[0]),
            rolled_back(f"reply-{name}-begin", fault, "to the plan", "did not report back: .*repl", at[1]),
            rolled_back(f"reply-{name}-again", fault, "to the second look", "could not be verified: .*repl", at[2]),
            applied(f"reply-{name}-confirm", fault, "to the confirmation", "applied and confirmed, although", at[3]),
        ]
    return tuple(cases)


ON_THE_WAY_BACK = tuple(
    rolled_back(
        f"reply-{name}-{short}",
        fault,
        moment,
        reason,
        Event(LOOK_AGAIN, reply=lost),
        replace(event, exchange=number),
        restored=restored,
    )
    for name, fault, event in _REPLIES
    for short, moment, number, reason, restored in (
        ("restore", "to the word to restore; it is asked again", RESTORE, "the host is as it was", True),
        ("last-look", "to the look that verifies the restoration", LAST_LOOK, "could not be verified: .*repl", False),
    )
    if name in ("halved", "binary", "token", "endless")
)

LIES = (
    refused(
        "reply-lie-begin",
        "a reply that says it was done, and nothing was",
        "to the plan",
        "is not what the plan wrote; the host is as it was",
        Event(BEGIN, request=instead(b""), reply=success(b"waiting for confirmation")),
        restored=True,
    ),
    rolled_back(
        "reply-rubbish-code",
        "an exit code that the host's side never gives",
        "to the plan",
        "did not report back: the transaction ended with exit code 7",
        Event(BEGIN, reply=lambda script, reply: success(b"")(script, reply).replace(b" 0 0 0 0\n", b" 0 7 0 0\n")),
    ),
)

CASES = (*_all(), *ON_THE_WAY_BACK, *LIES)
