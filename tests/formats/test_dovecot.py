"""What doveconf prints, what the drop-in holds, and `quota_rule`."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats import dovecot

printable = st.text(
    st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=("Cs", "Cc")), max_size=15
)
awkward = st.text("a #$\"'\\<%={}", max_size=10)
values = st.one_of(printable, awkward)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


def config_value(line: str) -> str:
    """The value of `name = value` as config-parser.c reads it: comments cut, then quotes undone."""
    kept, quote, index = "", "", 0
    while index < len(line):
        letter = line[index]
        if quote:
            if letter == "\\" and index + 1 < len(line):
                kept += letter
                index += 1
            elif letter == quote:
                quote = ""
        elif letter in "\"'":
            quote = letter
        elif letter == "#":
            break
        kept += line[index]
        index += 1
    value = kept.partition("=")[2].strip(" \t")
    if value.startswith("<") or (value[:1] not in "\"'" and "$" in value):
        return "read from elsewhere"
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


@given(names, values)
def test_a_setting_is_read_as_it_was_meant(name: str, value: str) -> None:
    line = dovecot.setting_line(name, value)
    assert "\n" not in line
    assert config_value(line) == value
    assert not line.endswith("\\") or config_value(line).endswith("\\")


@given(st.lists(st.sampled_from(["$mail_plugins", "quota", "acl"]), min_size=1, max_size=4).map(" ".join))
def test_a_value_to_expand_stays_bare(value: str) -> None:
    assert dovecot.setting_line("mail_plugins", value, expand=True) == f"mail_plugins = {value}"


@pytest.mark.parametrize("value", ["$a #", '"$a"', "$a\\"])
def test_a_value_to_expand_cannot_be_quoted(value: str) -> None:
    with pytest.raises(ValueError, match="needs quotes"):
        dovecot.setting_line("mail_plugins", value, expand=True)


@pytest.mark.parametrize(
    ("name", "value"), [("a b", "x"), ("", "x"), ("a=b", "x"), ("a", "x\ny"), ("a", "\x7f"), ("}", "")]
)
def test_what_cannot_be_one_setting_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        dovecot.setting_line(name, value)


@pytest.mark.parametrize("head", ["", "a {", "protocol a b", "a\n}", "plugin #", "protocol $x"])
def test_what_is_no_head_is_refused(head: str) -> None:
    with pytest.raises(ValueError, match="no head"):
        dovecot.section(head, [])


@given(st.dictionaries(names, printable.filter(lambda text: not re.search(r"[\"'<#$\\]|^\s|\s$", text)), max_size=4))
def test_blocks_are_read_back(settings: dict[str, str]) -> None:
    text = dovecot.plugin_block(settings) + dovecot.protocol_block("imap", settings)
    assert dovecot.settings_in(text, "plugin") == settings
    assert dovecot.settings_in(text, "protocol imap") == settings


def test_what_doveconf_prints_is_read() -> None:
    printed = (
        "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n"
        'protocols = " imap lmtp"\n'
        "ssl = yes\n"
        "namespace inbox {\n"
        "  location = \n"
        '  mailbox "Sent Messages" {\n'
        "    special_use = \\Sent\n"
        "  }\n"
        "}\n"
        "plugin {\n"
        '  k = "# \\"x\\""\n'
        '  literal = "q"\n'
        "  brace = x {\n"
        "}\n"
        "ssl = no\n"
    )
    found = dovecot.parse_settings(printed)
    assert dovecot.Setting((), "protocols", " imap lmtp") in found
    assert dovecot.Setting(("namespace inbox", 'mailbox "Sent Messages"'), "special_use", "\\Sent") in found
    assert dovecot.settings_in(printed, "plugin") == {"k": '# "x"', "literal": '"q"', "brace": "x {"}
    assert dovecot.settings_in(printed) == {"protocols": " imap lmtp", "ssl": "no"}


@pytest.mark.parametrize("printed", ["}\n", "plugin {\n", "plugin {\n}\n}\n"])
def test_blocks_that_do_not_match_are_errors(printed: str) -> None:
    with pytest.raises(ValueError, match="block"):
        dovecot.parse_settings(printed)


@given(printable)
def test_doubling_is_undone(text: str) -> None:
    assert dovecot.undouble(dovecot.double(text)) == text
    assert "%" not in dovecot.double(text).replace("%%", "")


# --- quota_rule -----------------------------------------------------------------------------------

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("text", "storage", "messages"),
    [
        ("*:storage=100", 100 * KIB, None),
        ("*:storage=100M", 100 * MIB, None),
        ("*:storage=100MB", 100 * MIB, None),
        ("*:storage=100m", 100 * MIB, None),
        ("*:bytes=100M", 100 * MIB, None),
        ("*:bytes=100", 100, None),
        ("*:storage=0", 0, None),
        ("*:messages=1000", None, 1000),
        ("?:storage=1G:messages=1000", GIB, 1000),
        ("*:storage=1G:bytes=5", 5, None),
    ],
)
def test_limits_of_the_whole_root(text: str, storage: int | None, messages: int | None) -> None:
    rule = dovecot.quota_rule(text)
    assert rule.default
    assert (rule.storage and rule.storage.amount) == storage
    assert (rule.messages and rule.messages.amount) == messages


@pytest.mark.parametrize(
    "text",
    [
        "storage=1G",
        "*",
        "",
        "*:",
        "*:storage=1.5G",
        "*:storage=100 M",
        "*:storage=+100M",
        "*:storage=-1",
        "*:storage=10%",
        "*:size=1G",
        "*:storage",
        "*:storage=",
        "*:storage=100x",
        "Trash:storage=+",
    ],
)
def test_what_dovecot_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        dovecot.quota_rule(text)


def test_rules_of_mailboxes_are_relative() -> None:
    rule = dovecot.quota_rule("Trash:storage=+100M:messages=-5")
    assert not rule.default
    assert rule.storage == dovecot.RuleLimit(100 * MIB)
    assert rule.messages == dovecot.RuleLimit(-5)
    assert dovecot.quota_rule("Trash:storage=10%").storage == dovecot.RuleLimit(10, percent=True)
    assert dovecot.quota_rule("SPAM:ignore") == dovecot.QuotaRule("SPAM", ignore=True)
    assert dovecot.quota_rule("*:backend=x").backend == "x"


default_limits = st.integers(0, 1 << 50).map(dovecot.RuleLimit)
own_limits = st.one_of(
    st.integers(-(1 << 50), 1 << 50).map(dovecot.RuleLimit),
    st.integers(1, 100).map(lambda n: dovecot.RuleLimit(n, percent=True)),
)


@st.composite
def quota_rules(draw: st.DrawFn) -> dovecot.QuotaRule:
    mask = draw(st.sampled_from(["*", "?", "Trash", "INBOX", "Sent Messages"]))
    limits = default_limits if mask in ("*", "?") else own_limits
    storage, messages = draw(st.one_of(st.none(), limits)), draw(st.one_of(st.none(), limits))
    if storage is None and messages is None:
        return dovecot.QuotaRule(mask, ignore=True)
    return dovecot.QuotaRule(mask, storage, messages)


@given(quota_rules())
def test_a_rule_that_is_written_is_read_back(rule: dovecot.QuotaRule) -> None:
    assert dovecot.quota_rule(str(rule)) == rule


@given(st.integers(1, 1 << 50), st.sampled_from("bkmgtBKMGT"), st.sampled_from(["", "B", "iB", "x"]))
def test_the_first_letter_decides_and_the_rest_does_not(number: int, letter: str, rest: str) -> None:
    rule = dovecot.quota_rule(f"*:storage={number}{letter}{rest}")
    assert rule.storage == dovecot.RuleLimit(number * 1024 ** "bkmgt".index(letter.lower()))


@given(st.lists(default_limits, min_size=1, max_size=5), st.integers(1, 6))
def test_rules_after_a_gap_are_dropped(limits: list[dovecot.RuleLimit], gap: int) -> None:
    keys = ["quota_rule", *(f"quota_rule{number}" for number in range(2, len(limits) + 1))]
    plugin = {key: str(dovecot.QuotaRule("*", limit)) for key, limit in zip(keys, limits, strict=True)}
    plugin.pop(keys[gap - 1] if gap <= len(keys) else "", None)
    rules = dovecot.quota_rules(plugin)
    assert len(rules) == min(gap - 1, len(limits))
    assert dovecot.storage_limit(rules) == ((limits[len(rules) - 1].amount or None) if rules else None)


def test_quota_rule2_alone_limits_nothing() -> None:
    assert dovecot.storage_limit(dovecot.quota_rules({"quota_rule2": "*:storage=1M"})) is None
    assert dovecot.storage_limit(dovecot.quota_rules({"quota_rule": "INBOX:storage=+1M"})) is None
    assert dovecot.storage_limit(dovecot.quota_rules({"quota2_rule": "*:storage=1M"}, "quota2")) == MIB
    assert dovecot.quota_rules({"quota_rule": "Trash:storage=10%%"})[0].storage == dovecot.RuleLimit(10, percent=True)
