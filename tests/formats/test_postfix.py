"""main.cf and master.cf, against readers that were written apart from the package's own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats import postfix

NAMES = ("relayhost", "mynetworks", "smtpd_banner", "message_size_limit")
SPACE = " \t\r\v\f"

words = st.text("abcXYZ019.:/[]$,=-{}\x85é", min_size=1, max_size=8)
values = st.lists(words, max_size=4).map(" ".join)
comments = st.sampled_from(["# relayhost = commented", "  # indented", "", "   ", "\t", "#", "\r"])
continuations = st.builds("{}{}".format, st.sampled_from([" ", "\t", "    ", " \t"]), values)
definitions = st.builds(
    "{}{}={}{}".format, st.sampled_from(NAMES), st.sampled_from(["", " ", "  "]), st.sampled_from(["", " "]), values
)
main_cf = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(st.one_of(comments, definitions, definitions, continuations), max_size=12),
    st.sampled_from(["", "\n"]),
)


def ignored(line: str) -> bool:
    return line.strip(SPACE) == "" or line.strip(SPACE).startswith("#")


def logical(text: str) -> list[list[str]]:
    """The physical lines of each logical line, comments left out (postconf(5))."""
    found: list[list[str]] = []
    for line in text.split("\n"):
        if ignored(line):
            continue
        if line[0] in SPACE:
            if found:
                found[-1].append(line)
        else:
            found.append([line])
    return found


def squeezed(value: str) -> str:
    return " ".join(re.findall(rf"[^{SPACE}\n]+", value))


def read_main(text: str) -> dict[str, str]:
    found = {}
    for lines in logical(text):
        name, sign, value = " ".join(lines).partition("=")
        if sign:
            found[name.strip()] = squeezed(value)
    return found


def lines_but(text: str, name: str) -> list[str]:
    """Every physical line that is no part of a definition of `name`."""
    kept, inside = [], False
    for line in text.split("\n"):
        if not ignored(line) and line[0] not in SPACE:
            inside = line.partition("=")[0].strip() == name
        if ignored(line) or not inside:
            kept.append(line)
    while kept and kept[-1] == "":
        kept.pop()
    return kept


@given(main_cf)
def test_parameters_agree_with_another_reader(text: str) -> None:
    assert postfix.parameters(text) == read_main(text)


@given(main_cf, st.sampled_from(NAMES), values)
def test_setting_a_parameter_sets_it_and_nothing_else(text: str, name: str, value: str) -> None:
    after = postfix.set_parameter(text, name, value)
    assert read_main(after) == read_main(text) | {name: squeezed(value)}
    assert lines_but(after, name) == lines_but(text, name)
    assert sum(line[0].partition("=")[0].strip() == name for line in logical(after)) == 1


@given(main_cf, st.sampled_from(NAMES), values)
def test_setting_twice_is_setting_once(text: str, name: str, value: str) -> None:
    once = postfix.set_parameter(text, name, value)
    assert postfix.set_parameter(once, name, value) == once


def test_a_definition_that_says_the_same_keeps_its_bytes() -> None:
    text = "mynetworks = 127.0.0.0/8,\n# the office\n    192.0.2.0/24\n"
    assert postfix.set_parameter(text, "mynetworks", "127.0.0.0/8, 192.0.2.0/24") == text


def test_comments_inside_a_definition_stay() -> None:
    text = "a = 1\nmynetworks = 127.0.0.0/8\n# the office\n 192.0.2.0/24\n\n  # end\nb = 2\nmynetworks = x\n y\n"
    assert postfix.set_parameter(text, "mynetworks", "z") == "a = 1\nmynetworks = z\n# the office\n\n  # end\nb = 2\n"


def test_a_file_without_final_newline_gets_a_line_of_its_own() -> None:
    assert postfix.set_parameter("a = 1", "b", "2") == "a = 1\nb = 2\n"


@pytest.mark.parametrize("value", ["a\nb = c", "a\0", "\x7f", "a\r"])
def test_control_characters_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        postfix.set_parameter("", "relayhost", value)
    with pytest.raises(ValueError, match="cannot be written"):
        postfix.set_override("smtp inet n - y - - smtpd\n", "smtp/inet", "relayhost", value)


@pytest.mark.parametrize("name", ["", "a b", "a=b", "$a", "a\nb", "#a"])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        postfix.set_parameter("", name, "x")


# --- master.cf ------------------------------------------------------------------------------------

SERVICES = (("smtp", "inet"), ("submission", "inet"), ("smtp", "unix"))
plain = st.text("abc019:/$,", max_size=6)
gaps = st.sampled_from([" ", "  ", "\t", "\n  ", "\n# -o relayhost=comment\n  ", "\n\n\t"])


@st.composite
def overrides(draw: st.DrawFn) -> str:
    name, value, gap = draw(st.sampled_from(NAMES)), draw(plain), draw(gaps)
    form = draw(st.integers(0, 3))
    if form == 0:
        return f"-o{gap}{name}={value}"
    if form == 1:
        return f"-o{gap}{{ {name} = {value} {value} }}"
    if form == 2:
        return f"-o{name}={value}"
    return f"-o{gap}{name}{gap}={gap}{value or 'yes'}"


@st.composite
def entries(draw: st.DrawFn) -> str:
    service, kind = draw(st.sampled_from(SERVICES))
    arguments = draw(st.lists(st.one_of(overrides(), st.sampled_from(["-v", "flags=R"])), max_size=4))
    text = f"{service} {kind} n - y - - smtpd"
    for argument in arguments:
        text += draw(gaps) + argument
    return text + "\n"


master_cf = st.lists(st.one_of(entries(), st.sampled_from(["# comment\n", "\n", "  # x\n"])), max_size=4).map("".join)


def read_master(text: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Service and its overrides in order; None for the misspelling with white space around `=`."""
    found = []
    for lines in logical(text):
        tokens = re.findall(r"\{[^{}]*\}|[^\s{}]+", " ".join(lines), re.ASCII)
        service = "/".join(tokens[:2])
        rest = re.sub(r"-o(?=[A-Za-z])", "-o ", " ".join(tokens[8:]))
        options: list[tuple[str, str | None]] = []
        option = re.compile(r"-o (?:\{ *([\w]+) *= *([^{}]*?) *\}|(\w+)=(\S*)|(\w+) = \S+)", re.ASCII)
        for match in option.finditer(rest):
            if match[1]:
                options.append((match[1], match[2]))
            elif match[3]:
                options.append((match[3], match[4]))
            else:
                options.append((match[5], None))
        found.append((service, options))
    return found


