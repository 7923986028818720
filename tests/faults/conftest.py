"""One lab host of the suite's own for each release, up once for all of its cases, and the results as they come in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from baseline import engine, lab, transaction
from baseline.load import load_inventory
from baseline.session import Connector
from tests.faults import site
from tests.faults.ahead import ahead_of_others
from tests.faults.bench import QUICK_VALIDATORS, Bench
from tests.faults.host import FILES, SiteHost
from tests.faults.results import Results
from tests.labs import lab_name

LAB = lab_name("labf")


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A host of the release that is asked for, prepared, before and after an apply that nothing happens to."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    with ahead_of_others(LAB), pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", LAB)
        lab.down()
        running = lab.up(1, release=(request.param,))
        try:
            yield _bench(SiteHost(running[0], tuple(lab.enter("mx1")), lab.directory()), patch, tmp_path_factory)
        finally:
            lab.down()


@pytest.fixture(scope="module")
def results() -> Iterator[Results]:
    """Where results are noted; they are kept when all of them are in."""
    noted = Results()
    yield noted
    noted.keep()


def _bench(host: SiteHost, patch: pytest.MonkeyPatch, paths: pytest.TempPathFactory) -> Bench:
    host.prepare()
    host.reset()
    before = host.picture()
    (target,) = load_inventory(host.directory / "inventory.yml").targets
    with patch.context() as quick:
        quick.setattr(transaction, "VALIDATORS", QUICK_VALIDATORS)
        result = engine.apply(target, site.controls(), Connector().connect)
    assert result.apply is not None
    assert result.apply.outcome == "applied", result.apply.reason
    assert result.apply.plan is not None
    assert tuple(change.path for change in result.apply.plan.files) == tuple(sorted(FILES))
    planned = host.picture()
    untouched = {*dict(before.entries)} - {*planned.differences(before)}
    assert not untouched, f"the plan leaves these alone, so they prove nothing: {untouched}"
    return Bench(host, target, before, planned, patch, paths.mktemp("short"))
