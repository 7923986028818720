"""What is told of a look, and what is remembered of it: alerts on change only. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from baseline.alerting.remembered import Memory, Remembered, side, turns
from baseline.alerting.standings import BAD, FACTS, Key, Look, StandsAs, Stood
from baseline.classes import dataclass

LATE = 1.5
"""By how much of its interval a scheduled check may be late before it counts as missed: as gaps of a history."""


@dataclass(frozen=True)
class Hysteresis:
    """When something is told: `after` so many looks alike; as flapping, when it `turns` so often within some looks."""

    after: int = 2
    turns: int = 3
    within: int = 10


@dataclass(frozen=True)
class Alert:
    """One thing that is told. `kind` is a class of changes where it is one; `since` is when it was first seen so.

    `control` has its subject behind it; of a host as a whole it is empty. `before` and `now` are standings or releases.
    `others` are things that are told along with it, in few words.
    """

    kind: str
    host: str = ""
    control: str = ""
    title: str = ""
    before: str = ""
    now: str = ""
    detail: str = ""
    since: str = ""
    cause: str = ""
    because: str = ""
    advice: str = ""
    others: tuple[str, ...] = ()


def decide(memory: Memory, look: Look, patience: Hysteresis) -> tuple[Memory, tuple[Alert, ...]]:
    """What is remembered after a look, and what is to be told of it, the run's own matters first."""
    known = dict(memory.known)
    stood = {one.key: one for one in (*look.stood, *_gone_facts(known, look))}
    if memory.run:
        for host, about in stood:
            # Nothing is said of a host's facts while all is well, so that is what it was before.
            if about.startswith(FACTS) and (host, about) not in known and (host, "") in known:
                known[host, about] = Remembered("good", look.finished)
    new = [one for key, one in stood.items() if key not in known]
    vanished = [one.host for one in look.changes if one.kind == "host vanished"]
    told: list[Alert] = [*_missed(memory, look), *_notes(memory, look)]
    if memory.run:
        told += [Alert("host vanished", one, since=look.finished) for one in vanished]
        told += [*_of_baseline(look), *_first_by_host(look, new)]
        told += _steps(known, {key: one for key, one in stood.items() if key in known}, look, patience)
    else:
        told.append(_first(look, new))
    for one in new:
        known[one.key] = Remembered(one.standing, look.finished, recent=side(one.standing))
    gone = _forgotten(known, stood, look, vanished)
    known = {key: one for key, one in known.items() if key not in gone}
    notes = (*look.notes, *(words for _, words in look.waivers))
    return Memory(look.run, look.started, look.every or memory.every, notes, known), tuple(told)


def _steps(
    known: dict[Key, Remembered], stood: Mapping[Key, Stood], look: Look, patience: Hysteresis
) -> Iterator[Alert]:
    """Take each look at what was known before into account. What an upgraded host does otherwise is one alert."""
    upgraded = [one for one in look.changes if one.kind == "release upgraded"]
    for change in upgraded:
        mine = [one for key, one in stood.items() if key[0] == change.host]
        turned = [f"{one.key[1]}: was {known[one.key].told}, now {one.standing}" for one in mine if _turned(known, one)]
        yield Alert(
            "release upgraded",
            change.host,
            before=change.before,
            now=change.now,
            since=look.finished,
            others=tuple(turned),
        )
        for one in mine:
            since = look.finished if _turned(known, one) else known[one.key].since
            known[one.key] = Remembered(one.standing, since, recent=side(one.standing))
    apart = {one.host for one in upgraded}
    for key, one in stood.items():
        if key[0] not in apart:
            known[key], alert = step(known[key], one, look.finished, patience)
            if alert:
                yield alert


def _turned(known: Mapping[Key, Remembered], one: Stood) -> bool:
    return known[one.key].told != one.standing


def step(one: Remembered, seen: Stood, when: str, patience: Hysteresis) -> tuple[Remembered, Alert | None]:
    """What is remembered of one thing after one more look at it, and what is to be told of that."""
    recent = (one.recent + side(seen.standing))[-patience.within :]
    one = replace(one, recent=recent)
    if seen.standing == one.told:
        one = replace(one, pending=None, times=0, began="", cause="", because="")
    elif seen.standing == one.pending:
        one = replace(one, times=one.times + 1)
    else:
        one = replace(one, pending=seen.standing, times=1, began=when, cause=seen.cause, because=seen.because)
    if one.flapping:
        return _settled(one, seen, when, patience)
    if turns(recent) >= patience.turns:
        # How often it turned, and not how it stands at this moment, is what people should know.
        flapping = replace(one, flapping=True)
        return flapping, _alert("flapping", one, seen, when)
    if one.pending and (one.times >= patience.after or seen.urgent):
        return _told(one, seen, when)
    return replace(one, recent=recent if turns(recent) else recent[-1:]), None


def _settled(one: Remembered, seen: Stood, when: str, patience: Hysteresis) -> tuple[Remembered, Alert | None]:
    """Something that flapped is told again once it stays as it is, one look longer than else."""
    last = one.recent[-(patience.after + 1) :]
    if len(last) <= patience.after or turns(last):
        return one, None
    calm = replace(one, flapping=False, recent=last[-1:])
    if calm.pending:
        return _told(calm, seen, when)
    return calm, _alert("flaps no longer", calm, seen, when)