@given(master_cf)
def test_overrides_agree_with_another_reader(text: str) -> None:
    mine = postfix.written_overrides(text)
    assert mine == {service: dict(options) for service, options in read_master(text)}


@given(master_cf, st.sampled_from(SERVICES), st.sampled_from(NAMES))
def test_dropping_an_override_drops_it_and_nothing_else(text: str, service: tuple[str, str], name: str) -> None:
    wanted = "/".join(service)
    after = postfix.drop_override(text, wanted, name)
    assert read_master(after) == [
        (found, [pair for pair in options if found != wanted or pair[0] != name])
        for found, options in read_master(text)
    ]
    assert [line for line in after.split("\n") if line.startswith("#")] == [
        line for line in text.split("\n") if line.startswith("#")
    ]
    assert postfix.drop_override(after, wanted, name) == after
    if after == text:
        assert name not in dict(pair for found, options in read_master(text) if found == wanted for pair in options)


@given(master_cf, st.sampled_from(SERVICES), st.sampled_from(NAMES), values.filter(lambda v: not set(v) & set("{}")))
def test_setting_an_override_sets_it_and_nothing_else(
    text: str, service: tuple[str, str], name: str, value: str
) -> None:
    wanted = "/".join(service)
    if wanted not in dict(read_master(text)):
        with pytest.raises(ValueError, match="no service"):
            postfix.set_override(text, wanted, name, value)
        return
    after = postfix.set_override(text, wanted, name, value)
    for (found, before), (same, now) in zip(read_master(text), read_master(after), strict=True):
        assert found == same
        mine = [pair for pair in now if found == wanted and pair[0] == name]
        assert mine == ([(name, value)] if found == wanted else [])
        assert [pair for pair in now if pair not in mine] == [
            pair for pair in before if found != wanted or pair[0] != name
        ]
    assert postfix.set_override(after, wanted, name, value) == after


def test_the_command_of_pipe_is_left_alone() -> None:
    text = "vacation unix - n n - - pipe\n  flags=R user=v argv=/usr/bin/vacation -o relayhost=x\n"
    after = postfix.set_override(text, "vacation/unix", "syslog_name", "v")
    assert after == text.replace("pipe\n", "pipe\n  -o syslog_name=v\n")


def test_a_misspelt_override_is_told_and_dropped() -> None:
    text = "587 inet n - y - - smtpd\n  -o smtpd_tls_auth_only = yes\n  -o syslog_name=x\n"
    assert postfix.written_overrides(text) == {"587/inet": {"smtpd_tls_auth_only": None, "syslog_name": "x"}}
    assert postfix.drop_override(text, "587/inet", "smtpd_tls_auth_only") == (
        "587 inet n - y - - smtpd\n  -o syslog_name=x\n"
    )


# --- postconf and restriction lists ---------------------------------------------------------------


def test_overrides_as_postconf_prints_them() -> None:
    printed = "submission/inet/smtpd_tls_security_level = encrypt\nrelay/unix/syslog_name = postfix/relay\n"
    assert postfix.parse_overrides(printed) == {
        "submission/inet": {"smtpd_tls_security_level": "encrypt"},
        "relay/unix": {"syslog_name": "postfix/relay"},
    }


@given(st.dictionaries(st.sampled_from(NAMES), values))
def test_what_postconf_prints_is_read_back(settings: dict[str, str]) -> None:
    printed = "".join(f"{name} = {value}\n" for name, value in settings.items())
    assert postfix.parse_parameters(printed) == settings


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        ("permit_mynetworks,reject_unauth_destination", ["permit_mynetworks", "reject_unauth_destination"]),
        ("check_client_access hash:/etc/a reject", ["check_client_access hash:/etc/a", "reject"]),
        (
            "warn_if_reject reject_rbl_client zen.example, permit",
            ["warn_if_reject reject_rbl_client zen.example", "permit"],
        ),
        (
            "warn_if_reject reject_unknown_client_hostname permit",
            ["warn_if_reject reject_unknown_client_hostname", "permit"],
        ),
        (
            "check_policy_service { inet:127.0.0.1:12340, default_action=DUNNO }, reject",
            ["check_policy_service inet:127.0.0.1:12340, default_action=DUNNO", "reject"],
        ),
        ("", []),
        (" , ,", []),
    ],
)
def test_restriction_lists(value: str, tokens: list[str]) -> None:
    assert postfix.restriction_tokens(value) == tokens


rules = st.sampled_from(
    ["permit_mynetworks", "reject", "check_client_access hash:/etc/a", "reject_rbl_client zen.example", "sleep 1"]
)


@given(st.lists(rules), st.sampled_from([" ", ", ", ",", "\t"]))
def test_a_list_of_rules_is_taken_apart_into_the_same_rules(wanted: list[str], gap: str) -> None:
    assert postfix.restriction_tokens(gap.join(wanted)) == wanted
