"""Controls that look from outside, and findings about domains and sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import pytest

from baseline import engine, fleet, manifest
from baseline.deadline import Deadline
from baseline.errors import CannotTell, NothingToJudge
from baseline.judge import Equal, Wants
from baseline.kinds.base import Control, asked
from baseline.load.peers import with_peers
from baseline.model import About, Answer, Finding, Outcome, State, Subject, Target
from baseline.model.looks import Found, Looked
from baseline.model.probes import Lookup, Probe, Records, Seen, View
from baseline.outside import MOST_PROBES, ROUNDS, look_outside
from baseline.readings.answers import ask, text
from baseline.subjects import SITE, subjects_apart
from baseline.visit import Connect, Visit, findings_of, look_at
from tests.cases.case import NEVER_APPLIED, Remembered
from tests.cases.files import CaseFiles
from tests.scripted import AnswersFrom

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Zone:
    """An outlook in which names lead to one another; whoever is not there does not exist."""

    names: Mapping[str, str]
    rounds: list[list[Probe]] = field(default_factory=list)

    def now(self) -> datetime:
        return NOW

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        self.rounds.append(list(probes))
        return {probe: self._one(probe) for probe in probes}

    def _one(self, probe: Probe) -> Records:
        assert isinstance(probe, Lookup)
        said = self.names.get(probe.name)
        return Records("nxdomain") if said is None else Records("noerror", (said,))


class Follows(Control):
    """Follows names from one to the next until the word `end`."""

    kind: Literal["follows"] = "follows"
    start: str = "a"
    how: str = ""

    def expected(self, target: Target) -> Wants:
        return {"end": Equal("end"), "inside": Equal("yes")}

    def actual(self, host: Any, target: Target) -> State:
        (answer,) = ask(host, "inside")
        return {"inside": text(answer).strip()}

    def outside(self, view: View, state: State, target: Target) -> State:
        if self.how == "raise":
            raise CannotTell("it was not to be seen")
        if self.how == "nothing":
            raise NothingToJudge("nothing of the kind")
        if self.how == "fault":
            raise IndexError("beyond")
        name = self.start
        if self.how == "ahead":
            view.ahead(*(Lookup(one, "TXT") for one in "abc"))
        while name != "end":
            seen = view.see(Lookup(name, "TXT"))
            if seen.status == "nxdomain":
                return {"end": None, "now": view.now.isoformat()}
            name = seen.records[0]
        return {"end": name}


class OfDomains(Follows):
    """The same for every domain."""

    kind: Literal["of_domains"] = "of_domains"  # type: ignore[assignment]
    about: ClassVar[About] = "domain"

    def outside(self, view: View, state: State, target: Target) -> State:
        seen = view.see(Lookup(target.subject, "TXT"))
        return {"end": seen.records[0] if seen.records else None, "inside": state.get("inside", "yes")}


class OfSites(OfDomains):
    """The same for every site."""

    kind: Literal["of_sites"] = "of_sites"  # type: ignore[assignment]
    about: ClassVar[About] = "site"


def made(control: type[Follows], name: str = "MEL-X-01", **fields: str) -> Follows:
    plain = {"title": {"en": "x", "ms": "x"}, "clause": "f", "obligation": "mandatory", "severity": "low", "why": "x"}
    return control.model_validate({"id": name, "roles": ["mta"], **plain, **fields})


HOST = Target("mx1", "192.0.2.1", roles=frozenset({"mta", "dns"}), domains=("one.test", "two.test"))
INSIDE = AnswersFrom({"inside": Answer(0, b"yes\n"), manifest.QUESTION: Answer(0)})


def found(control: Control, zone: Zone, target: Target = HOST) -> tuple[Finding, ...]:
    return engine.check(target, [control], lambda _: INSIDE, outlook=zone).findings


def test_what_is_seen_outside_joins_what_was_found_inside() -> None:
    (finding,) = found(made(Follows), Zone({"a": "b", "b": "c", "c": "end"}))
    assert finding.outcome is Outcome.PASS
    assert dict(finding.actual) == {"inside": "yes", "end": "end"}


def test_each_round_asks_what_the_last_one_brought_up() -> None:
    zone = Zone({"a": "b", "b": "c", "c": "end"})
    found(made(Follows), zone)
    assert [len(probes) for probes in zone.rounds] == [1, 1, 1]


def test_what_is_announced_is_looked_at_together() -> None:
    zone = Zone({"a": "b", "b": "c", "c": "end"})
    found(made(Follows, how="ahead"), zone)
    assert [len(probes) for probes in zone.rounds] == [3]


def test_the_time_is_the_outlooks() -> None:
    (finding,) = found(made(Follows), Zone({}))
    assert finding.actual["now"] == NOW.isoformat()


def test_a_look_without_end_is_unknown() -> None:
    zone = Zone({"a": "a1"} | {f"a{n}": f"a{n + 1}" for n in range(ROUNDS + 5)})
    (finding,) = found(made(Follows), zone)
    assert finding.outcome is Outcome.UNKNOWN
    assert "did not settle" in finding.reason
    assert len(zone.rounds) == ROUNDS


@pytest.mark.parametrize(
    ("how", "outcome", "words"),
    [
        ("raise", Outcome.UNKNOWN, "it was not to be seen"),
        ("nothing", Outcome.NOTAPPLICABLE, "nothing of the kind"),
        ("fault", Outcome.UNKNOWN, "IndexError: beyond"),
    ],
)
def test_what_goes_wrong_outside_is_told(how: str, outcome: Outcome, words: str) -> None:
    (finding,) = found(made(Follows, how=how), Zone({}))
    assert finding.outcome is outcome
    assert words in finding.reason


def joined(control: Follows, inside: Found, zone: Zone) -> Found:
    """What comes of a state from inside once it was looked from outside."""
    return look_outside([control], HOST, Looked({"MEL-X-01": inside}), zone, Deadline()).states["MEL-X-01"]


@pytest.mark.parametrize(
    ("inside", "how", "names", "outcome", "unseen"),
    [
        ({"inside": "no"}, "raise", {}, Outcome.FAIL, ("it was not to be seen",)),
        ({"inside": "no"}, "fault", {}, Outcome.FAIL, ("the look from outside could not be read: IndexError: beyond",)),
        (CannotTell("mute"), "", {}, Outcome.FAIL, ("mute",)),
        (CannotTell("mute"), "", {"a": "end"}, Outcome.UNKNOWN, ()),
        (CannotTell("mute"), "nothing", {}, Outcome.UNKNOWN, ()),
        ({"inside": "yes"}, "raise", {}, Outcome.UNKNOWN, ()),
        ({"inside": "no"}, "", {"a": "end"}, Outcome.FAIL, ()),
        ({"inside": "yes"}, "", {"a": "end"}, Outcome.PASS, ()),
    ],
)
def test_what_suffices_for_a_fail_is_one_and_a_pass_needs_all(
    inside: Found, how: str, names: dict[str, str], outcome: Outcome, unseen: tuple[str, ...]
) -> None:
    control = made(Follows, how=how)
    (finding,) = findings_of([control], HOST, {"MEL-X-01": joined(control, inside, Zone(names))})
    assert (finding.outcome, finding.unseen) == (outcome, unseen)
    assert finding.reason in ("as wanted", "mute", "it was not to be seen") or finding.outcome is Outcome.FAIL
    assert Finding.from_dict(finding.to_dict()) == finding
    assert ("unseen" in finding.to_dict()) == bool(unseen)


def test_what_hangs_on_a_look_from_inside_that_failed_is_not_looked_at() -> None:
    class Hangs(Follows):
        def outside(self, view: View, state: State, target: Target) -> State:
            return {"end": str(view.see(Lookup(str(state.get("name", "a")), "TXT")).status)}

    zone = Zone({})
    reason = CannotTell("mute")
    assert joined(made(Hangs), reason, zone) is reason
    assert zone.rounds == []


def test_nothing_that_is_seen_outside_replaces_what_the_host_said() -> None:
    """Else what the host said would be judged where the look from outside fails."""
    for case in CaseFiles().load_all():
        if not case.seen:
            continue
        session = AnswersFrom({**NEVER_APPLIED, **case.answers})
        outlook = Remembered(case.seen, datetime.fromisoformat(case.now))
        visit = Visit(case.as_target(), connected(session), lambda *_: None, outlook)
        looked = look_at(visit, asked([case.as_control()], visit.target), "looking").looked
        for key, found in looked.inside.items():
            whole = looked.states[key]
            if isinstance(found, Mapping) and isinstance(whole, Mapping):
                assert {name: whole[name] for name in found} == dict(found), f"{case.kind} {case.name}"


def connected(session: AnswersFrom) -> Connect:
    """A connection to known answers."""
    return lambda _: session


# --- domains and sites ----------------------------------------------------------------------------


def test_a_domain_is_looked_at_through_the_first_dns_host_that_has_it() -> None:
    hosts = with_peers(
        [
            Target("mx1", "192.0.2.1", roles=frozenset({"mta"}), domains=("one.test",)),
            Target("ns1", "192.0.2.2", roles=frozenset({"dns"}), domains=("one.test",)),
            Target("ns2", "192.0.2.3", roles=frozenset({"dns"}), domains=("one.test", "two.test")),
            Target("web", "192.0.2.4", roles=frozenset({"dns"}), domains=("three.test",)),
        ]
    )
    assert [[one.name for one in host.speaks_for] for host in hosts] == [[], ["one.test"], ["two.test"], ["three.test"]]
    assert [peer.name for peer in hosts[0].peers] == ["mx1", "ns1", "ns2"]
    assert [peer.name for peer in hosts[3].peers] == ["web"]


def test_findings_about_domains_have_the_domain_for_a_host() -> None:
    (host,) = with_peers([HOST])
    findings = found(made(OfDomains), Zone({"one.test": "end"}), host)
    assert [(one.host, one.control, one.outcome) for one in findings] == [
        ("one.test", "MEL-X-01", Outcome.PASS),
        ("two.test", "MEL-X-01", Outcome.FAIL),
    ]
    assert [one.key for one in findings] == ["MEL-X-01 one.test", "MEL-X-01 two.test"]


def test_a_host_without_domains_has_a_line_for_what_is_about_domains() -> None:
    (finding,) = found(made(OfDomains), Zone({}), replace(HOST, domains=()))
    assert (finding.host, finding.outcome) == ("mx1", Outcome.NOTAPPLICABLE)
    assert "domain" in finding.reason


def test_a_host_that_cannot_be_reached_leaves_its_domains_unknown() -> None:
    def refuse(_: Target) -> Any:
        from baseline.errors import Unreachable

        raise Unreachable("192.0.2.1 cannot be reached")

    (host,) = with_peers([HOST])
    findings = engine.check(host, [made(OfDomains), made(Follows, "MEL-X-02")], refuse, outlook=Zone({})).findings
    assert [(one.host, one.outcome) for one in findings] == [
        ("one.test", Outcome.UNKNOWN),
        ("two.test", Outcome.UNKNOWN),
        ("mx1", Outcome.UNKNOWN),
    ]


def test_what_no_selected_host_speaks_for_is_apart() -> None:
    hosts = with_peers([replace(HOST, roles=frozenset({"mta"})), replace(HOST, name="mx2", site="branch")])
    apart = subjects_apart(hosts[:1])
    assert [target.speaks_for for target in apart] == [
        (Subject("domain", "one.test"),),
        (Subject("domain", "two.test"),),
        (Subject("site", SITE),),
    ]
    assert {target.address for target in apart} == {""}
    assert [target.name for target in subjects_apart(hosts)] == [SITE, "branch"]


class Rules:
    """A baseline of given controls."""

    name, version, sha256, whole = "rules", "1", "0" * 64, None
    extensions = ()

    def __init__(self, *controls: Control) -> None:
        self.controls = controls
        self.renamed: dict[str, str] = {}

    def validate_all(self, targets: Sequence[Target]) -> None:
        """Controls that are made already have no mistakes."""

    def controls_for(self, target: Target) -> tuple[Control, ...]:
        return self.controls


def test_a_run_tells_of_hosts_domains_and_sites() -> None:
    hosts = with_peers([replace(HOST, roles=frozenset({"mta"}), domains=("one.test",))])
    rules: Any = Rules(made(Follows), made(OfDomains, "MEL-X-02"), made(OfSites, "MEL-X-03"))
    zone = Zone({"a": "end", "one.test": "end", SITE: "end"})
    report = fleet.check_all(hosts, rules, connect=lambda _: INSIDE, outlook=zone)
    assert [(one.host, one.control) for one in report.findings] == [
        ("mx1", "MEL-X-01"),
        ("one.test", "MEL-X-02"),
        (SITE, "MEL-X-03"),
    ]
    assert [subject.to_dict() for subject in report.subjects] == [
        {"name": "one.test", "about": "domain", "through": ""},
        {"name": SITE, "about": "site", "through": ""},
    ]
    assert [host.name for host in report.hosts] == ["mx1"]
    assert report.exit_code == 0


def test_no_subject_is_looked_at_that_no_control_is_about() -> None:
    rules: Any = Rules(made(Follows))
    report = fleet.check_all([HOST], rules, connect=lambda _: INSIDE, outlook=Zone({"a": "end"}))
    assert (len(report.findings), report.subjects) == (1, ())


class Greedy(Follows):
    """Wants to see more at once than anybody should."""

    kind: Literal["greedy"] = "greedy"  # type: ignore[assignment]

    def outside(self, view: View, state: State, target: Target) -> State:
        view.ahead(*(Lookup(f"n{number}", "A") for number in range(MOST_PROBES + 1)))
        return {"end": view.see(Lookup("a", "A")).status}


class GreedyOfOne(Greedy):
    """The same about one domain; the others have their one name."""

    kind: Literal["greedy_of_one"] = "greedy_of_one"  # type: ignore[assignment]
    about: ClassVar[About] = "domain"

    def expected(self, target: Target) -> Wants:
        return {"end": Equal("nxdomain")}

    def actual(self, host: Any, target: Target) -> State:
        return {}

    def outside(self, view: View, state: State, target: Target) -> State:
        if target.subject == "big.test":
            return super().outside(view, state, target)
        return {"end": view.see(Lookup(target.subject, "A")).status}


def test_a_domain_that_wants_too_many_looks_costs_the_others_of_its_host_nothing() -> None:
    domains = ("one.test", "big.test", "two.test")
    target = Target("ns", "192.0.2.53", domains=domains, speaks_for=tuple(Subject("domain", one) for one in domains))
    zone = Zone({})
    controls = asked([made(GreedyOfOne)], target)
    looked = look_outside(controls, target, Looked({one.key: {} for one in controls}), zone, Deadline())
    outcomes = {one.host: one.outcome for one in findings_of(controls, target, looked.states)}
    assert outcomes == {"one.test": Outcome.PASS, "big.test": Outcome.UNKNOWN, "two.test": Outcome.PASS}
    assert [len(one) for one in zone.rounds] == [2]


def test_too_many_looks_at_once_leave_the_controls_unknown_with_the_reason() -> None:
    zone = Zone({})
    (finding,) = found(made(Greedy), zone)
    assert finding.outcome is Outcome.UNKNOWN
    assert "looks from outside at once" in finding.reason
    assert "fault of this program" not in finding.reason
    assert zone.rounds == []