def _told(one: Remembered, seen: Stood, when: str) -> tuple[Remembered, Alert]:
    known = one.told if one.told != "unknown" else one.known
    alert = _alert(kind_of(one.told, seen.standing, one.known), one, seen, when)
    now = Remembered(
        seen.standing, one.began or when, recent=one.recent, known=known if seen.standing == "unknown" else None
    )
    return now, alert


def kind_of(before: StandsAs, now: StandsAs, known: StandsAs | None) -> str:
    """The class of a change from one standing to another. `known` is what it was before it was unknown."""
    if now == "unknown":
        return "newly unknown"
    if before == "unknown":
        before = known or "good"
        if before == now or (now == "good" and known is None):
            return "known again"
    if now == "waived":
        return "waived"
    if now == "drift":
        return "newly drifted"
    if now == "good":
        return "drift gone" if before == "drift" else "mended"
    return "failing otherwise" if before in BAD else "newly failing"


def _alert(kind: str, one: Remembered, seen: Stood, when: str) -> Alert:
    host, about = seen.key
    if not about and kind in ("newly unknown", "known again"):
        kind = "not reached" if kind == "newly unknown" else "reached again"
    return Alert(
        kind,
        host,
        "" if about.startswith(FACTS) else about,
        title=seen.title,
        before=one.told,
        now=seen.standing,
        detail=seen.detail,
        since=one.began or when,
        cause=one.cause or seen.cause,
        because=one.because or seen.because,
        advice=seen.advice,
    )


def _missed(memory: Memory, look: Look) -> Iterator[Alert]:
    """That checks did not happen between the last one of the schedule and this one."""
    if not (memory.started and memory.every and look.every):
        return
    before, now = datetime.fromisoformat(memory.started), datetime.fromisoformat(look.started)
    every = timedelta(seconds=memory.every)
    if now - before > every * LATE:
        due = f"{before + every:%Y-%m-%dT%H:%M:%SZ}"
        number = max(int((now - before) / every + 1 / 2) - 1, 1)
        yield Alert("checks missed", since=due, detail=f"from {due} to {look.started}", now=str(number))


def _notes(memory: Memory, look: Look) -> Iterator[Alert]:
    for kind, words in (*(("note", one) for one in look.notes), *look.waivers):
        if words not in memory.notes:
            yield Alert(kind, detail=words, since=look.finished)


def _gone_facts(known: Mapping[Key, Remembered], look: Look) -> Iterator[Stood]:
    """The facts of hosts that were told and that a host that was reached no longer shows."""
    shown, reached = {one.key for one in look.stood}, set(look.hosts)
    for host, about in known:
        if host in reached and about.startswith(FACTS) and (host, about) not in shown:
            yield Stood((host, about), "good", about.partition(" ")[2], "it is as it should be")


def _forgotten(
    known: Mapping[Key, Remembered], stood: Mapping[Key, Stood], look: Look, vanished: Sequence[str]
) -> set[Key]:
    """What is no longer there: hosts that vanished, controls that the baseline has no more, facts that were mended."""
    reached = {*look.hosts, *(host for host, _ in stood)} - {*look.silent}
    gone = {key for key in known if key[0] in vanished}
    gone |= {key for key in known if look.whole and key[0] in reached and key not in stood}
    return gone | {
        key
        for key, one in known.items()
        if key[1].startswith(FACTS) and one.told == "good" and not one.pending and not one.flapping
    }


def _first(look: Look, new: Sequence[Stood]) -> Alert:
    """The first look of all: a summary, and what is wrong already, once."""
    counts = ", ".join(f"{number} {name}" for name, number in look.counts.items() if number)
    hosts = len(look.hosts) + len(look.silent)
    detail = f"{hosts} {'host' if hosts == 1 else 'hosts'} by {look.baseline}: {counts}"
    return Alert("alerts begin", detail=detail, since=look.finished, others=_wrong(new))


def _first_by_host(look: Look, new: Sequence[Stood]) -> Iterator[Alert]:
    """What is looked at for the first time: one alert for each host that it is wrong on, and for each new host."""
    appeared = {one.host for one in look.changes if one.kind == "host appeared"}
    by_host: dict[str, list[Stood]] = {}
    for one in new:
        by_host.setdefault(one.key[0], []).append(one)
    for host, mine in by_host.items():
        wrong = _wrong(mine)
        if host in appeared or wrong:
            kind = "host appeared" if host in appeared else "looked at for the first time"
            number = sum(bool(one.key[1]) for one in mine)
            detail = f"{number} {'control' if number == 1 else 'controls'}, of which {len(wrong)} not as they should be"
            yield Alert(kind, host, detail=detail, since=look.finished, others=wrong)


def _wrong(new: Sequence[Stood]) -> tuple[str, ...]:
    words = {"fail": "fails", "warn": "warns", "drift": "changed by hand", "unknown": "unknown"}
    return tuple(
        f"{one.key[0]}: {one.key[1] or 'the host'}: {words[one.standing]}: {one.detail}"
        for one in new
        if one.standing in BAD or (one.standing == "unknown" and not one.key[1])
    )


def _of_baseline(look: Look) -> Iterator[Alert]:
    """That the baseline is another one: one alert, whatever it changed."""
    kinds = ("control added", "control removed", "control changed")
    changed = [one for one in look.changes if one.kind in kinds]
    if changed:
        others = tuple(f"{one.control}: {one.kind.removeprefix('control ')}" for one in changed)
        yield Alert("baseline changed", detail=changed[0].because, since=look.finished, others=others)
