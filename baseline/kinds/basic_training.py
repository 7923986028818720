"""Kind `basic_training`: officers are trained in handling e-mail before they get an account."""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from baseline.classes import dataclass
from baseline.errors import CannotTell, NoRegister, NothingToJudge
from baseline.judge import Advised, Equal, Want, Wants
from baseline.kinds.base import ByHand, Control, Line, Loosens
from baseline.model import About, Account, State, Target
from baseline.model.evidence import Training
from baseline.model.probes import View
from baseline.readings.dovecot import login_of
from baseline.readings.evidence import UtcOffset, day_of, named, proofs


@dataclass
class _Sorted:
    """Accounts by what can be said of them."""

    before: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    undated: list[str] = field(default_factory=list)
    nobodys: list[str] = field(default_factory=list)


class BasicTraining(Control):
    """The day of basic training against the day on which the account was created, for every account of the site.

    Looked at: the rosters of the site's hosts (`created`, `trained`), and the attested records of MEL-G-01, which
    list those who attended (`attendees`). The earliest training counts. It has to be `min_lead_days` before the
    creation; on the same day counts as before. Days are compared in the agency's zone: a training that is noted in
    UTC may belong to the next day there.

    Where a run of the last seven days was kept, the roster is compared with the accounts that the site's mailstores
    listed in it: an account without an officer, and an officer without an account, are warnings. The last is told
    only where every mailstore was asked.

    Left aside: accounts created before `cutover_date`, which nobody kept records of (they are counted); and
    `role_mailboxes`, local parts that belong to a duty and not to an officer (RFC 2142). An account without a day of
    creation makes the control `unknown`, unless another one fails anyway; so does a site of which nothing at all says
    who was trained. An officer who was transferred is dated by the first account; a renamed account keeps its date.

    Applied: nothing. Sources: clause a; ISO/IEC 27001:2022 A.6.3.
    """

    summary: ClassVar[str] = "Officers are trained in handling e-mail before they get an account."
    about: ClassVar[About] = "site"
    loosens: ClassVar[Loosens] = {
        "min_lead_days": "lower",
        "cutover_date": "change",
        "role_mailboxes": "higher",
    }
    by_hand: ClassVar[ByHand] = {
        "accounts never trained": "Train {found} now, and record it.",
        "accounts without an officer": (
            "Nobody is known to be trained for {found}: enter the officer in the roster, or close the account."
        ),
        "officers without an account": "Take {found} out of the roster, or make the account.",
        "accounts trained too late": (
            "Ask for the training before an account is made; for {found} the past cannot be mended, so enter a waiver."
        ),
    }

    kind: Literal["basic_training"]
    min_lead_days: Annotated[int, Field(ge=0, le=365, description="Days between training and account.")] = 0
    cutover_date: Annotated[
        str,
        Field(
            description="ISO date since which trainings are recorded; older accounts are left aside.",
            examples=["2024-01-15"],
        ),
    ] = ""
    role_mailboxes: Annotated[tuple[Line, ...], Field(description="Local parts that belong to no officer.")] = (
        "abuse",
        "hostmaster",
        "noc",
        "postmaster",
        "security",
        "webmaster",
    )
    utc_offset: UtcOffset = "+08:00"

    @field_validator("cutover_date")
    @classmethod
    def _is_a_date(cls, value: str) -> str:
        try:
            return value and date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError("is not a date: write it as 2007-11-23") from None

    def expected(self, target: Target) -> Wants:
        """Nobody without training, nobody trained afterwards."""
        wants: dict[str, Want] = {"accounts never trained": Equal("none"), "accounts trained too late": Equal("none")}
        if target.seen_accounts is not None and target.roster is not None:
            wants["accounts without an officer"] = Advised(Equal("none"))
            if not target.seen_accounts.lacking:
                wants["officers without an account"] = Advised(Equal("none"))
        return wants

    def outside(self, view: View, state: State, target: Target) -> State:
        """Accounts of the rosters, by when their officer was trained."""
        del state
        if target.roster is None:
            raise CannotTell("no accounts are known: name a roster in the inventory (`roster: FILE`)")
        sessions = self._sessions(target, view.now)
        if not sessions and not any(account.trained for account in target.roster):
            raise (CannotTell if target.register else NoRegister)(
                "nothing says who was trained: fill in `trained` in the roster, or add records for MEL-G-01 to the "
                "register"
            )
        found = _Sorted()
        for account in target.roster:
            self._sort(account, sessions.get(account.address.lower()), found)
        wrong = found.never or found.late
        if found.undated and not wrong:
            raise CannotTell(f"the roster has no day of creation for {named(found.undated)}: fill in `created`")
        compared = self._compared(target)
        if not wrong and not found.before and set(compared.values()) <= {"none"}:
            raise NothingToJudge("no account of an officer was created since trainings are recorded")
        return {
            "accounts trained before": len(found.before),
            "accounts never trained": named(found.never),
            "accounts trained too late": named(found.late),
            "accounts older than the records": len(found.older),
            "accounts without a day of creation": len(found.undated),
            "role mailboxes": len(found.nobodys),
            **compared,
        }

    def _compared(self, target: Target) -> State:
        """The roster against the accounts that the hosts had; nothing where no kept run tells of them."""
        seen = target.seen_accounts
        if seen is None:
            return {}
        logins = {account.address: login_of(account.address, seen.logins) for account in target.roster or ()}
        nobodys = sorted(seen.logins - {*logins.values()})
        strangers = [login for login in nobodys if login.partition("@")[0] not in self.role_mailboxes]
        state = {"accounts without an officer": named(strangers)}
        if not seen.lacking:
            state["officers without an account"] = named([one for one, login in logins.items() if login is None])
        return state

    def _sessions(self, target: Target, now: datetime) -> dict[str, date]:
        """Address -> the first training that a record has it attend."""
        first: dict[str, date] = {}
        if target.register is None:
            return first
        for _, facts in proofs(target, "MEL-G-01", Training, now).usable:
            day = day_of(facts.held_at, self.utc_offset)
            for address in facts.attendees:
                first[address.lower()] = min(day, first.get(address.lower(), day))
        return first

    def _sort(self, account: Account, attended: date | None, found: _Sorted) -> None:
        name = account.address
        if name.partition("@")[0].lower() in self.role_mailboxes:
            found.nobodys.append(name)
            return
        if not account.created:
            found.undated.append(name)
            return
        created = date.fromisoformat(account.created)
        if self.cutover_date and created < date.fromisoformat(self.cutover_date):
            found.older.append(name)
            return
        trained = [date.fromisoformat(account.trained)] if account.trained else []
        days = [*trained, *([attended] if attended else [])]
        if not days:
            found.never.append(name)
        elif min(days) + timedelta(days=self.min_lead_days) > created:
            found.late.append(name)
        else:
            found.before.append(name)
