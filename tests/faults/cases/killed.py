"""The host's side is killed at work, the host restarts, or its power is cut."""

from __future__ import annotations

from baseline.lab import faults
from tests.faults import moments
from tests.faults.case import AS_PLANNED, applied, refused, rolled_back, unknown
from tests.faults.cases.connection import TEMP
from tests.faults.deeds import both, kill, kill_all, lost, on, power_cut, restart, until_restored
from tests.faults.wire import BEGIN, CONFIRM, LOOK_AGAIN, RESTORE, Event

_NO_REPLY = "did not report back: the host sent no reply"

_BEFORE_ARMED = (
    ("upload", "during the upload", moments.UPLOAD),
    ("staging", "while files are staged", moments.STAGE),
    ("validating", "while the checkers run", moments.VALIDATE),
    ("backup", "during the backup", moments.BACKUP),
)
_ARMED = (
    ("arming", "while the dead-man is armed", moments.ARM),
    ("first-rename", "before the first file is in place", moments.FIRST_RENAME),
    ("second-rename", "when one of five files is in place", moments.SECOND_RENAME),
    ("acting", "during an action", moments.ACT),
    ("reloading", "during the reloads", moments.RELOAD),
    ("applied", "after the reloads", moments.APPLIED),
)

_KILLED = "the apply itself killed (SIGKILL)"

WORK = (
    *(
        refused(
            f"killed-{name}",
            _KILLED,
            moment,
            _NO_REPLY,
            Event(BEGIN, gate=gate, meanwhile=kill),
            restored=True,
            leaves=TEMP,
        )
        for name, moment, gate in _BEFORE_ARMED
    ),
    *(
        rolled_back(f"killed-{name}", _KILLED, moment, _NO_REPLY, Event(BEGIN, gate=gate, meanwhile=kill), leaves=TEMP)
        for name, moment, gate in _ARMED[1:]
    ),
    rolled_back(
        "killed-deciding",
        _KILLED,
        "just before the confirmation is written down",
        "could not be verified: the host sent no reply",
        Event(CONFIRM, gate=moments.DECIDE, meanwhile=kill),
        leaves=TEMP,
    ),
    applied(
        "killed-decided",
        _KILLED,
        "when the confirmation is written down",
        "applied and confirmed, although",
        Event(CONFIRM, gate=moments.DECIDED, meanwhile=kill),
        leaves=TEMP,
    ),
    rolled_back(
        "killed-restoring",
        _KILLED,
        "while the host restores itself as told",
        "could not be verified",
        Event(LOOK_AGAIN, reply=lost),
        Event(RESTORE, gate=moments.PUT_BACK, meanwhile=kill),
        leaves=TEMP,
    ),
    *(
        unknown(
            f"killed-all-{name}",
            "all sessions killed with what runs in them, sshd stopped",
            moment,
            "could not be told to restore",
            Event(BEGIN, gate=gate, meanwhile=both(kill_all, on(faults.stop_sshd))),
            confirm_within=4,
            then=(until_restored,),
            mend=(on(faults.start_sshd),),
            leaves=TEMP,
        )
        for name, moment, gate in (_BEFORE_ARMED[1], *_ARMED[2:4], _ARMED[5])
    ),
)

_CUT = "power cut"

POWER = (
    *(
        refused(
            f"power-{name}",
            _CUT,
            f"{moment}; the host comes back at once",
            "did not report back",
            Event(BEGIN, gate=gate, meanwhile=power_cut, lost=True),
            restored=True,
        )
        for name, moment, gate in _BEFORE_ARMED[1:2]
    ),
    *(
        rolled_back(
            f"power-{name}",
            _CUT,
            f"{moment}; the host comes back at once",
            "did not report back",
            Event(BEGIN, gate=gate, meanwhile=power_cut, lost=True),
        )
        for name, moment, gate in (_ARMED[2],)
    ),
    unknown(
        "power-applied",
        _CUT,
        "after the reloads; the host comes back when the controller has given up",
        "could not be told to restore",
        Event(BEGIN, gate=moments.APPLIED, meanwhile=on(faults.crash), lost=True),
        confirm_within=4,
        then=(on(faults.power_on), until_restored),
    ),
    unknown(
        "power-restoring",
        _CUT,
        "while the host restores itself as told; back when the controller has given up",
        "could not be told to restore",
        Event(LOOK_AGAIN, reply=lost),
        Event(RESTORE, gate=moments.PUT_BACK, meanwhile=on(faults.crash), lost=True),
        confirm_within=4,
        then=(on(faults.power_on), until_restored),
    ),
    unknown(
        "power-decided",
        _CUT,
        "when the confirmation is written down; back when the controller has given up",
        "could not be told to restore",
        Event(CONFIRM, gate=moments.DECIDED, meanwhile=on(faults.crash), lost=True),
        confirm_within=4,
        then=(on(faults.power_on), until_restored),
        host=AS_PLANNED,
    ),
    unknown(
        "reboot-second-rename",
        "the host restarts",
        "when one of five files is in place",
        "could not be told to restore",
        Event(BEGIN, gate=moments.SECOND_RENAME, meanwhile=restart, lost=True),
        confirm_within=4,
        then=(until_restored,),
        mend=(on(faults.unrefuse),),
    ),
    rolled_back(
        "reboot-before-confirm",
        "the host restarts",
        "before the confirmation",
        "could not be verified",
        Event(CONFIRM, before=on(faults.reboot), lost=True),
    ),
)
