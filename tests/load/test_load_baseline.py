"""Baselines and overlays: what is selected, overridden, rendered, and refused."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

from baseline.errors import InputError, NothingMatched
from baseline.load import Baseline, load_baseline, shipped
from baseline.load.tree import planted
from baseline.model import About, Target
from tests.load.sample_kinds import KINDS, Setting, Space

pytestmark = pytest.mark.usefixtures("sample_kinds")

OURS = """\
baseline: ours
version: 1.2.3
title: {en: Ours, ms: Kita}
source: {instrument: A circular, date: 2007-11-23}
vars: {room: 2GB, most: 10, words: [a, b]}
controls:
  - id: A-1
    kind: setting
    title: {en: One, ms: Satu}
    clause: f.i-1, b
    obligation: mandatory
    severity: high
    roles: [mta]
    why: A reason.
    tags: [daily]
    name: x
    value: "{{ most }}"
    at_most: "{{ most }}"
    needed: "{{ words }}"
  - id: B-2
    kind: space
    title: {en: Two, ms: Dua}
    clause: c-1
    obligation: encouraged
    severity: low
    roles: [mailstore]
    why: A reason.
    room: "{{ room }}"
    anything: ["{{ target.site }}", "on {{ target.name }}, {{ target.roles | join(' ') }}", "{{ most + 1 }}"]
  - id: C-3
    kind: setting
    title: {en: Three, ms: Tiga}
    clause: f.ii
    obligation: recommended
    severity: low
    roles: [mta]
    why: A reason.
    name: fixed
