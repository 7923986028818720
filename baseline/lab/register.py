"""The lab's register of evidence: every record says that it is made up, so that the lab can conform in tests.

It holds from the moment at which the lab comes up for a day, as daily tests and checklists do.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import yaml

SITE = "lab"
MADE_UP = "lab: made up for tests"
DOCUMENT = b"Made up for tests. The lab is no agency: nothing in its register happened.\n"
DAYS = 8
ALSO = ("services", "queue", "disk", "certificates", "block_lists", "backup_age")
"""What the circular's baseline advises a checklist to have besides the test of delivery."""

_THERE = timezone(timedelta(hours=8))
"""The zone that the circular's controls count days in."""


def register_text(now: datetime) -> str:
    """The register in YAML, as of a moment."""
    now = now.astimezone(_THERE).replace(microsecond=0)
    head = "# Made up for tests: nothing here happened. Written when the lab comes up; it holds for a day.\n"
    return head + yaml.safe_dump(_records(now), sort_keys=False, allow_unicode=True)


def _records(now: datetime) -> list[dict[str, Any]]:
    day = timedelta(days=1)
    probes = {
        "tool": MADE_UP,
        "version": "0",
        "vantage": "outside",
        "since": (now - day).isoformat(),
        "until": now.isoformat(),
        "steps": ["smtp", "submission", "imap"],
        "runs": 288,
        "succeeded": 288,
        "longest_gap_seconds": 300,
        "last_success_at": now.isoformat(),
    }
    monitoring = {
        "tool": MADE_UP,
        "version": "0",
        "since": (now - 30 * day).isoformat(),
        "until": now.isoformat(),
        "longest_gap_seconds": 300,
        "availability_pct": 100.0,
    }
    assessment = {
        "assessor": "an assessor made up for tests",
        "agency": "lab",
        "operator": "lab",
        "field_work_until": (now - 40 * day).isoformat(),
        "aspects": ["performance", "security_risk", "electrical_power"],
        "scope": ["mail", "dns", "firewall", "ips"],
    }
    programme = {"held_at": (now - 30 * day).isoformat(), "next_at": (now + 180 * day).isoformat()}
    agreement = {"level": "premium", "supplier": MADE_UP, "qualification": MADE_UP}
    term = {"valid_from": (now - 30 * day).isoformat(), "valid_to": (now + 335 * day).isoformat()}
    return [
        _record("lab-monitoring", "MEL-H-01", now, monitoring),
        _record("lab-probes", "MEL-H-05", now, probes),
        *_days(now),
        _record("lab-programme", "MEL-G-02", now - 30 * day, programme),
        _record("lab-report", "MEL-G-03", now, {"sent_at": now.isoformat(), "notified": []}),
        _record("lab-agreement", "MEL-G-04", now - 30 * day, agreement) | term,
        _record("lab-assessment", "MEL-G-05", now - 30 * day, assessment),
    ]


def _days(now: datetime) -> list[dict[str, Any]]:
    """A test of delivery and a checklist of each day up to today's."""
    records, previous = [], ""
    for back in range(DAYS, -1, -1):
        moment = now - timedelta(days=back)
        day, at = moment.date().isoformat(), moment.isoformat()
        test = {
            "provider": MADE_UP,
            "token": f"lab-{day}",
            "sent_at": at,
            "submission_reply": "250 made up",
            "arrived_at": at,
            "folder": "INBOX",
        }
        item = {
            "item": "external_delivery_test",
            "result": "ok",
            "operator": MADE_UP,
            "at": at,
            "evidence": f"lab-delivery-{day}",
        }
        others = [{"item": name, "result": "ok", "operator": MADE_UP, "at": at, "evidence": ""} for name in ALSO]
        checklist = {"day": day, "items": [item, *others], "previous": previous}
        records.append(_record(f"lab-delivery-{day}", "MEL-H-06", moment, test))
        records.append(_record(f"lab-checklist-{day}", "MEL-H-07", moment, checklist))
        previous = _link(checklist, moment)
    return records


def _record(name: str, control: str, moment: datetime, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "control": control,
        "subject": SITE,
        "issued_on": moment.isoformat(),
        "issuer": MADE_UP,
        "file": "register.txt",
        "file_sha256": hashlib.sha256(DOCUMENT).hexdigest(),
        "attested_by": MADE_UP,
        "attested_at": moment.isoformat(),
        "facts": facts,
    }


def _link(checklist: dict[str, Any], attested_at: datetime) -> str:
    """What the next day's checklist names as its `previous`: the rule is in the documentation of the register."""
    utc = attested_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    items = [[item["item"], item["result"], item["operator"], utc, item["evidence"]] for item in checklist["items"]]
    line = [checklist["day"], items, MADE_UP, utc, checklist["previous"]]
    return hashlib.sha256(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
