"""Registers of evidence: records, their facts, and what is wrong with them."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import InputError
from baseline.load import load_inventory, load_register
from baseline.load.registers import read_register
from baseline.load.tree import Problems
from baseline.model import Evidence
from baseline.model.evidence import FACTS, Checklist, ChecklistItem, Facts, Programme, link

zones = st.sampled_from([timezone(timedelta(hours=hours)) for hours in (0, 8, -3)])
moments = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=zones).map(
    lambda moment: moment.replace(microsecond=0)
)
words = st.from_regex(r"[A-Za-z][A-Za-z0-9 :#'\"@-]{0,12}[A-Za-z]", fullmatch=True)
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: words,
    int: st.integers(0, 10**6),
    float: st.floats(0, 100).map(lambda number: round(number, 2)),
    date: st.dates(),
    datetime: moments,
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of one field."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    arguments = get_args(hint)
    if getattr(hint, "__origin__", None) is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if type(None) in arguments:
        return st.none() | values(arguments[0])
    return made(hint) if isinstance(hint, type) else st.sampled_from(arguments)


def made(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Facts of a kind, as far as they agree with each other."""
    hints = get_type_hints(kind)

    def build(chosen: tuple[Any, ...]) -> Any:
        try:
            return kind(**dict(zip(hints, chosen, strict=True)))
        except ValueError:
            return None

    return st.tuples(*(values(hint) for hint in hints.values())).map(build).filter(lambda one: one is not None)


@st.composite
def records(draw: st.DrawFn) -> Evidence:
    control = draw(st.sampled_from([name for name in FACTS if name not in ("MEL-H-05",)]))
    facts: Facts = draw(made(FACTS[control]))
    start = draw(moments)
    attested = draw(st.booleans())
    return Evidence(
        id=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True).map(lambda name: f"r-{name}")),
        control=control,
        subject=draw(words),
        issued_on=draw(moments),
        issuer=draw(words),
        facts=facts,
        valid_from=start,
        valid_to=start + timedelta(days=draw(st.integers(0, 400))),
        file_sha256=hashlib.sha256(b"the document").hexdigest(),
        attested_by=draw(words) if attested else None,
        attested_at=draw(moments) if attested else None,
    )


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much], deadline=None)
@given(st.lists(records(), min_size=1, max_size=4, unique_by=lambda record: record.id))
def test_reads_back_what_it_writes(tmp_path: Path, written: list[Evidence]) -> None:
    path = tmp_path / "register.yml"
    path.write_text(yaml.safe_dump([record.to_dict() for record in written], allow_unicode=True))
    assert load_register(path) == tuple(written)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.sampled_from("-:{}[]'\n id=facts5*&"), max_size=60))
def test_any_text_gives_records_or_problems_with_places(tmp_path: Path, text: str) -> None:
    path = tmp_path / "register.yml"
    path.write_text(text)
    problems = Problems()
    assert read_register(path, problems) or problems.found
    assert all(problem.file == str(path) for problem in problems.found)


RECORD = """
- id: programme-2026
  control: MEL-G-02
  subject: putrajaya
  issued_on: 2026-01-05T00:00:00+08:00
  issuer: Training unit
  file: {file}
  file_sha256: {digest}
  attested_by: {by}
  attested_at: {at}
  facts: {{held_at: 2026-01-05T09:00:00+08:00}}
"""


def written(folder: Path, document: bytes = b"minutes", by: str = "Aminah", at: str = "2026-01-06T09:00:00Z") -> Path:
    """A register of one record beside its document."""
    (folder / "minutes.pdf").write_bytes(b"minutes")
    digest = hashlib.sha256(document).hexdigest()
    path = folder / "register.yml"
    path.write_text(RECORD.format(file="minutes.pdf", digest=digest, by=by, at=at))
    return path


def test_a_document_that_is_the_attested_one(tmp_path: Path) -> None:
    (record,) = load_register(written(tmp_path))
    assert record.facts == Programme(datetime.fromisoformat("2026-01-05T09:00:00+08:00"))
    assert record.attested_by == "Aminah"


def test_a_document_that_was_changed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"register.yml:8:16: .* it is not the document that was attested"):
        load_register(written(tmp_path, b"other minutes"))


def test_a_record_may_wait_for_who_attests_it(tmp_path: Path) -> None:
    (record,) = load_register(written(tmp_path, by="", at=""))
    assert (record.attested_by, record.attested_at) == (None, None)