"""


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours.yml"
    path.write_text(OURS)
    return path


def overlay(ours: Path, text: str) -> Baseline:
    path = ours.with_name("overlay.yml")
    path.write_text(f"baseline: theirs\nversion: 2.0.0\nextends: ./ours.yml\n{text}")
    return load_baseline(path)


def host(name: str = "mx1", **variables: Any) -> Target:
    return Target(name, name, roles=frozenset({"mta", "dns"}), site="kl", vars=variables)


def messages(caught: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in caught.value.problems]


def test_head_and_digest(ours: Path) -> None:
    baseline = load_baseline(str(ours))
    assert (baseline.name, baseline.version, baseline.title.ms) == ("ours", "1.2.3", "Kita")
    assert baseline.source is not None
    assert baseline.source.date == "2007-11-23"
    assert baseline.sha256 == hashlib.sha256(OURS.encode()).hexdigest()
    assert baseline.control_ids == ("A-1", "B-2", "C-3")
    document = baseline.to_dict()
    assert document["files"] == [str(ours)]
    assert document["controls"][1]["room"] == "{{ room }}"


def test_controls_are_rendered_for_a_host_in_the_order_of_the_file(ours: Path) -> None:
    one, two, three = load_baseline(ours).controls_for(host())
    assert isinstance(one, Setting)
    assert (one.value, one.at_most, one.needed) == ("10", 10, ("a", "b"))
    assert isinstance(two, Space)
    assert two.room == 2 << 30
    assert two.anything == ["kl", "on mx1, dns mta", 11]
    assert three.id == "C-3"


def test_variables_of_the_host_go_before_those_of_the_baseline(ours: Path) -> None:
    one, two, _ = load_baseline(ours).controls_for(host(most=3, room="1GB", target="ignored"))
    assert isinstance(one, Setting)
    assert isinstance(two, Space)
    assert (one.at_most, two.room) == (3, 1 << 30)


def test_a_control_without_templates_is_made_once(ours: Path) -> None:
    baseline = load_baseline(ours)
    assert baseline.controls_for(host("a"))[2] is baseline.controls_for(host("b"))[2]


def test_templates_in_values_of_the_inventory_stay_text(ours: Path) -> None:
    one, *_ = load_baseline(ours).controls_for(host(words=["{{ most }}"]))
    assert isinstance(one, Setting)
    assert one.needed == ("{{ most }}",)


def test_a_value_of_the_host_cannot_smuggle_in_a_line(ours: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_baseline(ours).controls_for(host(words=["a\nb = c"]))
    assert messages(caught) == [
        "19:13: for host mx1: `needed[0]`: must be one line without control characters, not 'a\\nb = c'"
    ]


class Promise(Setting):
    """A setting of a domain."""

    about: ClassVar[About] = "domain"
    kind: Literal["promise"]  # type: ignore[assignment]


def test_what_is_wanted_is_worked_out_where_it_is_asked_before_any_host_is_reached(
    ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baseline.load.baselines.kind_named", {**KINDS, "promise": Promise}.get)
    head = OURS[: OURS.index("controls:\n")]
    control = "  - {{id: {id}, kind: {kind}, title: {{en: a, ms: a}}, clause: c, obligation: mandatory, severity: high,"
    more = " roles: [{roles}], why: w, name: n, value: '{{{{ value }}}}'}}\n"
    for_mta, for_dns, for_domain = (
        (control + more).format(id=name, kind=kind, roles=roles)
        for name, kind, roles in (("S-1", "setting", "mta"), ("S-2", "setting", "antispam"), ("S-3", "promise", ""))
    )
    ours.write_text(f"{head}controls:\n{for_mta}{for_dns}{for_domain}")
    good, bad = host("good", value="x"), replace(host("bad", value="refused"), domains=("example.org",))
    with pytest.raises(InputError) as caught:
        load_baseline(ours).validate_all([good, bad])
    why = "the wanted values cannot be worked out: templates/setting.j2:3:1: it is refused"
    first = head.count("\n") + 2
    assert messages(caught) == [f"{first}:10: for host bad: {why}", f"{first + 2}:10: for domain example.org: {why}"]
    load_baseline(ours).validate_all([good])


def test_faults_of_all_hosts_are_told_once_with_their_hosts(ours: Path) -> None:
    hosts = [host(f"mx{number}", most="many") for number in range(5)] + [host("ok"), host("ns1", room="big")]
    with pytest.raises(InputError) as caught:
        load_baseline(ours).validate_all(hosts)
    assert messages(caught) == [
        "18:14: for hosts mx0, mx1, mx2 and 2 more: `at_most`: a whole number is wanted, not 'many'",
        "28:11: for host ns1: `room`: 'big' is not a size: write a whole number and B, KB, MB, GB or TB, such as 100MB",
        '29:93: for hosts mx0, mx1, mx2 and 2 more: template: can only concatenate str (not "int") to str',
    ]
    load_baseline(ours).validate_all([host()])


def test_a_variable_that_only_hosts_have_is_looked_for_with_the_host(ours: Path) -> None:
    ours.write_text(
        OURS.replace("name: fixed", 'name: "{{ rooom }}"\n    at_least: 5\n    at_most: 4').replace(
            "most: 10", "mst: 1"
        )
    )
    baseline = load_baseline(ours)
    with pytest.raises(InputError) as caught:
        baseline.controls_for(host())
    assert messages(caught) == [
        "17:12: for host mx1: template: 'most' is undefined: did you mean `mst`?",
        "18:14: for host mx1: template: 'most' is undefined: did you mean `mst`?",
        "29:93: for host mx1: template: 'most' is undefined: did you mean `mst`?",
        "38:11: for host mx1: template: 'rooom' is undefined: did you mean `room`?",
    ]
    with pytest.raises(InputError, match="`at_least` is above `at_most`"):
        baseline.controls_for(host(most=5, rooom="x"))


def test_a_list_element_that_is_not_there_is_undefined(ours: Path) -> None:
    ours.write_text(OURS.replace("name: fixed", 'name: "{{ words[7] }}"'))
    with pytest.raises(InputError, match="list object has no element 7"):
        load_baseline(ours).controls_for(host())


def test_longer_texts_may_hold_statements_and_comments(ours: Path) -> None:
    value = "'{% if most > 5 %}many{% else %}few{% endif %}{# why #}'"
    ours.write_text(OURS.replace("name: fixed", f"name: {value}\n    value: '{{{{ room }}}}{{# c #}}'"))
    *_, three = load_baseline(ours).controls_for(host())
    assert isinstance(three, Setting)
    assert (three.name, three.value) == ("many", "2GB")


def test_extended_controls_come_first_and_keep_their_order(ours: Path) -> None:
    added = OURS[OURS.index("  - id: C-3") :].replace("C-3", "D-4")
    baseline = overlay(ours, f"overrides:\n  C-3: {{value: tighter, at_least: 1}}\ncontrols:\n{added}")
    assert baseline.control_ids == ("A-1", "B-2", "C-3", "D-4")
    assert (baseline.name, baseline.version, baseline.title.en) == ("theirs", "2.0.0", "Ours")
    three = baseline.controls_for(host())[2]
    assert isinstance(three, Setting)
    assert (three.name, three.value, three.at_least) == ("fixed", "tighter", 1)


def test_the_digest_covers_every_file(ours: Path) -> None:
    before = overlay(ours, "")
    ours.write_text(OURS + "# a comment\n")
    after = overlay(ours, "")
    parts = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (ours, ours.with_name("overlay.yml"))]
    assert after.sha256 == hashlib.sha256("".join(parts).encode()).hexdigest() != before.sha256
    assert after.files == (str(ours.parent / "./ours.yml"), str(ours.with_name("overlay.yml")))


def test_an_overlay_may_tighten(ours: Path) -> None:
    text = """
