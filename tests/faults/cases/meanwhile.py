"""What others do meanwhile: administrators, a second controller, and the clock."""

from __future__ import annotations

from tests.faults import moments, site
from tests.faults.case import Case, applied, refused, rolled_back
from tests.faults.controllers import at_once
from tests.faults.deeds import both, clock, put, root, second_apply, until_restored, until_restoring, wait
from tests.faults.host import STATE, Deed
from tests.faults.wire import BEGIN, CONFIRM, LOOK_AGAIN, Event


def _edited(name: str, fault: str, command: str, reason: str, *mend: Deed, path: str = site.CHANGED) -> Case:
    return refused(
        name,
        fault,
        "between the look and the plan",
        reason,
        Event(BEGIN, before=root(command)),
        mend=mend,
        edited=(path,),
    )


_PUT_BACK = root(f"rm -rf {site.CHANGED} && cp -a /root/kept/site/changed {site.CHANGED}")

EDITS = (
    _edited(
        "edited-changed",
        "file changed by an administrator",
        f"echo by-hand >{site.CHANGED}",
        "has changed since the plan was made",
    ),
    _edited(
        "edited-deleted",
        "file deleted by an administrator",
        f"rm {site.CHANGED}",
        "has changed since the plan was made",
        _PUT_BACK,
    ),
    _edited(
        "edited-link",
        "file replaced by a symbolic link",
        f"mv {site.CHANGED} /root/elsewhere && ln -s /root/elsewhere {site.CHANGED}",
        "is a symbolic link",
        _PUT_BACK,
        root("rm -f /root/elsewhere"),
    ),
    _edited(
        "edited-parent-link",
        "directory replaced by a symbolic link",
        "mv /etc/site /etc/site.real && ln -s site.real /etc/site",
        "a directory above /etc/site/changed is a symbolic link",
        root("[ ! -L /etc/site ] || { rm /etc/site && mv /etc/site.real /etc/site; }"),
    ),
    _edited(
        "edited-parent-open",
        "directory writable by everybody",
        "chmod 0777 /etc/site",
        "writable by others",
        root("chmod 0755 /etc/site"),
    ),
    _edited(
        "owner-missing",
        "group that shall own a file is gone",
        "groupmod -n nobodys ops",
        "root:ops, who shall own /etc/site/changed, is not known",
        root("! getent group nobodys || groupmod -n ops nobodys"),
    ),
    refused(
        "edited-staged",
        "file changed by an administrator",
        "while the checkers run",
        "a file has changed meanwhile",
        Event(BEGIN, gate=moments.VALIDATE, meanwhile=root(f"echo by-hand >{site.CHANGED}")),
        edited=(site.CHANGED,),
    ),
    rolled_back(
        "edited-applied",
        "applied file changed by somebody",
        "before the second look",
        f"{site.CHANGED} is not what the plan wrote",
        Event(LOOK_AGAIN, before=root(f"echo by-hand >{site.CHANGED}")),
    ),
)

_HELD = "another apply holds this host: WHO, until TIME"

TWO = (
    applied("two-at-once", "two controllers", "both begin at once", "verified", controller=at_once),
    *(
        applied(
            f"two-{name}",
            "two controllers",
            f"the second comes {moment}; it is refused",
            "verified and confirmed",
            Event(BEGIN, gate=gate, meanwhile=second_apply("refused", _HELD)),
        )
        for name, moment, gate in (
            ("staging", "while files are staged", moments.STAGE),
            ("acting", "during an action", moments.ACT),
        )
    ),
    applied(
        "two-waiting",
        "two controllers",
        "the second comes before the second look; it finds nothing to do",
        "verified and confirmed",
        Event(LOOK_AGAIN, before=second_apply("nothing", "nothing to do")),
    ),
)

_DAY = 86_400

CLOCK = (
    *(
        applied(f"clock-{name}", f"clock jumps a day {way}", moment, "verified and confirmed", event)
        for name, way, moment, event in (
            ("ahead-begin", "ahead", "before the upload", Event(BEGIN, before=clock(_DAY))),
            ("back-begin", "back", "before the upload", Event(BEGIN, before=clock(-_DAY))),
            ("ahead-acting", "ahead", "during an action", Event(BEGIN, gate=moments.ACT, meanwhile=clock(_DAY))),
            ("back-acting", "back", "during an action", Event(BEGIN, gate=moments.ACT, meanwhile=clock(-_DAY))),
            ("ahead-confirm", "ahead", "before the confirmation", Event(CONFIRM, before=clock(_DAY))),
            ("back-confirm", "back", "before the confirmation", Event(CONFIRM, before=clock(-_DAY))),
        )
    ),
    *(
        rolled_back(
            f"clock-{name}-dead-man",
            f"clock jumps a day {way}",
            "after the reloads, and no confirmation comes in time",
            "is not what the plan wrote",
            Event(LOOK_AGAIN, before=both(clock(seconds), until_restored)),
            confirm_within=3,
        )
        for name, way, seconds in (("ahead", "ahead", _DAY), ("back", "back", -_DAY))
    ),
)

_LATE = "the confirmation came too late"

RACES = (
    rolled_back(
        "dead-man-first",
        "the dead-man and the confirmation at once",
        "the dead-man has begun to restore",
        _LATE,
        Event(LOOK_AGAIN, gate=moments.PUT_BACK, meanwhile=wait(2)),
        Event(CONFIRM, before=lambda host: host.reached()),
        confirm_within=4,
    ),
    rolled_back(
        "dead-man-done",
        "confirmation after the deadline",
        "the dead-man is done",
        _LATE,
        Event(CONFIRM, before=until_restored),
        confirm_within=4,
    ),
    applied(
        "confirmation-first",
        "the dead-man and the confirmation at once",
        "the confirmation is about to be written down when the time is up",
        "verified and confirmed",
        Event(CONFIRM, gate=moments.DECIDE, meanwhile=until_restoring),
        confirm_within=5,
        past_deadline=True,
    ),
    applied(
        "confirmation-decided",
        "the dead-man and the confirmation at once",
        "the confirmation is written down when the time is up",
        "verified and confirmed",
        Event(CONFIRM, gate=moments.DECIDED, meanwhile=until_restoring),
        confirm_within=5,
        past_deadline=True,
    ),
    rolled_back(
        "dead-man-during-apply",
        "an apply that takes longer than its time to be confirmed",
        "during an action",
        "is not what the plan wrote|too late|could not be verified",
        Event(BEGIN, gate=moments.ACT, meanwhile=until_restoring),
        confirm_within=3,
    ),
)

_LOCK = f"{STATE}/lock"
_SOME = "20200101T000000Z-00000000"
_OLD_LOCKS = (
    ("rubbish", "lock that is rubbish", "\x00\xff"),
    ("empty", "lock that is empty", ""),
    ("expired", "lock of a transaction that is gone, expired", f"{_SOME}\t1577836800\tana@desk\n"),
    ("future", "lock of a transaction that is gone, with a time far ahead", f"{_SOME}\t4102444800\tana@desk\n"),
)

LOCKS = tuple(
    applied(f"lock-{name}", fault, "before the first look", "verified and confirmed", given=(put(_LOCK, text),))
    for name, fault, text in _OLD_LOCKS
)
