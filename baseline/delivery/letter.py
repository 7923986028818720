"""The mail of a delivery test: how it is written, and how it is known again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import format_datetime

MOST_HEADERS = 500
_TOKEN = re.compile(r"blt-[0-9a-f]{32}")

_TEXT = """\
This mail tests whether mail arrives. A machine sent it, and takes it away again when it finds it.
Mel ini menguji penghantaran. Ia dihantar oleh mesin, dan dipadamkan semula apabila dijumpai.

{token}
"""


def new_token() -> str:
    """A word that stands in no other mail, and that nobody can guess."""
    return f"blt-{secrets.token_hex(16)}"


def letter(sender: str, recipient: str, token: str, now: datetime) -> EmailMessage:
    """The mail. It says of itself that a machine wrote it, so that nobody's absence answers it (RFC 3834)."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(addr_spec=sender)
    made["To"] = Address(addr_spec=recipient)
    made["Subject"] = f"Delivery test {token}"
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{token}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(_TEXT.format(token=token), cte="quoted-printable")
    return made


def headers(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The header fields of a mail, in their order, each unfolded by whoever reads on; at most 500."""
    made = message_from_bytes(raw, policy=compat32)
    return tuple((name, str(value)) for name, value in made.items()[:MOST_HEADERS])


def bears(found: Sequence[tuple[str, str]], token: str, sender: str) -> bool:
    """Whether a mail is the one with this token: by its subject, and by who wrote it.

    What a server gives for a search is not believed: it may give any mail.
    """
    if not _TOKEN.fullmatch(token):
        return False
    subjects = [value for name, value in found if name.lower() == "subject"]
    authors = [value for name, value in found if name.lower() == "from"]
    return (
        len(subjects) == len(authors) == 1
        and token in _TOKEN.findall(subjects[0])
        and sender.casefold() in authors[0].casefold()
    )
