"""The disk is full, read-only or immutable, sudo is refused."""

from __future__ import annotations

from baseline.lab import faults
from tests.faults import moments, site
from tests.faults.case import Case, applied, no_apply, refused, rolled_back, unknown
from tests.faults.deeds import both, kill, lost, on, root, wait
from tests.faults.host import STATE, Deed
from tests.faults.wire import BEGIN, CONFIRM, LOOK_AGAIN, Event

_FULL, _UNFILL = on(faults.fill), (on(faults.unfill),)
_NO_INODES, _INODES = on(faults.inodes), (on(faults.restore_inodes),)


def _no_room(short: str, fault: str, fill: Deed, mend: tuple[Deed, ...]) -> tuple[Case, ...]:
    return (
        refused(
            f"{short}-before-upload",
            fault,
            "before the upload",
            "No space left",
            Event(BEGIN, before=fill),
            restored=True,
            mend=mend,
        ),
        refused(
            f"{short}-upload",
            fault,
            "during the upload",
            "No space left",
            Event(BEGIN, gate=moments.UPLOAD, meanwhile=fill),
            restored=True,
            mend=mend,
        ),
        refused(
            f"{short}-staging",
            fault,
            "while files are staged",
            "stage: (.* cannot be|no directory for)",
            Event(BEGIN, gate=moments.STAGE, meanwhile=fill),
            mend=mend,
        ),
        refused(
            f"{short}-backup",
            fault,
            "during the backup",
            "no backup could be made|cannot be armed|journal",
            Event(BEGIN, gate=moments.BACKUP, meanwhile=fill),
            mend=mend,
        ),
        rolled_back(
            f"{short}-killed",
            f"{fault}, the apply killed",
            "when one of five files is in place",
            "sent no reply",
            Event(BEGIN, gate=moments.SECOND_RENAME, meanwhile=both(fill, kill)),
            mend=mend,
            leaves=(r"^/run/baseline\.\w{10}$",),
        ),
        applied(
            f"{short}-reloading",
            fault,
            "during the reloads",
            "verified and confirmed",
            Event(BEGIN, gate=moments.RELOAD, meanwhile=fill),
            mend=mend,
        ),
        applied(
            f"{short}-deciding",
            fault,
            "just before the confirmation is written down",
            "verified and confirmed",
            Event(CONFIRM, gate=moments.DECIDE, meanwhile=fill),
            mend=mend,
        ),
        rolled_back(
            f"{short}-restoring",
            fault,
            "after the reloads, the second look lost",
            "could not be verified",
            Event(LOOK_AGAIN, before=fill, reply=lost),
            mend=mend,
        ),
    )


DISK = (
    *_no_room("full", "disk full", _FULL, _UNFILL),
    *_no_room("inodes", "no inodes left", _NO_INODES, _INODES),
    rolled_back(
        "inodes-acting",
        "no inodes left",
        "during an action that makes a file",
        "make the mark: .*No space left",
        Event(BEGIN, gate=moments.ACT, meanwhile=_NO_INODES),
        mend=_INODES,
    ),
)

_READ_ONLY = "directory read-only"
_POSTFIX_RO, _POSTFIX_RW = on(faults.read_only, "/etc/postfix"), on(faults.writable, "/etc/postfix")
_STATE_RO, _STATE_RW = on(faults.read_only, STATE), on(faults.writable, STATE)
_IMMUTABLE, _MUTABLE = on(faults.immutable, site.CHANGED), on(faults.mutable, site.CHANGED)