title: {en: Theirs, ms: Mereka}
source: {instrument: A policy}
vars: {room: 3GB}
overrides:
  A-1: {at_most: 9, at_least: 1, roles: [mta, dns], severity: critical, needed: [a, b, c], allowed: []}
  B-2: {obligation: mandatory, mounts: [{path: /tmp}]}
"""
    one, two, _ = overlay(ours, text).controls_for(host())
    assert isinstance(two, Space)
    assert two.room == 3 << 30
    assert one.roles == ("mta", "dns")


def test_what_loosens_for_one_host_only_is_found_with_that_host(ours: Path) -> None:
    baseline = overlay(ours, 'overrides:\n  A-1: {at_most: "{{ limit }}"}\n  B-2: {room: "{{ own_room }}"}\n')
    good = host(limit=10, own_room="2GB")
    one, *_ = baseline.controls_for(good)
    assert isinstance(one, Setting)
    assert one.at_most == 10
    with pytest.raises(InputError) as caught:
        baseline.validate_all([good, host("mx2", limit=11, own_room="1GB")])
    assert messages(caught) == [
        "5:18: for host mx2: `at_most`: 11 is higher than 10: an overlay cannot weaken this control; "
        f"set before at {ours}:18:14, `most` at {ours}:5:19",
        "6:15: for host mx2: `room`: 1073741824 is lower than 2147483648: an overlay cannot weaken this control; "
        f"set before at {ours}:28:11, `room` at {ours}:5:8",
    ]


def test_an_overlay_that_cannot_be_measured_on_a_host_is_a_fault(ours: Path) -> None:
    ours.write_text(OURS.replace('at_most: "{{ most }}"', 'at_most: "{{ host_limit }}"'))
    baseline = overlay(ours, "overrides:\n  A-1: {at_most: 9}\n")
    baseline.validate_all([host(host_limit=9)])
    with pytest.raises(InputError) as caught:
        baseline.controls_for(host())
    assert messages(caught) == [
        "5:3: for host mx1: A-1 cannot be measured by the baseline that is extended: "
        "template: 'host_limit' is undefined"
    ]


def test_a_bound_of_another_type_cannot_be_compared(ours: Path) -> None:
    ours.write_text(OURS.replace('at_most: "{{ most }}"', "allowed: [a]"))
    assert overlay(ours, "overrides:\n  A-1: {allowed: []}\n").control_ids
    from baseline.load.tighten import _bound

    assert _bound(5, "x", "lower") == "'x' cannot be compared with 5"


def test_overlays_of_overlays_are_measured_by_the_layer_below(ours: Path) -> None:
    overlay(ours, "overrides:\n  A-1: {at_most: 8}\n")
    top = ours.with_name("top.yml")
    top.write_text("baseline: top\nversion: 1.0.0\nextends: ./overlay.yml\noverrides:\n  A-1: {at_most: 9}\n")
    with pytest.raises(InputError, match="9 is higher than 8"):
        load_baseline(top)


@pytest.mark.parametrize(
    ("tags", "controls", "left"),
    [
        (["daily"], [], ["A-1"]),
        (["f"], [], ["A-1", "C-3"]),
        (["f.i"], [], ["A-1"]),
        (["f.i-1"], [], ["A-1"]),
        (["b", "c"], [], ["A-1", "B-2"]),
        (["low"], [], ["B-2", "C-3"]),
        (["mandatory", "space"], [], ["A-1", "B-2"]),
        ([], ["C-3", "A-1"], ["A-1", "C-3"]),
        (["setting"], ["C-3", "B-2"], ["C-3"]),
        ([], [], ["A-1", "B-2", "C-3"]),
    ],
)
def test_only(ours: Path, tags: list[str], controls: list[str], left: list[str]) -> None:
    assert list(load_baseline(ours).only(tags=tags, controls=controls).control_ids) == left


@pytest.mark.parametrize(
    ("tags", "controls", "message"),
    [
        (["dayly"], [], "nothing in baseline ours matches tag dayly: did you mean `daily`?"),
        (
            ["f.iii"],
            ["A-9"],
            "matches control A-9: did you mean `A-1`?; tag f.iii: did you mean `f.ii`, `f.i` or `f.i-1`?",
        ),
        (["daily"], ["B-2"], "no control of baseline ours is one of B-2 and tagged daily"),
    ],
)
def test_only_refuses_what_selects_nothing(ours: Path, tags: list[str], controls: list[str], message: str) -> None:
    with pytest.raises(NothingMatched) as caught:
        load_baseline(ours).only(tags=tags, controls=controls)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"controls": ["?-[12]"]}, ["A-1", "B-2"]),
        ({"controls": ["!B-2"]}, ["A-1", "C-3"]),
        ({"controls": ["*", "!B-*", "!C-3"]}, ["A-1"]),
        ({"controls": ["!B-2", "*"]}, ["A-1", "C-3"]),
        ({"skip": ["A-1"]}, ["B-2", "C-3"]),
        ({"skip": ["[AB]-*"]}, ["C-3"]),
        ({"skip": ["daily", "C-3"]}, ["B-2"]),
        ({"skip_tags": ["low"]}, ["A-1"]),
        ({"skip_tags": ["f.i"], "tags": ["f"]}, ["C-3"]),
        ({"controls": ["A-1", "B-2"], "skip": ["B-2"]}, ["A-1"]),
    ],
)
def test_globs_and_what_is_left_out(ours: Path, given: dict[str, list[str]], left: list[str]) -> None:
    assert list(load_baseline(ours).only(**given).control_ids) == left


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"controls": ["Z-*"]}, "nothing in baseline ours matches control Z-*: known: `A-1`, `B-2` and `C-3`"),
        ({"controls": ["!A-9"]}, "nothing in baseline ours matches control A-9: did you mean `A-1`?"),
        ({"skip": ["dayly"]}, "nothing in baseline ours matches control or tag dayly: did you mean `daily`?"),
        ({"skip_tags": ["A-1"]}, "nothing in baseline ours matches tag A-1:"),
        ({"controls": ["A-1", "!A-1"]}, "no control of baseline ours is one of A-1, !A-1"),
        ({"controls": ["A-1"], "skip": ["daily"]}, "no control of baseline ours is one of A-1 without daily"),
        ({"skip": ["*"]}, "no control of baseline ours is left without *"),
    ],
)
def test_globs_that_select_nothing(ours: Path, given: dict[str, list[str]], message: str) -> None:
    with pytest.raises(NothingMatched) as caught:
        load_baseline(ours).only(**given)
    assert message in str(caught.value)


def test_a_baseline_travels_between_processes(ours: Path) -> None:
    baseline = load_baseline(ours)
    assert pickle.loads(pickle.dumps(baseline)).controls_for(host()) == baseline.controls_for(host())


def test_every_mistake_of_every_layer_is_told_at_once(ours: Path) -> None:
    ours.write_text(OURS.replace("severity: high", "severity: hihg").replace("name: fixed", "nam: fixed"))
    with pytest.raises(InputError) as caught:
        overlay(ours, "vrs: {}\noverrides:\n  Z-9: {}\n")
    assert {Path(problem.file).name for problem in caught.value.problems} == {"ours.yml", "overlay.yml"}
    assert len(caught.value.problems) == 5


def test_shipped_baselines_load_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ours: Path) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path)
    assert {name: title.en for name, title in shipped().items()} == {"ours": "Ours"}
    assert load_baseline("ours").control_ids == load_baseline(ours).control_ids
    ours.with_name("bad.yml").write_text("- no baseline\n")
    with pytest.raises(ValueError, match="Titles"):
        shipped()
    with pytest.raises(InputError, match="did you mean `ours`"):
        load_baseline("our")


def test_plain_data_only_becomes_a_tree() -> None:
    from baseline.load.tree import Position

    with pytest.raises(TypeError, match="key 1 is not text"):
        planted({1: 2}, Position("f"))
    with pytest.raises(TypeError, match="a set is no scalar"):
        planted({1, 2}, Position("f"))
