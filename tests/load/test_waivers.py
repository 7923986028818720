"""Files of waivers: read strictly, every mistake at its place, all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baseline.errors import InputError, NothingMatched
from baseline.load import Baseline, Inventory, load_baseline, load_inventory, load_waivers
from baseline.model.waivers import Waivers

NOW = datetime(2027, 1, 1, tzinfo=UTC)
GOOD = """\
- control: MEL-Q-01
  hosts: mx1
  reason: a new store is ordered
  approver: CISO
  expires: 2027-03-31+08:00
"""
INVENTORY = """\
mta:
  hosts:
    mx1: {}
    mx2: {}
  vars:
    roles: [mta, mailstore]
    domains: [agensi.example.my]
"""


@pytest.fixture(scope="module")
def rules() -> Baseline:
    return load_baseline("mampu-2007")


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    (tmp_path / "inventory.yml").write_text(INVENTORY)
    return load_inventory(tmp_path / "inventory.yml")


@pytest.fixture
def read(tmp_path: Path, inventory: Inventory, rules: Baseline) -> object:
    def do(text: str, **given: object) -> Waivers:
        (tmp_path / "waivers.yml").write_text(text)
        given = {"now": NOW, **given}
        return load_waivers(tmp_path / "waivers.yml", inventory=inventory, baseline=rules, **given)  # type: ignore[arg-type]

    return do


def test_a_waiver_says_what_it_covers_and_for_how_long(read) -> None:  # type: ignore[no-untyped-def]
    (one,) = read(GOOD).waivers
    assert (one.control, one.controls) == ("MEL-Q-01", {"MEL-Q-01"})
    assert (one.limit, one.hosts) == ("mx1", {"mx1"})
    assert one.expires == datetime(2027, 3, 31, 16, tzinfo=UTC)
    assert (one.kind, one.reason, one.approver) == ("waiver", "a new store is ordered", "CISO")
    assert one.place.endswith("waivers.yml:1:3")


def test_controls_may_be_globs_and_tags_and_hosts_groups_and_domains(read) -> None:  # type: ignore[no-untyped-def]
    (one,) = read(GOOD.replace("MEL-Q-01", "[MEL-Q-*, MEL-D-05]").replace("mx1", "mta:!mx2")).waivers
    assert {"MEL-Q-01", "MEL-Q-02", "MEL-D-05"} <= one.controls
    assert one.hosts == {"mx1"}
    (tagged,) = read(GOOD.replace("control: MEL-Q-01", "tag: quota").replace("mx1", "all")).waivers
    assert "MEL-Q-01" in tagged.controls
    assert tagged.hosts == {"mx1", "mx2", "agensi.example.my", "site"}


def test_an_annotation_is_a_waiver_of_its_own_kind(read) -> None:  # type: ignore[no-untyped-def]
    (one,) = read(f"{GOOD}  kind: annotation\n  ticket: T-1\n  compensating: watched daily\n").waivers
    assert (one.kind, one.ticket, one.compensating) == ("annotation", "T-1", "watched daily")


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("  approver: CISO\n", "", "1:3", "`approver` is missing"),
        ("approver: CISO", "approver:", "4:12", "`approver`: text is wanted, not nothing"),
        ("approver: CISO", "approver: ' '", "4:13", "`approver`: it is empty"),
        ("2027-03-31+08:00", "2027-03-31", "5:12", "`expires`: `2027-03-31` has no zone: write 2027-03-31+08:00"),
        ("2027-03-31+08:00", "20270331", "5:12", "`expires`: a date or time with its zone is wanted"),
        ("2027-03-31+08:00", "", "5:11", "`expires`: a date or time with its zone is wanted"),
        ("2027-03-31+08:00", "2028-01-03+08:00", "5:12", "`expires`: it ends more than 366 days ahead"),
        ("reason: a", "reasons: a", "3:3", "unknown key `reasons`: did you mean `reason`?"),
        ("  hosts: mx1\n", "", "1:3", "`hosts` is missing"),
        ("hosts: mx1", "hosts: []", "2:10", "`hosts`"),
        (
            "control: MEL-Q-01",
            "tag: quota\n  control: MEL-Q-01",
            "1:3",
            "either a `control`, by id or glob, or a `tag`",
        ),
        ("expires", "begins: 2027-04-01+08:00\n  expires", "1:3", "it ends before it begins"),
        ("expires", "kind: exception\n  expires", "5:9", "`kind`"),
    ],
)
def test_every_mistake_stands_at_its_place(read, old: str, new: str, place: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        read(GOOD.replace(old, new))
    told = [str(one).partition("waivers.yml:")[2] for one in caught.value.problems]
    assert any(one.startswith(f"{place}: ") and said in one for one in told), told


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("MEL-Q-01", "MEL-Q-0l", "1:12", "mampu-2007 has no control MEL-Q-0l: did you mean `MEL-Q-"),
        (
            "control: MEL-Q-01",
            "tag: quotas",
            "1:8",
            "no control of mampu-2007 has the tag quotas: did you mean `quota`",
        ),
        ("mx1", "mx9", "2:10", "`hosts`: no host matches mx9: did you mean"),
        ("mx1", "'@failed'", "2:10", "`hosts`: `@` stands for other hosts every time"),
        (
            "MEL-Q-01",
            "MEL-D-01",
            "2:10",
            "`hosts`: MEL-D-01 is about a domain, and none is named here; there are: agensi",
        ),
    ],
)
def test_what_matches_nothing_has_an_exit_code_of_its_own(read, old: str, new: str, place: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NothingMatched) as caught:
        read(GOOD.replace(old, new))
    assert f"waivers.yml:{place}: {said}" in str(caught.value)


def test_all_mistakes_are_told_at_once(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        read(GOOD.replace("mx1", "mx9") + GOOD.replace("  approver: CISO\n", "") + GOOD.replace("2027-03", "2029-03"))
    assert [one.line for one in caught.value.problems] == [2, 6, 14]


def test_the_same_is_waived_once(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=r"the same is waived twice: first at .*:1:3"):
        read(GOOD + GOOD)
    assert len(read(f"{GOOD}{GOOD}  begins: 2027-03-01+08:00\n").waivers) == 2


def test_how_far_ahead_one_may_end_is_counted_in_instants(read) -> None:  # type: ignore[no-untyped-def]
    latest = NOW + timedelta(days=366)
    assert read(GOOD.replace("2027-03-31+08:00", latest.isoformat())).waivers
    with pytest.raises(InputError, match="more than 366 days ahead"):
        read(GOOD.replace("2027-03-31+08:00", (latest + timedelta(seconds=1)).isoformat()))
    with pytest.raises(InputError, match="more than 30 days ahead"):
        read(GOOD, longest_days=30)


def test_what_is_for_another_baseline_is_read_and_left(read) -> None:  # type: ignore[no-untyped-def]
    assert read(f"{GOOD.replace('MEL-Q-01', 'XYZ-1')}  baseline: agency-mail\n").waivers == ()


def test_an_inventory_names_the_file_and_both_lengths(tmp_path: Path, rules: Baseline) -> None:
    (tmp_path / "waivers.yml").write_text(GOOD)
    lengths = "    waivers: waivers.yml\n    waiver_notice_days: 14\n    waiver_longest_days: 60\n"
    (tmp_path / "inventory.yml").write_text(INVENTORY + lengths)
    loaded = load_inventory(tmp_path / "inventory.yml")
    with pytest.raises(InputError, match="more than 60 days ahead"):
        load_waivers(inventory=loaded, baseline=rules, now=NOW)
    later = load_waivers(inventory=loaded, baseline=rules, now=NOW + timedelta(days=50))
    assert (len(later.waivers), later.notice) == (1, timedelta(days=14))


def test_a_length_is_a_number_of_days(tmp_path: Path) -> None:
    (tmp_path / "inventory.yml").write_text(f"{INVENTORY}    waiver_notice_days: a month\n")
    with pytest.raises(InputError, match=r"`waiver_notice_days`: 'a month' is no number of days"):
        load_inventory(tmp_path / "inventory.yml")


@pytest.mark.parametrize("text", ["mx1: {}\n", "- mx1\n"])
def test_another_document_is_told(read, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=r"must be a (list|mapping)"):
        read(text)
