"""Whoever hands documents over to a roll-up, and whoever stands between: nothing forged, old or half counts."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baseline.model import Outcome, Report
from baseline.model.agencies import Refused
from baseline.reports.json import render
from baseline.rollup import AgencyDocument, Desk, RollUpRules, joined
from baseline.rollup.documents import document
from baseline.rollup.told import read
from baseline.signing import AllowedSigners, Signer
from tests.adversary.case import adversary
from tests.rollup.agencies import DAY, MANDATORY, NOW, Nation, filed, measure, report

MIB = 1 << 20


@pytest.fixture
def nation(tmp_path: Path) -> Nation:
    """Two agencies."""
    return Nation.of(tmp_path, "mof.example", "moh.example")


def taken(nation: Nation, file: Path, heads: Mapping[str, tuple[int, str]] | None = None) -> AgencyDocument | Refused:
    signers = AllowedSigners.of_file(nation.folder / "agencies")
    return document(file, Desk(signers, measure(), datetime.now(UTC), heads=heads or {}))


def why(nation: Nation, file: Path) -> str:
    told = taken(nation, file)
    assert isinstance(told, Refused), "it is refused"
    assert told.file == str(file)
    return told.why


@adversary("who hands documents over", "any byte of a signed dossier is another on its way to the roll-up")
def test_any_changed_byte_is_found(nation: Nation) -> None:
    """The dossier is refused by its name, wherever the byte stands.

    Before: nothing read dossiers, and reports were joined without a signature.
    """
    file = nation.hand_in_dossier("mof.example", filed(report()))
    content = file.read_bytes()
    chance = random.Random(14)
    for at in [*range(0, 60), *range(len(content) - 200, len(content)), *chance.sample(range(len(content)), 150)]:
        changed = bytearray(content)
        changed[at] ^= 1 << chance.randrange(8)
        file.write_bytes(changed)
        assert why(nation, file), at


@adversary("who hands documents over", "a signed dossier is cut off, or something is put behind, before or between")
def test_no_half_dossier_and_nothing_besides_is_taken(nation: Nation) -> None:
    """It is refused by its name.

    Before: nothing read dossiers.
    """
    file = nation.hand_in_dossier("mof.example", filed(report()))
    content = file.read_bytes()
    for share in (0.01, 0.3, 0.7, 0.99):
        file.write_bytes(content[: int(len(content) * share)])
        assert "half, or was altered" in why(nation, file) or "no dossier" in why(nation, file)
    for other in (content[:-1], content + b"x", content + content):
        file.write_bytes(other)
        assert why(nation, file) == (
            "is half, or was altered: its directory is not the one of its files, or something is behind it"
        )


@adversary("who hands documents over", "an agency signs a dossier that says it is of another one")
def test_a_dossier_is_of_who_signed_it(nation: Nation) -> None:
    """It stands for the agency whose key signed it, whatever its manifest says.

    Before: nothing read dossiers.
    """
    told = taken(nation, nation.hand_in_dossier("moh.example", filed(report()), calls_itself="mof.example"))
    assert isinstance(told, AgencyDocument)
    assert told.agency == "moh.example"


@adversary("who hands documents over", "a dossier is signed by a key that no agency has, or for another use")
def test_a_dossier_of_a_stranger_is_refused(nation: Nation) -> None:
    """It is refused by its name, and stands for nobody.

    Before: nothing read dossiers.
    """
    stranger = Nation(nation.folder, {"mof.example": Signer.made()})
    file = stranger.hand_in_dossier("mof.example", filed(report()))
    told = taken(nation, file)
    assert isinstance(told, Refused)
    assert (told.agency, "does not allow the key that signed" in told.why) == ("", True)
    report_of = nation.sign("mof.example", nation.folder / "inbox" / "a.json", render(report()).encode(), "file")
    assert "the signature is for 'file', and not for 'baseline-report'" in why(nation, report_of)


def _bomb(name: str) -> Callable[[Nation], Path]:
    def made(nation: Nation) -> Path:
        return nation.hand_in_dossier("mof.example", {**filed(report()), name: b"\0" * (64 * MIB)})

    return made


HOSTILE: dict[str, tuple[Callable[[Nation], Path], str]] = {
    "a report of 64 MiB of nothing": (_bomb("reports/mampu-2007/report.json"), "is no whole JSON"),
    "a report that is one text of 64 MiB": (
        lambda nation: nation.hand_in_dossier(
            "mof.example",
            {**filed(report()), "reports/x/report.json": b'{"hosts": ["' + b"x" * (64 * MIB) + b'"]}'},
        ),
        "a value is too long",
    ),
    "a report of nested lists": (
        lambda nation: nation.hand_in_dossier(
            "mof.example", {**filed(report()), "reports/x/report.json": b'{"hosts": ' + b"[" * (8 * MIB)}
        ),
        "nested too deeply",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
@adversary(
    "who hands documents over", "a signed dossier holds what takes a thousand times its size once it is unpacked"
)
def test_a_bomb_is_refused_and_costs_little(nation: Nation, name: str) -> None:
    """It is refused by its name, and a bounded memory is held for it, whatever it unpacks to.

    Before: nothing read dossiers; reports were parsed as a whole.
    """
    make, words = HOSTILE[name]
    file = make(nation)
    tracemalloc.start()
    try:
        assert words in why(nation, file)
        assert tracemalloc.get_traced_memory()[1] < 48 * MIB
    finally:
        tracemalloc.stop()


@adversary("who hands documents over", "an old document, which was good, is handed over in place of a newer one")
def test_an_old_good_document_does_not_replace_a_newer_bad_one() -> None:
    """It is refused by its name once the newer one was seen, and beside the newer one it is passed over.

    Before: of several reports of a host the last one counted, and a report that was not given was not missed.
    """
    newer = told(report(wrong={("mx1", MANDATORY): Outcome.FAIL}, at=NOW - DAY), "new.json")
    older = told(report(at=NOW - 9 * DAY), "old.json")
    rules = RollUpRules(NOW, timedelta(days=35), ("mof",))
    both, seen = joined([older, newer], {}, measure(), rules)
    assert [one.exit_code for one in both.agencies] == [1]
    alone, _ = joined([older], seen, measure(), rules)
    assert [(one.file, one.agency) for one in alone.refused] == [("old.json", "mof")]
    assert (alone.agencies[0].standing, alone.exit_code) == ("refused", 3)


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ({"first": 1, "last": 2, "previous": "0" * 64, "head": "2" * 64}, "is old: it ends with run 2, and run 3 was"),
        ({"first": 1, "last": 3, "previous": "0" * 64, "head": "f" * 64}, "is of another history: its run 3"),
        ({"first": 4, "last": 5, "previous": "f" * 64, "head": "5" * 64}, "is of another history: its run 3"),
        ({"first": 1, "last": 5, "previous": "0" * 64, "head": "5" * 64}, "is of another history: its run 3"),
    ],
)
@adversary("who hands documents over", "an agency writes its history anew, and signs a dossier of it")
def test_a_history_that_was_written_anew_is_told(nation: Nation, runs: dict[str, int | str], words: str) -> None:
    """The dossier is refused by its name: its runs do not go on from the last one that was seen of its key.

    Before: nothing read dossiers.
    """
    rules = RollUpRules(datetime.now(UTC), timedelta(days=35), ("mof.example",))
    lines = b"".join(b'{"number": %d, "digest": "%s"}\n' % (one, b"e" * 64) for one in range(1, 6))
    before = report(at=datetime.now(UTC) - 2 * DAY)
    _, seen = joined([taken(nation, nation.hand_in_dossier("mof.example", filed(before)))], {}, measure(), rules)
    files = {**filed(report(at=datetime.now(UTC) - DAY)), "history/runs.jsonl": lines}
    file = nation.hand_in_dossier("mof.example", files, runs=runs)
    made, after = joined([taken(nation, file, seen["mof.example"].heads)], seen, measure(), rules)
    assert [words in one.why for one in made.refused] == [True]
    assert (made.agencies[0].standing, after) == ("refused", seen)


@adversary("who hands documents over", "a host that fails is left out of the next report")
def test_a_host_that_is_left_out_is_missed() -> None:
    """The agency is incomplete until somebody gives the host up by an option.

    Before: a report told of the hosts in it, and nobody asked for others.
    """
    rules = RollUpRules(NOW, timedelta(days=35), ("mof",))
    _, seen = joined([told(report(["mx1", "mx2"], at=NOW - 2 * DAY))], {}, measure(), rules)
    made, _ = joined([told(report(["mx1"]))], seen, measure(), rules)
    assert (made.agencies[0].standing, made.agencies[0].gone, made.exit_code) == ("incomplete", ("mx2",), 3)


@adversary(
    "who hands documents over", "a document tells of a day that is still to come, so that all later ones look old"
)
def test_a_document_of_tomorrow_is_not_remembered() -> None:
    """It is refused by its name, and what was seen stays as it was.

    Before: nothing was remembered of an agency.
    """
    made, seen = joined(
        [told(report(at=NOW + 400 * DAY))], {}, measure(), RollUpRules(NOW, timedelta(days=35), ("mof",))
    )
    assert (made.agencies[0].standing, seen) == ("refused", {})


def told(one: Report, file: str = "mof.json") -> AgencyDocument:
    return AgencyDocument(file, "mof", True, read(io.BytesIO(render(one).encode()), measure()))
