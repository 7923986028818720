"""Byte sizes as each program writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline import sizes

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
numbers = st.integers(0, 1 << 60)
POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


@given(numbers, st.sampled_from("KMGTP"), st.sampled_from(["", "B", "iB", "ib"]), st.sampled_from(["", " "]))
def test_sizes_of_a_baseline_count_by_1024(number: int, letter: str, rest: str, gap: str) -> None:
    assert sizes.parse_size(f"{number}{gap}{letter}{rest}") == number * 1024 ** ("KMGTP".index(letter) + 1)


@given(numbers)
def test_bare_numbers_are_bytes(number: int) -> None:
    assert sizes.parse_size(str(number)) == sizes.parse_size(f"{number}B") == number
    assert sizes.postfix(str(number)) == number
    assert sizes.dovecot_setting(str(number)) == number
    assert sizes.dovecot(str(number), bare="b") == number
    assert sizes.dovecot(str(number)) == number * KIB
    assert sizes.exchange(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "MB", "1.5GB", "-1", "1 0", "100MBit", "100ib", "1e3", "1,000", "\u0661\u0660", "0x10"]
)
def test_what_is_no_size_of_a_baseline(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        sizes.parse_size(text)


@pytest.mark.parametrize("text", ["100M", "20971520 # 20 MB", "", " 1", "1 ", "-1", "+1", "1.0", "\u0661", "1\n"])
def test_postfix_takes_digits_alone(text: str) -> None:
    with pytest.raises(ValueError, match="whole number of bytes"):
        sizes.postfix(text)


@pytest.mark.parametrize(
    ("text", "size"), [("100M", 100 * MIB), ("100MB", 100 * MIB), ("100mx", 100 * MIB), ("1t", 1 << 40)]
)
def test_dovecot_quota_limits(text: str, size: int) -> None:
    assert sizes.dovecot(text) == size


@pytest.mark.parametrize("text", ["1.5G", "100 M", "+100M", "", "M", "100x", "-1", "1\u0661"])
def test_what_dovecot_refuses_in_a_quota(text: str) -> None:
    with pytest.raises(ValueError, match="Dovecot"):
        sizes.dovecot(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("100M", 100 * MIB),
        ("100 M", 100 * MIB),
        ("100MiB", 100 * MIB),
        ("1Ki", KIB),
        ("100b", 100),
        ("128 k", 128 * KIB),
        ("0", 0),
    ],
)
def test_dovecot_settings_of_type_size(text: str, size: int) -> None:
    assert sizes.dovecot_setting(text) == size


@pytest.mark.parametrize("text", ["1.5G", "100x", "100Mx", "100bytes", "10P", "", "unlimited", "-1"])
def test_what_dovecot_refuses_as_a_size(text: str) -> None:
    with pytest.raises(ValueError, match="Dovecot"):
        sizes.dovecot_setting(text)


@given(numbers)
def test_a_size_written_for_dovecot_is_read_back(size: int) -> None:
    written = sizes.to_dovecot(size)
    assert sizes.dovecot(written) == size
    assert sizes.dovecot_setting(written) == size


@given(st.integers(1, 1 << 20), st.sampled_from(["k", "M", "G", "T"]))
def test_the_largest_unit_that_is_exact_is_written(number: int, letter: str) -> None:
    written = sizes.to_dovecot(number * 1024 ** POWERS[letter.upper()])
    assert int(written[:-1]) <= number
    assert written[-1] != "B"


@given(numbers, st.sampled_from([",", ".", "\u00a0", "\u202f", "'", "\u2019", ""]))
def test_exchange_reads_the_parentheses_alone(size: int, separator: str) -> None:
    grouped = f"{size:,}".replace(",", separator)
    assert sizes.exchange(f"1.9 GB ({grouped} bytes)") == size
    assert sizes.exchange(f"1,9 GB ({grouped} Bytes)") == size


@pytest.mark.parametrize("text", ["Unlimited", "unlimited", " UNLIMITED "])
def test_exchange_without_a_limit(text: str) -> None:
    assert sizes.exchange(text) is None


@pytest.mark.parametrize(("text", "size"), [("6672B", 6672), ("100 MB", 100 * MIB), ("2GB", 2 * GIB), ("1tb", 1 << 40)])
def test_exchange_as_typed(text: str, size: int) -> None:
    assert sizes.exchange(text) == size


@pytest.mark.parametrize(
    "text",
    [
        *("1.9", "1.9 GB", "", "-5", "1 GB (-5 bytes)", "1 GB (bytes)", "100M", "(\u0661)", "-1 GB (1,024 bytes)"),
        *("1 GB (1.5 bytes)", "1 GB (1,0240 bytes)", "1 GB (1,024.000 bytes)", "1 GB (1024)", "1 GB (1,024 bytes) x"),
        *("1 GB (1,024, bytes)", "1 GB (1,,024 bytes)", "1 GB (1024,512 bytes)"),
    ],
)
def test_what_is_no_exchange_quota(text: str) -> None:
    with pytest.raises(ValueError, match="Exchange"):
        sizes.exchange(text)


@given(st.integers(1, sizes.MOST_EXCHANGE // KIB).map(lambda size: size * KIB) | st.none())
def test_exchange_reads_what_is_written_for_it(size: int | None) -> None:
    assert sizes.exchange(sizes.to_exchange(size)) == size


@pytest.mark.parametrize("size", [0, -1024, 1023, 104_857_601, sizes.MOST_EXCHANGE + KIB])
def test_what_exchange_cannot_hold(size: int) -> None:
    with pytest.raises(ValueError, match="no Exchange quota"):
        sizes.to_exchange(size)


def test_exchange_with_groups_as_in_india() -> None:
    assert sizes.exchange("1.9 GB (2,04,01,09,465 bytes)") == 2_040_109_465
