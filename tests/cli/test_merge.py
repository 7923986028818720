"""`--shard` and `merge`: a run in parts comes to what the run as a whole would have come to."""

from __future__ import annotations

import json

import pytest

from baseline.load.shards import Shard, shard_of
from tests.cli.conftest import BAD, Site, postfix

OF = 5
SHARDS = [str(one) for one in (Shard(number, OF) for number in range(1, OF + 1)) if one.has("mx1") or one.has("mx2")]
"""The parts that have a host."""


@pytest.mark.parametrize("failing", [(), ("mx1",), ("mx2",), ("mx1", "mx2")])
@pytest.mark.parametrize("gone", [(), ("mx2",)])
def test_shards_add_up_to_the_run_as_a_whole(site: Site, failing: tuple[str, ...], gone: tuple[str, ...]) -> None:
    for name in failing:
        site.hosts[name] = postfix(BAD)
    for name in gone:
        del site.hosts[name]
    whole = site.run("check", "--format", "json", "--no-history")
    files, codes = [], []
    assert len(SHARDS) == 2, "either host is in a part of its own"
    for number, shard in enumerate(SHARDS):
        part = site.run("check", "--format", "json", "--no-history", "--shard", shard)
        files.append(site.folder / f"{number}.json")
        files[-1].write_text(part.stdout)
        codes.append(part.exit_code)
    joined = site.bare("merge", *map(str, files), "--format", "json")
    assert joined.exit_code == whole.exit_code == next(code for code in (1, 3, 0) if code in codes)
    assert _found(joined.stdout) == _found(whole.stdout)


def _found(report: str) -> object:
    document = json.loads(report)
    findings = sorted((one["host"], one["control"], one["outcome"], one["reason"]) for one in document["findings"])
    return sorted(host["name"] for host in document["hosts"]), findings, document["summary"], document["clauses"]


def test_a_shard_is_a_part_of_what_limit_selects(site: Site) -> None:
    (mine,) = [shard for shard in SHARDS if shard_of(shard).has("mx1")]
    done = site.run("check", "-l", "mx1", "--shard", mine, "--list-hosts")
    assert done.stdout == "  hosts (1):\n    mx1\n"
    other = next(shard for shard in SHARDS if shard != mine)
    done = site.run("check", "-l", "mx1", "--shard", other)
    assert done.exit_code == 5
    assert f"none of 1 hosts is in shard {other}" in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [("no json", "is no JSON"), ("{}", "this is no report of baseline"), (None, "there is no such file")],
)
def test_what_is_no_report_is_named(site: Site, content: str | None, words: str) -> None:
    file = site.folder / "other.json"
    if content is not None:
        file.write_text(content)
    done = site.bare("merge", str(file))
    assert done.exit_code == 2
    assert "other.json" in done.stderr
    assert words in done.stderr


def test_a_cluster_that_is_none_is_refused_before_any_host_is_reached(site: Site) -> None:
    done = site.run("check", "--cluster", "tcp://scheduler:8786")
    assert done.exit_code == 2
    assert "whoever reaches a scheduler without TLS can run anything on its workers" in done.stderr
