"""What an earlier apply left: found, and finished or undone, by the next one."""

from __future__ import annotations

from tests.faults import moments
from tests.faults.case import AS_PLANNED, Case, applied, refused, rolled_back
from tests.faults.cases.connection import TEMP
from tests.faults.deeds import journal, leave_behind, root
from tests.faults.host import STATE, Deed
from tests.faults.wire import BEGIN, CONFIRM

_NO_DEAD_MAN = root(
    "for timer in /etc/systemd/system/baseline-revert-*.timer; do [ ! -e $timer ] || systemctl -q disable --now "
    "${timer##*/}; done; rm -f /etc/systemd/system/baseline-revert-*; systemctl daemon-reload"
)
"""A host on which the dead-man cannot come, so that the next contact has to do its work."""

LEFT = (
    *(
        applied(
            f"left-{name}",
            "journal of an apply that died, its dead-man lost",
            f"it died {moment}",
            "verified and confirmed",
            given=(leave_behind(exchange, gate), _NO_DEAD_MAN),
            leaves=TEMP,
        )
        for name, moment, exchange, gate in (
            ("staging", "while files were staged", BEGIN, moments.STAGE),
            ("arming", "while the dead-man was armed", BEGIN, moments.ARM),
        )
    ),
    *(
        rolled_back(
            f"left-{name}",
            "journal of an apply that died, its dead-man lost",
            f"it died {moment}; it is undone first, and a plan made from what it had left does not hold",
            "FLT-01 became fail.*; before, transaction ID was left unfinished: restored",
            given=(leave_behind(exchange, gate), _NO_DEAD_MAN),
            leaves=TEMP,
        )
        for name, moment, exchange, gate in (
            ("second-rename", "when one of five files was in place", BEGIN, moments.SECOND_RENAME),
            ("acting", "during an action", BEGIN, moments.ACT),
        )
    ),
    Case(
        "left-decided",
        "journal of an apply that died, its dead-man lost",
        "it died when the confirmation was written down",
        "nothing",
        0,
        "nothing to do",
        AS_PLANNED,
        given=(leave_behind(CONFIRM, moments.DECIDED), _NO_DEAD_MAN, journal("rm -f armed")),
        leaves=TEMP,
    ),
)


_BY_HAND = f"""\
rm -rf {STATE}/tx/*
find /etc {STATE} -path '*/.*.baseline-*' -delete
rmdir /etc/site/made/here /etc/site/made
"""


def _broken(name: str, what: str, damage: Deed, reason: str) -> Case:
    return refused(
        f"journal-{name}",
        f"broken journal: {what}",
        "before the first look",
        reason,
        given=(leave_behind(BEGIN, moments.FIRST_RENAME), _NO_DEAD_MAN, damage),
        mend=(root(_BY_HAND),),
        edited=("/etc/site/made", "/etc/site/made/here"),
        leaves=(*TEMP, r"/\.[^/]*\.baseline-", "/armed$", "/lock$"),
    )


BROKEN = (
    _broken("no-script", "its script is gone", journal("rm host.sh"), "could not be restored: look at"),
    _broken("odd-state", "its state is no word of ours", journal("echo xyz >state"), "look at .*/tx/ID"),
    _broken("no-word", "its state is empty", journal("true >state"), "look at .*/tx/ID"),
    _broken("broken", "its restoration had failed", journal("echo broken >state; rm -rf old"), "not wholly restored"),
)
