"""named's configuration: read with its defaults, and one option set where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats import named

OPTIONS = """\
options {
\tdirectory "/var/cache/bind"; // here
\t# allow-transfer { any; };
\t/* recursion no; */
\tlisten-on-v6 { any; };
};
"""
PRINTED = """\
options { directory "/var/cache/bind"; allow-update { none; };
 allow-transfer { 127.0.0.1/32; !192.0.2.7/32; key "k"; }; };
zone "d.example" { type master; file "/etc/bind/db.d.example"; };
zone "." { type hint; file "/usr/share/dns/root.hints"; };
zone "dyn.example" { type primary; file "dyn"; update-policy { grant k zonesub any; }; };
zone "upd.example" { type primary; file "upd"; allow-update { key "k"; }; allow-transfer { none; }; };
zone "sec.example" { type slave; masters { 192.0.2.1; }; };
zone "sig.example" { type primary; file "s"; dnssec-policy default; };
"""


def test_what_is_printed_is_read() -> None:
    conf = named.read(PRINTED)
    found = {zone.name: (zone.type, zone.dynamic, zone.signed) for zone in conf.zones}
    assert found == {
        "d.example": ("master", False, False),
        "": ("hint", False, False),
        "dyn.example": ("primary", True, False),
        "upd.example": ("primary", True, False),
        "sec.example": ("slave", False, False),
        "sig.example": ("primary", False, True),
    }
    transfers = {zone.name: zone.transfer for zone in conf.zones}
    assert transfers["d.example"] == ("127.0.0.1/32", "!192.0.2.7/32", "key k")
    assert transfers["upd.example"] == ("none",)
    assert (conf.directory, conf.recursion, conf.allow_recursion) == ("/var/cache/bind", True, None)


def test_a_name_is_in_the_zone_with_the_longest_name() -> None:
    conf = named.read('zone "example" { type master; };zone "d.example" { type master; };')
    for name, wanted in (("x.d.example", "d.example"), ("d.example", "d.example"), ("dd.example", "example")):
        found = conf.zone(name)
        assert found is not None
        assert found.name == wanted
    assert conf.zone("other.test") is None


def test_zones_in_views_are_found() -> None:
    conf = named.read('view "in" { allow-transfer { none; }; zone "d.example" { type master; file "x"; }; };')
    assert conf.views == ("in",)
    assert [(zone.name, zone.view, zone.transfer) for zone in conf.zones] == [("d.example", "in", ("none",))]


def test_an_option_is_set_inside_the_block_and_comments_stay() -> None:
    after = named.set_option(OPTIONS, "allow-transfer", "{ none; }")
    assert after == OPTIONS.replace("{ any; };\n};", "{ any; };\n\tallow-transfer { none; };\n};")
    assert named.set_option(after, "allow-transfer", "{ none; }") == after
    assert named.read(after).transfer == ("none",)


def test_an_option_is_replaced_where_it_stands() -> None:
    written = "options {\n recursion yes; // why\n recursion no;\n};\n"
    assert named.set_option(written, "recursion", "no") == "options {\n recursion no; // why\n \n};\n"


@pytest.mark.parametrize(
    "text", ["", "zone x { };", "options { };\noptions { };\n", "options {", "x };", 'a "open;', "a"]
)
def test_a_file_without_one_options_block_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        named.set_option(text, "recursion", "no")


@pytest.mark.parametrize(
    ("items", "wanted"),
    [
        (["any"], True),
        (["none"], False),
        (["!10.0.0.0/8", "any"], True),
        (["!any", "any"], False),
        (["localnets"], False),
        ([], False),
    ],
)
def test_whom_a_list_lets_in(items: list[str], *, wanted: bool) -> None:
    assert named.open_to_all(items) is wanted


WORD = st.from_regex(r"[a-z][a-z-]{0,6}", fullmatch=True)


@given(WORD, WORD, st.lists(WORD, max_size=4))
def test_a_set_option_is_read_back(name: str, value: str, others: list[str]) -> None:
    written = "options {\n" + "".join(f"\t{other} x; # {name}\n" for other in others) + "};\nzone z { };\n"
    after = named.set_option(written, name, value)
    (options,) = [one for one in named.parse(after) if one.words == ("options",)]
    assert [one.words for one in options.block or () if one.words[0] == name] == [(name, value)]
    kept = [one.words[0] for one in options.block or () if one.words[0] != name]
    assert kept == [other for other in others if other != name]
    assert named.set_option(after, name, value) == after


@given(st.text(alphabet='ab{};"/*# \n\\', max_size=50))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = named.parse(text)
    except ValueError:
        return
    assert all(text[one.end - 1] == ";" for one in found)
