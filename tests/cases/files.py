"""Cases as files: `tests/cases/KIND/NAME.json` for each, and what several of them share in `tests/cases/kept/`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.cases.case import Case
from tests.cases.layout import laid_out
from tests.cases.shared import Kept, Sharing

HERE = Path(__file__).parent


class CaseFiles:
    """The cases in a folder."""

    def __init__(self, folder: Path = HERE) -> None:
        self.folder = folder
        self._kept = Kept(folder / "kept")

    def names(self) -> list[str]:
        """`KIND/NAME` of every case, in order."""
        found = sorted(self.folder.glob("*/*.json"))
        return [f"{path.parent.name}/{path.stem}" for path in found if path.parent.name != "kept"]

    def load(self, name: str) -> Case:
        """One case, by `KIND/NAME`."""
        document = json.loads(self._path(name).read_text(encoding="utf-8"))
        expect = document["expect"]
        kind, _, short = name.partition("/")
        return Case(
            kind=kind,
            name=short,
            control=self._kept.document("controls", document["control"]),
            target=self._kept.document("targets", document["target"]),
            outcome=expect["outcome"],
            reason=expect["reason"],
            plan_empty=expect["plan_empty"],
            answers={self._kept.question(one): self._kept.answer(told) for one, told in document["answers"].items()},
            seen=dict(map(self._kept.seen, document.get("seen", []))),
            now=document.get("now", ""),
            subject=document.get("subject", ""),
            written=document.get("written", ""),
        )

    def question_names(self) -> dict[str, str]:
        """What recorded questions are called, where that is not the question itself."""
        return self._kept.names()

    def load_all(self) -> list[Case]:
        """Every case."""
        return [self.load(name) for name in self.names()]

    def save_expected(self, case: Case) -> None:
        """Write what a case expects into its file, and nothing else."""
        path = self._path(f"{case.kind}/{case.name}")
        _write(path, {**json.loads(path.read_text(encoding="utf-8")), "expect": _expected(case)})

    def is_laid_out(self, name: str) -> bool:
        """Whether the file of a case stands as it would be written."""
        text = self._path(name).read_text(encoding="utf-8")
        return text == _text(json.loads(text))

    def save_all(self, cases: Iterable[Case]) -> None:
        """Write all cases, of which there are no others then, and what they share.

        Raises ValueError when one would not read back as it is.
        """
        ordered = sorted(cases, key=lambda case: (case.kind, not case.name.startswith("pass"), case.name))
        sharing = Sharing(self._kept, ordered)
        documents = {self._path(f"{case.kind}/{case.name}"): _document(case, sharing) for case in ordered}
        kept = self.folder / "kept"
        documents |= {
            kept / "controls.json": dict(sharing.controls.kept),
            kept / "targets.json": dict(sharing.targets.kept),
            kept / "questions.json": sharing.questions,
        }
        texts = {kept / "answers" / f"{name}.txt": lines for name, lines in sharing.texts.kept.items()}
        for path in {*self.folder.glob("*/*.json"), *kept.glob("answers/*.txt")} - documents.keys() - texts.keys():
            path.unlink()
        for path, document in documents.items():
            _write(path, document)
        for path, lines in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes("".join(f"{line}\n" for line in lines).encode())
        self._kept = Kept(kept)
        for case in ordered:
            if self.load(f"{case.kind}/{case.name}") != case:
                raise ValueError(f"{case.kind}/{case.name} does not read back as it was written")

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _document(case: Case, sharing: Sharing) -> dict[str, Any]:
    told = {sharing.question(question): sharing.answer(question, answer) for question, answer in case.answers.items()}
    document: dict[str, Any] = {"written": case.written} if case.written else {}
    document |= {
        "control": sharing.control(case.control),
        "target": sharing.target(case.target),
        "expect": _expected(case),
        "answers": dict(sorted(told.items())),
    }
    if case.now:
        seen = [sharing.seen(probe, seen) for probe, seen in sorted(case.seen.items(), key=repr)]
        document |= {"now": case.now, "subject": case.subject, "seen": seen}
    return document


def _expected(case: Case) -> dict[str, Any]:
    return {"outcome": case.outcome, "reason": case.reason, "plan_empty": case.plan_empty}


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(document), encoding="utf-8")


def _text(document: dict[str, Any]) -> str:
    return laid_out(document) + "\n"
