"""What a look leaves behind on a real host: nothing, whatever its programs do when they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from baseline.load import Baseline, load_baseline
from baseline.model import ApplyOutcome, Report
from tests.adversary.case import adversary
from tests.adversary.fingerprint import same_again, settled
from tests.adversary.lab_host import RELEASES, Standing, mandate, standing

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module", params=RELEASES)
def shipped(request: pytest.FixtureRequest) -> Iterator[Standing]:
    """A host as Debian ships it that has been used: daemons have started all that they start when first asked."""
    with standing("traces", request.param) as here:
        here.check(mandate())
        assert here.host.delivers("used")
        here.host.root("postqueue -p")
        yield here


@pytest.fixture(scope="module")
def conforming(shipped: Standing) -> Standing:
    """The same host after an apply."""
    assert shipped.apply(mandate()).applies[0].outcome is ApplyOutcome.APPLIED
    assert shipped.host.delivers("used again")
    return shipped


def _leaves_nothing(here: Standing, look: Callable[[Baseline], Report], name: str) -> None:
    before = settled(here.host)
    report = look(load_baseline(name))
    assert all(host.reachable for host in report.hosts)
    assert same_again(here.host, before) == {}


@adversary("programs of the host", "rspamadm, asked for its settings, writes compiled patterns anew as root")
@pytest.mark.parametrize("name", ["mampu-2007", "mail-2026"])
def test_a_check_of_a_host_as_shipped(shipped: Standing, name: str) -> None:
    """Every file of the host is as it was: name, owner, mode, content, attributes; and so are units and processes.

    Before: five files of Rspamd's, `_rspamd` 0644, had become files that only root could read.
    """
    _leaves_nothing(shipped, shipped.check, name)


def test_a_plan_of_a_host_as_shipped(shipped: Standing) -> None:
    _leaves_nothing(shipped, shipped.plan, "mampu-2007")


@pytest.mark.parametrize("name", ["mampu-2007", "mail-2026"])
def test_a_check_of_a_host_that_conforms(conforming: Standing, name: str) -> None:
    _leaves_nothing(conforming, conforming.check, name)


def test_an_apply_with_nothing_to_do(conforming: Standing) -> None:
    def look(baseline: Baseline) -> Report:
        report = conforming.apply(baseline)
        assert report.applies[0].outcome is ApplyOutcome.NOTHING
        return report

    _leaves_nothing(conforming, look, "mampu-2007")
