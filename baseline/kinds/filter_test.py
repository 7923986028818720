"""Kind `filter_test`: the spam filter refuses the message that every spam filter has to refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.formats.milters import parse_milters
from baseline.judge import Equal, Wants
from baseline.kinds.base import Control, Line
from baseline.model import State, Target
from baseline.model.probes import Said, Talk, View
from baseline.readings.answers import ask, shorten
from baseline.readings.mynetworks import NETWORKS, networks
from baseline.readings.smtpd_services import SmtpdServices
from baseline.readings.vantage import CLIENT, own_address, trusted

if TYPE_CHECKING:
    from testinfra.host import Host

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
"""The Generic Test for Unsolicited Bulk Email: 68 characters that have to stand on one line."""

_ASKED = "filter on the way in"
_VANTAGE = "the look is from inside"


class FilterTest(Control):
    """A message with the GTUBE string is sent to port 25, and has to be refused with 5xx at the end of its data.

    What is sent: one short plain message, with an empty envelope sender, so that nothing can ever bounce, to one
    address of the host's first domain (`recipient`, else its postmaster), whose subject and text say what it is. A
    host whose filter works delivers nothing. So that a host without a filter does not get one with every check either,
    the message is only sent where the settings say that a filter is asked: where they do not, the control fails without
    it. What can still be delivered is this message, on a host whose filter is there and does not act; that is the
    finding.

    `GTUBE` is `refused`, or `accepted`, which fails. An answer 4xx, or a recipient or client that is refused before
    the message was sent, is unknown with the server's words, and so is an accepted one where the look comes from an
    address in mynetworks, for filters may pass those by. `discard_on_reject` of Rspamd answers 250 and throws spam
    away: seen from outside that is accepted, and mail that was taken for spam by mistake is lost without a word.

    Applied: nothing; the settings are those of `content_filter` and `spam_thresholds`. How to read a failure: the
    filter's log names the message (`GTUBE`); a setting that lets everybody pass, or no score at which mail is
    refused (SpamAssassin without `-r`), are the usual reasons. Sources: spamassassin.apache.org/gtube; rspamd.com
    "GTUBE patterns"; RFC 5321 4.5.5.
    """

    summary: ClassVar[str] = "The spam filter refuses the GTUBE test message, sent to port 25."
    nothing_to_judge: ClassVar[str] = "the inventory gives this host no mail domain, or not the role mta"

    kind: Literal["filter_test"]
    recipient: Annotated[
        Line,
        Field(
            pattern=r"^([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)?$",
            description="An address that exists on the host; empty: postmaster of its first domain.",
            examples=["postmaster@agensi.example.my"],
        ),
    ] = ""

    def expected(self, target: Target) -> Wants:
        """A filter is asked, and refuses."""
        if "mta" not in target.roles or not self._recipient(target):
            return {}
        return {_ASKED: Equal("asked"), "GTUBE": Equal("refused")}

    def actual(self, host: Host, target: Target) -> State:
        """Whether a service that takes mail from strangers asks a filter."""
        if not self.expected(target):
            return {}
        smtpd = SmtpdServices(host)
        client, listed = ask(host, CLIENT, NETWORKS)
        asked = [one for one in smtpd.public if not smtpd.closed(one) and _filters(smtpd, one)]
        if not asked:
            return {_ASKED: None}
        return {_ASKED: "asked", _VANTAGE: trusted(client, target, networks(smtpd, listed)) or None}

    def outside(self, view: View, state: State, target: Target) -> State:
        """The message, sent, and what was answered."""
        if not state.get(_ASKED):
            return {}
        recipient = self._recipient(target)
        sender = f"postmaster@{recipient.rpartition('@')[2]}"
        said = view.see(
            Talk(
                own_address(target),
                25,
                commands=("MAIL FROM:<>", f"RCPT TO:<{recipient}>", "DATA"),
                body=_message(sender, recipient),
            )
        )
        return {"GTUBE": _verdict(said, str(state.get(_VANTAGE) or "")), "answer": said.replies[-1].text}

    def advice(self, state: State) -> str:
        """Where to look."""
        if state.get(_ASKED) is None:
            return "Apply MEL-A-01 first: no filter is asked on the way in."
        return "Look for GTUBE in the filter's log: is the message seen, and what is done with it?"

    def _recipient(self, target: Target) -> str:
        return self.recipient or (f"postmaster@{target.domains[0]}" if target.domains else "")


def _filters(smtpd: SmtpdServices, service: str) -> bool:
    bypass = smtpd.effective(service, "receive_override_options").replace(",", " ").split()
    milters = () if "no_milters" in bypass else parse_milters(smtpd.effective(service, "smtpd_milters"))
    return bool(milters or smtpd.effective(service, "content_filter"))


def _message(sender: str, recipient: str) -> str:
    return "\n".join(
        (
            f"From: baseline filter test <{sender}>",
            f"To: <{recipient}>",
            "Subject: GTUBE spam filter test: a working filter refuses this message",
            f"Message-ID: <gtube-test@{recipient.rpartition('@')[2]}>",
            "Date: Thu, 01 Jan 2026 00:00:00 +0000",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii",
            "",
            "This message tests whether the spam filter acts. If you can read it, the filter did not.",
            "",
            GTUBE,
            "",
        )
    )


def _verdict(said: Said, inside: str) -> str:
    """What became of the message. Raises `CannotTell` when it did not come to the filter's decision."""
    if said.trouble:
        raise CannotTell(f"the test message could not be sent: {said.trouble}")
    names = ("MAIL FROM", "RCPT TO", "DATA")
    for name, reply in zip(names, said.replies, strict=False):
        if reply.code[:1] not in ("2", "3"):
            raise CannotTell(f"the test message was not taken: {name} was answered {reply.code} {shorten(reply.text)}")
    if len(said.replies) <= len(names):
        raise CannotTell(f"the dialogue ended before the filter's answer: {said.ended or 'no reason given'}")
    end = said.replies[len(names)]
    if end.code.startswith("5"):
        return "refused"
    if not end.code.startswith("2"):
        raise CannotTell(f"the test message was put off: {end.code} {shorten(end.text)}")
    if inside:
        raise CannotTell(f"the test message was accepted, but {inside}")
    return "accepted"
