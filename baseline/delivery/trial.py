"""The course of one delivery test: hand a mail in, look for it until it is found or lost, and take it away again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from baseline.classes import dataclass
from baseline.deadline import Deadline
from baseline.delivery.arrival import arrival, arrived_at, hops_of
from baseline.delivery.bounce import Bounce, bounce
from baseline.delivery.failing import NoAnswer, StepFailed, WrongAnswer
from baseline.delivery.leg import Leg, NoArrival, measured
from baseline.delivery.letter import letter, new_token
from baseline.delivery.mailbox import Folder, FoundMail, OpenMailbox, opened
from baseline.delivery.submission import Handed, hand_in
from baseline.delivery.way import Own
from baseline.errors import GivenUp
from baseline.load.probed import MailServer, ProbeLimits
from baseline.model.measurements import DeliveryMeasured

T = TypeVar("T")

_FIRST_WAIT_SECONDS = 1.0
_INBOX = Folder("INBOX")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Sent:
    at: datetime
    reply: str


class Trial:
    """One test of one leg. What it needs of the world is the two servers, a clock, and time to wait."""

    def __init__(
        self, leg: Leg, own: Own, limits: ProbeLimits, deadline: Deadline, now: Callable[[], datetime] = _now
    ) -> None:
        self._leg = leg
        self._own = own
        self._limits = limits
        self._deadline = deadline
        self._now = now
        self._token = new_token()
        self._tries = 0
        self._delayed: Bounce | None = None
        self._looks_for_reports = limits.tries

    def run(self) -> DeliveryMeasured:
        """The test from its beginning to its end, at most `greylist_seconds` and `lost_seconds` later."""
        began = self._now()
        try:
            reply = self._handed().reply
        except StepFailed as error:
            return self._ended(began, error.reply, NoArrival("untested", f"it was not sent: {error}"))
        except GivenUp as error:
            return self._ended(began, "", NoArrival("untested", f"it was not sent: {error}"))
        sent = self._now()
        try:
            return self._looked_for(sent, reply)
        except (StepFailed, GivenUp) as error:
            return self._ended(sent, reply, NoArrival("untested", f"nobody could look whether it arrived: {error}"))

    def _handed(self) -> Handed:
        """Hand the mail in: again where nobody answers, and longer where the server says "later"."""
        patience_ends = self._now() + timedelta(seconds=self._limits.greylist_seconds)
        unanswered = 0
        while True:
            self._tries += 1
            mail = letter(self._leg.sender, self._leg.recipient, self._token, self._now())
            try:
                return hand_in(
                    self._leg.submission,
                    self._leg.sender,
                    self._leg.recipient,
                    mail,
                    self._deadline,
                    self._limits.step_seconds,
                )
            except NoAnswer as error:
                unanswered += not error.reply
                later = self._now() + timedelta(seconds=self._limits.retry_seconds)
                if unanswered >= self._limits.tries or (error.reply and later > patience_ends):
                    raise
            self._deadline.sleep(max(self._limits.retry_seconds, 0.1))

    def _looked_for(self, sent: datetime, reply: str) -> DeliveryMeasured:
        with _Watched(self._leg.imap, self._deadline, self._limits) as inbox, self._own_mail() as returned:
            wait = _FIRST_WAIT_SECONDS
            looked = sent
            while True:
                began = self._now()
                last = began >= sent + timedelta(seconds=self._limits.lost_seconds)
                found = inbox.look(self._found, last)
                if found:
                    return self._arrived(inbox, found, _Sent(sent, reply), looked)
                looked = looked if found is None else began
                refused = self._refused(returned)
                if refused is not None:
                    return self._ended(sent, reply, NoArrival("refused", refused.reason))
                if last:
                    return self._ended(sent, reply, NoArrival("lost", self._lost_words()))
                self._deadline.sleep(wait)
                wait = min(wait * 2, self._limits.poll_seconds)

    def _found(self, mailbox: OpenMailbox) -> list[FoundMail]:
        """All mails with the token, in the folder that counts first."""
        folders = self._leg.in_order(mailbox.folders())
        return [mail for folder in folders for mail in mailbox.find(folder, self._token, self._leg.sender)]

    def _arrived(self, inbox: _Watched, found: list[FoundMail], sent: _Sent, looked: datetime) -> DeliveryMeasured:
        usual = timedelta(seconds=2 * self._limits.poll_seconds + self._limits.step_seconds)
        at = arrived_at(max(self._now(), sent.at), looked, hops_of(found[0]), usual)
        late = at - sent.at > timedelta(seconds=self._limits.latency_seconds)
        shows = arrival(self._leg, found[0], self._own, late)
        reason = shows.reason
        if shows.outcome == "delayed" and self._delayed is not None:
            reason = f"{reason}: {self._delayed.reason}"
        kept = self._taken_away(inbox, found)
        return measured(
            self._leg,
            token=self._token,
            sent_at=sent.at,
            submission_reply=sent.reply,
            outcome=shows.outcome,
            vantage="inside" if shows.outcome == "inside" or self._leg.direction == "back" else "outside",
            reason="; ".join(filter(None, (reason, kept))),
            arrived_at=at,
            folder=shows.folder,
            path=shows.path,
            authentication=shows.authentication,
            tries=self._tries,
        )

    def _taken_away(self, inbox: _Watched, found: list[FoundMail]) -> str:
        """Why a mail could not be taken away again; empty where it was."""

        def clear(mailbox: OpenMailbox) -> None:
            for folder in {mail.folder for mail in found}:
                mailbox.delete(folder, [mail.number for mail in found if mail.folder == folder])

        try:
            inbox.look(clear, True)
        except (StepFailed, GivenUp) as error:
            return f"it could not be taken away: {error}"
        return ""

    @contextlib.contextmanager
    def _own_mail(self) -> Iterator[_Watched | None]:
        """Where reports on the mail come to."""
        if self._leg.bounces is None:
            yield None
            return
        with _Watched(self._leg.bounces, self._deadline, self._limits) as watched:
            yield watched

    def _refused(self, returned: _Watched | None) -> Bounce | None:
        """The report that the mail will not be delivered. That one's own mail cannot be read fails no test.

        It is given up after some tries: each costs time in which the mail may arrive.
        """
        if returned is None or not self._looks_for_reports:
            return None
        try:
            told = returned.look(self._reports, False)
        except WrongAnswer:
            self._looks_for_reports = 0
            return None
        if told is None:
            self._looks_for_reports -= 1
        for one in told or ():
            if one.action == "failed":
                return one
            self._delayed = one
        return None

    def _reports(self, mailbox: OpenMailbox) -> list[Bounce]:
        mails = [(number, bounce(raw, self._token)) for number, raw in mailbox.naming(_INBOX, self._token)]
        told = [(number, one) for number, one in mails if one is not None]
        mailbox.delete(_INBOX, [number for number, _ in told])
        return [one for _, one in told]

    def _lost_words(self) -> str:
        told = f"; the last that was heard: {self._delayed.reason}" if self._delayed else ""
        blind = "" if self._leg.bounces and self._looks_for_reports else "; whether a report came back is not known"
        return f"it was not found within {self._limits.lost_seconds} s{told}{blind}"

    def _ended(self, sent: datetime, reply: str, ended: NoArrival) -> DeliveryMeasured:
        return measured(
            self._leg,
            token=self._token,
            sent_at=sent,
            submission_reply=reply,
            tries=max(self._tries, 1),
            **asdict(ended),
        )


class _Watched:
    """A mailbox that is looked into again and again: a session that breaks is begun anew, a wrong answer ends it."""

    def __init__(self, server: MailServer, deadline: Deadline, limits: ProbeLimits) -> None:
        self._server = server
        self._deadline = deadline
        self._limits = limits
        self._session: contextlib.ExitStack | None = None
        self._mailbox: OpenMailbox | None = None

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def look(self, what: Callable[[OpenMailbox], T], sure: bool) -> T | None:
        """What is seen; None where nothing could be seen now. With `sure` that is tried again, and then an error.

        Raises `WrongAnswer`, and `NoAnswer` when it has to be `sure`.
        """
        tries = self._limits.tries if sure else 1
        for left in range(tries - 1, -1, -1):
            try:
                return what(self._open())
            except NoAnswer:
                self._close()
                if sure and not left:
                    raise
                if left:
                    self._deadline.sleep(max(self._limits.retry_seconds, 0.1))
            except WrongAnswer:
                self._close()
                raise
        return None

    def _open(self) -> OpenMailbox:
        if self._mailbox is None:
            session = contextlib.ExitStack()
            self._mailbox = session.enter_context(opened(self._server, self._deadline, self._limits.step_seconds))
            self._session = session
        return self._mailbox

    def _close(self) -> None:
        session, self._session, self._mailbox = self._session, None, None
        if session is not None:
            session.close()


def not_begun(leg: Leg, why: str) -> DeliveryMeasured:
    """What stands for a test that was given up."""
    return measured(
        leg, token=new_token(), sent_at=_now(), submission_reply="", outcome="untested", reason=f"given up: {why}"
    )
