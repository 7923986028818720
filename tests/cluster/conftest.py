"""One scheduler for all tests of clusters, whose certificates this process has as well."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import dask
import pytest

from tests.cluster.machines import Machines, machines


@pytest.fixture(scope="package")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A scheduler on loopback, to which tests add workers for sites of their own."""
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv to end the machines with the tests")
    with machines(tmp_path_factory.mktemp("cluster")) as found, pytest.MonkeyPatch.context() as patch:
        for name, value in found.settings.items():
            patch.setenv(name, value)
        dask.config.refresh()
        yield found
    dask.config.refresh()
