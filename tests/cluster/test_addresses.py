"""What `--cluster` takes, and what is said of the rest."""

from __future__ import annotations

import pytest

from baseline.cluster.address import ClusterAddress, address_of
from baseline.errors import UserError


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tls://scheduler:8786", ClusterAddress("tls://scheduler:8786")),
        ("tls://[2001:db8::1]:8786", ClusterAddress("tls://[2001:db8::1]:8786")),
        ("local", ClusterAddress()),
        ("local:4", ClusterAddress(workers=4)),
    ],
)
def test_a_scheduler_or_workers_of_this_machine(text: str, meant: ClusterAddress) -> None:
    assert address_of(text) == meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tcp://scheduler:8786", "refused: whoever reaches a scheduler without TLS can run anything"),
        ("scheduler:8786", "names no cluster"),
        ("tls://scheduler", "names no cluster"),
        ("tls://scheduler:99999", "names no cluster"),
        ("tls://a b:1", "names no cluster"),
        ("local:0", "1 to 256 workers"),
        ("local:1000", "1 to 256 workers"),
        ("local:-1", "names no cluster"),
        ("", "names no cluster"),
    ],
)
def test_anything_else_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(UserError) as said:
        address_of(text)
    assert words in str(said.value)
