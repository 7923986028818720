"""Paths of mails, as the servers that people run write them, and as somebody hostile does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.delivery.received import MOST_HOPS, addresses, hop, logged_in, path

POSTFIX = """from mx.d2.lab.test (mx.d2.lab.test [10.155.1.2])
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)
\t(No client certificate requested)
\tby mx.d1.lab.test (Postfix) with ESMTPS id 3CBBA350
\tfor <bob@d1.lab.test>; Fri, 27 Nov 2026 13:05:27 +0800 (MYT)"""
GMAIL = (
    "from mail-x.google.com (mail-x.google.com. [2a00:1450::1]) by mx.agensi.my with ESMTPS id x "
    "(version=TLS1_2 cipher=ECDHE-RSA-AES128-GCM-SHA256 bits=128/128); Fri, 27 Nov 2026 05:05:27 +0000"
)
EXIM = (
    "from [203.0.113.7] (helo=me) by mx.example.org with esmtpsa (TLS1.3) tls TLS_AES_128_GCM_SHA256 "
    "(Exim 4.96) (envelope-from <a@b>) id 1r7; Fri, 27 Nov 2026 05:05:27 +0000"
)
MICROSOFT = (
    "from AM0.prod.outlook.com (2603:10a6:200::1) by DB3.prod.outlook.com with Microsoft SMTP Server "
    "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20; Fri, 27 Nov 2026 05:05:27 +0000"
)
PLAIN = "from relay.example.org (relay.example.org [203.0.113.9]) by mx.d1.lab.test (Postfix) with ESMTP id 1; bad"


@pytest.mark.parametrize(
    ("field", "by", "with_", "tls", "address"),
    [
        (POSTFIX, "mx.d1.lab.test (Postfix)", "ESMTPS", "TLSv1.3 TLS_AES_256_GCM_SHA384", "10.155.1.2"),
        (GMAIL, "mx.agensi.my", "ESMTPS", "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256", "2a00:1450::1"),
        (EXIM, "mx.example.org", "esmtpsa", "TLSv1.3", "203.0.113.7"),
        (MICROSOFT, "DB3.prod.outlook.com", "Microsoft SMTP Server", "TLSv1.2", "2603:10a6:200::1"),
        (PLAIN, "mx.d1.lab.test (Postfix)", "ESMTP", "none", "203.0.113.9"),
    ],
)
def test_a_hop_of_each_sort_of_server(field: str, by: str, with_: str, tls: str, address: str) -> None:
    found = hop(field)
    assert found.by == by
    assert found.with_.startswith(with_)
    assert found.tls.startswith(tls)
    assert [str(one) for one in addresses(found.from_)] == [address]


def test_the_date_is_in_its_own_zone_and_none_where_it_cannot_be_read() -> None:
    assert hop(POSTFIX).at == datetime(2026, 11, 27, 5, 5, 27, tzinfo=UTC)
    assert hop(PLAIN).at is None


def test_a_delivery_on_the_host_itself_tells_nothing_of_tls() -> None:
    assert hop("from a by a with LMTP id 1; x").tls == ""
    assert hop("by a (Postfix, from userid 0) id 1; x").tls == ""
    assert hop("from a by a with LMTPS id 1; x").tls == "yes"
    assert hop("from a by a with SMTP id 1; x").tls == "none"


@pytest.mark.parametrize("keyword", ["ESMTPA", "ESMTPSA", "esmtpsa", "UTF8SMTPSA"])
def test_a_login_is_seen(keyword: str) -> None:
    assert logged_in(hop(f"from a ([203.0.113.7]) by b with {keyword} id 1; x"))


def test_a_login_is_seen_where_only_a_comment_tells_it() -> None:
    assert logged_in(hop("from a ([203.0.113.7]) (Authenticated sender: bob) by b with ESMTPS id 1; x"))
    assert not logged_in(hop(POSTFIX))
    assert not logged_in(hop("from authenticated.example ([203.0.113.7]) by b with ESMTPS id 1; x"))


def test_no_length_of_a_name_hides_the_address() -> None:
    found = hop(f"from [8.8.8.8]{'x' * 900} ({'y' * 250}.example [10.0.0.1]) by b with ESMTPS id 1; x")
    assert "10.0.0.1" in [str(one) for one in addresses(found.from_)]


def test_what_a_client_calls_itself_begins_no_clause() -> None:
    found = hop(
        "from x (by evil.example with ESMTPSA; 1 Jan 2000) by b (b) with ESMTP id 1; Fri, 27 Nov 2026 1:1:1 +0000"
    )
    assert (found.by, found.with_, found.tls) == ("b (b)", "ESMTP", "none")
    assert found.at is not None
    assert found.at.year == 2026


def test_control_characters_reach_nobodys_terminal() -> None:
    found = hop("from a\x1b[2Jb (\u202ec [1.1.1.1]\x07) by d\x00e with ESMTP\x9b id 1; x")
    assert (found.from_ + found.by + found.with_).isprintable()
    assert found.by == "d?e"


def test_a_path_of_thousands_of_hops_is_cut() -> None:
    assert len(path([PLAIN] * 5000)) == MOST_HOPS


@given(st.text(max_size=400))
def test_whatever_stands_there_is_read_and_can_be_shown(field: str) -> None:
    found = hop(field)
    assert all(text.isprintable() for text in (found.by, found.from_, found.with_, found.tls))
    assert found.at is None or found.at.tzinfo is not None


@given(st.lists(st.sampled_from(["(", ")", '"', "\\", ";", "from", "by", "with", "[1.2.3.4]", " ", "x"]), max_size=60))
def test_parentheses_and_quotes_without_end_end_with_the_field(parts: list[str]) -> None:
    assert hop(" ".join(parts)).from_.isprintable()
