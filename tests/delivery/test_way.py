"""Whether a mail came from outside: by its path, and not by the account that it was sent from."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from baseline.delivery.received import path
from baseline.delivery.way import NO_PATH, NOBODY, Own, way_of

OWN = Own(("agensi.example.my",), ("gate.example.net",), (ipaddress.ip_network("203.0.113.0/28"),))
STORE = "from store.agensi.example.my by store.agensi.example.my with LMTP id 1; x"
INNER = "from mx.agensi.example.my (mx [10.1.1.1]) by store.agensi.example.my with ESMTPS id 1; x"
BORDER = "from out.example.com (out.example.com [8.8.4.4]) by mx.agensi.example.my with ESMTPS id 1; x"
FIRST = "from me (home [9.9.9.9]) by out.example.com with ESMTPSA id 1; x"
RELAYED = "from mail.agensi.example.my ([203.0.113.3]) by out.example.com with ESMTPS id 1; x"
OWN_FIRST = "from pc (pc [9.9.9.9]) by mail.agensi.example.my with ESMTPSA id 1; x"
SUBMITTED = "from pc (pc [9.9.9.9]) by mx.agensi.example.my with ESMTPSA id 1; x"
LOCAL = "by mx.agensi.example.my (Postfix, from userid 0) id 1; x"


def outside(*fields: str) -> tuple[bool, int]:
    way = way_of(path(fields), OWN)
    assert way.outside == (not way.reason)
    return way.outside, way.border


def test_a_mail_that_others_handed_in_came_from_outside() -> None:
    assert outside(STORE, INNER, BORDER, FIRST) == (True, 2)
    assert outside(BORDER) == (True, 0)


def test_a_login_at_the_border_is_no_way_from_outside() -> None:
    assert outside(STORE, SUBMITTED) == (False, 1)


def test_a_mail_that_was_never_outside_did_not_come_from_there() -> None:
    assert outside(STORE, LOCAL)[0] is False
    assert outside(STORE, INNER, LOCAL)[0] is False
    assert outside(STORE)[0] is False
    assert outside()[0] is False


def test_a_mail_that_went_out_and_came_back_was_submitted_inside() -> None:
    assert outside(STORE, BORDER, RELAYED, OWN_FIRST) == (False, 1)
    assert outside(STORE, BORDER, FIRST.replace("out.example.com", "gate.example.net"))[0] is False


def test_an_address_of_its_own_beside_a_foreign_one_is_its_own() -> None:
    assert outside("from [8.8.8.8] (pc [203.0.113.4]) by mx.agensi.example.my with ESMTP id 1; x")[0] is False


def test_private_addresses_are_its_own_unless_others_are_known_to_have_such() -> None:
    field = ["from o (o [10.9.9.9]) by mx.agensi.example.my with ESMTPS id 1; x"]
    assert not way_of(path(field), OWN).outside
    assert way_of(path(field), Own(OWN.domains, (), (), (ipaddress.ip_network("10.9.0.0/16"),))).outside


hops = st.lists(st.sampled_from([STORE, INNER, BORDER, FIRST, RELAYED, OWN_FIRST, SUBMITTED, LOCAL]), max_size=8)


@given(hops, st.lists(st.sampled_from([BORDER, FIRST, RELAYED]) | st.text(max_size=60), max_size=4))
def test_what_others_write_below_the_border_makes_no_mail_count_more(fields: list[str], below: list[str]) -> None:
    way = way_of(path(fields), OWN)
    if way.reason not in (NO_PATH, NOBODY):
        assert way_of(path([*fields, *below]), OWN).outside <= way.outside
