"""Why a finding changed, as far as that can be known from what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from baseline.classes import dataclass
from baseline.model.heard import from_outside, in_words, read_answer

if TYPE_CHECKING:
    from baseline.model.changes import Cause

OS_RELEASE = "ask cat /etc/os-release"
_PACKAGES = "ask dpkg-query -W "
_VERSION = re.compile(r"^([a-z0-9][a-z0-9+.-]+)\|[^|]*\|(\S+)$", re.M)


@dataclass(frozen=True)
class Applied:
    """An apply or a rollback of ours that changed a host. `controls` is empty for a rollback, which may concern any."""

    transaction: str
    who: str
    command: str
    controls: frozenset[str]

    def __str__(self) -> str:
        return f"{self.command} {self.transaction} by {self.who}".replace("  ", " ")


@dataclass
class Meanwhile:
    """What is known of the time between two runs.

    `applied` is by host; `answers` by host and question, before (None: not asked) and now; `asked` what a control asked
    in the later run, by host and `Finding.key`; `drifted` the files of a host that were changed by hand.
    """

    baseline_changed: bool = False
    baselines: str = ""
    applied: dict[str, list[Applied]] = field(default_factory=dict)
    answers: dict[str, dict[str, tuple[bytes | None, bytes]]] = field(default_factory=dict)
    asked: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    drifted: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def upgraded(self, host: str) -> tuple[str, str]:
        """The releases that a host had before and has now, where they differ; else two empty texts."""
        old, new = self.answers.get(host, {}).get(OS_RELEASE, (None, b""))
        if old is None:
            return "", ""
        before, now = release(old), release(new)
        return (before, now) if before and now and before != now else ("", "")


def telling(question: str) -> bool:
    """Whether what was answered to a question says more than that it changed: a release, or versions of packages."""
    return question == OS_RELEASE or question.startswith(_PACKAGES)


def cause_of(
    host: str, key: str, finding: Mapping[str, Any], wanted_otherwise: bool, known: Meanwhile
) -> tuple[Cause, str]:
    """The cause of a change of a control, and words for it. `key` is `Finding.key`, `host` who was asked."""
    before, now = known.upgraded(host)
    if finding["drift"] and not now:
        # `PATH: what changed` of the host; of a control, `PATH: what changed since it was applied`, in other words.
        files = [one for one in known.drifted.get(host, ()) if f"{one.partition(': ')[0]}: " in finding["reason"]]
        return "by hand", "; ".join(files)
    control = key.partition(" ")[0]
    for one in reversed(known.applied.get(host, [])):
        if control in one.controls or not one.controls:
            return "apply", str(one)
    if wanted_otherwise and known.baseline_changed:
        return "baseline", known.baselines
    changed = known.answers.get(host, {})
    mine = [question for question in known.asked.get((host, key), ()) if question in changed]
    if mine and all(map(from_outside, mine)):
        return "outside", "; ".join(dict.fromkeys(map(in_words, mine)))
    if now:
        # A thousand packages have other versions then: that is one cause, and not as many.
        return "upgrade", f"{before} → {now}"
    versions = [word for question in mine for word in new_versions(question, *changed[question])]
    if versions:
        return "package", ", ".join(versions)
    return "unknown", ""


def new_versions(question: str, before: bytes | None, now: bytes) -> Iterable[str]:
    """The packages whose version an answer of dpkg tells otherwise than before."""
    if not question.startswith(_PACKAGES) or before is None:
        return
    old, new = (dict(_VERSION.findall(read_answer(one).stdout.decode("utf-8", "replace"))) for one in (before, now))
    for name, version in new.items():
        if name in old and old[name] != version:
            yield f"{name} {old[name]} → {version}"


def release(answer: bytes) -> str:
    """The release that /etc/os-release names, such as `debian 12`; empty where it names none."""
    text = read_answer(answer).stdout.decode("utf-8", "replace")
    told = {name: value.strip("\"'") for name, _, value in (line.partition("=") for line in text.splitlines())}
    return f"{told.get('ID', '')} {told.get('VERSION_ID', '')}".strip()
