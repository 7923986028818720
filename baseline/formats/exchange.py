"""The JSON that the read script for Exchange prints (`templates/exchange/read-quotas.ps1.j2`).

Strict: a key more or less, a value of another type, a mailbox in a database that is not listed, a quota that cannot
be read are all mistakes, told with the path of the value. Written after Microsoft's reference of Get-Mailbox and
Get-MailboxDatabase; not yet seen from a real Exchange.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from baseline import sizes
from baseline.classes import dataclass
from baseline.formats import documents
from baseline.model.quotas import Database, Limit, Mailbox, QuotaLevels, QuotaReport

SCHEMA = "baseline.exchange-quotas/1"

SYSTEM_TYPES = (
    "ArbitrationMailbox",
    "AuditLogMailbox",
    "AuxAuditLogMailbox",
    "DiscoveryMailbox",
    "MailboxPlan",
    "MonitoringMailbox",
    "PublicFolderMailbox",
    "SupervisoryReviewPolicyMailbox",
    "SystemAttendantMailbox",
    "SystemMailbox",
)
"""RecipientTypeDetails of mailboxes that are nobody's account."""

Step = str | int


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a report. `path` leads to the value, so that a reader can find its place."""

    path: tuple[Step, ...]
    message: str

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.message}" if self.path else self.message


class ReportFault(ValueError):
    """A report that cannot be used. `line` and `column` are those of a text that is no JSON, else 0."""

    def __init__(self, faults: list[Fault], line: int = 0, column: int = 0) -> None:
        self.faults, self.line, self.column = tuple(faults), line, column
        super().__init__("; ".join(str(fault) for fault in faults))


def dotted(path: tuple[Step, ...]) -> str:
    """A path as people write it: `mailboxes[3].Guid`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def read_report(text: str, file: str = "") -> QuotaReport:
    """The report of a text. Raises `ReportFault` with everything that is wrong with it."""
    try:
        document = documents.read(text, _once, large=True)
    except json.JSONDecodeError as error:
        raise ReportFault([Fault((), f"this is no JSON: {error.msg}")], error.lineno, error.colno) from None
    except ValueError as error:
        raise ReportFault([Fault((), f"this is no report: {error}")]) from None
    try:
        read = _Report.model_validate(document)
    except ValidationError as error:
        raise ReportFault([Fault(tuple(one["loc"]), _words(one)) for one in error.errors()]) from None
    report = read.as_value(file)
    faults = list(_contradictions(read))
    if faults:
        raise ReportFault(faults)
    return report


# --- the contract ---------------------------------------------------------------------------------


def _quota(value: Any) -> Any:
    """A quota in any form that Exchange or PowerShell gives it, as a limit in a list of one; None is not told."""
    if isinstance(value, dict) and value.get("IsUnlimited") is True:
        return (None,)
    if isinstance(value, dict) and value.get("IsUnlimited") is False:
        value = value.get("Value")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return (value,)
    if isinstance(value, str):
        return (sizes.exchange(value),)
    raise ValueError(f"{json.dumps(value)} is not an Exchange quota")


def _quota_or_null(value: Any) -> Any:
    return None if value is None else _quota(value)


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be one line of visible characters")
    return text


def _instant(text: str) -> datetime:
    if not text.endswith("Z"):
        raise ValueError("must be a time in UTC, such as 2026-11-24T01:02:03Z")
    return datetime.fromisoformat(text).astimezone(UTC)


