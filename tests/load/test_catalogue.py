"""The baselines that ship: the circular, and the stricter one, which extends it and loosens nothing of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from baseline.errors import InputError
from baseline.kinds.base import asked
from baseline.load import load_baseline
from baseline.model import Obligation, Target

TARGET = Target("mx1", "192.0.2.1", roles=frozenset({"mta", "mailstore", "antispam", "dns"}), domains=("one.test",))


def test_every_control_of_the_circular_is_in_it_and_asks_as_much() -> None:
    below = {control.id: control for control in load_baseline("mampu-2007").controls_for(TARGET)}
    above = {control.id: control for control in load_baseline("mail-2026").controls_for(TARGET)}
    assert list(above) == list(below)
    order = list(Obligation)
    assert all(
        order.index(above[name].obligation) <= order.index(control.obligation) for name, control in below.items()
    )
    assert sum(above[name] != control for name, control in below.items()) > 15


def test_every_override_says_what_it_rests_on() -> None:
    below = {control.id: control for control in load_baseline("mampu-2007").controls_for(TARGET)}
    for control in load_baseline("mail-2026").controls_for(TARGET):
        if control != below[control.id]:
            assert control.sources != below[control.id].sources, control.id
            assert all(source.status != "verbatim" for source in control.sources), control.id


@pytest.mark.parametrize(
    ("extended", "override", "why"),
    [
        ("mampu-2007", "MEL-D-07: {policy: none}", "none is weaker than quarantine"),
        ("mampu-2007", "MEL-D-07: {require_reports: false}", "False is lower than True"),
        ("mail-2026", "MEL-D-07: {policy: quarantine}", "quarantine is weaker than reject"),
        ("mail-2026", "MEL-S-05: {level: may}", "may is weaker than dane"),
        ("mampu-2007", "MEL-D-08: {mode: testing}", "testing is weaker than enforce"),
        ("mail-2026", "MEL-D-12: {obligation: recommended}", "recommended is weaker than mandatory"),
    ],
)
def test_words_have_an_order_too(extended: str, override: str, why: str, tmp_path: Path) -> None:
    ours = tmp_path / "ours.yml"
    ours.write_text(f"baseline: ours\nversion: 1.0.0\nextends: {extended}\noverrides:\n  {override}\n")
    with pytest.raises(InputError) as raised:
        load_baseline(ours).controls_for(TARGET)
    assert why in str(raised.value)


def test_a_stronger_word_is_a_tightening(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yml"
    ours.write_text("baseline: ours\nversion: 1.0.0\nextends: mampu-2007\noverrides:\n  MEL-D-07: {policy: reject}\n")
    load_baseline(ours).controls_for(TARGET)


def test_a_host_without_a_role_is_asked_nothing() -> None:
    nobody = replace(TARGET, roles=frozenset(), domains=())
    assert asked(load_baseline("mampu-2007").controls_for(nobody), nobody) == []


def test_some_controls_know_what_they_were_chosen_from() -> None:
    whole = load_baseline("mampu-2007")
    assert whole.whole is None
    chosen = whole.only(controls=["MEL-T-*"]).only(skip=["MEL-T-04"])
    assert chosen.whole is not None
    assert chosen.whole.controls == len(whole.control_ids)
    assert chosen.whole.clauses["f.ii"] == 4
    assert whole.only(controls=["MEL-*"]).whole is None


@pytest.mark.parametrize("name", ["mampu-2007", "mail-2026"])
def test_every_clause_that_a_control_names_is_quoted(name: str) -> None:
    baseline = load_baseline(name)
    named = {clause for one in baseline.controls_for(TARGET) for clause in one.clause.split(", ")}
    assert named == {"a", "b", "c", "d", "e", "f", "f.i", "f.ii"}
    assert named <= baseline.clauses.keys()
    assert "1GB" in baseline.clauses["f.ii"].ms
