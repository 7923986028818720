"""What Postfix allows by its lists of TLS versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.tls_versions import VERSIONS, allowed, oldest

versions = st.sampled_from(VERSIONS)


@given(versions, versions)
def test_bounds(low: str, high: str) -> None:
    between = VERSIONS[VERSIONS.index(low) : VERSIONS.index(high) + 1]
    assert allowed(f">={low}, <={high}") == between


@given(st.sets(versions))
def test_a_list_of_names_is_that_list(names: set[str]) -> None:
    assert set(allowed(" ".join(names))) == (names or set(VERSIONS))


@given(st.sets(versions), st.sampled_from([",", " ", ":", ", "]))
def test_what_is_barred_is_out(names: set[str], comma: str) -> None:
    assert set(allowed(comma.join(f"!{name}" for name in names))) == set(VERSIONS) - names


@given(st.text(max_size=20))
def test_anything_has_an_oldest_or_a_reason(value: str) -> None:
    assert oldest(value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (">=TLSv1.2", "TLSv1.2"),
        (">=TLSv1", "TLSv1"),
        ("!SSLv2,!SSLv3,!TLSv1,!TLSv1.1", "TLSv1.2"),
        ("TLSv1.3 TLSv1.2", "TLSv1.2"),
        ("!SSLv2, !SSLv3", "TLSv1"),
        ("", "SSLv2"),
        ("<=SSLv2 >=TLSv1", "none"),
        (">=TLS1.2", "not read by Postfix: '>=TLS1.2' is no version of TLS"),
    ],
)
def test_as_it_is_written(value: str, found: str) -> None:
    assert oldest(value) == found
