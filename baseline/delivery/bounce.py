"""What a mail server reports of a mail that it could not deliver, or not yet (RFC 3464)."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Literal

from baseline.classes import dataclass
from baseline.delivery.commented import shown

LONGEST_REASON = 300
_DEEPEST = 5
_MOST_PARTS = 20


@dataclass(frozen=True)
class Bounce:
    """That a mail will not be delivered (`failed`), or has not been yet (`delayed`), and the server's reason."""

    action: Literal["failed", "delayed"]
    reason: str


def bounce(raw: bytes, token: str) -> Bounce | None:
    """The report on the mail with this token that a mail is. None where it is none, or is about another mail."""
    if token.encode() not in raw:
        return None
    made = message_from_bytes(raw, policy=compat32)
    told = [one for one in map(_told, _reports(made, _DEEPEST)) if one is not None]
    return next((one for one in told if one.action == "failed"), told[0] if told else None)


def _reports(made: Message, deeper: int) -> Iterator[Message]:
    """The groups of fields of all parts that are a delivery status."""
    if made.get_content_type() == "message/delivery-status":
        # The standard library gives each group of fields as a mail of its own.
        yield from (group for group in _parts(made) if group.get("Action"))
    elif made.is_multipart() and deeper:
        for part in _parts(made):
            yield from _reports(part, deeper - 1)


def _parts(made: Message) -> list[Message]:
    content = made.get_payload()
    return [part for part in content if isinstance(part, Message)][:_MOST_PARTS] if isinstance(content, list) else []


def _told(group: Message) -> Bounce | None:
    action = str(group.get("Action", "")).strip().lower()
    # `smtp; 550 5.1.1 …`: which protocol it was is of no interest.
    said = str(group.get("Diagnostic-Code", "")).partition(";")[2] or str(group.get("Status", ""))
    reason = shown(said)[:LONGEST_REASON] or "no reason is told"
    match action:
        case "failed":
            return Bounce("failed", reason)
        case "delayed":
            return Bounce("delayed", reason)
    return None
