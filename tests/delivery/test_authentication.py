"""What the receiver saw: its own `Authentication-Results`, and nobody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.delivery.authentication import authserv_id, results, seen_by
from baseline.model.measurements import AuthenticationResult

RSPAMD = """mx.d1.lab.test;
\tdkim=pass header.d=d2.lab.test header.s=test header.b=ar4nHAqM;
\tspf=pass (mx.d1.lab.test: domain of a@d2.lab.test designates 10.1.1.2; as permitted) smtp.mailfrom=a@d2.lab.test;
\tdmarc=fail (policy=reject) header.from=d2.lab.test"""
FORGED = "mx.d1.lab.test; spf=pass smtp.mailfrom=forged@d2.lab.test"
Headers = list[tuple[str, str]]


def said(field: str) -> dict[str, str]:
    """Method -> result."""
    return {one.method: one.result for one in results(field)}


def test_methods_results_and_properties_without_comments() -> None:
    assert results(RSPAMD) == (
        AuthenticationResult("dkim", "pass", "header.d=d2.lab.test header.s=test header.b=ar4nHAqM"),
        AuthenticationResult("spf", "pass", "smtp.mailfrom=a@d2.lab.test"),
        AuthenticationResult("dmarc", "fail", "header.from=d2.lab.test"),
    )


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("example.org 1; none", {}),
        ('example.org; dkim=neutral reason="no; key" header.d=x', {"dkim": "neutral"}),
        ("example.org (c); SPF / 1 = Pass smtp.mailfrom=x", {"spf": "pass"}),
        ("example.org; dkim (one) = (two) pass", {"dkim": "pass"}),
        ("example.org; (dkim=pass) spf=fail", {"spf": "fail"}),
        ("example.org; dkim=pa", {"dkim": "pa"}),
        ("", {}),
        ("; dkim=pass", {"dkim": "pass"}),
        ("example.org; dkim", {}),
    ],
)
def test_the_grammar_of_the_field(field: str, wanted: dict[str, str]) -> None:
    assert said(field) == wanted


def test_who_wrote_it() -> None:
    assert authserv_id(RSPAMD) == "mx.d1.lab.test"
    assert authserv_id('(x) "a b" 1; none') == "a b"
    assert authserv_id("; dkim=pass") == ""


OWN: Headers = [("Received", "lmtp"), ("Received", "border"), ("Authentication-Results", RSPAMD)]
OTHERS: Headers = [("Received", "outside"), ("Authentication-Results", FORGED), ("Subject", "x")]


def test_the_results_at_the_border_count_on_either_side_of_its_own_line() -> None:
    assert len(seen_by("MX.d1.lab.test", [*OWN, *OTHERS], 1)) == 3
    above: Headers = [OWN[0], OWN[2], OWN[1], *OTHERS]
    assert len(seen_by("mx.d1.lab.test", above, 1)) == 3


def test_what_came_with_the_mail_does_not_count_whatever_name_it_bears() -> None:
    seen = seen_by("mx.d1.lab.test", [OWN[0], OWN[1], *OTHERS], 1)
    assert seen == ()


def test_another_name_or_none_does_not_count() -> None:
    for name in ("d1.lab.test", "mx.d1.lab.test.evil.example", ""):
        assert seen_by(name, [*OWN, *OTHERS], 1) == ()
    assert seen_by("", [("Authentication-Results", "; dkim=pass")], 0) == ()


def test_results_that_contradict_each_other_both_stand() -> None:
    twice: Headers = [*OWN, ("Authentication-Results", "mx.d1.lab.test; dmarc=pass header.from=d2.lab.test")]
    assert {one.result for one in seen_by("mx.d1.lab.test", twice, 1) if one.method == "dmarc"} == {"pass", "fail"}


@given(st.text(max_size=400))
def test_whatever_stands_there_is_read_and_can_be_shown(field: str) -> None:
    for one in results(field):
        assert one.method
        assert (one.method + one.result + one.detail).isprintable()
    assert authserv_id(field).isprintable()


@given(st.lists(st.tuples(st.sampled_from(["pass", "fail", "none"]), st.sampled_from(["spf", "dkim"])), max_size=9))
def test_what_is_written_is_read(said: list[tuple[str, str]]) -> None:
    field = "mx.example; " + "; ".join(f"{method}={result} a.b=c (d=e; f)" for result, method in said)
    assert [(one.result, one.method) for one in results(field)] == said
