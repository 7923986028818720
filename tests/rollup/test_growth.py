"""A roll-up takes work and memory in proportion to what is handed over; `make nation` measures a country."""

from __future__ import annotations

import io
import tracemalloc
from functools import partial
from pathlib import Path

from baseline.reports.json import render
from baseline.rollup.told import read
from tests.bench.nation import inbox, merged
from tests.growth import calls
from tests.rollup.agencies import measure, report


def read_of(hosts: int) -> bytes:
    return render(report([f"mx{number}" for number in range(hosts)])).encode()


def test_a_report_of_twice_the_hosts_takes_twice_the_work() -> None:
    few, many = (read_of(hosts) for hosts in (20, 40))
    read(io.BytesIO(few), measure())
    once, twice = (calls(partial(read, io.BytesIO(content), measure())) for content in (few, many))
    assert twice < 2.2 * once


def test_what_is_kept_of_a_host_does_not_grow_with_its_findings() -> None:
    """Hosts that were found alike share their judgements: a country's are held at once."""
    content = read_of(200)
    tracemalloc.start()
    try:
        told = read(io.BytesIO(content), measure())
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(told.hosts) == 200
    assert kept < 200 * 1024


def test_a_small_country_is_read_by_several_processes(tmp_path: Path) -> None:
    assert inbox(tmp_path, hosts=90, agencies=3) > 8 << 20
    cost = merged(tmp_path)
    assert cost.code == 1, cost.said
    assert "of 3 agencies do not conform" in cost.said
    assert (tmp_path / "national" / "index.ms.html").is_file()
