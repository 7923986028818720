"""Controls that want different values of one setting are told, with both places, before any host is touched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import InputError
from baseline.judge import AtLeast, AtMost, Between, Equal, OneOf, Want
from baseline.kinds import kinds
from baseline.load import Baseline, load_baseline, load_inventory, shipped
from baseline.load.contradictions import Placed, _agree, contradictions
from baseline.load.tree import Position
from baseline.model import ROLES, Outcome, Target

HEAD = "baseline: ours\nversion: 1.0.0\ntitle: Ours\n"


def control(number: int, text: str) -> str:
    head = f"id: OUR-{number}, title: One, clause: '', obligation: mandatory, severity: low, why: x"
    return f"  - {{{head},\n     {text}}}\n"


def mistakes(folder: Path, *controls: str, head: str = HEAD, inventory: str = "") -> list[str]:
    file = folder / "ours.yml"
    file.write_text(f"{head}controls:\n{''.join(control(at, text) for at, text in enumerate(controls, 1))}")
    try:
        rules = load_baseline(file)
        if inventory:
            (folder / "inventory.yml").write_text(inventory)
            rules.validate_all(load_inventory(folder / "inventory.yml").targets)
    except InputError as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    return []


POSTFIX = "kind: postfix_setting, name: "
CONTRADICTORY = [
    (f"{POSTFIX}x, value: a", f"{POSTFIX}x, value: b"),
    (f"{POSTFIX}x, value: a, accept: [c]", f"{POSTFIX}x, value: b"),
    (f"{POSTFIX}x, value: '1', at_least: 1, at_most: 2", f"{POSTFIX}x, value: '5', at_least: 3"),
    (f"{POSTFIX}x, value: a", f"{POSTFIX}x, value: b, only: smtp/inet"),
    (f"{POSTFIX}x, value: a, services: [smtp/inet]", f"{POSTFIX}x, value: b, only: smtp/inet"),
    ("kind: dovecot_setting, name: ssl, value: required", "kind: dovecot_setting, name: ssl, value: 'yes'"),
    ("kind: dovecot_setting, name: x, value: a", "kind: dovecot_setting, name: x, value: b, protocols: [imap]"),
    ("kind: rspamd_setting, name: dkim_signing, runs: true", "kind: rspamd_setting, name: dkim_signing, runs: false"),
    ("kind: rspamd_setting, name: actions.reject, value: 15", "kind: rspamd_setting, name: actions.reject, value: 20"),
    ("kind: service, unit: postfix", "kind: service, unit: postfix.service, masked: true"),
    ("kind: service, unit: x, enabled: null", "kind: service, unit: x, running: false, enabled: null"),
    ("kind: package, name: x", "kind: package, names: [y, x], absent: true"),
    ("kind: file, path: /etc/x, content: a", "kind: file, path: /etc/x, content: b"),
    ("kind: file, path: /etc/x, mode: '0644'", "kind: file, path: /etc/x, mode: '0600', content: a"),
    ("kind: file, path: /etc/x, owner: root", "kind: file, path: /etc/x, absent: true"),
]
GO_TOGETHER = [
    (f"{POSTFIX}x, value: a", f"{POSTFIX}y, value: b"),
    (f"{POSTFIX}x, value: a", f"{POSTFIX}x, value: a"),
    (f"{POSTFIX}x, value: a, accept: [b]", f"{POSTFIX}x, value: b"),
    (f"{POSTFIX}x, value: '5', at_least: 3", f"{POSTFIX}x, value: '4', at_most: 4"),
    (f"{POSTFIX}x, value: '5', at_least: 3", f"{POSTFIX}x, value: '4'"),
    (f"{POSTFIX}x, value: a, services: [smtp/inet]", f"{POSTFIX}x, value: b, only: smtps/inet"),
    (f"{POSTFIX}x, value: a, only: smtp/inet", f"{POSTFIX}x, value: b, only: smtps/inet"),
    (f"{POSTFIX}x, value: $y", f"{POSTFIX}x, value: b"),
    (f"{POSTFIX}x, value: a, roles: [mta]", f"{POSTFIX}x, value: b, roles: [dns]"),
    ("kind: dovecot_setting, name: x, value: a, protocols: [pop3]",
     "kind: dovecot_setting, name: x, value: b, protocols: [imap]"),
    ("kind: service, unit: x", "kind: service, unit: y, masked: true"),
    ("kind: service, unit: x, enabled: null", "kind: service, unit: x, running: null"),
    ("kind: file, path: /etc/x, mode: '0644'", "kind: file, path: /etc/x, owner: root"),
    ("kind: file, path: /etc/x, absent: true", "kind: package, name: x, absent: true"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), CONTRADICTORY)
def test_two_that_cannot_both_hold_are_told_with_both_places(tmp_path: Path, one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        (mistake,) = mistakes(tmp_path, first, second)
        assert re.match(
            r"ours\.yml:[78]:\d+: OUR-2 wants .* and OUR-1 wants .* \(ours\.yml:5:10\): both cannot hold", mistake
        )


@pytest.mark.parametrize(("one", "other"), GO_TOGETHER)
def test_two_that_go_together_are_not(tmp_path: Path, one: str, other: str) -> None:
    assert mistakes(tmp_path, one, other) == []
    assert mistakes(tmp_path, other, one) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{POSTFIX}message_size_limit, value: '5000000'", "and MEL-Q-07 wants >= 13.7 MiB"),
        (f"{POSTFIX}queue_minfree, value: '0'", "and MEL-T-03 wants >= 1 GiB"),
        (f"{POSTFIX}disable_vrfy_command, value: 'no'", "and MEL-A-08 wants yes"),
        ("kind: dovecot_setting, name: ssl, value: 'yes'", "and MEL-S-03 wants required"),
        ("kind: rspamd_setting, name: greylist.timeout, value: 2000", "and MEL-A-07 wants 60 s to 900 s"),
        ("kind: rspamd_setting, name: actions.reject, value: 5", "and MEL-A-03 wants "),
    ],
)
def test_one_that_contradicts_the_circular_is_told_at_its_own_line(tmp_path: Path, text: str, words: str) -> None:
    (mistake,) = mistakes(tmp_path, text, head=f"{HEAD}extends: mampu-2007\n")
    assert mistake.startswith("ours.yml:7:")
    assert words in mistake
    assert "mampu-2007.yml:" in mistake


def test_one_that_agrees_with_the_circular_is_not(tmp_path: Path) -> None:
    fine = [f"{POSTFIX}message_size_limit, value: '31457280'", "kind: dovecot_setting, name: ssl, value: required",
            f"{POSTFIX}disable_vrfy_command, value: 'yes'", f"{POSTFIX}queue_minfree, value: '2147483648'"]  # fmt: skip
    assert mistakes(tmp_path, *fine, head=f"{HEAD}extends: mampu-2007\n") == []


def test_what_only_a_host_brings_out_is_told_for_that_host(tmp_path: Path) -> None:
    inventory = (
        "all: {hosts: {mx1: {roles: [mta], much: a}, mx2: {roles: [mta], much: b}, ns1: {roles: [dns], much: b}}}\n"
    )
    told = mistakes(
        tmp_path,
        f"{POSTFIX}x, roles: [mta], value: a",
        f"{POSTFIX}x, roles: [mta], value: '{{{{ much }}}}'",
        inventory=inventory,
    )
    assert told == [
        "ours.yml:8:59: for host mx2: OUR-2 wants postfix x to be b, and OUR-1 wants a (ours.yml:5:10): both cannot "
        "hold. Give them values that go together, or take one out"
    ]


def test_a_host_of_two_roles_may_have_two_that_contradict_each_other(tmp_path: Path) -> None:
    both = (f"{POSTFIX}x, value: a, roles: [mta]", f"{POSTFIX}x, value: b, roles: [dns]")
    (mistake,) = mistakes(tmp_path, *both, inventory="all: {hosts: {mx1: {roles: [mta, dns]}}}\n")
    assert "for host mx1: OUR-2 wants postfix x to be b" in mistake


@pytest.mark.parametrize("name", shipped())
def test_no_baseline_that_ships_contradicts_itself(name: str) -> None:
    rules: Baseline = load_baseline(name)
    target = Target(
        "mx1.d.my", "mx1.d.my", roles=frozenset(ROLES), domains=("d.my",), fqdn="mx1.d.my", outbound=("192.0.2.1",)
    )
    made = [(draft, draft.control_for(target)[0]) for draft in rules.drafts]
    placed = [draft.placed(one) for draft, one in made if one is not None]
    assert len(placed) == len(rules.drafts)
    demanding = {one.control.kind for one in placed if one.control.about == "host" and one.control.demands(target)}
    assert demanding >= {"size_coherence", "queue_minfree", "mailbox_tls", "smtp_smuggling", "spam_thresholds"}
    assert list(contradictions(placed, target)) == []


def test_every_control_may_stand_beside_itself() -> None:
    target = Target("mx1", "mx1", roles=frozenset(ROLES))
    for draft in load_baseline("mampu-2007").drafts:
        if draft.ready is not None:
            twice = [
                Placed(draft.ready, Position("a"), Position("a")),
                Placed(draft.ready, Position("b"), Position("b")),
            ]
            assert list(contradictions(twice, target)) == []
    assert kinds()


numbers = st.integers(0, 9)
wants: st.SearchStrategy[Want] = st.one_of(
    numbers.map(Equal),
    st.lists(numbers, min_size=1, max_size=3).map(tuple).map(OneOf),
    numbers.map(AtLeast),
    numbers.map(AtMost),
    st.tuples(numbers, numbers).map(lambda pair: Between(min(pair), max(pair))),
)


@given(wants, wants)
def test_two_wants_agree_just_where_one_number_is_right_for_both(one: Want, other: Want) -> None:
    both = [number for number in range(10) if {one.judge(number), other.judge(number)} == {Outcome.PASS}]
    assert _agree(one, other) is bool(both)
