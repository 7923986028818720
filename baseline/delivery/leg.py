"""One mail from one account to another: who sends it, who receives it, and what counts there."""

from __future__ import annotations

from typing import Any, Literal

from baseline.classes import dataclass
from baseline.delivery.mailbox import Folder
from baseline.load.probed import MailServer, ProbedMailbox, Provider
from baseline.model.measurements import DeliveryMeasured, DeliveryOutcome


@dataclass(frozen=True)
class Leg:
    """From an outside provider to a mailbox of the agency (`out`), or the way back.

    `bounces` is where the sender's own mail is read, None where it cannot be: then a refusal looks like a loss.
    """

    provider: Provider
    mailbox: ProbedMailbox
    direction: Literal["out", "back"]
    submission: MailServer
    imap: MailServer
    bounces: MailServer | None

    @property
    def sender(self) -> str:
        """The address that the mail comes from."""
        return self.provider.address if self.direction == "out" else self.mailbox.address

    @property
    def recipient(self) -> str:
        """The address that the mail goes to."""
        return self.mailbox.address if self.direction == "out" else self.provider.address

    @property
    def receiver(self) -> ProbedMailbox | Provider:
        """Whose mailbox it arrives in."""
        return self.mailbox if self.direction == "out" else self.provider

    def in_order(self, folders: tuple[Folder, ...]) -> list[Folder]:
        """The folders of the receiver, those that count first."""
        return sorted(folders, key=lambda one: (not self.counts(one), not self.is_junk(one)))

    def counts(self, folder: Folder) -> bool:
        """Whether a mail in this folder has reached its owner."""
        return folder.name.casefold() in {name.casefold() for name in self.receiver.folders}

    def is_junk(self, folder: Folder) -> bool:
        """Whether the server or the document says that this folder is for junk."""
        return folder.junk or folder.name.casefold() in {name.casefold() for name in self.receiver.junk}


def legs(providers: tuple[Provider, ...], mailboxes: tuple[ProbedMailbox, ...]) -> tuple[Leg, ...]:
    """Every leg that can be tested: both ways between every provider and every mailbox whose servers are known."""
    found: list[Leg] = []
    for mailbox in mailboxes:
        for provider in providers:
            if mailbox.imap is not None:
                found.append(Leg(provider, mailbox, "out", provider.submission, mailbox.imap, provider.imap))
            if mailbox.submission is not None:
                found.append(Leg(provider, mailbox, "back", mailbox.submission, provider.imap, mailbox.imap))
    return tuple(found)


@dataclass(frozen=True)
class NoArrival:
    """How a leg ended without an arrival."""

    outcome: DeliveryOutcome
    reason: str


def measured(leg: Leg, **told: Any) -> DeliveryMeasured:
    """The measurement of a leg, as `told`. The way back comes from inside, wherever it arrives."""
    who: dict[str, Any] = {
        "provider": leg.provider.name,
        "identity": leg.provider.address,
        "account": leg.mailbox.address,
        "direction": leg.direction,
        "vantage": "outside" if leg.direction == "out" else "inside",
    }
    return DeliveryMeasured(**{**who, **told})
