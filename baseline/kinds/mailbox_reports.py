"""Kind `mailbox_reports`: owners are told how full their mailboxes are, and keep them in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell, NothingToJudge
from baseline.judge import Advised, AtMost, Equal, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import State, Target
from baseline.model.evidence import MailboxReport
from baseline.model.looks import Parts
from baseline.model.probes import View
from baseline.readings.answers import ask
from baseline.readings.dovecot import QUOTAS, Dovecot, login_of, read_quotas
from baseline.readings.evidence import days_between, named, proofs

if TYPE_CHECKING:
    from testinfra.host import Host

MOST_KEPT = 1000
"""How many full mailboxes a state names, to be compared with those who were told."""


class MailboxReports(Control):
    """The last report on mailbox sizes that was sent to owners, and the mailboxes that are filling now.

    Looked at: `doveadm quota get -A` for the mailboxes at or above `warn_pct` percent of their limit; and the attested
    record of MEL-G-03 about the site whose report was sent last. A report sent more than `report_period_days` ago
    fails. Owners who are over the level now and were not told in the last report are a warning: they may have come to
    it since. A share of full mailboxes above `over_warn_pct` percent is a warning as well, for whoever plans the space.

    Without a record it is `unknown`. Accounts without a limit are never over it. Only sizes are looked at, never mail.
    Not looked at: who has not logged in for long, since a telephone that polls logs in for its owner all the time.

    Applied: nothing; MEL-Q-04 makes Dovecot tell owners at the moment they come to the level. Sources: clause b, which
    puts the duty on the officer; doveadm-quota(1).
    """

    summary: ClassVar[str] = "Owners are told how full their mailboxes are, and keep them in order."
    loosens: ClassVar[Loosens] = {
        "report_period_days": "higher",
        "warn_pct": "higher",
        "over_warn_pct": "higher",
    }

    kind: Literal["mailbox_reports"]
    report_period_days: Annotated[int, Field(ge=1, le=366, description="Days between reports, at most.")] = 30
    warn_pct: Annotated[int, Field(ge=50, le=95, description="Percent of a limit from which a mailbox is full.")] = 80
    over_warn_pct: Annotated[int, Field(ge=0, le=100, description="Percent of mailboxes that may be full.")] = 10

    def expected(self, target: Target) -> Wants:
        """A report not long ago, everybody told, few full."""
        del target
        return {
            "days since the last report": AtMost(self.report_period_days, unit="days"),
            "full mailboxes whose owners were not told": Advised(Equal("none")),
            "percent of mailboxes that are full": Advised(AtMost(self.over_warn_pct)),
        }

    def actual(self, host: Host, target: Target) -> State:
        """How many mailboxes are full, and which."""
        del target
        dovecot = Dovecot(host)
        (result,) = ask(host, QUOTAS)
        quotas = read_quotas(result, dovecot)
        if not quotas.enabled:
            raise NothingToJudge("quota is not in force, so no mailbox is known to be full: see MEL-Q-03")
        if quotas.without:
            raise CannotTell(f"which mailboxes are full is not known: {quotas.without[0]}")
        full = sorted(name for name, usage in quotas.accounts.items() if usage.percent >= self.warn_pct)
        number = len(quotas.accounts)
        return {
            "mailboxes": number,
            "full mailboxes": " ".join(full[:MOST_KEPT]),
            "percent of mailboxes that are full": round(100 * len(full) / number, 1) if number else 0,
        }

    def outside(self, view: View, state: State, target: Target) -> State:
        """The last report, and who was not told."""
        seen = Parts()
        sent = proofs(target, "MEL-G-03", MailboxReport, view.now).held(lambda facts: facts.sent_at, view.now)
        record, facts = max(sent, key=lambda one: one[1].sent_at)
        seen |= {"report": record.id, "days since the last report": days_between(facts.sent_at, view.now)}
        with seen.part():
            full = str(state["full mailboxes"]).split()
            told = {login_of(address, full) for address in facts.notified}
            seen["full mailboxes whose owners were not told"] = named([name for name in full if name not in told])
        return seen

    def advice(self, state: State) -> str:
        """What to do next."""
        del state
        return self.fix or "Send the owners a report on their mailboxes, and record it with those who were told."
