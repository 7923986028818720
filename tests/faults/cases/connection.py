"""The connection is cut, the controller dies, the network or sshd is gone."""

from __future__ import annotations

from typing import Any

from baseline.lab import faults
from tests.faults import moments
from tests.faults.case import AS_BEFORE, AS_PLANNED, applied, no_apply, no_report, refused, rolled_back, unknown
from tests.faults.controllers import killed_at
from tests.faults.deeds import both, cut, first, lost, on, until_restored, wait
from tests.faults.wire import BEGIN, CONFIRM, LAST_LOOK, LOOK, LOOK_AGAIN, RESTORE, Event

TEMP = (r"^/run/baseline\.\w{10}$",)
"""What a shell that is killed by its session's end leaves; the host clears it at its next start."""

CUT = "connection cut"
_CONFIRMED = "applied and confirmed, although the apply could not be verified"

CONNECTION = (
    no_apply("cut-look", CUT, "before the first look", "broke", Event(LOOK, reply=lost)),
    refused(
        "cut-before-upload",
        CUT,
        "before the upload",
        "did not report back.*; the host is as it was",
        Event(BEGIN, before=cut),
        restored=True,
    ),
    *(
        refused(
            f"cut-upload-{share}",
            CUT,
            f"when {share} % of the upload have arrived",
            "sent no reply.*; the host is as it was",
            Event(BEGIN, request=first(share / 100)),
            restored=True,
        )
        for share in (1, 50, 99)
    ),
    *(
        rolled_back(
            f"cut-{name}",
            CUT,
            moment,
            "did not report back.*; the host is as it was",
            Event(BEGIN, gate=gate, meanwhile=cut),
            leaves=TEMP,
        )
        for name, moment, gate in (
            ("staging", "while files are staged", moments.STAGE),
            ("validating", "while the checkers run", moments.VALIDATE),
            ("first-rename", "before the first file is in place", moments.FIRST_RENAME),
            ("second-rename", "when one of five files is in place", moments.SECOND_RENAME),
            ("acting", "during an action", moments.ACT),
            ("reloading", "during the reloads", moments.RELOAD),
            ("applied", "after the reloads", moments.APPLIED),
        )
    ),
    rolled_back(
        "cut-before-second-look", CUT, "before the second look", "could not be verified", Event(LOOK_AGAIN, before=cut)
    ),
    rolled_back("cut-second-look", CUT, "in the second look", "could not be verified", Event(LOOK_AGAIN, reply=lost)),
    rolled_back(
        "cut-before-confirm", CUT, "before the confirmation", "could not be verified", Event(CONFIRM, before=cut)
    ),
    rolled_back(
        "cut-confirm",
        CUT,
        "while the confirmation travels",
        "could not be verified",
        Event(CONFIRM, request=first(0.5)),
    ),
    applied(
        "cut-deciding",
        CUT,
        "just before the confirmation is written down",
        _CONFIRMED,
        Event(CONFIRM, gate=moments.DECIDE, meanwhile=cut),
        leaves=TEMP,
    ),
    applied(
        "cut-decided",
        CUT,
        "when the confirmation is written down: only its echo is lost",
        _CONFIRMED,
        Event(CONFIRM, gate=moments.DECIDED, meanwhile=cut),
        leaves=TEMP,
        confirm_within=10,
        past_deadline=True,
    ),
    rolled_back(
        "cut-restore",
        CUT,
        "while the host restores itself as told",
        "could not be verified",
        Event(LOOK_AGAIN, reply=lost),
        Event(RESTORE, gate=moments.PUT_BACK, meanwhile=cut),
        leaves=TEMP,
    ),
    rolled_back(
        "cut-last-look",
        CUT,
        "in the look that verifies the restoration",
        "restored by its own word, which could not be verified",
        Event(LOOK_AGAIN, reply=lost),
        Event(LAST_LOOK, reply=lost),
        restored=False,
    ),
)

KILLED = "controller killed (SIGKILL)"

CONTROLLER = (
    no_report("controller-before-upload", KILLED, "before the upload", AS_BEFORE, killed_at(BEGIN)),
    *(
        no_report(
            f"controller-{name}",
            KILLED,
            moment,
            AS_BEFORE,
            killed_at(BEGIN, gate),
            confirm_within=3,
            leaves=TEMP,
            # The upload goes on for a moment, and looks as if nothing were going on.
            past_deadline=name == "upload",
        )
        for name, moment, gate in (
            ("upload", "during the upload", moments.UPLOAD),
            ("staging", "while files are staged", moments.STAGE),
            ("validating", "while the checkers run", moments.VALIDATE),
            ("first-rename", "before the first file is in place", moments.FIRST_RENAME),
            ("second-rename", "when one of five files is in place", moments.SECOND_RENAME),
            ("acting", "during an action", moments.ACT),
            ("reloading", "during the reloads", moments.RELOAD),
            ("applied", "after the reloads", moments.APPLIED),
        )
    ),
    no_report(
        "controller-before-second-look",
        KILLED,
        "before the second look",
        AS_BEFORE,
        killed_at(LOOK_AGAIN),
        confirm_within=3,
    ),
    no_report(
        "controller-before-confirm", KILLED, "before the confirmation", AS_BEFORE, killed_at(CONFIRM), confirm_within=4
    ),
    no_report(
        "controller-deciding",
        KILLED,
        "just before the confirmation is written down",
        AS_PLANNED,
        killed_at(CONFIRM, moments.DECIDE),
        leaves=TEMP,
    ),
    no_report(
        "controller-decided",
        KILLED,
        "when the confirmation is written down",
        AS_PLANNED,
        killed_at(CONFIRM, moments.DECIDED),
        leaves=TEMP,
    ),
)

