"""One agency over a year that is made up: its history, its register, what was measured, and the dossier of it.

The year has days without a check, a clock that is set back and one that is set forth, an upgrade and a new version of
the baseline; checklists with days that were missed; an agreement that expired, and an assessment that lacks the power
supply; a leap day, the end of a year, and an officer in another time zone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from baseline.dossier.attested import RegisterRead
from baseline.dossier.making import DossierOrder, Material, dossier
from baseline.history import History
from baseline.model import Evidence
from baseline.model.evidence import (
    Agreement,
    Assessment,
    Checklist,
    ChecklistItem,
    DeliveryTest,
    link,
    signed_content,
)
from baseline.model.measurements import AuthenticationResult, DeliveryMeasured, Measurement
from baseline.reports.past import Background
from baseline.signing import EVIDENCE, MEASUREMENT, Signer
from tests.bench.year import START, Year

SITE, AGENCY = "putrajaya", "agensi.example"
HERE, THERE = timezone(timedelta(hours=8)), timezone(timedelta(hours=9))
SOME_DAYS = (0, 1, 2, 39, 42, 120, 121, 180, 213, 214, 250, 272, 273, 274, 364)
"""Days at which something happens, the end of the year and the leap day among them."""
LOOKED_AT = ("mail", "dns", "firewall", "ips")
MISSED = frozenset({5, 121, 213})
"""Days whose checklist nobody made."""


@dataclass(frozen=True)
class MadeUpAgency:
    """What a dossier is made of, and the key that signs it."""

    history: History
    material: Material
    signer: Signer
    days: int

    def order(self, since: int = 0, until: int | None = None, **others: datetime) -> DossierOrder:
        """An order for some days of the year; by default all."""
        begin = START - timedelta(hours=6) + timedelta(days=since)
        end = START - timedelta(hours=6) + timedelta(days=self.days if until is None else until)
        order = DossierOrder(AGENCY, begin.astimezone(HERE), end.astimezone(HERE), START + timedelta(days=900))
        return replace(order, **others)  # type: ignore[arg-type]

    def dossier(self, since: int = 0, until: int | None = None) -> bytes:
        """The dossier of some days; by default of all."""
        return dossier(self.order(since, until), self.history, self.material, self.signer)


def agency(folder: Path, hosts: int, days: Collection[int], signer: Signer | None = None) -> MadeUpAgency:
    """An agency of so many hosts, which were looked at on these days of the year."""
    signer = signer or Signer.made()
    history = History(folder / "history.db", who="aminah@controller")
    last = max(days) + 1
    for report, heard in Year(hosts, last).runs():
        day = int(report.run.id[-8:], 16)
        if day not in days:
            continue
        history.keep_measurement(measurement(day), lambda covered: signer.sign(covered, MEASUREMENT))
        keeping = history.begin("check")
        for name, answers in heard.items():
            keeping.heard(name, answers)
        assert keeping.keep(report) == ""
    register = folder / "register.yml"
    register.write_text("# As the officers keep it.\n")
    (folder / "agreement.txt").write_text("Premium maintenance, by day and night.\n")
    officer = Signer.made()
    signers = folder / "allowed_signers"
    signers.write_text(f'aminah namespaces="baseline-evidence" {officer.public_line}\n')
    signed = (signed_by(officer, record) for record in (agreement(folder / "agreement.txt"), *checklists(set(days))))
    read = (RegisterRead(SITE, register, (*signed, assessment()), signers),)
    return MadeUpAgency(history, Material(lambda *_: Background(), read, (), (AGENCY,)), signer, last)


def measurement(day: int) -> Measurement:
    """A mail from outside on a day of the year, at nine in the morning of its place."""
    sent = (START + timedelta(days=day)).astimezone(HERE).replace(hour=9)
    facts = DeliveryMeasured(
        provider="outside",
        identity="probe@outside.example",
        account=f"probe@{AGENCY}",
        vantage="outside",
        direction="out",
        token=f"token-{day}",
        sent_at=sent,
        submission_reply="250 2.0.0 OK",
        outcome="delivered",
        arrived_at=sent + timedelta(seconds=20),
        folder="INBOX",
        authentication=(AuthenticationResult("spf", "pass"),),
    )
    return Measurement(SITE, "baseline", "1.0.0", facts)


def signed_by(signer: Signer, record: Evidence) -> Evidence:
    """A record with the signature of a person."""
    return replace(record, signature=signer.sign(signed_content(record), EVIDENCE))


def checklists(days: Collection[int]) -> Iterator[Evidence]:
    """A checklist for each day that was not missed, each with the link of the one before."""
    previous = ""
    for day in sorted(set(days) - MISSED):
        zone = THERE if day % 2 else HERE
        at = (START + timedelta(days=day)).astimezone(zone)
        item = ChecklistItem("external_delivery_test", "ok", "Kumar a/l Raju", at, f"delivery-{day}")
        record = Evidence(
            id=f"checklist-{day:03}",
            control="MEL-H-07",
            subject=SITE,
            issued_on=at,
            issuer="Operations",
            facts=Checklist(at.date(), (item,), previous),
            attested_by="Aminah binti Ali, ketua ICT",
            attested_at=at + timedelta(hours=1),
        )
        previous = link(record)
        yield record


def deliveries(days: Collection[int]) -> Iterator[Evidence]:
    """A mail from outside for each day, as a person records it."""
    for day in days:
        sent = (START + timedelta(days=day)).astimezone(HERE)
        facts = DeliveryTest("outside", f"token-{day}", sent, "250 2.0.0 OK", sent + timedelta(seconds=20), "INBOX")
        yield Evidence(
            id=f"delivery-{day}",
            control="MEL-H-06",
            subject=SITE,
            issued_on=sent + timedelta(minutes=1),
            issuer="Operations",
            facts=facts,
            attested_by="Kumar a/l Raju",
            attested_at=sent + timedelta(minutes=2),
        )


def agreement(document: Path) -> Evidence:
    """An agreement that ends with the year in which the time begins."""
    begun = datetime(2027, 1, 1, tzinfo=HERE)
    return Evidence(
        id="agreement-2027",
        control="MEL-G-04",
        subject=SITE,
        issued_on=begun,
        issuer="Procurement",
        facts=Agreement("premium", "Syarikat Contoh", "MOF 357-1"),
        valid_from=begun,
        valid_to=datetime(2028, 1, 1, tzinfo=HERE),
        file=document.name,
        file_sha256=hashlib.sha256(document.read_bytes()).hexdigest(),
        attested_by="Aminah binti Ali, ketua ICT",
        attested_at=begun,
    )


def assessment() -> Evidence:
    """An assessment by others that looked at everything but the power supply."""
    done = datetime(2027, 9, 1, 9, tzinfo=HERE)
    return Evidence(
        id="assessment-2027",
        control="MEL-G-05",
        subject="*",
        issued_on=done,
        issuer="Penilai",
        facts=Assessment("Penilai Sdn Bhd", AGENCY, "", done, ("performance", "security_risk"), LOOKED_AT),
        file="not-here.pdf",
        file_sha256="ab" * 32,
        attested_by="Aminah binti Ali, ketua ICT",
        attested_at=done.astimezone(UTC) + timedelta(days=1),
    )
