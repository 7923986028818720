"""The daily checklist of one site: where its register, its ticks and its checks are, and what they fill."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.cli.checklist_keys import signer_of
from baseline.errors import HistoryError, HistoryMissing, NothingMatched, UserError
from baseline.evidence.daily import AskedOf, CheckOfDay, DaySources, filled
from baseline.evidence.months import Lists, day_of_list, month_of
from baseline.evidence.ticks import read_ticks, with_tick
from baseline.kinds.base import asked
from baseline.kinds.daily_checklist import DailyChecklist
from baseline.kinds.external_delivery import ExternalDelivery
from baseline.load.text import expanded
from baseline.model.evidence import EVERY_SITE
from baseline.readings.evidence import day_of, zone_of
from baseline.subjects import SITE, subjects_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from baseline.history import History
    from baseline.history.reading import KeptRun
    from baseline.load import Baseline
    from baseline.model import Evidence, Target
    from baseline.model.checklist import ChecklistDay, ChecklistMonth, FilledItem, Tick

_MOST_BYTES = 64 << 20
"""The largest file of ticks that is read: decades of a site."""


@dataclass(frozen=True)
class SiteChecklist:
    """The checklist of a site as of a moment."""

    site: Target
    targets: Sequence[Target]
    baseline: Baseline
    history: History | None
    now: datetime

    @cached_property
    def rules(self) -> DailyChecklist:
        """The control that declares the items. Raises `NothingMatched`."""
        found = [one for one in self.baseline.controls_for(self.site) if isinstance(one, DailyChecklist)]
        if not found:
            raise NothingMatched(f"the baseline {self.baseline.name} has no control of the kind daily_checklist")
        return found[0]

    @property
    def today(self) -> date:
        """The day that it is at the agency."""
        return day_of(self.now, self.rules.utc_offset)

    @property
    def register(self) -> Path:
        """The register of the site, of which there is one. Raises `UserError`."""
        own = [one for one in self.targets if (one.site or SITE) == self.site.name and "register" in one.vars]
        files = sorted({register_of(one) for one in own})
        if not files:
            raise UserError(f"site {self.site.name} names no register: write `register: FILE` into the inventory")
        if len(files) > 1:
            raise UserError(f"the hosts of site {self.site.name} name several registers: {', '.join(map(str, files))}")
        return files[0]

    @property
    def ticks_file(self) -> Path:
        """Where ticks are kept, beside the register."""
        return self.register.with_suffix(".ticks.jsonl")

    @cached_property
    def ticks(self) -> tuple[Tick, ...]:
        """The ticks of this site. Raises `InputError` for a file that was changed."""
        return tuple(one for one in read_ticks(_text(self.ticks_file), str(self.ticks_file)) if self._own(one))

    def _signer(self, tick: Tick) -> str:
        """Who signed a tick. Raises `UserError` for a signature that proves nothing."""
        try:
            return signer_of(tick, self.site)
        except UserError as error:
            told = f"the tick of {tick.item} on {tick.day.isoformat()} proves nothing: {error}"
            raise UserError(f"{self.ticks_file}: {told}") from None

    @cached_property
    def lists(self) -> Lists:
        """The lists that are closed."""
        return Lists.of(self.site.name, self.site.register or (), self.now)

    @property
    def begun(self) -> bool:
        """Whether there is a first list or tick, from which on days can be missed."""
        return bool(self.lists.records) or self._begun is not None

    def day(self, day: date) -> ChecklistDay:
        """How a day stands."""
        return day_of_list(self.rules, self.lists, day, self.now, self._begun, self.filled)

    def month(self, first: date) -> ChecklistMonth:
        """How a month stands."""
        return month_of(self.rules, self.lists, first, self.now, self._begun, self.filled)

    def filled(self, day: date) -> tuple[FilledItem, ...]:
        """The items of a day that is not closed."""
        ticks = [one for one in self.ticks if one.day == day]
        sources = DaySources(
            self._checks(day),
            self._asked,
            self._records,
            self._delivery,
            ticks,
            {one: self._signer(one) for one in ticks},
        )
        return filled(self.rules, day, sources, over=day < self.today)

    def tick(self, ticks: Sequence[Tick]) -> None:
        """Keep more ticks. Raises `InputError` and `UserError`."""
        file = self.ticks_file
        with self.held():
            text = _text(file)
            read_ticks(text, str(file))
            longer = text
            for tick in ticks:
                longer = with_tick(longer, tick)
            with file.open("a", encoding="utf-8") as kept:
                kept.write(longer[len(text) :])
                kept.flush()
                os.fsync(kept.fileno())

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """While nobody else ticks or closes. Raises `UserError`."""
        try:
            with self.ticks_file.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise UserError(f"{self.ticks_file} cannot be written: {error.strerror or error}") from None

    def _own(self, tick: Tick) -> bool:
        return tick.site == self.site.name

    @cached_property
    def _begun(self) -> date | None:
        return min((one.day for one in self.ticks), default=None)

    @cached_property
    def _records(self) -> tuple[Evidence, ...]:
        """The records about the site that somebody attests, none dated ahead."""
        own = (one for one in self.site.register or () if one.subject in (self.site.name, EVERY_SITE))
        return tuple(
            one for one in own if one.attested_at is not None and max(one.attested_at, one.issued_on) <= self.now
        )

    @cached_property
    def _delivery(self) -> ExternalDelivery | None:
        found = (one for one in self.baseline.controls_for(self.site) if isinstance(one, ExternalDelivery))
        return next(found, None)

    @cached_property
    def _asked(self) -> Mapping[str, tuple[AskedOf, ...]]:
        """What each control is asked of at this site."""
        own = [one for one in self.targets if (one.site or SITE) == self.site.name]
        subjects = {self.site.name, *(domain for one in own for domain in one.domains)}
        found: dict[str, list[AskedOf]] = {one.id: [] for one in self.baseline.controls_for(self.site)}
        for target in (*self.targets, *subjects_apart(self.targets)):
            for control in asked(self.baseline.controls_for(target), target):
                if control.subject in subjects if control.subject else target in own:
                    found[control.id].append((control.subject or target.name, control.key))
        return {name: tuple(dict.fromkeys(some)) for name, some in found.items()}

    @cached_property
    def _runs(self) -> tuple[KeptRun, ...]:
        from baseline.history.reading import LOOKS

        try:
            runs = self.history.runs() if self.history is not None else ()
        except HistoryMissing:
            return ()
        return tuple(one for one in runs if one.command in LOOKS and one.baseline == self.baseline.name)

    def _checks(self, day: date) -> Iterator[CheckOfDay]:
        """The runs that looked on a day, the last one first; one that was pruned tells nothing."""
        begins = datetime.combine(day, time(), zone_of(self.rules.utc_offset))
        for run in self._runs:
            finished = datetime.fromisoformat(run.finished).astimezone(UTC)
            if self.history is not None and begins <= finished < begins + timedelta(days=1):
                with contextlib.suppress(HistoryError):
                    report = self.history.report(run.id)[1]
                    yield CheckOfDay(run.id, f"baseline {run.version}", finished, report.findings)


def sites_of(
    targets: Sequence[Target], baseline: Baseline, history: History | None, now: datetime, site: str = ""
) -> tuple[SiteChecklist, ...]:
    """The checklists of the sites of some hosts, or of the one that is named. Raises `NothingMatched`."""
    apart = [one for one in subjects_apart(targets) if one.speaks_for[0].about == "site"]
    chosen = [one for one in apart if site in ("", one.name)]
    if not chosen:
        raise NothingMatched(f"no host has the site {site}: there are {', '.join(one.name for one in apart)}")
    return tuple(SiteChecklist(one, targets, baseline, history, now) for one in chosen)


def register_of(target: Target) -> Path:
    """The file of a host's register, which lies beside the file that names it."""
    return Path(target.set_at["register"][0]).parent / expanded(str(target.vars["register"]))


def _text(file: Path) -> str:
    try:
        if not file.exists():
            return ""
        if file.stat().st_size > _MOST_BYTES:
            raise UserError(f"{file} has more than {_MOST_BYTES >> 20} MiB: it is no file of ticks")
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
