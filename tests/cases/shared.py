"""How cases tell what they share: reading names and differences back, and choosing them.

A text in a case is a list of lines; or the name of a text in `kept/answers`; or `like`, such a name, and `but`, what is
otherwise (`tests.cases.texts`). Controls and targets are told likewise, by field. A long question has a name.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from baseline import file_contents
from baseline.model import Answer
from baseline.model.probes import Probe, Seen, probe_from_dict, probe_to_dict, seen_from_dict, seen_to_dict
from tests.cases import shelf
from tests.cases.case import Case
from tests.cases.texts import lines_of, patched, text_of

SHORT = 8
"""Lines of a text that always stands in the case itself."""

NAMED = 80
"""Characters of a question that has no name but itself."""

CERTIFICATE = "certificate"
"""The group of texts that certificates seen from outside are kept in."""


class Kept:
    """What is kept in a folder, read when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._texts: dict[str, shelf.Lines] = {}

    def documents(self, file: str) -> Mapping[str, Any]:
        """The content of `questions`, `controls` or `targets`; empty when there is no such file yet."""
        if file not in self._documents:
            path = self._folder / f"{file}.json"
            self._documents[file] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return self._documents[file]

    def lines(self, name: str) -> shelf.Lines:
        """A kept text."""
        if name not in self._texts:
            text = (self._folder / "answers" / f"{name}.txt").read_bytes().decode()
            self._texts[name] = tuple(text.removesuffix("\n").split("\n"))
        return self._texts[name]

    def texts(self) -> dict[str, shelf.Lines]:
        """All kept texts by name."""
        return {path.stem: self.lines(path.stem) for path in sorted(self._folder.glob("answers/*.txt"))}

    def question(self, name: str) -> str:
        """The question of a name."""
        told: str | list[str] = self.documents("questions").get(name, name)
        return told if isinstance(told, str) else "\n".join(told)

    def names(self) -> dict[str, str]:
        """The names of long questions, by question."""
        return {self.question(name): name for name in self.documents("questions")}

    def document(self, file: str, told: str | Mapping[str, Any]) -> dict[str, Any]:
        """A control or target."""
        if isinstance(told, str):
            return dict(self.documents(file)[told])
        base = self.documents(file)[told["like"]] if "like" in told else {}
        return {**base, **{name: value for name, value in told.items() if name != "like"}}

    def text(self, told: Any) -> bytes:
        """A text. Raises ValueError for a difference that does not fit."""
        if isinstance(told, Mapping) and "base64" in told:
            return base64.b64decode(told["base64"])
        if isinstance(told, Mapping):
            return text_of(patched(self.lines(told["like"]), told["but"])).encode()
        return text_of(self.lines(told) if isinstance(told, str) else told).encode()

    def answer(self, told: Any) -> Answer:
        """An answer: a text alone is the output of a command that succeeded."""
        if isinstance(told, Mapping) and "rc" in told:
            return Answer(told["rc"], self.text(told.get("stdout", [])), self.text(told.get("stderr", [])))
        return Answer(0, self.text(told))

    def seen(self, told: Mapping[str, Any]) -> tuple[Probe, Seen]:
        """A question from outside and its answer."""
        probe = probe_from_dict({name: value for name, value in told.items() if name != "seen"})
        document = dict(told["seen"])
        if "chain" in document:
            document["chain"] = [self.text(one).decode() for one in document["chain"]]
        return probe, seen_from_dict(probe, document)


