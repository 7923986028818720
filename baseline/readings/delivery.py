"""What Postfix's own delivery agents write, if anything: the store decides what their size limits mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from baseline.errors import CannotTell
from baseline.readings.answers import decoded, text
from baseline.readings.dovecot import by_dialect
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

LocalStore = Literal["none", "mbox", "maildir"]
"""`none`: the agent is not the last to write mail of the accounts."""

VIRTUAL_STORES = script("baseline.readings", "delivery")

_LOCATION = by_dialect("doveconf -h mail_location", 'd=$(doveconf -h mail_driver) && echo "$d:"')
DOVECOT_STORE = f"command -v doveconf >/dev/null || {{ echo none; exit; }}; {_LOCATION}"


def local_store(settings: Mapping[str, str], dovecot: CommandResult) -> LocalStore:
    """What local(8) writes, itself or by a command, from Postfix's settings and the answer to `DOVECOT_STORE`."""
    if not settings.get("mydestination") or settings.get("mailbox_transport"):
        return "none"
    command = settings.get("mailbox_command", "")
    if command:
        delivers = any(word.rpartition("/")[2] in ("dovecot-lda", "deliver") for word in command.split())
        # Another command's store is not known; procmail and its like write mbox unless told otherwise.
        return "maildir" if delivers and text(dovecot).startswith(("maildir:", "mdbox:", "sdbox:")) else "mbox"
    home, spool = settings.get("home_mailbox", ""), settings.get("mail_spool_directory", "")
    path = home or spool
    return "maildir" if path.endswith("/") else "mbox"


def virtual_store(settings: Mapping[str, str], listed: CommandResult) -> LocalStore:
    """What virtual(8) writes, from Postfix's settings and the answer to `VIRTUAL_STORES`.

    A map that cannot be listed (SQL, LDAP) may hold either; Raises `CannotTell` then, unless there is no limit.
    """
    transport = settings.get("virtual_transport", "").partition(":")[0]
    if not settings.get("virtual_mailbox_domains") or transport != "virtual":
        return "none"
    formats = decoded(listed.stdout_bytes).split("\n")
    if "mbox" in formats:
        return "mbox"
    unlisted = [line for line in formats if line.startswith("not listed: ")]
    if (listed.rc or unlisted) and settings.get("virtual_mailbox_limit") != "0":
        which = unlisted[0].removeprefix("not listed: ") if unlisted else decoded(listed.stderr_bytes).strip()
        raise CannotTell(
            f"virtual_mailbox_maps cannot be listed ({which}), so it is unknown whether it writes mbox or Maildir"
        )
    return "maildir"
