"""The controls that rest on a program that refuses its files: they fail, by its words. Pure.

A control that could not be judged because such a program answers nothing is no longer unknown: the files say all that
is needed. It rests on the program when its questions to the program's tools failed, or had answers that are none; or
its looks from outside at the program's ports, where the program cannot run with what it has.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from baseline.model import TOO_MUCH, Finding, Outcome, Target, Unloadable
from baseline.model.looks import Looked, unseen_of
from baseline.model.probes import Fetch, Lookup, Probe, Said, Seen
from baseline.unloadable import CHECKED, UNASKED


def by_their_words(finding: Finding, refused: Sequence[Unloadable], looked: Looked, target: Target) -> Finding:
    """The finding; a fail in place of an unknown one that rests on programs which refuse their files."""
    if finding.outcome is not Outcome.UNKNOWN:
        return finding
    asked = {one: looked.answers[one] for one in looked.asked.get(finding.key, ()) if one in looked.answers}
    probed = {one: looked.seen[one] for one in looked.probed.get(finding.key, ()) if one in looked.seen}
    own = {target.address, *target.outbound}
    failed = [one for one, answer in asked.items() if answer.rc not in (0, TOO_MUCH, *UNASKED)]
    failed += [reason.about for reason in unseen_of(looked.states[finding.key])]
    words = [str(one) for one in refused if rests(one, failed, probed, own)]
    if not words:
        return finding
    return replace(finding, outcome=Outcome.FAIL, reason="; ".join(words), unseen=(finding.reason,))


def rests(refused: Unloadable, failed: Iterable[str], looked: Mapping[Probe, Seen], own: Container[str]) -> bool:
    """Whether one of the `failed` questions, or of the looks, was put to a program that refuses its files.

    `own` are the addresses of the host.
    """
    program, loading = CHECKED[refused.unit]
    word = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, loading.tools))})(?![\w-])")
    if any(word.search(one) for one in failed):
        return True
    if refused.runs and not loading.anew:
        return False
    ports = {one.number for one in program.ports}
    return any(_lost(probe, seen, ports, own) for probe, seen in looked.items())


def _lost(probe: Probe, seen: Seen, ports: Container[int], own: Container[str]) -> bool:
    """Whether a look at one of these ports of the host brought no answer."""
    if isinstance(probe, Fetch):
        return False
    address, port = (probe.server, 53) if isinstance(probe, Lookup) else (probe.address, probe.port)
    cut = seen.ended if isinstance(seen, Said) else ""
    return address in own and port in ports and bool(seen.trouble or cut)
