"""State, apply and prove the configuration of mail servers.

    import baseline

    inventory = baseline.load_inventory("inventory.yml")
    rules = baseline.load_baseline("mampu-2007")
    report = baseline.check_all(inventory.select("mta"), rules)
    print(report.exit_code, report.summary)

`check`, `plan` and `apply` work on one host and give a `HostResult`; `check_all`, `plan_all` and `apply_all` work on
many at once and give a `Report`. All values are frozen and have `to_dict()`. What goes wrong is in `baseline.errors`,
whose classes are here as well. Each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from baseline.version import __version__

if TYPE_CHECKING:
    from baseline.engine import HostResult as HostResult
    from baseline.engine import apply as apply
    from baseline.engine import check as check
    from baseline.engine import plan as plan
    from baseline.errors import BadReply as BadReply
    from baseline.errors import BaselineError as BaselineError
    from baseline.errors import CannotTell as CannotTell
    from baseline.errors import HostError as HostError
    from baseline.errors import InputError as InputError
    from baseline.errors import NothingMatched as NothingMatched
    from baseline.errors import Problem as Problem
    from baseline.errors import Unreachable as Unreachable
    from baseline.errors import UserError as UserError
    from baseline.fleet import apply_all as apply_all
    from baseline.fleet import check_all as check_all
    from baseline.fleet import plan_all as plan_all
    from baseline.load import Baseline as Baseline
    from baseline.load import Inventory as Inventory
    from baseline.load import load_baseline as load_baseline
    from baseline.load import load_inventory as load_inventory
    from baseline.model import Finding as Finding
    from baseline.model import HostPlan as HostPlan
    from baseline.model import Outcome as Outcome
    from baseline.model import Report as Report
    from baseline.model import Target as Target
    from baseline.session import Session

_HOMES = {
    "engine": ("HostResult", "apply", "check", "plan"),
    "errors": (
        "BadReply",
        "BaselineError",
        "CannotTell",
        "HostError",
        "InputError",
        "NothingMatched",
        "Problem",
        "Unreachable",
        "UserError",
    ),
    "fleet": ("apply_all", "check_all", "plan_all"),
    "load": ("Baseline", "Inventory", "load_baseline", "load_inventory"),
    "model": ("Finding", "HostPlan", "Outcome", "Report", "Target"),
}
"""Module -> names of it that are public here."""

__all__ = [
    "__version__",
    "connect",
    *(name for names in _HOMES.values() for name in names),
]


def connect(target: Target) -> Session:
    """An open session to a target over SSH, to be given to `check`, `plan` and `apply` of one host as a function.

    Host keys are checked. Raises `Unreachable` with what to do about it.
    """
    from baseline.session import Connector

    return Connector().connect(target)


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(f"baseline.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'baseline' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
