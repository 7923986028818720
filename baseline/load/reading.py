"""What one reading of inventories shares: mistakes, notes, and the files that several hosts name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.load import yaml
from baseline.load.spelling import alike
from baseline.load.ssh_config import SshConfig
from baseline.load.tree import Position, Problems, nearest, short
from baseline.load.vaults import Vaults
from baseline.model.waivers import LONGEST_DAYS, NOTICE_DAYS

if TYPE_CHECKING:
    from baseline.load.signed import SignersNamed
    from baseline.model import Account, Evidence
    from baseline.model.quotas import QuotaReport


@dataclass
class Reading:
    """What one reading of inventories shares: mistakes, notes, and the files that several hosts name.

    `misspelt` are notes about what was most likely meant to be another. `subjects` are those of the records of each
    register, `sites` those of the hosts that name it, `signatures` where its records are signed or ought to be, and
    `asked` by which files of signers that was verified. `waivers` are files that are named, and read by whoever has a
    baseline too; `waiver_days` what hosts say of each of the two lengths. `vaults` opens
    what Ansible Vault encrypted.
    """

    problems: Problems = field(default_factory=Problems)
    notes: Problems = field(default_factory=Problems)
    misspelt: Problems = field(default_factory=Problems)
    rosters: dict[Path, tuple[Account, ...]] = field(default_factory=dict)
    registers: dict[Path, tuple[Evidence, ...]] = field(default_factory=dict)
    subjects: dict[Path, tuple[tuple[str, Position], ...]] = field(default_factory=dict)
    sites: dict[Path, dict[str, None]] = field(default_factory=dict)
    signatures: dict[Path, Mapping[str, Position]] = field(default_factory=dict)
    asked: dict[Path, dict[SignersNamed | None, None]] = field(default_factory=dict)
    ssh_config: SshConfig = field(default_factory=SshConfig)
    quota_reports: dict[Path, QuotaReport | None] = field(default_factory=dict)
    waivers: dict[Path, None] = field(default_factory=dict)
    waiver_days: dict[str, set[int]] = field(default_factory=dict)
    vaults: Vaults = field(default_factory=Vaults)

    def roster(self, path: Path) -> tuple[Account, ...]:
        """The accounts of a file, which is read once."""
        if path not in self.rosters:
            from baseline.load.rosters import read_roster

            self.rosters[path] = read_roster(path, self.problems)
        return self.rosters[path]

    def register(self, path: Path, site: str, asked: SignersNamed | None = None) -> tuple[Evidence, ...]:
        """The records of a file, which is read once, for a host of a site. `asked` says who may sign them."""
        if path not in self.registers:
            from baseline.load.registers import records_of, subjects_of
            from baseline.load.signed import signatures_of

            tree = yaml.read(path, self.problems)
            self.registers[path] = () if tree is None else records_of(tree, path.parent, self.problems)
            self.subjects[path] = () if tree is None else subjects_of(tree)
            self.signatures[path] = {} if tree is None else signatures_of(tree)
        if asked not in self.asked.setdefault(path, {}):
            self.asked[path][asked] = None
            if asked is not None:
                asked.verify(self.registers[path], self.signatures[path], self.problems)
        self.sites.setdefault(path, {})[site] = None
        return self.registers[path]

    @property
    def longest(self) -> int:
        """Days ahead that a waiver may end at most. Where hosts differ, the least."""
        return min(self.waiver_days.get("waiver_longest_days", {LONGEST_DAYS}))

    @property
    def notice(self) -> int:
        """Days before its end from which on a waiver is told. Where hosts differ, the most."""
        return max(self.waiver_days.get("waiver_notice_days", {NOTICE_DAYS}))

    def quota_report(self, path: Path) -> QuotaReport | None:
        """The report of a file, which is read once; None when there is a mistake in it."""
        if path not in self.quota_reports:
            from baseline.load.quota_reports import read_quota_report

            self.quota_reports[path] = read_quota_report(path, self.problems)
        return self.quota_reports[path]


def tell_unverified(reading: Reading) -> None:
    """Note registers with signatures that nobody verifies, since no host that names them says who may sign."""
    for path, asked in reading.asked.items():
        signed = next((record for record in reading.registers[path] if record.signature), None)
        if signed is not None and asked.keys() == {None}:
            reading.notes.add(
                reading.signatures[path][signed.id],
                "signatures of this register are not verified: name the file of those who may sign (`allowed_signers`)",
            )


def tell_unheard(reading: Reading) -> None:
    """Note registers that say nothing of any site of the hosts that name them, and sites that are misspelt in them."""
    for path, subjects in reading.subjects.items():
        from baseline.model.evidence import EVERY_SITE

        sites = reading.sites[path]
        others = [(name, place) for name, place in subjects if name not in (*sites, EVERY_SITE)]
        if others and len(others) == len(subjects):
            (name, place), *_ = others
            reading.misspelt.add(
                place,
                f"no record of this register is about a site of its hosts: {short(name)} is none of them: "
                f"{nearest(name, sites)}",
            )
            continue
        for name, place in others:
            meant = next((site for site in sites if alike(name, site)), None)
            if meant:
                reading.misspelt.add(place, f"no host of this register has the site `{name}`: did you mean `{meant}`?")