_START = (on(faults.start_sshd),)
_GONE = both(on(faults.stop_sshd), cut)
_CANNOT_TELL = "could not be told to restore .* restores itself when no confirmation comes"

_SSHD_GONE: tuple[tuple[str, str, Event, dict[str, Any]], ...] = (
    ("before-upload", "before the upload", Event(BEGIN, before=_GONE), {"mend": _START}),
    *(
        (
            name,
            moment,
            Event(BEGIN, gate=gate, meanwhile=_GONE),
            {"mend": _START, "confirm_within": 4, "leaves": TEMP},
        )
        for name, moment, gate in (
            ("staging", "while files are staged", moments.STAGE),
            ("second-rename", "when one of five files is in place", moments.SECOND_RENAME),
            ("applied", "after the reloads", moments.APPLIED),
        )
    ),
    (
        "before-second-look",
        "before the second look",
        Event(LOOK_AGAIN, before=_GONE),
        {"mend": _START, "confirm_within": 4},
    ),
    (
        "before-confirm",
        "before the confirmation",
        Event(CONFIRM, before=_GONE),
        {"mend": _START, "confirm_within": 5},
    ),
    (
        "decided",
        "when the confirmation is written down",
        Event(CONFIRM, gate=moments.DECIDED, meanwhile=_GONE),
        {"mend": _START, "host": AS_PLANNED, "leaves": TEMP},
    ),
)

SSHD = (
    *(
        applied(
            f"sshd-killed{name}",
            "sshd killed",
            f"{moment}; systemd starts it again",
            "verified and confirmed",
            Event(BEGIN, gate=gate, meanwhile=lambda host: host.kill_listener()),
        )
        for name, moment, gate in (
            ("-staging", "while files are staged", moments.STAGE),
            ("-second-rename", "when one of five files is in place", moments.SECOND_RENAME),
            ("", "during an action", moments.ACT),
            ("-applied", "after the reloads", moments.APPLIED),
        )
    ),
    applied(
        "sshd-stopped-sessions-live",
        "sshd stopped, sessions go on",
        "during an action",
        "verified and confirmed",
        Event(BEGIN, gate=moments.ACT, meanwhile=on(faults.stop_sshd)),
        mend=_START,
    ),
    *(
        unknown(f"sshd-gone-{name}", "sshd and all sessions gone", moment, _CANNOT_TELL, event, **more)
        for name, moment, event, more in _SSHD_GONE
    ),
)

_UP = (on(faults.link_up),)
_THAW = (on(faults.thaw),)

NETWORK = (
    unknown(
        "link-down-before-upload",
        "cable pulled",
        "before the upload, for good",
        _CANNOT_TELL,
        Event(BEGIN, before=on(faults.link_down), lost=True),
        mend=_UP,
        then=_UP,
    ),
    unknown(
        "link-down-second-rename",
        "cable pulled",
        "when one of five files is in place, past the deadline",
        _CANNOT_TELL,
        Event(BEGIN, gate=moments.SECOND_RENAME, meanwhile=on(faults.link_down), lost=True),
        confirm_within=4,
        then=(until_restored, *_UP),
        mend=_UP,
        leaves=TEMP,
    ),
    unknown(
        "link-down-before-confirm",
        "cable pulled",
        "before the confirmation, past the deadline; the controller has to notice by itself",
        _CANNOT_TELL,
        Event(CONFIRM, before=on(faults.link_down)),
        confirm_within=5,
        then=(until_restored, *_UP),
        mend=_UP,
    ),
    applied(
        "link-down-for-a-moment",
        "cable pulled",
        "for two seconds before the confirmation is written down",
        "verified and confirmed",
        Event(
            CONFIRM,
            gate=moments.DECIDE,
            meanwhile=both(on(faults.link_down), wait(2), on(faults.link_up)),
        ),
        mend=_UP,
    ),
    unknown(
        "port-refused",
        "port 22 refused",
        "before the second look, past the deadline",
        _CANNOT_TELL,
        Event(LOOK_AGAIN, before=both(on(faults.refuse), cut)),
        confirm_within=4,
        then=(until_restored, on(faults.unrefuse)),
        mend=(on(faults.unrefuse),),
    ),
    rolled_back(
        "frozen",
        "the host stands still",
        "after the reloads, past the deadline",
        "not what the plan wrote|too late",
        Event(BEGIN, gate=moments.APPLIED, meanwhile=both(on(faults.freeze), wait(6), on(faults.thaw))),
        confirm_within=4,
        mend=_THAW,
    ),
    unknown(
        "host-key-changed",
        "the host shows another key",
        "before the second look",
        _CANNOT_TELL,
        Event(LOOK_AGAIN, before=both(on(faults.new_hostkey), cut)),
        confirm_within=4,
        mend=(on(faults.old_hostkey),),
    ),
)
