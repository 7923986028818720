"""How each agency stands, from the documents that its key signed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from baseline.classes import dataclass
from baseline.model.agencies import (
    WORST_CLAUSE,
    WORST_CODE,
    Agency,
    AgencyStanding,
    Before,
    ClauseAt,
    ClauseCell,
    Refused,
    RollUp,
    Turn,
    turned,
    worst_first,
)
from baseline.model.clauses import Judgement, verdicts
from baseline.model.words import Outcome
from baseline.rollup.seen import MOST_BEFORE, SeenBefore
from baseline.rollup.told import JudgedPlace, Measure, Reported

AHEAD = timedelta(hours=1)
"""How far ahead a clock of an agency may be."""

_MOST_NAMED = 5

_NOTHING = "nothing was judged: no control is for the roles of its hosts"


@dataclass(frozen=True)
class AgencyDocument:
    """A document that could be read: its file, the agency whose key signed it, and its report. Unsigned, it is named
    after its file."""

    file: str
    agency: str
    signed: bool
    reported: Reported


@dataclass(frozen=True)
class RollUpRules:
    """By what a roll-up judges: now, how old a look may be, whom to expect, and whose hosts may be gone."""

    now: datetime
    max_age: timedelta
    expected: tuple[str, ...]
    accept_gone: frozenset[str] = frozenset()


def joined(
    taken: Sequence[AgencyDocument | Refused],
    seen: Mapping[str, SeenBefore],
    measure: Measure,
    rules: RollUpRules,
) -> tuple[RollUp, dict[str, SeenBefore]]:
    """The view over all agencies, and what is to be remembered of them."""
    refused = [one for one in taken if isinstance(one, Refused)]
    by_agency: dict[str, list[AgencyDocument]] = {name: [] for name in rules.expected}
    for one in taken:
        if isinstance(one, AgencyDocument):
            if why := _why_not_now(one, rules):
                refused.append(Refused(one.file, one.agency if one.signed else "", why))
            else:
                by_agency.setdefault(one.agency, []).append(one)
    agencies, remembered = [], dict(seen)
    for name, own in by_agency.items():
        known = seen.get(name, SeenBefore())
        latest = _not_outdone(own)
        old = {one.file: why for one in latest if (why := _is_old(one, known))}
        refused += [Refused(file, name, why) for file, why in old.items()]
        told = [one for one in refused if one.agency == name]
        counted = [one for one in latest if one.file not in old]
        if not counted:
            agencies.append(_untold(name, told, known))
            continue
        agency, kept = _agency(name, own, counted, told, known, measure, rules)
        agencies.append(agency)
        if agency.standing != "unsigned":
            remembered[name] = kept
    clauses = sorted({clause for one in measure.controls.values() for clause in _names(one.clause)})
    view = RollUp(
        made=_written(rules.now),
        max_age=int(rules.max_age.total_seconds()),
        baseline=measure.name,
        clause_names=tuple(clauses),
        agencies=worst_first(agencies),
        refused=tuple(refused),
        notes=tuple(_of_the_whole(agencies, seen, rules)),
    )
    return view, remembered


def _of_the_whole(agencies: Sequence[Agency], seen: Mapping[str, SeenBefore], rules: RollUpRules) -> Iterable[str]:
    if new := [one.name for one in agencies if one.finished and one.name not in seen]:
        yield (
            f"of {len(new)} agencies nothing was seen before, so that an older document in place of a newer one could "
            f"not be told: {_some(new)}"
        )
    if dropped := sorted(seen.keys() - set(rules.expected)):
        yield f"agencies that were seen before, and that nobody may sign for any more: {_some(dropped)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _why_not_now(document: AgencyDocument, rules: RollUpRules) -> str:
    """Why a document cannot be judged now; empty for one that can."""
    looked = document.reported.looked
    if looked > rules.now + AHEAD:
        return f"tells of {_written(looked)}, which is still to come: a clock is wrong"
    if not document.signed and document.agency in rules.expected:
        return f"is not signed, and {document.agency} has a key"
    return ""


def _is_old(document: AgencyDocument, seen: SeenBefore) -> str:
    """That a later document was seen before; empty where none was."""
    looked, runs = _written(document.reported.looked), document.reported.runs
    if runs is not None and runs.wrong:
        return runs.wrong
    for host in sorted(document.reported.hosts):
        if looked < seen.hosts.get(host, ""):
            return f"is old: it tells of {host} as of {looked}, and one as of {seen.hosts[host]} was seen before"
    return ""


def _untold(name: str, told: Sequence[Refused], seen: SeenBefore) -> Agency:
    standing: AgencyStanding = "refused" if told else "missing"
    return Agency(name, standing, notes=tuple(f"{one.file}: {one.why}" for one in told), before=seen.before)


def _agency(
    name: str,
    own: Sequence[AgencyDocument],
    counted: Sequence[AgencyDocument],
    told: Sequence[Refused],
    seen: SeenBefore,
    measure: Measure,
    rules: RollUpRules,
) -> tuple[Agency, SeenBefore]:
    places = [place for one in counted for place in one.reported.places]
    looked = min(one.reported.looked for one in counted)
    judged = {judgement for place in places for judgement in place.judged} | set(_not_judged(places, measure))
    known = frozenset(place.name for place in places if place.about == "host")
    earlier = {host: _written(one.reported.looked) for one in own for host in one.reported.hosts} | dict(seen.hosts)
    lost = {} if name in rules.accept_gone else {host: earlier[host] for host in sorted(earlier.keys() - known)}
    before = tuple(one for one in seen.before if one.finished < _written(looked))
    last = before[-1] if before else None
    clauses = tuple(_clauses(judged, places, last))
    codes = [*(place.code for place in places), *(one.reported.code for one in counted)]
    plain = [*(place.plain_code for place in places), *(one.reported.code for one in counted)]
    nothing = all(outcome is Outcome.NOTAPPLICABLE for _, _, outcome, _, _ in judged)
    missing = {3} if nothing or _not_judged(places, measure) else set()
    code = _worst({*codes, *missing})
    hosts = [place.code for place in places if place.about == "host"]
    agency = Agency(
        name=name,
        standing=_standing(counted, looked, lost, told, rules),
        exit_code=code,
        without_waivers=_worst({*plain, *missing}),
        finished=_written(looked),
        baseline=", ".join(dict.fromkeys(_baseline(one.reported, measure) for one in counted)),
        hosts=len(hosts),
        conforming=hosts.count(0),
        failing=sum(code not in (0, 3) for code in hosts),
        clauses=clauses,
        turn=_turn(code, clauses, last),
        documents=tuple(one.file for one in counted),
        gone=tuple(lost),
        notes=(*([_NOTHING] if nothing else []), *_notes(own, counted, told)),
        before=before,
    )
    return agency, _remembered(agency, counted, lost, seen)


def _not_judged(places: Iterable[JudgedPlace], measure: Measure) -> list[Judgement]:
    """For each control of the measure that nobody was judged by, that it is unknown."""
    looked = {control for judged in {place.judged for place in places} for _, control, *_ in judged}
    return [
        (asked.clause, control, Outcome.UNKNOWN, asked.obligation, None)
        for control, asked in measure.controls.items()
        if control not in looked
    ]


def _clauses(judged: Iterable[Judgement], places: Sequence[JudgedPlace], last: Before | None) -> Iterable[ClauseAt]:
    judged = sorted(judged, key=str)
    plain = {one.clause: one.verdict for one in verdicts((*one[:4], None) for one in judged)}
    per_place = {of: {one.clause: one.verdict for one in verdicts(of)} for of in {place.judged for place in places}}
    before = dict(last.clauses) if last else {}
    for one in verdicts(judged):
        so = sum(per_place[place.judged].get(one.clause) == one.verdict for place in places)
        turn = _turn_of(one.verdict, before.get(one.clause))
        yield ClauseAt(one.clause, one.verdict, plain[one.clause], one.because, so, turn)


def _turn_of(now: ClauseCell, before: ClauseCell | None) -> Turn:
    return "first" if before is None else turned(WORST_CLAUSE.index(now), WORST_CLAUSE.index(before))


def _turn(code: int, clauses: Sequence[ClauseAt], last: Before | None) -> Turn:
    """Better or worse by the exit code, and where that is the same by how many clauses are better or worse."""
    if last is None:
        return "first"
    by_code = turned(WORST_CODE.index(code), WORST_CODE.index(last.exit_code))
    balance = sum({"better": 1, "worse": -1}.get(one.turn, 0) for one in clauses)
    return turned(balance, 0) if by_code == "same" else by_code


def _standing(
    counted: Sequence[AgencyDocument],
    looked: datetime,
    gone: Mapping[str, str],
    told: Sequence[Refused],
    rules: RollUpRules,
) -> AgencyStanding:
    if not all(one.signed for one in counted):
        return "unsigned"
    if rules.now - looked > rules.max_age:
        return "stale"
    if told:
        return "refused"
    return "incomplete" if gone else "current"


def _notes(own: Sequence[AgencyDocument], counted: Sequence[AgencyDocument], told: Sequence[Refused]) -> Iterable[str]:
    told_of = {one.file for one in told}
    yield from (f"{one.file}: {one.why}" for one in told)
    yield from dict.fromkeys(note for one in counted for note in one.reported.notes)
    counts = {one.file for one in counted}
    yield from (
        f"{one.file}: a later document tells of hosts of it"
        for one in own
        if one.file not in counts and one.file not in told_of
    )


def _baseline(reported: Reported, measure: Measure) -> str:
    return f"{reported.baseline} (differs from {measure.name})" if reported.own else reported.baseline


def _remembered(
    agency: Agency, counted: Sequence[AgencyDocument], lost: Mapping[str, str], seen: SeenBefore
) -> SeenBefore:
    hosts = dict(lost)
    for document in counted:
        hosts |= dict.fromkeys(document.reported.hosts, _written(document.reported.looked))
    code = 3 if agency.exit_code is None else agency.exit_code
    now = Before(agency.finished, code, tuple((one.clause, one.verdict) for one in agency.clauses))
    runs = sorted((one.reported.runs for one in counted if one.reported.runs), key=lambda one: one.last)
    heads = {**seen.heads, **{one.key: (one.last, one.head) for one in runs}}
    return SeenBefore(hosts, (*agency.before, now)[-MOST_BEFORE:], heads)


def _not_outdone(own: Sequence[AgencyDocument]) -> list[AgencyDocument]:
    """The documents without those of whose hosts another one tells later; of two of one moment the worse counts."""
    order = sorted(range(len(own)), key=lambda number: _round(own[number]))
    latest = {host: number for number in order for host in own[number].reported.hosts}
    return [one for number, one in enumerate(own) if all(latest[host] == number for host in one.reported.hosts)]


def _round(document: AgencyDocument) -> tuple[datetime, int, str]:
    worst = _worst(place.code for place in document.reported.places)
    return document.reported.looked, -WORST_CODE.index(worst), document.file


def _worst(codes: Iterable[int]) -> int:
    return min((3 if code == 130 else code for code in codes), key=WORST_CODE.index)


def _names(clause: str) -> list[str]:
    return [one.strip() for one in clause.split(",") if one.strip()]


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