def test_half_attested_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="are given together"):
        load_register(written(tmp_path, by=""))


def test_the_inventory_names_the_register_and_it_is_read_once(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "hosts.yml").write_text("all:\n  hosts: {a: {}, b: {}}\n  vars: {register: register.yml}\n")
    first, second = load_inventory(tmp_path / "hosts.yml").targets
    assert first.register is second.register
    assert first.register is not None
    assert [record.id for record in first.register] == ["programme-2026"]
    (tmp_path / "none.yml").write_text("all:\n  hosts: {a: {}}\n")
    assert load_inventory(tmp_path / "none.yml").targets[0].register is None


def test_every_sort_of_facts_says_what_it_is() -> None:
    assert {kind.__name__ for kind in get_args(Facts)} == {kind.__name__ for kind in FACTS.values()}
    assert all(kind.__doc__ for kind in FACTS.values())
    assert all(fields(kind) for kind in FACTS.values())


MORNING = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
CHECKLIST = Evidence(
    id="day",
    control="MEL-H-07",
    subject="putrajaya",
    issued_on=MORNING,
    issuer="Operator",
    facts=Checklist(date(2026, 1, 5), (ChecklistItem("disk", "ok", "Kumar", MORNING),), "0" * 64),
    attested_by="Aminah",
    attested_at=MORNING,
)


def test_a_link_is_what_the_documentation_says_it_is() -> None:
    line = '["2026-01-05",[["disk","ok","Kumar","2026-01-05T01:00:00Z",""]],"Aminah","2026-01-05T01:00:00Z","%s"]'
    assert link(CHECKLIST) == hashlib.sha256((line % ("0" * 64)).encode()).hexdigest()


def test_only_checklists_have_links() -> None:
    programme = Evidence("p", "MEL-G-02", "putrajaya", MORNING, "Training unit", Programme(MORNING))
    with pytest.raises(TypeError, match="p is no checklist"):
        link(programme)


# --- subjects that are no site -----------------------------------------------------

TRAINING = """\
- id: r{number}
  control: MEL-G-02
  subject: {subject}
  issued_on: 2026-03-02T17:00:00+08:00
  issuer: Training
  file_sha256: {digest}
  attested_by: Aminah
  attested_at: 2026-03-03T09:00:00+08:00
  facts: {{held_at: 2026-03-02T09:00:00+08:00, next_at: 2027-03-01T09:00:00+08:00, attendance_pct: 87.5}}
"""


def told_of_subjects(folder: Path, hosts: str, *subjects: str) -> list[str]:
    records = [TRAINING.format(number=at, subject=one, digest="0" * 64) for at, one in enumerate(subjects)]
    (folder / "register.yml").write_text("".join(records))
    (folder / "hosts").write_text(hosts)
    return [str(slip).removeprefix(f"{folder}/") for slip in load_inventory(folder / "hosts").misspelt]


SITES = "mx1 roles=mta site=cyberjaya register=register.yml\nmx2 roles=mta site=melaka register=register.yml\n"


@pytest.mark.parametrize("subjects", [["cyberjaya"], ["cyberjaya", "ipoh"], ["'*'"], ["melaka", "'*'"]])
def test_a_register_about_a_site_of_its_hosts_is_not_spoken_of(tmp_path: Path, subjects: list[str]) -> None:
    assert told_of_subjects(tmp_path, SITES, *subjects) == []


def test_a_register_whose_subjects_match_no_site_is_told(tmp_path: Path) -> None:
    assert told_of_subjects(tmp_path, SITES, "ipoh", "kuantan") == [
        "register.yml:3:12: no record of this register is about a site of its hosts: 'ipoh' is none of them: "
        "known: `cyberjaya` and `melaka`"
    ]
    assert told_of_subjects(tmp_path, "mx1 roles=mta register=register.yml\n", "cyberjaya") == [
        "register.yml:3:12: no record of this register is about a site of its hosts: 'cyberjaya' is none of them: "
        "known: `site`"
    ]


def test_a_misspelt_site_among_others_is_told(tmp_path: Path) -> None:
    assert told_of_subjects(tmp_path, SITES, "cyberjaya", "melakka") == [
        "register.yml:12:12: no host of this register has the site `melakka`: did you mean `melaka`?"
    ]
