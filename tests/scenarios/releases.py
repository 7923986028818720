"""A host of Debian 13 as it is shipped, and with the mandate applied: what each control about hosts and domains finds.

What is found as shipped is what Debian 12 gives too, but for what `tests.lab.test_main_job` tells. That has both on
real hosts; here the answers are recorded, so that a reading of another release is seen to break without a host.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.scenarios.scenario import Scenario

AS_SHIPPED = {
    "pass": ("Q-06 T-02 A-03 A-09 A-11 D-01 D-02 D-03 D-11 D-13 S-04 S-05 H-01 H-02 H-03"),
    "fail": (
        "Q-02 Q-03 Q-04 Q-05 T-01 T-04 A-01 A-02 A-04 A-07 A-08 A-10 D-04 D-05 D-06 D-07 S-01 S-03 S-06 F-01 F-02 F-03"
    ),
    "warn": ("Q-01 Q-07 Q-08 T-03 D-08 D-10 D-12 S-02"),
    "notapplicable": ("Q-09 A-05 A-06 A-12 D-09 H-04 G-03"),
}
APPLIED = {"warn": "D-08 D-10 D-12", "notapplicable": "A-05 A-06 A-12 D-09 H-04"}
"""Outcomes beside pass."""


def _cases() -> Iterator[Scenario]:
    for outcome, controls in AS_SHIPPED.items():
        for control in controls.split():
            yield _of(control, f"{outcome}-trixie-as-shipped", shipped=True)
    other = {control: outcome for outcome, controls in APPLIED.items() for control in controls.split()}
    for control in " ".join(AS_SHIPPED.values()).split():
        yield _of(control, f"{other.get(control, 'pass')}-trixie-applied", shipped=False)


def _of(control: str, name: str, *, shipped: bool) -> Scenario:
    return Scenario(f"MEL-{control}", name, "true", recorded_only=True, release="trixie", shipped=shipped)


TRIXIE = tuple(_cases())
