"""The fixture `host` of a run that is about a baseline, in place of testinfra's own."""

from __future__ import annotations

import pytest
from testinfra.host import Host

NAME = "baseline-running"
"""What the plugin of a run is called among pytest's plugins."""


@pytest.fixture(scope="module")
def _baseline_host(request: pytest.FixtureRequest) -> Host:
    return request.config.pluginmanager.getplugin(NAME).host(request.param)


@pytest.fixture(scope="module")
def host(_baseline_host: Host) -> Host:
    """testinfra's host, over the connection that the baseline's controls are asked over."""
    return _baseline_host
