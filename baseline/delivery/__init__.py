"""The delivery test: a mail from an outside account to the agency, found there and taken away again; and the way back.

What is here:

- `arrival`: What a mail that arrived shows of its way: path, border, what the receiver saw, and whether it counts.
- `authentication`: What the receiver saw by SPF, DKIM and DMARC: the `Authentication-Results` of its own (RFC 8601).
- `bounce`: What a mail server reports of a mail that it could not deliver, or not yet (RFC 3464).
- `commented`: Header fields of mail cut into words and comments, as RFC 5322 means them (section 3.2.2), whoever wrote
  them.
- `failing`: Why a step of a delivery test did not go through: worth another try, or not.
- `imap_client`: The standard library's IMAP client, bounded: it waits no longer than its patience, and keeps no reply
  without end.
- `leg`: One mail from one account to another: who sends it, who receives it, and what counts there.
- `letter`: The mail of a delivery test: how it is written, and how it is known again.
- `mailbox`: A mailbox by IMAP, as far as a test needs it: its folders, the mail with a token, and taking that away
  again.
- `received`: The path of a mail: its `Received` fields, each as the server that took it wrote it (RFC 5321, section
  4.4).
- `submission`: Handing a mail in at a submission server, as a user's program does it.
- `trial`: The course of one delivery test: hand a mail in, look for it until it is found or lost, and take it away
  again.
- `trusting`: Whose certificates are trusted by a test: a login is given to nobody else.
- `way`: Whether a mail came in from outside, as its path shows: the account that it was sent from does not show that.
- `wire`: Reading from a server that may mean harm: every line and every reply has a longest time and a greatest size.
"""

from __future__ import annotations

from collections.abc import Sequence

from baseline.crew import Task, work_through
from baseline.deadline import Deadline
from baseline.delivery.leg import Leg, legs
from baseline.delivery.trial import Trial, not_begun
from baseline.delivery.way import Own
from baseline.load.probed import ProbeLimits
from baseline.model.measurements import DeliveryMeasured

__all__ = ["Leg", "Own", "deliveries", "legs"]

_MARGIN_SECONDS = 60


def deliveries(wanted: Sequence[Leg], own: Own, limits: ProbeLimits, over: Deadline) -> list[DeliveryMeasured]:
    """What came of every leg, in their order, `limits.at_once` of them beside each other.

    A leg whose time is over, or that was given up, is `untested`: it never looks like one that was.
    """

    def task(leg: Leg) -> Task[DeliveryMeasured]:
        return Task(
            work=lambda deadline: Trial(leg, own, limits, deadline).run(),
            lost=lambda deadline: not_begun(leg, deadline.why),
            seconds=limits.greylist_seconds + limits.lost_seconds + _MARGIN_SECONDS,
        )

    return work_through([task(leg) for leg in wanted], limits.at_once, over=over)