class Sharing:
    """Chooses how cases are told, given all of them, and what is kept already."""

    def __init__(self, kept: Kept, cases: Iterable[Case]) -> None:
        cases = list(cases)
        asked = sorted({question for case in cases for question in case.answers})
        self._names = _named(asked, kept.names())
        self.texts = shelf.texts(kept.texts())
        self.controls = shelf.documents(kept.documents("controls"))
        self.targets = shelf.documents(kept.documents("targets"))
        for case in cases:
            self.controls.show(case.control["id"], case.control)
            self.targets.show(case.target["name"], case.target)
            for group, text in self._texts_of(case):
                if (lines := _lines(text)) is not None and len(lines) > SHORT:
                    self.texts.show(group, lines)
        for one in (self.texts, self.controls, self.targets):
            one.settle()

    def control(self, control: Mapping[str, Any]) -> Any:
        """A control as a case tells it."""
        return _told(self.controls, control["id"], control)

    def target(self, target: Mapping[str, Any]) -> Any:
        """A target as a case tells it."""
        return _told(self.targets, target["name"], target)

    @property
    def questions(self) -> dict[str, str | list[str]]:
        """What the names of questions stand for."""
        long = {name: question for question, name in self._names.items() if name != question}
        return {name: text.split("\n") if "\n" in text else text for name, text in sorted(long.items())}

    def question(self, question: str) -> str:
        """The name of a question, which is the question itself where that is short."""
        return self._names[question]

    def answer(self, question: str, answer: Answer) -> Any:
        """An answer as a case tells it."""
        group = slug(self.question(question))
        stdout = self.text(group, answer.stdout)
        if answer.rc == 0 and not answer.stderr:
            return stdout
        told = {"stdout": stdout, "stderr": self.text(group, answer.stderr)}
        return {"rc": answer.rc} | {name: text for name, text in told.items() if text}

    def seen(self, probe: Probe, seen: Seen) -> dict[str, Any]:
        """A question from outside and its answer as a case tells them."""
        default = {one.name: one.default for one in fields(probe) if one.default is not MISSING}
        asked = {name: value for name, value in probe_to_dict(probe).items() if default.get(name, MISSING) != value}
        document = seen_to_dict(seen)
        if "chain" in document:
            document["chain"] = [self.text(CERTIFICATE, one.encode()) for one in document["chain"]]
        return {**asked, "seen": document}

    def _texts_of(self, case: Case) -> Iterable[tuple[str, bytes]]:
        for question, answer in case.answers.items():
            yield slug(self.question(question)), answer.stdout
            yield slug(self.question(question)), answer.stderr
        for seen in case.seen.values():
            for one in getattr(seen, "chain", ()):
                yield CERTIFICATE, one.encode()

    def text(self, group: str, text: bytes) -> Any:
        """A text as a case tells it."""
        lines = _lines(text)
        if lines is None:
            return {"base64": base64.b64encode(text).decode()}
        told = self.texts.told(group, lines) if len(lines) > SHORT else None
        if told is None:
            return list(lines)
        return {"like": told[0], "but": told[1]} if told[1] else told[0]


def title(question: str) -> str:
    """What a question is called: itself, the file that it asks for, or how it begins."""
    path = re.match(r"p=(\S+)\n", question)
    if path and question == file_contents.question(path[1]):
        return f"file {path[1]}"
    if len(question) <= NAMED and "\n" not in question:
        return question
    return f"{' '.join(question.split())[: NAMED - 20].rstrip()}…"


def slug(name: str) -> str:
    """A file name for the answers to a question of a name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")


def _named(questions: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """The names of all questions: those that they have, else their titles."""
    named = {question: names[question] for question in questions if question in names}
    for question in questions:
        if question not in named:
            wished, taken = title(question), set(named.values())
            free = (wished, *(f"{wished} ({number})" for number in range(2, len(taken) + 3)))
            named[question] = next(name for name in free if name not in taken)
    return named


def _lines(text: bytes) -> shelf.Lines | None:
    """The lines of a text; None for what is none."""
    try:
        return tuple(lines_of(text.decode()))
    except ValueError:
        return None


def _told(among: shelf.Shelf[Any, Any], group: str, document: Mapping[str, Any]) -> Any:
    told = among.told(group, document)
    if told is None:
        return document
    return {"like": told[0], **told[1]} if told[1] else told[0]
