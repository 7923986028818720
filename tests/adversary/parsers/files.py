"""Configuration files of programs, and what programs print of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baseline.formats import (
    dovecot,
    fstab,
    milters,
    named,
    networks,
    postfix,
    restrictions,
    tls_versions,
    ucl,
)
from tests.adversary.parser import Parser
from tests.adversary.shapes import everywhere

if TYPE_CHECKING:
    pass


_SOCKET = "tcp LISTEN 0 128 127.0.0.1:25 0.0.0.0:* "


PARSERS: dict[str, Parser] = {
    "dovecot.parse_settings": Parser(
        dovecot.parse_settings,
        everywhere(("", 'a = "'), ("a {\n", "}\n", "a {\nb = c\n}\n", '\\"', "\\", "#"), ("", '"')),
    ),
    "dovecot.quota_rule": Parser(
        dovecot.quota_rule,
        everywhere(("*:storage=", "a:storage="), ("1", "1%", "+", ":storage=1", "%"), ("", "G", "%")),
    ),
    "fstab.set_options": Parser(
        lambda text: fstab.set_options(text, "/tmp", ("nosuid",)),
        everywhere(
            ("tmpfs /tmp tmpfs ", "tmpfs /tmp tmpfs a", ""),
            ("a,", '"', '"a",', ",", "a ", "tmpfs /tmp tmpfs a 0 0\n", " "),
            ("", " 0 0\n"),
        ),
    ),
    "milters.parse_milters": Parser(
        milters.parse_milters,
        everywhere(("", "{ "), ("{", "{ a", "}", "{}", "a=b ", "a", "{ inet:a:1, b=c } ", "a="), ("", "}")),
    ),
    "milters.listening": Parser(milters.listening, everywhere(("",), (f"{_SOCKET}\n", ":", "u_str a b c /d\n"))),
    "named.read": Parser(
        named.read,
        everywhere(
            ("", 'zone "'),
            ("/* ", "/*", "//", "{ ", "{", "}", "a ", "a;", 'zone "a" { type primary; };\n', '"', '\\"', "a {", "! {"),
            ("", ";", "};"),
        ),
    ),
    "networks.split_list": Parser(networks.split_list, everywhere(("",), ("hash:/a ", "/a,", "!/", "1.2.3.4 ", "!"))),
    "networks.parse_network": Parser(networks.parse_network, everywhere(("", "!["), ("1", ":", "1.", "1:", "]/1"))),
    "postfix.parameters": Parser(
        postfix.parameters, everywhere(("", "a ="), ("a = b\n", " b\n", "#\n", " #\n", "\v", "\f\n", "$a ", "= "))
    ),
    "postfix.set_parameter": Parser(
        lambda text: postfix.set_parameter(text, "a", "b"),
        everywhere(("",), ("a = c\n", "a = c\n d\n", "a\n", "b = c\n")),
    ),
    "postfix.written_overrides": Parser(
        postfix.written_overrides,
        everywhere(
            ("", "smtp inet n - y - - smtpd"),
            (
                "smtp inet n - y - - smtpd\n",
                " -o a=b",
                "\n -o a=b",
                " -o { a = b }",
                " {",
                " }",
                "{}",
                " -o a = ",
                "\n#",
            ),
        ),
    ),
    "postfix.drop_override": Parser(
        lambda text: postfix.drop_override(text, "smtp/inet", "a"),
        everywhere(
            ("", "smtp inet n - y - - smtpd"),
            (" -o a=b", "\n -o a=b", "\n  -o { a = b }", "\nsmtp inet n - y - - a -o a=b"),
        ),
    ),
    "postfix.set_override": Parser(
        lambda text: postfix.set_override(text, "smtp/inet", "a", "b"),
        everywhere(("",), ("smtp inet n - y - - smtpd\n", "smtp inet n - y - - smtpd -o a=c\n")),
    ),
    "postfix.parse_overrides": Parser(postfix.parse_overrides, everywhere(("",), ("smtp/inet/a = b\n", "/", "a/"))),
    "restrictions.tokens": Parser(
        restrictions.restriction_tokens,
        everywhere(("", "{"), ("{", "{ a", "}", "check_client_access ", "warn_if_reject ", "sleep ", "a, "), ("", "}")),
    ),
    "restrictions.before_end": Parser(
        lambda text: [place(text, "reject_unlisted_sender") for place in restrictions.PLACES.values()],
        everywhere(
            ("", "permit "),
            ("reject_unlisted_sender ", "reject_unlisted_sender", "reject_unlisted_sender,", "permit ", ", ", "a "),
            ("", "reject_unauth_destination"),
        ),
    ),
    "tls_versions.allowed": Parser(
        tls_versions.allowed, everywhere(("", ">="), (">=", "TLSv1 ", "!TLSv1:", "<= ", "!", ","))
    ),
    "ucl.entries": Parser(
        ucl.entries,
        everywhere(
            ("", "a = ", "a = {", "a = [", "a "),
            (
                "<<EOD\n",
                "<<A",
                "<<",
                '"',
                "'",
                '"\\',
                "\\",
                "/*",
                "/* */",
                "*/",
                "# ",
                "${",
                "{",
                "[",
                "]",
                "a;",
                "a=b;",
            ),
            ("", "}", "\n"),
        ),
    ),
    "ucl.entries (texts)": Parser(
        ucl.entries,
        everywhere(
            ("a = {\n", "", "a = b"),
            (
                "<<EOD\nb\n",
                'b = "',
                "b = '",
                "<<EOD",
                "c = <<E\nE\n",
                "b = <<E\n",
                "a = b\n",
                ".include 1\n",
                " '",
                ' "',
            ),
            ("", "\nEOD\n", "}"),
        ),
    ),
    "ucl.set_key": Parser(
        lambda text: ucl.set_key(text, "a", "b"), everywhere(("",), ("a = c;\n", "a = c; ", "b = c;\n"))
    ),
}