WRITING = (
    refused(
        "read-only-before",
        f"{_READ_ONLY}: /etc/postfix",
        "before the upload",
        "master.cf.* cannot be made",
        Event(BEGIN, before=_POSTFIX_RO),
        mend=(_POSTFIX_RW,),
    ),
    refused(
        "read-only-validating",
        f"{_READ_ONLY}: /etc/postfix",
        "while the checkers run, until after the report; what was staged is taken away by the dead-man",
        "no backup could be made",
        Event(BEGIN, gate=moments.VALIDATE, meanwhile=_POSTFIX_RO),
        then=(_POSTFIX_RW,),
        confirm_within=4,
        short_limits=True,
    ),
    rolled_back(
        "read-only-first-rename",
        f"{_READ_ONLY}: /etc/postfix",
        "before the first file is in place, until after the report",
        "master.cf cannot be replaced",
        Event(BEGIN, gate=moments.FIRST_RENAME, meanwhile=_POSTFIX_RO),
        then=(_POSTFIX_RW,),
        confirm_within=4,
        short_limits=True,
    ),
    rolled_back(
        "read-only-applied",
        f"{_READ_ONLY}: /etc/postfix",
        "after the reloads; the host cannot go back until it is writable again, and tries until then",
        "NOT wholly restored: /etc/postfix/master.cf",
        Event(LOOK_AGAIN, before=_POSTFIX_RO, reply=lost),
        then=(wait(3), _POSTFIX_RW),
        restored=False,
        confirm_within=4,
        short_limits=True,
    ),
    rolled_back(
        "read-only-journal-restoring",
        f"{_READ_ONLY}: {STATE}",
        "after the reloads; the host cannot go back until it is writable again, and tries until then",
        "NOT wholly restored",
        Event(LOOK_AGAIN, before=_STATE_RO, reply=lost),
        then=(wait(6), _STATE_RW),
        restored=False,
        confirm_within=4,
        short_limits=True,
    ),
    rolled_back(
        "read-only-journal-deciding",
        f"{_READ_ONLY}: {STATE}",
        "before the confirmation, until after the report",
        "the confirmation came too late: .*NOT wholly restored",
        Event(CONFIRM, before=_STATE_RO),
        then=(_STATE_RW,),
        restored=False,
        confirm_within=5,
        short_limits=True,
    ),
    rolled_back(
        "immutable-applied",
        "immutable file",
        "after the reloads; the host cannot go back until it is not any more, and tries until then",
        f"NOT wholly restored: {site.CHANGED}",
        Event(LOOK_AGAIN, before=_IMMUTABLE, reply=lost),
        then=(wait(3), _MUTABLE),
        restored=False,
        confirm_within=4,
        short_limits=True,
    ),
    refused(
        "read-only-journal-before",
        f"{_READ_ONLY}: {STATE}",
        "before the upload",
        "Read-only file system",
        Event(BEGIN, before=both(root(f"mkdir -p {STATE}"), _STATE_RO)),
        restored=True,
        mend=(_STATE_RW,),
    ),
    rolled_back(
        "immutable-second-rename",
        "immutable file",
        "when one of five files is in place",
        f"{site.CHANGED} cannot be replaced",
        Event(BEGIN, gate=moments.SECOND_RENAME, meanwhile=_IMMUTABLE),
        # Its former self beside it cannot be taken away either, until then.
        then=(wait(3), _MUTABLE),
        mend=(_MUTABLE,),
        confirm_within=4,
        short_limits=True,
    ),
    rolled_back(
        "immutable-before",
        "immutable file",
        "before the upload",
        f"{site.CHANGED} cannot be replaced",
        Event(BEGIN, before=_IMMUTABLE),
        mend=(_MUTABLE,),
    ),
)

_NO_SUDO = root("mv /etc/sudoers.d/ops /root/sudoers-ops")
_SUDO = (root("[ ! -e /root/sudoers-ops ] || mv /root/sudoers-ops /etc/sudoers.d/ops"),)

SUDO = (
    no_apply(
        "sudo-look",
        "sudo refused from then on",
        "before the first look",
        "sudo was refused",
        given=(_NO_SUDO,),
        mend=_SUDO,
    ),
    *(
        unknown(
            f"sudo-{name}",
            "sudo refused from then on",
            moment,
            "could not be told to restore .sudo was refused",
            Event(exchange, before=_NO_SUDO),
            confirm_within=4,
            mend=_SUDO,
        )
        for name, moment, exchange in (
            ("before-upload", "before the upload", BEGIN),
            ("before-second-look", "before the second look", LOOK_AGAIN),
            ("before-confirm", "before the confirmation", CONFIRM),
        )
    ),
    unknown(
        "sudo-acting",
        "sudo refused from then on",
        "during an action; what runs goes on",
        "could not be told to restore .sudo was refused",
        Event(BEGIN, gate=moments.ACT, meanwhile=_NO_SUDO),
        confirm_within=4,
        mend=_SUDO,
    ),
)
