"""Configurations of Dovecot 2.3, run by 2.3 on Debian 12 and, converted, by 2.4 on Debian 13: they do the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from baseline.upgrading.dovecot import asking
from baseline.upgrading.dovecot.convert import Conversion, convert
from tests.lab.real import RealHost
from tests.upgrading.dovecot import recording, trial
from tests.upgrading.dovecot.seeds import Seed, seeds

pytestmark = pytest.mark.lab

SEEDS = seeds()


@dataclass(frozen=True)
class Trial:
    """What was told of all seeds: their facts before and after, and what they were converted to."""

    before: dict[str, Any]
    after: dict[str, Any]
    conversions: dict[str, Conversion]


@pytest.fixture(scope="module")
def tried(real_hosts: tuple[RealHost, ...], request: pytest.FixtureRequest) -> Trial:
    """All seeds on both hosts: two rounds of one command."""
    hosts = {host.lab.release: host for host in real_hosts}
    answers, before = trial.before(hosts["bookworm"].inside, SEEDS)
    if request.config.getoption("--update"):
        for name, said in answers.items():
            recording.keep(name, said)
    converted = {name: convert(asking.source(said)) for name, said in answers.items()}
    files = {name: found.files for name, found in converted.items()}
    return Trial(before, trial.after(hosts["trixie"].inside, SEEDS, files), converted)


def test_there_are_enough_of_them() -> None:
    assert len(SEEDS) >= 30


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_configuration_does_the_same_before_and_after(tried: Trial, seed: Seed) -> None:
    before, after = tried.before[seed.name], tried.after[seed.name]
    assert before["loads"] == after["loads"] == ""
    first = seed.accounts[0][0]
    assert any(line.startswith("* LIST ") for line in before[f"session of {first}"]), "the account could not log in"
    assert before[f"wrong password of {first}"][0].startswith("NO"), "it could with any password"
    assert not all(line.endswith(" 0") for line in before["folders"]), "no mail was delivered"
    assert after == before


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_what_the_host_says_is_what_was_recorded_of_it(tried: Trial, seed: Seed) -> None:
    """So the tests that need no lab see what a host says today."""
    assert recording.text(tried.conversions[seed.name]) == recording.text(recording.conversion(seed.name))


REFUSED = {
    "01-quota-count-own-rules": {"mail 0 of 500000 to a@x.test": "250", "mail 1 of 700000 to a@x.test": "552"},
    "04-quota-dict": {"mail 1 of 90000 to a@x.test": "552", "mail 2 of 90000 to b@x.test": "552"},
    "05-quota-messages": {"mail 1 of 100 to a@x.test": "250", "mail 2 of 100 to a@x.test": "552"},
    "08-quota-not-enforced": {"mail 1 of 90000 to a@x.test": "250"},
    "11-sql": {"mail 0 of 60000 to a@x.test": "250", "mail 2 of 60000 to b@x.test": "552"},
}
"""Which mails are taken and which are not: what all depends on is not left to both being wrong alike."""


@pytest.mark.parametrize("name", REFUSED)
def test_limits_hold_for_real_mail(tried: Trial, name: str) -> None:
    told = {mail: tried.after[name][mail] for mail in REFUSED[name]}
    assert told == REFUSED[name]
