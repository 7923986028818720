"""What one host answered, as it can be kept: questions and answers as text and bytes, and which control asked what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.model.hosts import Answer

if TYPE_CHECKING:
    from baseline.model.probes import Probe, Seen

_COMMAND, _PROBE = "ask ", "look "


@dataclass(frozen=True)
class Heard:
    """The answers of one host or subject, by question, and the questions of each control (by `Finding.key`).

    A question is a command of the host, or a look from outside; `of_command` and `of_probe` make its text.
    """

    answers: Mapping[str, bytes] = field(default_factory=dict)
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def commands(self) -> dict[str, Answer]:
        """The answers of the host, by command. Raises ValueError for what `answer_bytes` never gives."""
        return {
            question.removeprefix(_COMMAND): read_answer(answer)
            for question, answer in self.answers.items()
            if not from_outside(question)
        }

    def looks(self) -> dict[Probe, Seen]:
        """What was seen from outside. Raises as `read_seen`."""
        return dict(read_seen(question, answer) for question, answer in self.answers.items() if from_outside(question))


def of_command(command: str) -> str:
    """The question that a command is."""
    return f"{_COMMAND}{command}"


def of_probe(probe: Probe) -> str:
    """The question that a look from outside is."""
    from baseline.model.probes import probe_to_dict

    return f"{_PROBE}{json.dumps(probe_to_dict(probe))}"


def from_outside(question: str) -> bool:
    """Whether a question was put from outside, and not to the host."""
    return question.startswith(_PROBE)


def in_words(question: str) -> str:
    """A look from outside in a few words."""
    told = json.loads(question.removeprefix(_PROBE))
    kind = told.pop("probe")
    about = " ".join(str(told[name]) for name in ("type", "name", "address", "host", "port", "url") if told.get(name))
    return f"{kind.lower()} {about}".strip()


def answer_bytes(answer: Answer) -> bytes:
    """The answer to a command: exit code and length of what it printed on a line, then that, then its errors."""
    return b"%d %d\n%b%b" % (answer.rc, len(answer.stdout), answer.stdout, answer.stderr)


def seen_bytes(seen: Seen) -> bytes:
    """The answer to a look from outside."""
    from baseline.model.probes import seen_to_dict

    return json.dumps(seen_to_dict(seen)).encode()


def read_answer(kept: bytes) -> Answer:
    """The opposite of `answer_bytes`. Raises ValueError for what it never gives."""
    head, _, rest = kept.partition(b"\n")
    rc, length = map(int, head.split())
    return Answer(rc, rest[:length], rest[length:])


def read_seen(question: str, kept: bytes) -> tuple[Probe, Seen]:
    """The look and what was seen. Raises KeyError, TypeError or ValueError for what `of_probe` never gives."""
    from baseline.model.probes import probe_from_dict, seen_from_dict

    probe = probe_from_dict(json.loads(question.removeprefix(_PROBE)))
    return probe, seen_from_dict(probe, json.loads(kept))
