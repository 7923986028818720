"""Runs that were pruned are told as lacking, and what is left of the history is verified."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from baseline.dossier.making import DossierOrder, Material, dossier
from baseline.dossier.verify_dossier import Opened, examined
from baseline.history import History
from baseline.model import Outcome
from baseline.reports.past import Background
from baseline.signing import Signer
from tests.history.reports import finding, heard, report
from tests.history.test_prune import cut


def kept(history: History) -> None:
    """Nine runs over two hosts, with answers that change."""
    for number in range(1, 10):
        outcome = Outcome.FAIL if number % 3 == 0 else Outcome.PASS
        found = (finding("mx1", outcome=outcome, found=number // 4), finding("mx2"))
        keeping = history.begin("check")
        for name in ("mx1", "mx2"):
            keeping.heard(name, heard(one=b"always", two=str(number // 2).encode()))
        assert keeping.keep(report(number, *found)) == ""


def made_of(history: History, since: int = 1, until: int = 28) -> Opened:
    """The dossier of some days of January."""
    begin, end = (datetime(2026, 1, day, tzinfo=UTC) for day in (since, until))
    order = DossierOrder("A", begin, end, datetime(2026, 11, 1, tzinfo=UTC))
    return Opened(dossier(order, history, Material(lambda *_: Background()), Signer.made()))


def test_a_history_is_the_same_on_each_database(history: History) -> None:
    kept(history)
    opened = made_of(history)
    assert examined(opened) == []
    assert opened.manifest["runs"]["count"] == 9
    later = made_of(history, since=5)
    assert examined(later) == []
    assert later.manifest["runs"]["first"] == 5


def test_what_was_pruned_is_told_as_lacking(history: History) -> None:
    kept(history)
    cut(history, 4)
    opened = made_of(history)
    assert examined(opened) == []
    assert "runs 1 to 4 were pruned: of 4 runs only a line is left" in opened.manifest["lacks"]
    assert [one["pruned"] for one in opened.lines("history/runs.jsonl")][:6] == [True] * 4 + [False] * 2


def test_nothing_is_left_out_by_calling_it_pruned_where_it_was_not(tmp_path: Path) -> None:
    """Who marks a run as pruned cannot hide it: the verifier prints which runs are."""
    import subprocess
    import sys

    from baseline.dossier import verify_dossier
    from tests.dossier.forging import changed, files_of, signed_anew

    history, signer = History(tmp_path / "history.db", who="ali@controller"), Signer.made()
    kept(history)
    begin, end, present = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 28, tzinfo=UTC), datetime.now(UTC)
    order = DossierOrder("A", begin, end, present)
    whole = dossier(order, history, Material(lambda *_: Background()), signer)
    files = changed(files_of(whole), "history/runs.jsonl", 2, lambda told: told.update(pruned=True))
    place = tmp_path / "a.zip"
    place.write_bytes(signed_anew(whole, files, signer))
    words = [sys.executable, "-I", str(verify_dossier.__file__), str(place), "--key", signer.public_line]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert "lacks: all but a line of runs 3 to 3, which were pruned" in done.stdout
    # Its verdicts are still told, and no run that is there has them.
    assert "clauses.json or reports: 3 is no run that is here" in done.stdout
    assert done.returncode == 1
