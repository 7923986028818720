"""Cases that are written read back the same, and share what they have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import file_contents
from baseline.model import Answer
from tests.cases.case import Case, plain
from tests.cases.changed import answering, recorded
from tests.cases.files import CaseFiles
from tests.cases.texts import GOES_ON

LONG = "".join(f"parameter_{number} = value\n" for number in range(100))


def made(name: str, answers: Mapping[str, Answer | str]) -> Case:
    return answering(replace(recorded("content_filter/pass-applied"), name=name, answers={}), answers)


def written(folder: Path, *cases: Case) -> CaseFiles:
    """The cases, read back by whoever comes next."""
    CaseFiles(folder).save_all(cases)
    return CaseFiles(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_answer_of_any_kind_comes_back(tmp_path: Path) -> None:
    odd: dict[str, Answer | str] = {
        "true": "",
        "a\nb": "two lines asked\n",
        "uname": Answer(1, b"\xff\x00", b"no end"),
        "id": Answer(127, b"", f"with {GOES_ON}".encode()),
        "x" * 100: Answer(0, b"out\n", b"err\n"),
        file_contents.question("/etc/x"): LONG,
    }
    cases = [made("pass-odd", odd), made("fail-none", {"true": Answer(1)})]
    assert written(tmp_path, *cases).load_all() == sorted(cases, key=lambda one: one.name)


def test_recorded_cases_of_several_kinds_come_back_and_are_written_the_same_again(tmp_path: Path) -> None:
    some = ("content_filter/", "certificates/", "quota_capacity/", "daily_checklist/", "mx_records/")
    cases = [recorded(name) for name in CaseFiles().names() if name.startswith(some)]
    files = written(tmp_path, *cases)
    assert files.load_all() == cases
    before = contents(tmp_path)
    files.save_all(files.load_all())
    assert contents(tmp_path) == before
    assert all(files.is_laid_out(name) for name in files.names())


def test_a_long_answer_is_kept_once_and_its_damage_shows(tmp_path: Path) -> None:
    damaged = LONG.replace("parameter_7 = value", "parameter_7 = another")
    written(
        tmp_path,
        made("pass-a", {"postconf": LONG}),
        made("pass-b", {"postconf": LONG}),
        made("fail", {"postconf": damaged}),
    )
    assert (tmp_path / "kept/answers/postconf.txt").read_text() == LONG
    told = {
        name: json.loads((tmp_path / f"content_filter/{name}.json").read_text())["answers"]
        for name in ("pass-a", "fail")
    }
    assert told["pass-a"] == {"postconf": "postconf"}
    assert told["fail"] == {
        "postconf": {"like": "postconf", "but": ["@@ 8", "-parameter_7 = value", "+parameter_7 = another"]}
    }


def test_a_case_recorded_anew_rewrites_no_other(tmp_path: Path) -> None:
    old = [made(f"fail-{number}", {"postconf": f"{LONG}process_id = {number}\n"}) for number in range(4)]
    files = written(tmp_path, *old)
    before = contents(tmp_path)
    anew = made("fail-0", {"postconf": f"{LONG}process_id = 99\n"})
    files.save_all([anew, *old[1:]])
    after = contents(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"content_filter/fail-0.json"}
    assert files.load_all() == [anew, *old[1:]]


def test_a_case_that_is_gone_and_what_only_it_had_are_deleted(tmp_path: Path) -> None:
    other = LONG.replace("value", "other")
    pair = [made(name, {"postconf": LONG, "x" * 100: ""}) for name in ("fail-a", "fail-b")]
    files = written(tmp_path, *pair, made("pass-a", {"postconf": other}), made("pass-b", {"postconf": other}))
    assert len(list(tmp_path.glob("kept/answers/*.txt"))) == 2
    files.save_all([one for one in files.load_all() if one.name.startswith("pass")])
    assert [path.stem for path in sorted(tmp_path.glob("*/*.json")) if path.parent.name != "kept"] == [
        "pass-a",
        "pass-b",
    ]
    assert len(list(tmp_path.glob("kept/answers/*.txt"))) == 1
    assert json.loads((tmp_path / "kept/questions.json").read_text()) == {}


def test_a_changed_byte_in_a_long_question_changes_one_line(tmp_path: Path) -> None:
    old, new = file_contents.question("/etc/x"), file_contents.question("/etc/x").replace("absent", "Absent")
    cases = [made(name, {old: "absent\n"}) for name in ("fail-a", "fail-b", "pass")]
    files = written(tmp_path, *cases)
    before = contents(tmp_path)
    questions = tmp_path / "kept/questions.json"
    questions.write_text(json.dumps({"file /etc/x": new}))
    assert {question for one in CaseFiles(tmp_path).load_all() for question in one.answers} == {new}
    questions.write_bytes(before["kept/questions.json"])
    assert files.load_all() == sorted(cases, key=lambda one: one.name)


def test_what_is_expected_is_written_and_nothing_else(tmp_path: Path) -> None:
    files = written(tmp_path, recorded("content_filter/fail-no-milters"))
    (path,) = tmp_path.glob("content_filter/*.json")
    before = path.read_text()
    (case,) = files.load_all()
    files.save_expected(replace(case, reason=case.reason.upper()))
    document = json.loads(before)
    document["expect"]["reason"] = case.reason.upper()
    assert json.loads(path.read_text()) == document
    assert len(set(before.splitlines()) ^ set(path.read_text().splitlines())) == 2


def test_a_kept_text_that_was_changed_by_hand_is_found(tmp_path: Path) -> None:
    damaged = LONG.replace("parameter_7 = value", "parameter_7 = another")
    written(
        tmp_path,
        made("fail", {"postconf": damaged}),
        made("pass-a", {"postconf": LONG}),
        made("pass-b", {"postconf": LONG}),
    )
    kept = tmp_path / "kept/answers/postconf.txt"
    kept.write_text(kept.read_text().replace("parameter_7 = value", "parameter_7 = more"))
    with pytest.raises(ValueError, match="does not fit line 8"):
        CaseFiles(tmp_path).load("content_filter/fail")


@pytest.mark.parametrize(
    "name", ["content_filter/pass-applied", "daily_checklist/pass-applied", "exchange_quota/pass-out-of-the-box"]
)
def test_a_target_comes_back_from_a_case(name: str, tmp_path: Path) -> None:
    case = recorded(name)
    target = case.as_target()
    files = written(tmp_path, replace(case, target=plain(target)))
    assert files.load_all()[0].as_target() == target
