"""What travels to a worker: all that it needs, and of keys and secrets only where they are to be had."""

from __future__ import annotations

import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from baseline.cluster.parcel import Parcel, Rules, packed_without_secrets
from baseline.errors import UserError
from baseline.hands import Order
from baseline.load import load_baseline, load_inventory
from baseline.model import FileChange, FileState, HostPlan
from baseline.reviewed import Reviewed
from baseline.secret import Secret

VALUE = "correct horse battery staple"

BASELINE = """\
baseline: tests
version: 1.0.0
title: {en: For tests}
vars: {token: !secret {env: TESTS_TOKEN}}
controls:
  - {id: TST-01, kind: file, title: {en: A file}, roles: [mta], path: /etc/x, content: "{{ token }}{{ password }}\\n",
     mode: "0600", owner: root, group: root, clause: a, obligation: mandatory, severity: low, why: w}
"""


@pytest.fixture
def parcel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parcel:
    """A host with a key, and secrets of the inventory and the baseline, which this process has revealed."""
    monkeypatch.setenv("TESTS_TOKEN", f"{VALUE} 1")
    (tmp_path / "secret").write_text(f"{VALUE} 2\n")
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "key").write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{VALUE} 3\n")
    (tmp_path / "rules.yml").write_text(BASELINE)
    (tmp_path / "hosts.yml").write_text(
        "all:\n  hosts:\n    mx1:\n      roles: [mta]\n      ansible_ssh_private_key_file: key\n"
        "      password: !secret {file: secret}\n"
    )
    rules = load_baseline(tmp_path / "rules.yml")
    (target,) = load_inventory(tmp_path / "hosts.yml").targets
    (control,) = rules.controls_for(target)
    text = control.text(target)  # type: ignore[attr-defined]
    assert isinstance(text, Secret)
    assert text.reveal() == f"{VALUE} 1{VALUE} 2\n", "both are known to this process"
    return Parcel("apply", target, Rules.of(rules), Order(), 60)


def test_no_secret_and_no_key_stands_in_what_is_sent(parcel: Parcel) -> None:
    for sent in (parcel.packed(), zlib.decompress(parcel.rules.packed)):
        assert VALUE.encode() not in sent
        assert b"PRIVATE KEY" not in sent


def test_a_baseline_is_as_large_after_it_was_rendered_for_many_hosts(parcel: Parcel) -> None:
    rules = parcel.rules.unpacked()
    for number in range(50):
        rules.controls_for(replace(parcel.target, vars={**parcel.target.vars, "token": f"of host {number}"}))
    assert len(Rules.of(rules).packed) == len(parcel.rules.packed)


def test_a_worker_has_the_secrets_from_where_they_are(parcel: Parcel, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Parcel.unpacked(parcel.packed())
    monkeypatch.setenv("TESTS_TOKEN", "that of the worker ")
    (control,) = there.rules.unpacked().controls_for(there.target)
    assert control.text(there.target).reveal() == f"that of the worker {VALUE} 2\n"  # type: ignore[attr-defined]
    assert there.target == parcel.target
    assert there.order == parcel.order


def test_a_plan_that_was_made_here_travels_as_digests(parcel: Parcel) -> None:
    secret = FileState(VALUE.encode(), mode=0o600, secret=True)
    plan = HostPlan("mx1", files=(FileChange("/etc/x", secret, secret, ("TST-01",), ("sealed:a", "sealed:b")),))
    sent = replace(parcel, order=Order(expected=Reviewed(plan)))
    assert VALUE.encode() not in sent.packed()
    there = Parcel.unpacked(sent.packed()).order.expected
    assert there is not None
    assert there.is_still(plan)


def test_what_cannot_travel_is_said_of_and_nothing_is_sent() -> None:
    made = Secret("a place", partial(str, "x")).mapped(lambda value: value.upper())
    with pytest.raises(UserError, match="cannot be sent to a worker"):
        packed_without_secrets(made)
