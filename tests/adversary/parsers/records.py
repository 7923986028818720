"""What DNS, certificates and firewalls say."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from baseline import sizes
from baseline.formats import (
    caa,
    certificates,
    dkim,
    dmarc,
    exchange,
    mta_sts,
    names,
    nftables,
    spf,
    spf_mending,
    tags,
    tlsa,
    zone,
)
from tests.adversary.parser import Parser
from tests.adversary.shapes import JSON, Shape, everywhere

if TYPE_CHECKING:
    pass


def _sized(text: str) -> object:
    readers: tuple[Callable[[str], object], ...] = (sizes.parse_size, sizes.dovecot, sizes.postfix, sizes.exchange)
    for read in readers:
        with contextlib.suppress(ValueError):
            read(text)
    return None


_PEM = "-----BEGIN CERTIFICATE-----\n"


PARSERS: dict[str, Parser] = {
    "caa.parse": Parser(caa.parse, everywhere(('0 issue "', '0 "issue'), ('"', '\\"', "a", " ", ";"))),
    "certificates.parse": Parser(
        certificates.parse,
        everywhere(("",), (_PEM, "-----BEGIN ", "-----END CERTIFICATE-----\n", f"{_PEM}MII\n-----END ", "-----")),
    ),
    "dkim.parse": Parser(dkim.parse, everywhere(("v=DKIM1; p=", "v=DKIM1; k="), ("A", "A ", "=", ";", "a=b;", ":"))),
    "dmarc.parse": Parser(
        dmarc.parse, everywhere(("v=DMARC1;", "v=DMARC1; rua="), ("p=none;", "a", ",", "mailto:a@b,"))
    ),
    "dmarc.report_domain": Parser(
        dmarc.report_domain, everywhere(("mailto:", "mailto:a@"), ("a", "a.", "!1", "@", "1", "?"), ("", "!1k", "@"))
    ),
    "dmarc.walk": Parser(dmarc.walk, everywhere(("",), ("a.", ".", "a"))),
    "exchange.read_report": Parser(
        exchange.read_report, (*JSON, Shape("{", '"a":1,', '"b":1}'), Shape('{"schema":1,"mailboxes":[', "{},", "{}]}"))
    ),
    "mta_sts.parse_policy": Parser(
        mta_sts.parse_policy, everywhere(("version: STSv1\n", ""), ("mx: a.b\n", "\r", "\r\n", "mx: a" * 9, "a.", ":"))
    ),
    "mta_sts.parse_report_record": Parser(
        mta_sts.parse_report_record, everywhere(("v=TLSRPTv1; rua=",), ("mailto:a@b,", "mailto:", "@", "a", "https://"))
    ),
    "names": Parser(
        lambda text: (names.is_full(text), names.inside(text, text), names.bare(text)),
        everywhere(("", "-"), ("a.", "a-", ".")),
    ),
    "nftables.parse": Parser(
        nftables.parse,
        (
            *JSON,
            Shape('{"nftables":[', '{"table":{"family":"ip","name":"a"}},', "{}]}"),
            Shape(
                '{"nftables":[{"chain":{"family":"ip","table":"a","name":"b"}},',
                '{"rule":{"family":"ip","table":"a","chain":"b","expr":[]}},',
                '{"table":{"family":"ip","name":"a"}}]}',
            ),
        ),
    ),
    "sizes": Parser(
        _sized,
        everywhere(("", "1 GB (", "1 ("), ("1", "1,", "1 ", "'", "1.", ",", "a", "("), ("", "bytes)", " bytes", "k")),
    ),
    "spf.parse": Parser(
        spf.parse,
        everywhere(
            ("v=spf1 ", "v=spf1 a:", "v=spf1 exists:", "v=spf1 redirect=", "v=spf1 mx:/"),
            ("a", "a ", "%{d}", "%{", "{}", "{", "/", "a/", "/1", "//1", "a.", "-", "ip4:1.2.3.4 ", "}", "%{d1", "{a/"),
            ("", "!", " -all"),
        ),
    ),
    "spf.with_addresses": Parser(
        lambda text: spf.with_addresses(text, ("192.0.2.1",)), everywhere(("v=spf1 ",), ("a ", "all", "redirect="))
    ),
    "spf_mending.mended": Parser(
        lambda text: spf_mending.mended((text, text), ("192.0.2.1",), "-all"),
        everywhere(("v=spf1 ",), ("a ", "all ", "x", "ip4:192.0.2.1 ", "redirect=")),
    ),
    "spf.shortened": Parser(spf.shortened, everywhere(("",), ("a.", "."))),
    "tags.parse": Parser(tags.parse, everywhere(("", "v=A;"), ("a=b;", ";", "a=", "a", "=", "a;"))),
    "tags.is_version": Parser(
        lambda text: tags.is_version(text, "DMARC1"), everywhere(("v", "v=", "v=DMARC1"), (" ", "\t"))
    ),
    "tlsa.parse": Parser(tlsa.parse, everywhere(("3 1 1 ",), ("a", "a ", " ", "0"), ("", "z"))),
    "zone.entries": Parser(
        lambda text: zone.entries(text, "d1.lab.test"),
        (
            *everywhere(("x ", "x IN ", "x 1h"), ("1", "1h", "1 "), ("z IN A 192.0.2.1\n",)),
            *everywhere(
                ("", "x IN TXT ", "x ("),
                (
                    '"',
                    '"a',
                    "\\",
                    "\\0",
                    ";",
                    "; a\n",
                    "(",
                    ")",
                    "()",
                    "(\n",
                    "x A 192.0.2.1\n",
                    "$ORIGIN a\n",
                    "a.",
                    "IN ",
                ),
                ("", '"', "\n"),
            ),
        ),
    ),
    "zone.edits": Parser(
        lambda text: (
            zone.set_records(text, "d1.lab.test", "d1.lab.test", "TXT", ['"v=spf1 -all"']),
            zone.set_include(text, "d1.lab.test", "/etc/bind/dkim"),
        ),
        everywhere(
            ("@ IN SOA a b 1 2 3 4 5\n",),
            (
                '@ TXT "a"\n',
                "@ MX 10 a\n",
                'x TXT "a"\n',
                "$ORIGIN a\n",
                " TXT a\n",
                '$INCLUDE "a"\n',
                '@ TXT "\\065"\n',
            ),
        ),
    ),
}
