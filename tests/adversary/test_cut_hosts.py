"""A real host, as it comes, applied and broken: with any answer cut off on the way no finding becomes better."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from baseline import engine
from baseline.load import load_baseline
from baseline.model import Outcome, Target
from baseline.session import Connector
from tests.adversary.case import adversary
from tests.adversary.cut_look import Look, Relays
from tests.adversary.lab_host import RELEASES, Standing, standing
from tests.adversary.relay import Cut, How, Relay, pieces_in
from tests.scenarios import SCENARIOS

pytestmark = pytest.mark.lab

CUT = "answers that do not come"

BASELINES = ("mampu-2007", "mail-2026")
EACH: tuple[How, ...] = ("close", "reset", "half", "silent", "busy")
FEW: tuple[How, ...] = ("close", "busy")

BROKEN = (
    ("MEL-A-09", "fail-relays-for-all"),
    ("MEL-A-11", "fail-takes-everybody"),
    ("MEL-D-03", "fail-another-name-in-the-greeting"),
    ("MEL-D-04", "fail-everybody"),
    ("MEL-D-11", "fail-transfers-for-everybody"),
    ("MEL-D-13", "fail-open-to-everybody"),
    ("MEL-S-01", "fail-old-versions"),
    ("MEL-S-02", "fail-before-tls"),
    ("MEL-S-03", "fail-before-tls"),
)
"""Scenarios whose damage shows from outside, all at once."""


STATES = ("as it comes", "applied", "broken")


@dataclass
class Played:
    """A host that goes from one state to the next."""

    standing: Standing
    at: int = 0

    def to(self, name: str) -> Target:
        """Bring it into a state; what the inventory says of it."""
        (target,) = self.standing.inventory.targets
        for number in range(self.at + 1, STATES.index(name) + 1):
            if STATES[number] == "applied":
                (applied,) = self.standing.apply(load_baseline("mampu-2007")).applies
                assert applied.outcome in ("applied", "nothing"), applied.reason
            else:
                damages = {(one.control, one.name): one.damage for one in SCENARIOS}
                for one in BROKEN:
                    self.standing.host.root(damages[one], fine=False)
            self.at = number
        return target


@pytest.fixture(scope="module", params=RELEASES)
def host(request: pytest.FixtureRequest) -> Iterator[Played]:
    with standing("cut", request.param) as found:
        yield Played(found)


EACH_STATE = [
    pytest.param(name, how, id=f"{name}, {ways}", marks=[pytest.mark.whole] if how == EACH else [])
    for name in STATES
    for how, ways in ((FEW, "in few ways"), (EACH, "in every way"))
]
"""Each state, with few ways to cut an answer, and in a whole run with all of them."""


@adversary(CUT, "cut DNS, SMTP, IMAP, POP3, Sieve or TLS off at any answer of a host as it comes, applied or broken")
@pytest.mark.parametrize(("name", "how"), EACH_STATE)
def test_no_finding_is_better_with_an_answer_cut(host: Played, name: str, how: tuple[How, ...]) -> None:
    """By both baselines, every finding stays what it was, or becomes unknown.

    Before: a submission port with TLS 1.0 passed where its handshake was closed, and an open relay where the server
    said 421.
    """
    target = host.to(name)
    with ExitStack() as stack:
        relays = Relays(stack)
        for baseline in BASELINES:
            look = Look.at(target, load_baseline(baseline).controls_for(target), relays)
            outcomes = {found.control: found.outcome for found in look.whole().values()}
            if name == "broken":
                assert {outcomes[control] for control, _ in BROKEN} == {Outcome.FAIL}
            judged, better = look.better(how)
            assert better == {}
            assert judged > 200, baseline


@pytest.mark.parametrize(
    ("how", "most"),
    [pytest.param(("close",), 8), pytest.param(("close", "half", "reset"), 1000, marks=pytest.mark.whole)],
)
def test_no_finding_is_better_with_ssh_cut(host: Played, tmp_path: Path, how: tuple[How, ...], most: int) -> None:
    ssh_cut(host.standing, tmp_path, how, most)


def ssh_cut(host: Standing, folder: Path, how: tuple[How, ...], most: int) -> None:
    """All findings of the host are unknown, or what they are with all packets there; at `most` so many are cut."""
    (target,) = host.inventory.targets
    controls = load_baseline("mampu-2007").controls_for(target)
    inside = [one for one in controls if one.id in ("MEL-Q-01", "MEL-A-01", "MEL-S-05", "MEL-H-02")]
    with Relay((target.address, target.port), apart=pieces_in).running() as relay:
        ours = through(target, relay, folder)
        relay.begin(None)
        whole = {one.key: one.outcome for one in engine.check(ours, inside, Connector().connect).findings}
        assert len(whole) == 4
        assert Outcome.UNKNOWN not in whole.values()
        pieces = max(relay.answers)
        assert pieces > 8
        for number in range(0, pieces, -(-pieces // most)):
            for one in how:
                relay.begin(Cut(0, number, one))
                found = engine.check(ours, inside, Connector(timeout=5, sleep=lambda _: None).connect)
                after = {one.key: one.outcome for one in found.findings}
                assert after in (whole, dict.fromkeys(whole, Outcome.UNKNOWN)), (number, one)


def through(target: Target, relay: Relay, folder: Path) -> Target:
    """The same host, reached through a relay, whose key is known."""
    known = folder / "known_hosts"
    lines = [line for path in target.known_hosts for line in Path(path).read_text().splitlines()]
    keys = [line.partition(" ")[2] for line in lines if target.address in line.partition(" ")[0].split(",")]
    known.write_text("".join(f"[127.0.0.1]:{relay.port} {key}\n" for key in keys))
    return replace(target, address="127.0.0.1", port=relay.port, known_hosts=(str(known),), outbound=(target.address,))
