"""However long a text from a host is, reading it takes time in proportion, and no more."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from baseline import formats
from tests.adversary import growth
from tests.adversary.case import adversary
from tests.adversary.growth import measured
from tests.adversary.parsers import PARSERS
from tests.adversary.shapes import Shape

_SLOW = "what is said is slow to read"


@adversary(_SLOW, "a zone file with one word of many digits that is no TTL")
def test_a_long_number_in_a_zone_file_is_read_in_proportion() -> None:
    """Read in time that grows with its length.

    Before: `x 1111…1z IN A …` with 30 digits held the interpreter for ever; no signal and no limit could end it.
    """
    assert measured("zone.entries") == ""


@adversary(_SLOW, "PEM with many beginnings of certificates and no end")
def test_certificates_without_end_are_read_in_proportion() -> None:
    """Read in time that grows with its length.

    Before: for each beginning the whole rest was searched; 540 KB took 75 s.
    """
    assert measured("certificates.parse") == ""


@adversary(_SLOW, "a line of many blanks in a file that a diff or a report shows")
def test_runs_of_blanks_are_shown_in_proportion() -> None:
    """Shown in time that grows with its length.

    Before: each blank of a run was tried as its beginning; 8 KB took 0.4 s, and 80 KB 40 s.
    """
    assert measured("report (line)") == ""


@adversary(_SLOW, "named.conf with `/* ` many times over")
def test_comments_without_end_in_named_conf_are_read_in_proportion() -> None:
    """Refused as what it is, a comment without end, in time that grows with its length.

    Before: for each opening mark the whole rest was searched; 16 KB took 0.2 s, and 160 KB 20 s.
    """
    assert measured("named.read") == ""


@adversary(_SLOW, "a file of Rspamd with many heredocs, strings and variables that nothing closes")
@pytest.mark.parametrize("name", ["ucl.entries", "ucl.entries (texts)", "ucl.set_key"])
def test_texts_without_end_in_ucl_are_read_in_proportion(name: str) -> None:
    """Read in time that grows with its length: what was not found once is not looked for again.

    Before: for each opening mark the whole rest was searched; 16 KB of quotes took 0.5 s, and 160 KB 50 s.
    """
    assert measured(name) == ""


@adversary(_SLOW, "lists of Postfix with many braces that nothing closes")
@pytest.mark.parametrize("name", ["milters.parse_milters", "restrictions.tokens", "restrictions.before_end"])
def test_braces_without_end_in_postfix_are_read_in_proportion(name: str) -> None:
    """Read in time that grows with its length.

    Before: for each brace the whole rest was searched; 64 KB took 0.6 s, and 640 KB a minute.
    """
    assert measured(name) == ""


@adversary(_SLOW, "an SPF macro that makes a name of many labels")
def test_long_names_are_shortened_in_proportion() -> None:
    """Shortened in one step.

    Before: one label at a time, the rest copied for each.
    """
    assert measured("spf.shortened") == ""


@adversary(_SLOW, "one daemon told of many times over among those that run")
def test_daemons_told_of_twice_are_refused() -> None:
    """Refused: the host's stale daemons are unknown.

    Before: for each line all lines were gone through; 64 KB took 0.4 s, and 20 MB would have taken half a day.
    """
    assert measured("stale.stale") == ""


@adversary(_SLOW, "JSON that is nested deeper than Python can follow")
@pytest.mark.parametrize(
    "name", ["answers.as_json", "dovecot.read_quotas", "nftables.parse", "dkim.read_signature", "exchange.read_report"]
)
def test_deep_json_is_refused(name: str) -> None:
    """Refused as no document.

    Before: it ended in a RecursionError, which is a fault of the program to whoever reads the report.
    """
    assert measured(name) == ""


# What the cases above measure.
_NAMED = {
    *("zone.entries", "certificates.parse", "report (line)", "named.read", "ucl.entries", "ucl.entries (texts)"),
    *("ucl.set_key", "milters.parse_milters", "restrictions.tokens", "restrictions.before_end", "spf.shortened"),
    *("stale.stale", "answers.as_json", "dovecot.read_quotas", "nftables.parse", "dkim.read_signature"),
    *("exchange.read_report",),
}


@pytest.mark.parametrize("room", ["answers", "files", "records", "kinds"])
def test_every_other_parser_reads_in_proportion(room: str) -> None:
    names = importlib.import_module(f"tests.adversary.parsers.{room}").PARSERS.keys() - _NAMED
    assert names
    assert measured(*sorted(names)) == ""


def test_every_language_is_measured() -> None:
    # Names are compared as they are, nft's packets are no text, and PowerShell is only written.
    modules = {module.name for module in pkgutil.iter_modules(formats.__path__)} - {"nft_packets", "powershell"}
    measured_ones = {name.partition(".")[0] for name in PARSERS}
    assert modules - {"documents"} <= measured_ones


def test_what_is_steep_is_seen() -> None:
    growth.look(lambda text: text.count("a"), Shape("", "a"))
    with pytest.raises(growth.TooSteep):
        growth.look(lambda text: sum(1 for _ in text for _ in text), Shape("", "a"))
