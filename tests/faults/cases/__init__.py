"""All cases of the suite, in the order of the table."""

from __future__ import annotations

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