_Line = Annotated[str, AfterValidator(_line)]
_Guid = Annotated[
    str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"), AfterValidator(str.lower)
]
_Quota = Annotated[tuple[Limit], BeforeValidator(_quota)]
_QuotaOrNull = Annotated[tuple[Limit] | None, BeforeValidator(_quota_or_null)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Database(_Strict):
    Guid: _Guid
    Name: _Line
    IssueWarningQuota: _Quota
    ProhibitSendQuota: _Quota
    ProhibitSendReceiveQuota: _Quota

    def as_value(self) -> Database:
        quotas = QuotaLevels(self.IssueWarningQuota[0], self.ProhibitSendQuota[0], self.ProhibitSendReceiveQuota[0])
        return Database(self.Guid, self.Name, quotas)


class _Mailbox(_Strict):
    Guid: _Guid
    PrimarySmtpAddress: _Line
    RecipientTypeDetails: _Line
    Database: str
    UseDatabaseQuotaDefaults: bool
    IssueWarningQuota: _QuotaOrNull
    ProhibitSendQuota: _QuotaOrNull
    ProhibitSendReceiveQuota: _QuotaOrNull

    def as_value(self) -> Mailbox:
        told = [self.IssueWarningQuota, self.ProhibitSendQuota, self.ProhibitSendReceiveQuota]
        limits = [limit[0] for limit in told if limit is not None]
        return Mailbox(
            guid=self.Guid,
            address=self.PrimarySmtpAddress,
            type=self.RecipientTypeDetails,
            database=self.Database,
            uses_database=self.UseDatabaseQuotaDefaults,
            own=QuotaLevels(*limits) if len(limits) == len(told) else None,
        )


class _Report(_Strict):
    format: Literal["baseline.exchange-quotas/1"] = Field(alias="schema")
    taken: Annotated[str, AfterValidator(_instant)]
    server: _Line
    databases: Annotated[list[_Database], Field(min_length=1)]
    mailboxes: Annotated[list[_Mailbox], Field(min_length=1)]

    def as_value(self, file: str) -> QuotaReport:
        mailboxes = tuple(one.as_value() for one in self.mailboxes if one.RecipientTypeDetails not in SYSTEM_TYPES)
        databases = tuple(one.as_value() for one in self.databases)
        taken: Any = self.taken  # what its validator made of the text
        return QuotaReport(taken, self.server, databases, mailboxes, file)


def _contradictions(read: _Report) -> Iterator[Fault]:
    """What no single value tells: what is given twice, databases that are not listed, quotas that hold and are null."""
    names = {one.Name.casefold() for one in read.databases}
    for what, guids in (
        ("databases", [one.Guid for one in read.databases]),
        ("mailboxes", [one.Guid for one in read.mailboxes]),
    ):
        yield from _twice(what, "Guid", guids)
    yield from _twice("databases", "Name", [one.Name.casefold() for one in read.databases])
    for number, one in enumerate(read.mailboxes):
        if one.UseDatabaseQuotaDefaults and one.Database.casefold() not in names:
            message = f"{one.PrimarySmtpAddress} has the quotas of a database that is not listed: {one.Database!r}"
            yield Fault(("mailboxes", number, "Database"), message)
        elif not one.UseDatabaseQuotaDefaults and one.as_value().own is None:
            message = f"{one.PrimarySmtpAddress} has quotas of its own, and they are null"
            yield Fault(("mailboxes", number, "UseDatabaseQuotaDefaults"), message)
    if all(one.RecipientTypeDetails in SYSTEM_TYPES for one in read.mailboxes):
        yield Fault(("mailboxes",), "none of them is an account's: the login may see system mailboxes only")


def _twice(what: str, key: str, values: list[str]) -> Iterator[Fault]:
    often = {value for value, times in Counter(values).items() if times > 1}
    for number, value in enumerate(values):
        if value in often and values.index(value) != number:
            yield Fault((what, number, key), f"{value} is given twice")


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    for key, times in Counter(key for key, _ in pairs).items():
        if times > 1:
            raise ValueError(f"the key `{key}` is given twice in one object")
    return dict(pairs)


def _words(error: Any) -> str:
    """pydantic's error in the words of the other files."""
    kind = error["type"]
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "there is no such key in a report"
    if kind == "too_short":
        return "lists none: the login may not see them"
    return str(error["msg"]).removeprefix("Value error, ")
