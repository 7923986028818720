"""What many hosts have alike is held once, and is still what it was."""

from __future__ import annotations

import pickle
import tracemalloc
from dataclasses import replace

from baseline.model import Finding
from baseline.thrift import Thrift
from tests.reports.cases import fails


def anew(finding: Finding, host: str) -> Finding:
    """The same finding of another host, which shares nothing with it."""
    copy: Finding = pickle.loads(pickle.dumps(finding))
    return replace(copy, host=host)


def test_findings_stay_as_they_are_and_share_their_parts() -> None:
    thrift = Thrift()
    one, two = (thrift.findings((anew(fails(), host),))[0] for host in ("mx1", "mx2"))
    assert one == anew(fails(), "mx1")
    assert two == anew(fails(), "mx2")
    assert one.keys is two.keys
    assert one.reason is two.reason


def test_what_is_equal_and_not_the_same_is_not_shared() -> None:
    thrift = Thrift()
    key = fails().keys[0]
    found = [1, 1.0, True]
    made = [thrift.findings((replace(fails(), keys=(replace(key, found=one),)),))[0] for one in found]
    assert [type(one.keys[0].found) for one in made] == [int, float, bool]


def test_a_fleet_of_twice_the_hosts_takes_little_more_memory() -> None:
    """All that another host adds is what is its own: its name, and the frame of each finding."""

    def held(hosts: int, thrift: Thrift | None) -> int:
        tracemalloc.start()
        try:
            findings = [anew(fails(), f"mx{number}") for number in range(hosts)]
            if thrift:
                findings = [thrift.findings((one,))[0] for one in findings]
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    held(10, Thrift())
    shared = held(400, Thrift()) - held(200, Thrift())
    apart = held(400, None) - held(200, None)
    assert shared < apart / 3
    assert shared / 200 < 1000
