"""What is told of a host as a whole, with every look: drift, daemons, refused files, transactions. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from baseline import drift, manifest, stale, undecided, unloadable
from baseline.errors import CannotTell
from baseline.model.edits import places
from baseline.readings import outline, releases
from baseline.readings.answers import decoded
from baseline.secret import scrubbed

if TYPE_CHECKING:
    from baseline.manifest import Drift
    from baseline.model import HandEdit, Stale, Target, Undecided, Unloadable
    from baseline.model.looks import Looked

OS_RELEASE = "cat /etc/os-release"
"""Tells the release. It is kept with every run, so that a later one knows of an upgrade."""

HOST_QUESTIONS = (
    OS_RELEASE,
    manifest.QUESTION,
    drift.QUESTION,
    stale.QUESTION,
    undecided.QUESTION,
    unloadable.QUESTION,
    outline.QUESTION,
    releases.QUESTION,
)
"""What is asked about the host as a whole, with every look."""


def stale_daemons(looked: Looked) -> tuple[tuple[Stale, ...], tuple[str, ...]]:
    """The daemons that run an older configuration, or why that cannot be told."""
    try:
        return stale.stale(looked.answers[stale.QUESTION], stale.as_applied(looked.answers[manifest.QUESTION])), ()
    except CannotTell as reason:
        return (), (str(reason),)


def refused_files(looked: Looked) -> tuple[tuple[Unloadable, ...], tuple[str, ...]]:
    """The programs that would not load their files, and what of that cannot be told."""
    try:
        refused, untold = unloadable.unloadable(looked.answers[unloadable.QUESTION])
        return tuple(replace(one, words=scrubbed(one.words)) for one in refused), untold
    except CannotTell as reason:
        return (), (str(reason),)


def without_decision(looked: Looked, own: Collection[str]) -> tuple[tuple[Undecided, ...], tuple[str, ...]]:
    """The transactions without a decision, but for one's own, or why they cannot be told."""
    try:
        found = undecided.undecided(looked.answers[undecided.QUESTION])
        return tuple(replace(one, who=scrubbed(one.who)) for one in found if one.transaction not in own), ()
    except CannotTell as reason:
        return (), (str(reason),)


def drifted_lines(looked: Looked) -> tuple[HandEdit, ...]:
    """The lines of drifted files. That a file has drifted is told all the same where its lines cannot be."""
    try:
        return drift.edits(looked.answers[drift.QUESTION])
    except (CannotTell, LookupError):
        return ()


def untried_releases(looked: Looked, target: Target) -> str:
    """The programs of which nobody has tried the release that the host has, in words; empty where there is none.

    A host that does not tell its releases has none: what hangs on a release says itself that it cannot be read.
    """
    told = looked.answers.get(releases.QUESTION)
    try:
        found = releases.releases(decoded(told.stdout)).untried(target) if told is not None else ()
    except CannotTell:
        found = ()
    return f"nobody has tried {', '.join(found)}: judged where it can be read" if found else ""


def in_words(one: Drift, edits: Sequence[HandEdit]) -> str:
    """A drifted file in words, with its lines where they are known."""
    lines = next((places(edit.lines) for edit in edits if edit.path == one.path), "")
    return f"{one.path}: {one.what}{f' at {lines}' if lines else ''}"
