"""How many hosts at once and how long: by option, else by the environment."""

from __future__ import annotations

from typing import Any

import pytest

from baseline import fleet
from tests.cli.conftest import Site


@pytest.fixture
def bounds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the last check was given, once it was made."""
    given: dict[str, Any] = {}
    check_all = fleet.check_all

    def noted(*arguments: Any, **options: Any) -> Any:
        given.update(forks=options["forks"], host=options["limits"].host, run=round(options["limits"].run))
        return check_all(*arguments, **options)

    monkeypatch.setattr(fleet, "check_all", noted)
    return given


def test_the_environment_says_them_and_options_go_before(
    site: Site, monkeypatch: pytest.MonkeyPatch, bounds: dict[str, Any]
) -> None:
    site.run("check")
    assert bounds == {"forks": 20, "host": 900, "run": 21_600}
    for name, value in (("FORKS", "3"), ("HOST_TIMEOUT", "70"), ("DEADLINE", "700")):
        monkeypatch.setenv(f"BASELINE_{name}", value)
    site.run("check")
    assert bounds == {"forks": 3, "host": 70, "run": 700}
    site.run("check", "--forks", "5", "--host-timeout", "80", "--deadline", "800")
    assert bounds == {"forks": 5, "host": 80, "run": 800}


@pytest.mark.parametrize("name", ["BASELINE_FORKS", "BASELINE_HOST_TIMEOUT", "BASELINE_DEADLINE"])
@pytest.mark.parametrize("value", ["0", "many"])
def test_what_is_no_bound_is_wrong_usage(site: Site, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    done = site.run("check")
    assert done.exit_code == 2
    assert site.sessions == []
