"""Reports of Exchange, of the cases of `exchange_quota` and made to measure; none of them is from an Exchange."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from hypothesis import strategies as st

from baseline.formats.exchange import SCHEMA, read_report
from baseline.kinds.exchange_quota import ExchangeQuota, read_script
from baseline.load import load_baseline
from baseline.model import Account, Target
from baseline.model.quotas import NO_LIMIT, Database, Limit, Mailbox, QuotaLevels, QuotaReport
from baseline.sizes import KIB, MOST_EXCHANGE
from tests.cases.changed import recorded

TAKEN = datetime(2026, 11, 23, 22, 10, 5, tzinfo=UTC)
MIB = 1 << 20

DIRECTOR = "ketua.pengarah@example.gov.my"
ROSTER = (Account(DIRECTOR, "top_management"), Account("aisyah@example.gov.my"))
HOST = Target("ex1", "192.0.2.9", roles=frozenset({"mailstore"}), shell="powershell", roster=ROSTER)


def text_of(name: str) -> str:
    """The document of a case."""
    return recorded(f"exchange_quota/{name}").answers[read_script()].stdout.decode()


def document(**changes: Any) -> dict[str, Any]:
    """The document of an Exchange as it comes, with other values at the top."""
    plain: dict[str, Any] = json.loads(text_of("pass-out-of-the-box"))
    return {**plain, **changes}


def written(name: str) -> QuotaReport:
    """A written report, as a file brings it."""
    return read_report(text_of(name), f"{name}.json")


def control() -> ExchangeQuota:
    """MEL-Q-10 as it is shipped."""
    (found,) = load_baseline("mampu-2007").only(tags=(), controls=["MEL-Q-10"]).controls_for(HOST)
    assert isinstance(found, ExchangeQuota)
    return found


def _guid(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def report(databases: dict[str, QuotaLevels], mailboxes: dict[str, tuple[str, QuotaLevels | None]]) -> QuotaReport:
    """A report from database name -> quotas, and address -> database and its own quotas, if it has some that hold."""
    return QuotaReport(
        TAKEN,
        "EX1",
        tuple(Database(_guid(f"database {name}"), name, quotas) for name, quotas in databases.items()),
        tuple(
            Mailbox(_guid(address), address, "UserMailbox", database, own is None, own)
            for address, (database, own) in mailboxes.items()
        ),
        "report.json",
    )


limits: st.SearchStrategy[Limit] = st.one_of(
    st.none(),
    st.integers(1, MOST_EXCHANGE // KIB).map(lambda size: size * KIB),
    # Near the floors, where it matters.
    st.integers(90 * MIB // KIB, 110 * MIB // KIB).map(lambda size: size * KIB),
)
quotas = st.builds(QuotaLevels, limits, limits, limits)
ordered_quotas = st.tuples(limits, limits, limits).map(
    lambda three: QuotaLevels(*sorted(three, key=lambda limit: (limit is None, limit or 0)))
)


@st.composite
def reports(draw: st.DrawFn) -> QuotaReport:
    """Any report."""
    databases = draw(st.dictionaries(st.sampled_from(["DB01", "DB02", "DB03"]), quotas, min_size=1))
    addresses = st.sampled_from([f"{name}@example.gov.my" for name in "abcdef"])
    own = st.one_of(st.none(), quotas)
    return report(databases, draw(st.dictionaries(addresses, st.tuples(st.sampled_from(sorted(databases)), own))))


def as_document(found: QuotaReport, taken: datetime = TAKEN) -> dict[str, Any]:
    """What the read script would print where Exchange has these quotas."""

    def three(one: QuotaLevels) -> dict[str, str]:
        shown = {"IssueWarningQuota": one.warn, "ProhibitSendQuota": one.send, "ProhibitSendReceiveQuota": one.receive}
        return {name: _displayed(limit) for name, limit in shown.items()}

    return {
        "schema": SCHEMA,
        "taken": f"{taken:%Y-%m-%dT%H:%M:%SZ}",
        "server": found.server,
        "databases": [{"Guid": one.guid, "Name": one.name, **three(one.quotas)} for one in found.databases],
        "mailboxes": [
            {
                "Guid": one.guid,
                "PrimarySmtpAddress": one.address,
                "RecipientTypeDetails": one.type,
                "Database": one.database,
                "UseDatabaseQuotaDefaults": one.uses_database,
                **three(one.own or NO_LIMIT),
            }
            for one in found.mailboxes
        ],
    }


def _displayed(limit: Limit) -> str:
    return "Unlimited" if limit is None else f"{limit / MIB:.4f} MB ({limit:,} bytes)"
