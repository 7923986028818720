"""Kind `exchange_quota`: the mailbox quotas of an Exchange organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.errors import CannotTell
from baseline.formats.exchange import SCHEMA, SYSTEM_TYPES, ReportFault, read_report
from baseline.judge import UNLIMITED, Advised, AtLeast, Equal, Want, Wants
from baseline.kinds.base import Control, Loosens, Size
from baseline.model import Scalar, Shell, State, Target
from baseline.model.numbers import shown
from baseline.model.quotas import Limit, QuotaLevels, QuotaReport, exceeds
from baseline.readings.answers import ask, decoded, shorten
from baseline.readings.quota_rules import FLOOR
from baseline.remedies import exchange_planning
from baseline.remedies.exchange_planning import Intended, QuotaChange
from baseline.sizes import to_exchange, typed
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

    from baseline.model.probes import View

MOST_NAMED = 50
"""How many mailboxes or databases a state names for each fault; the counts beside them are of all."""

_THE_HOST = "the host itself"
ORDERED = "warn <= send <= receive"
_READ = ("Get-MailboxDatabase", "Get-Mailbox")
_SET = (*_READ, "Set-MailboxDatabase", "Set-Mailbox")


class ExchangeQuota(Control):
    """The space of every mailbox of an Exchange organisation, and what a new one gets.

    **Written after Microsoft's documentation and not yet tried against a real Exchange.** What is tested is all
    that needs none: the sizes, the report, the plan, the quoting of the scripts, and the wire to a program that
    stands in for PowerShell.

    Looked at: the quotas of all mailbox databases and of all mailboxes but the system's own, from
    `Get-MailboxDatabase` and `Get-Mailbox -ResultSize Unlimited`; the script is `baseline render --script read`.
    It runs on the host over SSH, or somebody runs it there and the inventory names its output in
    `exchange_report`. What holds for a mailbox is its database's quotas while `UseDatabaseQuotaDefaults` is true,
    whatever its own say, and else its own. Sizes are read from the bytes in parentheses, never from the rounded
    figure.

    The space of a mailbox is where it stops receiving (ProhibitSendReceiveQuota): below 100 000 000 bytes it
    fails, below `min_bytes` it warns. So does a mailbox that may no longer send before it has had `min_bytes`.
    The three quotas have to come in order, or one of them cannot do its work; `order of NAME` shows those that do
    not. The default of every database is judged like a mailbox, since it is what the next one gets. Accounts that
    the roster calls `top_management` are advised to have no limit (*dicadangkan*), as `unlimited_accounts` does for
    Dovecot.

    Not applied: `baseline apply` changes no Exchange. `baseline render --script apply` prints a script made from
    a report, for an administrator to read, to try with `-WhatIf` and to run. It sets databases first, all three
    quotas in one call, by GUID; nobody may send or receive less afterwards than before; it stops at whatever has
    changed since the report, and run again it changes nothing. Mailboxes with good quotas of their own keep them.

    What can go wrong: a login that is shown a part of the organisation only gives a report of that part. A
    mailbox that leaves its database's defaults leaves those for recoverable items and calendar logging, too. The
    Information Store caches quotas, so a change may take hours to bite. Archives have quotas of their own and are
    not mailbox space. A report older than `max_age` days is `unknown`.

    With `exchange_reference`, an earlier report, `changed since the reference` counts what differs from it.
    Sources: ExchangePowerShell reference, Get-Mailbox, Get-MailboxDatabase, Set-Mailbox, Set-MailboxDatabase.
    """

    summary: ClassVar[str] = "The space of every mailbox of an Exchange organisation. Not yet tried on a real one."
    shell: ClassVar[Shell] = "powershell"
    loosens: ClassVar[Loosens] = {"min_bytes": "lower", "max_age": "higher"}

    kind: Literal["exchange_quota"]
    min_bytes: Annotated[
        Size, Field(ge=FLOOR, description="Bytes below which the space of a mailbox warns; below 100 000 000 it fails.")
    ] = 104_857_600
    warn: Annotated[Size, Field(description="IssueWarningQuota to give where too little is found.")] = 858_783_744
    send: Annotated[Size, Field(description="ProhibitSendQuota to give; at least `min_bytes`.")] = 1_019_215_872
    receive: Annotated[Size, Field(description="ProhibitSendReceiveQuota to give.")] = 1_073_741_824
    max_age: Annotated[
        int, Field(ge=1, le=366, description="Days after which a report that somebody brought tells nothing any more.")
    ] = 7

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for size in (self.warn, self.send, self.receive):
            to_exchange(size)
        if not self.intended.quotas.ordered or self.send < self.min_bytes:
            levels = ", ".join(f"{name} ({typed(getattr(self, name))})" for name in ("warn", "send", "receive"))
            raise ValueError(f"{levels} have to rise, and send be min_bytes ({typed(self.min_bytes)}) or more")
        return self

    @property
    def intended(self) -> Intended:
        """The least space, and the quotas to give."""
        return Intended(self.min_bytes, QuotaLevels(self.warn, self.send, self.receive))

    def expected(self, target: Target) -> Wants:
        """Space for every mailbox, quotas in order, and no limit for top management."""
        enough = AtLeast(self.min_bytes, FLOOR, "bytes")
        wants: dict[str, Want] = {
            "smallest space of a mailbox": enough,
            "mailboxes below the floor": Equal(0),
            "space of *": enough,
            "default space in *": enough,
            "quotas out of order": Equal(0),
            "order of *": Equal(ORDERED),
            "smallest size to send at": Advised(AtLeast(self.min_bytes, unit="bytes")),
            "sending ends for *": Advised(AtLeast(self.min_bytes, unit="bytes")),
        }
        if _top_management(target):
            wants["limit of top management *"] = Advised(Equal(UNLIMITED))
            wants["top management unknown to Exchange"] = Advised(Equal("none"))
        if target.quota_reference is not None:
            wants["changed since the reference"] = Advised(Equal(0))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """What the report says: one that somebody brought, or else one that the host gives now."""
        report = target.quota_report
        if report is None:
            (result,) = ask(host, read_script())
            report = _read(result)
        return dict(self._told(report, target))

    def outside(self, view: View, state: State, target: Target) -> State:
        """Refuses a report that is too old, or that was taken in the future. Raises `CannotTell`."""
        del state
        if target.quota_report is None:
            return {}
        return {"report age in days": report_age(target.quota_report, view.now, self.max_age)}

    def advice(self, state: State) -> str:
        """The way to the script: through a report, which a host that was asked itself has to give first."""
        if self.fix:
            return self.fix
        script = "run in the Exchange Management Shell what `baseline render -l HOST --script apply` prints"
        if state.get("report from") == _THE_HOST:
            return f"Take a report with the script of --script read, name it as exchange_report, and {script}."
        return f"Read, try with -WhatIf and {script}."

    def scripts(self, target: Target) -> Mapping[str, str]:
        """The script that takes a report, and, made from a report, the one that would make it conform."""
        scripts = {"read": read_script()}
        if target.quota_report is not None:
            scripts["apply"] = apply_script(target.quota_report, self.changes(target.quota_report, target))
        return scripts

    def changes(self, report: QuotaReport, target: Target) -> tuple[QuotaChange, ...]:
        """What would have to change."""
        return exchange_planning.plan(report, self.intended, _top_management(target))

    def _told(self, report: QuotaReport, target: Target) -> Iterator[tuple[str, Scalar]]:
        mailboxes = {one.address: report.quotas_of(one) for one in report.mailboxes}
        databases = {one.name: one.quotas for one in report.databases}
        yield "report from", report.file or _THE_HOST
        yield "report taken", report.taken.isoformat()
        yield "report by", report.server
        yield "databases", len(databases)
        yield "mailboxes", len(mailboxes)
        spaces = {name: quotas.receive for name, quotas in mailboxes.items()}
        yield "smallest space of a mailbox", _word(_smallest(spaces))
        yield "mailboxes below the floor", sum(exceeds(FLOOR, space) for space in spaces.values())
        yield from _low("space of ", spaces, self.min_bytes)
        defaults = {name: quotas.receive for name, quotas in databases.items()}
        yield from _low("default space in ", defaults, self.min_bytes)
        named = mailboxes | {f"database {name}": quotas for name, quotas in databases.items()}
        disordered = {name: quotas for name, quotas in named.items() if not quotas.ordered}
        yield "quotas out of order", len(disordered)
        yield from ((f"order of {name}", _shown(disordered[name])) for name in sorted(disordered)[:MOST_NAMED])
        sending = {name: quotas.send for name, quotas in named.items()}
        yield "smallest size to send at", _word(_smallest(sending))
        yield from _low("sending ends for ", sending, self.min_bytes)
        yield from _of_top_management(mailboxes, target)
        if target.quota_reference is not None:
            drifted = exchange_planning.drifted(target.quota_reference, report)
            yield "changed since the reference", len(drifted)
            yield "changed", ", ".join(drifted[:MOST_NAMED]) or "none"


def read_script() -> str:
    """The PowerShell that takes a report. The same on every host, so that it can be reviewed once."""
    return render("exchange/read-quotas.ps1.j2", schema=SCHEMA, system_types=SYSTEM_TYPES, commands=_READ)


def apply_script(report: QuotaReport, changes: tuple[QuotaChange, ...]) -> str:
    """The PowerShell that makes the changes, and stops at whatever is not as the report says.

    ASCII throughout: Windows PowerShell reads a file without a byte order mark in the code page of its machine, where
    a byte of a letter may be a quote. Names only tell people what is meant; objects are found by GUID.
    """
    return render(
        "exchange/apply-quotas.ps1.j2",
        commands=_SET,
        taken=report.taken.isoformat(),
        server=_ascii(report.server),
        changes=[
            {
                "what": change.what,
                "guid": change.guid,
                "name": _ascii(change.name),
                "used_database": change.used_database,
                "was": _bytes(change.before),
                "wanted": _bytes(change.after),
                "steps": [(name, to_exchange(limit)) for name, limit in change.steps],
            }
            for change in changes
        ],
    )


def report_age(report: QuotaReport, now: datetime, most: int) -> int:
    """Whole days since a report was taken. Raises `CannotTell` beyond `most`, and for a report from the future."""
    age = now - report.taken
    if age < -timedelta(days=1):
        raise CannotTell(f"{report.file} was taken at {report.taken.isoformat()}, which is still to come: take it anew")
    if age > timedelta(days=most):
        raise CannotTell(f"{report.file} is {age.days} days old, and tells nothing after {most}: take a new one")
    return max(age.days, 0)


def _read(result: CommandResult) -> QuotaReport:
    said, wrong = decoded(result.stdout_bytes), decoded(result.stderr_bytes)
    if result.rc != 0:
        raise CannotTell(f"the script that reads Exchange's quotas stopped: {shorten(wrong or said)}")
    try:
        return read_report(said)
    except ReportFault as fault:
        raise CannotTell(f"the script that reads Exchange's quotas printed no report: {shorten(str(fault))}") from None


def _top_management(target: Target) -> tuple[str, ...]:
    return tuple(account.address.casefold() for account in target.roster or () if account.unlimited)


def _of_top_management(mailboxes: Mapping[str, QuotaLevels], target: Target) -> Iterator[tuple[str, Scalar]]:
    wanted = _top_management(target)
    if not wanted:
        return
    known = {address.casefold(): quotas for address, quotas in mailboxes.items()}
    for address in wanted:
        if address in known:
            limits = {"send": known[address].send, "receive": known[address].receive}
            yield f"limit of top management {address}", _word(_smallest(limits))
    missing = [address for address in wanted if address not in known]
    yield "top management unknown to Exchange", ", ".join(missing[:MOST_NAMED]) or "none"


def _low(key: str, limits: Mapping[str, Limit], least: int) -> Iterator[tuple[str, Scalar]]:
    """A key for each limit below `least`, smallest first, at most `MOST_NAMED`."""
    low = sorted((limit, name) for name, limit in limits.items() if limit is not None and limit < least)
    yield from ((f"{key}{name}", limit) for limit, name in low[:MOST_NAMED])


def _smallest(limits: Mapping[str, Limit]) -> Limit:
    return min((limit for limit in limits.values() if limit is not None), default=None)


def _word(limit: Limit) -> Scalar:
    return UNLIMITED if limit is None else limit


def _shown(quotas: QuotaLevels) -> str:
    sizes = {"warn": quotas.warn, "send": quotas.send, "receive": quotas.receive}
    return ", ".join(f"{key} {UNLIMITED if size is None else shown(size, 'bytes')}" for key, size in sizes.items())


def _ascii(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()


def _bytes(quotas: QuotaLevels) -> str:
    return " ".join("Unlimited" if size is None else str(size) for size in (quotas.warn, quotas.send, quotas.receive))
