"""What the tests of clusters judge hosts by."""

from __future__ import annotations

from pathlib import Path

from baseline.load import Baseline, load_baseline
from tests.exchange.place import GROUP, OWNER

MTA = frozenset({"mta"})


def one_file(folder: Path, path: Path) -> Baseline:
    """One control: a file that is to be there."""
    (folder / "rules.yml").write_text(
        "baseline: tests\nversion: 1.0.0\ntitle: {en: For tests}\ncontrols:\n"
        f"  - {{id: TST-01, kind: file, title: {{en: A file}}, roles: [mta], path: {path}, "
        f'content: "as wanted\\n", mode: "0644", owner: {OWNER}, group: {GROUP}, clause: a, obligation: mandatory, '
        "severity: low, why: w}\n"
    )
    return load_baseline(folder / "rules.yml")
