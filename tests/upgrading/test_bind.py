"""What is foreseen of BIND. `tests.lab.test_upgrade_check` asks both programs."""

from __future__ import annotations

import pytest

from baseline.upgrading.bind_facts import DEPRECATED, IGNORED, REMOVED
from tests.upgrading.hosts import named, of_bind

MAIN = "/etc/bind/named.conf"
CLOSED = "allow-transfer { none; };"


def options(text: str) -> dict[str, str]:
    return {MAIN: f"options {{\n\t{CLOSED}\n\t{text}\n}};\n"}


@pytest.mark.parametrize("name", [*REMOVED, *IGNORED, *sorted(DEPRECATED)])
def test_an_option_has_its_verdict_and_its_line(name: str) -> None:
    one = named(of_bind(options(f"{name} 1;")), name)
    assert one.where == f"{MAIN}:3"
    assert one.verdict == ("breaks" if name in REMOVED else "changes" if name in IGNORED else "same")
    assert ("does not start" in one.meaning) == (name in REMOVED)
    if name != "auto-dnssec" and name not in DEPRECATED:
        assert one.instead.splitlines()[3:] == [f"-\t{name} 1;"]


@pytest.mark.parametrize(
    ("text", "setting", "written"),
    [
        ("options { cookie-algorithm aes; };\n", "cookie-algorithm", "+options {  };"),
        ("options {\n dnssec-validation yes;\n};\n", "dnssec-validation", "+ dnssec-validation auto;"),
        ("logging {\n category delegation-only { null; };\n};\n", "category", "- category delegation-only { null; };"),
        ('controls {\n unix "/x" perm 0600 owner 0;\n};\n', "unix", '- unix "/x" perm 0600 owner 0;'),
        ("zone com {\n type delegation-only;\n};\n", "type", ""),
        (
            "dnssec-policy p {\n nsec3param iterations 10 optout no salt-length 8;\n};\n",
            "nsec3param",
            "+ nsec3param iterations 0 optout no salt-length 8;",
        ),
        (
            "zone d.test {\n type master; allow-transfer { none; };\n dnssec-policy default;\n max-zone-ttl 1d;\n};\n",
            "max-zone-ttl",
            "- max-zone-ttl 1d;",
        ),
    ],
)  # fmt: skip
def test_a_value_that_is_refused(text: str, setting: str, written: str) -> None:
    one = named(of_bind({MAIN: text}), setting)
    assert one.verdict == "breaks"
    assert "".join(one.instead.splitlines()[-1:]) == written


@pytest.mark.parametrize(
    "text",
    [
        "options { dnssec-validation yes; };\ntrust-anchors { . initial-key 257 3 8 \"A\"; };\n",
        "options { dnssec-validation auto; cookie-algorithm siphash24; };\n",
        "dnssec-policy p { nsec3param iterations 0; max-zone-ttl 1d; };\n",
    ],
)  # fmt: skip
def test_what_both_take_is_not_told(text: str) -> None:
    assert [one.verdict for one in of_bind({MAIN: text})] == ["same"]


def test_zones_that_everybody_may_transfer() -> None:
    text = (
        'options {\n\tdirectory "/v";\n};\nzone d.test {\n type master;\n also-notify { 192.0.2.1; };\n};\n'
        "zone e.test { type slave; };\n"
    )
    one = named(of_bind({MAIN: text}), "allow-transfer")
    assert "d.test, e.test" in one.meaning
    assert one.instead.splitlines()[-1] == "+\tallow-transfer { 192.0.2.1; };"
    closed = text.replace("options {", f"options {{ {CLOSED}")
    assert [one.setting for one in of_bind({MAIN: closed}) if one.verdict == "changes"] == ["min-transfer-rate-in"]


ZONES = "/etc/bind/named.conf.default-zones"
INCLUDES = (
    f'include "{ZONES}";\ninclude "/srv/own.conf";\nzone x {{ type master; file "/etc/bind/db.local"; {CLOSED} }};\n'
)


def test_files_that_the_package_takes_away() -> None:
    files = {MAIN: INCLUDES, ZONES: "// nothing\n"}
    found = of_bind(files, "", f" {MAIN} aaa\naaa  {MAIN}\n")
    assert [(one.setting, one.value, one.verdict) for one in found[:-1]] == [
        ("include", "/srv/own.conf", "unknown"),
        ("include", ZONES, "same"),
        ("file", "/etc/bind/db.local", "breaks"),
    ]
    edited = of_bind(files, "", f" {MAIN} aaa\nbbb  {MAIN}\n")
    (one,) = [one for one in edited if one.value == ZONES]
    assert one.verdict == "breaks"
    assert one.instead.splitlines()[-1] == f'-include "{ZONES}";'


def test_files_that_are_included_are_read_and_others_are_not() -> None:
    files = {MAIN: 'include "/etc/bind/a.conf";\n', "/etc/bind/a.conf": "options { glue-cache no; };\n",
             "/etc/bind/old.conf": "options { coresize 1; };\n"}  # fmt: skip
    assert [one.setting for one in of_bind(files)] == ["glue-cache", ""]


def test_what_cannot_be_read_is_not_known() -> None:
    assert [one.verdict for one in of_bind({MAIN: "options {"}, "")] == ["unknown"]
