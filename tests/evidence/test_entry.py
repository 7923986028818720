"""Records as text: whatever people give, the register reads the same, or nothing is written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import UserError
from baseline.evidence.entry import asked_for, entry
from baseline.load import load_register
from baseline.model.evidence import FACTS, Agreement

TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), min_size=1
).filter(lambda text: text == text.strip())
HEAD = {
    "id": "a",
    "subject": "*",
    "issued_on": "2026-03-02T17:00+08:00",
    "issuer": "x",
    "attested_by": "",
    "attested_at": "",
}
GIVEN = {"held_at": "2026-03-02T09:00+08:00", "level": "premium", "tool": "t", "version": "1"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(supplier=TEXTS, issuer=TEXTS, qualification=TEXTS)
def test_texts_are_read_as_they_were_given(tmp_path: Path, supplier: str, issuer: str, qualification: str) -> None:
    facts = {"level": "premium", "supplier": supplier, "qualification": qualification}
    head = HEAD | {"issuer": issuer, "valid_from": "2026-01-01+08:00", "valid_to": "2026-12-31+08:00"}
    file = tmp_path / "register.yml"
    file.write_text(entry("MEL-G-04", head | {"file_sha256": "0" * 64}, facts), "utf-8")
    (record,) = load_register(file)
    assert isinstance(record.facts, Agreement)
    assert (record.issuer, record.facts.supplier, record.facts.qualification) == (issuer, supplier, qualification)
    assert record.valid_to == datetime.fromisoformat("2027-01-01T00:00:00+08:00"), "a date is its end"


def test_lists_and_mappings_have_their_form() -> None:
    facts = {
        "assessor": "A",
        "agency": "B",
        "operator": "C",
        "field_work_until": "2026-02-01T00:00Z",
        "aspects": "performance, electrical_power",
        "scope": "mail,dns",
        "open_critical": "[{finding: one, owner: X}]",
    }
    (made,) = yaml.safe_load(entry("MEL-G-05", HEAD, facts))
    assert made["facts"]["aspects"] == ["performance", "electrical_power"]
    assert made["facts"]["open_critical"] == [{"finding": "one", "owner": "X"}]
    assert made["attested_by"] is None


@pytest.mark.parametrize("control", FACTS)
def test_every_control_says_what_it_asks_for(control: str) -> None:
    asked = asked_for(control)
    assert all(one.written for one in asked)
    with pytest.raises(UserError) as told:
        entry(control, HEAD, {})
    assert all((f"--fact {one.name}=" in str(told.value)) == one.needed for one in asked)


@pytest.mark.parametrize(
    ("control", "facts", "why"),
    [
        ("MEL-G-02", {"held_at": "2026-03-02T09:00+08:00", "next": "x"}, "no fact next: did you mean `next_at`"),
        ("MEL-G-02", {"held_at": "yesterday"}, "held_at: `yesterday` is no date"),
        ("MEL-G-02", {"held_at": "2026-03-02"}, "has no zone"),
        ("MEL-Q-01", {}, "no records are kept for control MEL-Q-01"),
        ("MEL-G-02", {"held_at": "2026-03-02+08:00", "attendance_pct": "1\n- id: b"}, "more than one line"),
    ],
)
def test_what_is_no_record_is_refused_with_what_to_write(control: str, facts: dict[str, str], why: str) -> None:
    with pytest.raises(UserError, match=why):
        entry(control, HEAD, facts)
