"""Keeping measurements in a history, signed by the installation's key, and handing them to a check as records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from baseline import signing
from baseline.classes import dataclass
from baseline.errors import HistoryError
from baseline.evidence.measured import PROBED, WATCHED, in_place, records
from baseline.model import Target
from baseline.model.measurements import Measurement, Sort
from baseline.signing import installation
from baseline.subjects import SITE

if TYPE_CHECKING:
    from baseline.history import History
    from baseline.history.measured import Measured
    from baseline.model import Evidence

TOOL = "baseline"

_SPANS: dict[Sort, timedelta] = {"access": WATCHED + PROBED, "delivery": timedelta(days=93)}
"""How far back a control may look: that of access tests a month, that of deliveries a quarter."""


@dataclass(frozen=True)
class MeasurementKeeper:
    """The history of an installation, and the key that signs what goes into it. `state` is where the key lies."""

    history: History
    state: Path

    def keep(self, measurement: Measurement) -> None:
        """Keep what was measured. Raises `UserError` where it cannot be signed, `HistoryError` where not kept."""
        signer = signing.installation_key(self.state)
        self.history.keep_measurement(measurement, partial(signer.sign, namespace=signing.MEASUREMENT))

    def measured(self, site: str, since: datetime, sort: Sort | None = None) -> Measured:
        """What was measured about a site from a moment on, and signed here. Raises as `keep`, but makes no key."""
        from baseline.history.measured import Measured

        if not self.there():
            return Measured()
        trusted = _trusted(signing.installation_key(self.state))

        def trust(covered: bytes, signature: str) -> str:
            return signing.verify(covered, signature, trusted, signing.MEASUREMENT)

        return self.history.measured(site, since, trust, sort)

    def there(self) -> bool:
        """Whether there is a key: without one nothing was ever signed here."""
        return (self.state / installation.NAME).exists()


def _trusted(signer: signing.Signer) -> signing.AllowedSigners:
    return signing.AllowedSigners.of_text(f"installation {signer.public_line}\n", "this installation")


def told_by(keeper: MeasurementKeeper, targets: Sequence[Target], now: datetime) -> tuple[Target, ...]:
    """The targets with what was measured of their sites in place of what registers have of the same things.

    What proves nothing, or cannot be read, is a sentence of the targets. Raises `UserError` for a key that is none.
    """
    if not keeper.there():
        return tuple(targets)
    sites = {target.site or SITE for target in targets}
    found = {site: _of_site(keeper, site, now) for site in sorted(sites)}
    joined: dict[tuple[int, str], tuple[Evidence, ...] | None] = {}
    told = []
    for target in targets:
        site = target.site or SITE
        made, wrong = found[site]
        shared = (id(target.register), site)
        if shared not in joined:
            joined[shared] = in_place(target.register, made, site) if made else target.register
        told.append(replace(target, register=joined[shared], unproven=wrong))
    return tuple(told)


def _of_site(keeper: MeasurementKeeper, site: str, now: datetime) -> tuple[tuple[Evidence, ...], tuple[str, ...]]:
    try:
        several = [keeper.measured(site, now - span, sort) for sort, span in _SPANS.items()]
    except HistoryError as error:
        return (), (f"what was measured cannot be read: {error}",)
    key = signing.installation_key(keeper.state).public_line
    sound = [one.measurement for found in several for one in found.sound]
    made = records(sound, site, f"the installation's key {key}", now)
    return made, tuple(dict.fromkeys(sentence for found in several for sentence in found.wrong))
