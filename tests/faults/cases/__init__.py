"""All cases of the suite, in the order of the table.

What is here:

- `connection`: The connection is cut, the controller dies, the network or sshd is gone.
- `journals`: What an earlier apply left: found, and finished or undone, by the next one.
- `killed`: The host's side is killed at work, the host restarts, or its power is cut.
- `meanwhile`: What others do meanwhile: administrators, a second controller, and the clock.
- `programs`: A checker, a reload or an action that is missing, fails or hangs.
- `replies`: Replies that no honest host sends. What was asked was done all the same, unless said otherwise.
- `resources`: The disk is full, read-only or immutable, sudo is refused.
"""

from __future__ import annotations

from baseline.lab.releases import RELEASES
from tests.faults.case import Case
from tests.faults.cases import connection, journals, killed, meanwhile, programs, replies, resources

SECTIONS: tuple[tuple[str, tuple[Case, ...]], ...] = (
    ("The connection", connection.CONNECTION),
    ("The controller", connection.CONTROLLER),
    ("sshd", connection.SSHD),
    ("The network, and a host that stands still", connection.NETWORK),
    ("The host's side killed at work", killed.WORK),
    ("Power cuts and restarts", killed.POWER),
    ("Disk full", resources.DISK),
    ("Read-only and immutable", resources.WRITING),
    ("sudo", resources.SUDO),
    ("Checkers", programs.CHECKERS),
    ("Reloads", programs.RELOADS),
    ("Actions", programs.ACTIONS),
    ("Changes by others", meanwhile.EDITS),
    ("Two controllers", meanwhile.TWO),
    ("The clock", meanwhile.CLOCK),
    ("The dead-man and the confirmation", meanwhile.RACES),
    ("Stale locks", meanwhile.LOCKS),
    ("Journals of applies that died", journals.LEFT),
    ("Broken journals", journals.BROKEN),
    ("Replies that no honest host sends", replies.CASES),
)

CASES: tuple[Case, ...] = tuple(case for _, cases in SECTIONS for case in cases)

_INSTEAD = frozenset(
    {
        "cut-second-rename",
        "controller-second-rename",
        "sshd-gone-before-second-look",
        "link-down-for-a-moment",
        "killed-second-rename",
        "killed-all-second-rename",
        "power-second-rename",
        "reboot-before-confirm",
        "full-backup",
        "inodes-backup",
        "read-only-validating",
        "read-only-journal-before",
        "immutable-second-rename",
        "sudo-acting",
        "clock-ahead-acting",
        "clock-back-acting",
        "two-acting",
        "confirmation-first",
        "left-second-rename",
        "reply-halved-begin",
        "reply-empty-confirm",
        "reply-token-confirm",
        "reply-number-confirm",
        "reply-twice-confirm",
        "reply-endless-confirm",
    }
)
"""Of a fault with many moments, the one that says most."""

_VARIANTS = frozenset(
    {
        "action-fails-half-way",
        "dead-man-during-apply",
        "edited-deleted",
        "edited-parent-link",
        "full-killed",
        "inodes-killed",
        "journal-no-script",
        "journal-no-word",
        "lock-empty",
        "lock-expired",
        "owner-missing",
        "reload-kills",
        "reload-of-an-instance-fails",
        "sshd-stopped-sessions-live",
        "checkers-shipped",
    }
)
"""Faults that differ from another one by a word only."""


def _once() -> dict[str, str]:
    chosen = {case.fault: case.name for case in reversed(CASES) if case.name not in _VARIANTS}
    return chosen | {case.fault: case.name for case in CASES if case.name in _INSTEAD}


ONCE = frozenset(_once().values())
"""One case for each fault. The others are for a whole run (`make faults`), which plays all on hosts of each release."""

_TURNS = {case.name: number for number, case in enumerate(case for case in CASES if case.name in ONCE)}


def in_turn(case: Case) -> str:
    """The release on which every run of the tests plays a case; empty for one that only a whole run plays."""
    return [*RELEASES][_TURNS[case.name] % len(RELEASES)] if case.name in ONCE else ""
