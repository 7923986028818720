"""A look at a real host through relays of the tests, each of whose answers is cut off in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from baseline.deadline import Deadline
from baseline.kinds.base import Control, asked
from baseline.model import Finding, Target
from baseline.model.looks import Looked
from baseline.model.probes import Handshake, Lookup, Probe, Records, Seen, Talk
from baseline.outside import look_outside
from baseline.probes import Sender
from baseline.probes.turns import Turns
from baseline.session import Connector
from baseline.visit import Visit, findings_of, look_at
from tests.adversary.cuts import allowed, cut_seen
from tests.adversary.relay import Cut, How, Lie, NameRelay, Relay

LIES: tuple[Lie, ...] = ("dropped", "servfail", "refused", "truncated", "half")
"""What is no answer of DNS. That there is nothing is one, and a forged one is believed like any other."""

_STEP, _SILENCE = 3.0, 0.3
"""Seconds that a step of a probe may take; and where it is never answered."""


def _short() -> Sender:
    """One that does not wait, nor remember which name server was silent: each cut is asked for."""
    return Sender(seconds=_SILENCE, at_once=1, sleep=lambda _: None)


def _patient() -> Sender:
    """One that waits, and keeps no pace: all of its looks go to the hosts of one lab."""
    return Sender(seconds=_STEP, at_once=1, sleep=lambda _: None, turns=Turns(jitter=lambda: 0.0))


@dataclass
class Relays:
    """An outlook that looks through relays: one for each port of each host, and one for each name server."""

    stack: ExitStack
    now_: datetime | None = None
    seen: dict[Probe, Seen] = field(default_factory=dict)
    _cut: dict[Probe, tuple[Seen, ...]] = field(default_factory=dict)
    _tcp: dict[tuple[str, int], Relay] = field(default_factory=dict)
    _dns: dict[str, NameRelay] = field(default_factory=dict)
    _patient: Sender = field(default_factory=_patient)

    def now(self) -> datetime:
        """One time for all looks."""
        self.now_ = self.now_ or self._patient.now()
        return self.now_

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        """The whole answers, each looked for once."""
        for probe in probes:
            if probe not in self.seen:
                self.seen[probe] = self._sent(probe, resolvers, self._patient)
        return {probe: self.seen[probe] for probe in probes}

    def cut(self, probe: Probe, resolvers: Sequence[str], how: Sequence[How]) -> Sequence[Seen]:
        """What comes of a probe where each answer to it is cut in turn, in each of these ways; each looked for once."""
        if probe not in self._cut:
            self._cut[probe] = tuple(dict.fromkeys(self._each(probe, resolvers, how)))
        return self._cut[probe]

    def _each(self, probe: Probe, resolvers: Sequence[str], how: Sequence[How]) -> Iterator[Seen]:
        if isinstance(probe, Lookup):
            relay = self._name_server(probe.server or resolvers[0])
            for lie in LIES:
                relay.lie = lie
                yield self._sent(probe, resolvers, _short())
            relay.lie = None
        elif isinstance(probe, Talk | Handshake):
            door = self._door(probe)
            door.begin(None)
            self._sent(probe, resolvers, self._patient)
            for connection, answer in door.cuts:
                for one in how:
                    if one != "busy" or (isinstance(probe, Talk) and probe.protocol == "smtp"):
                        door.begin(Cut(connection, answer, one))
                        yield self._sent(probe, resolvers, _short() if one == "silent" else self._patient)
            door.begin(None)
        else:
            yield from cut_seen(probe, self.seen[probe])

    def _sent(self, probe: Probe, resolvers: Sequence[str], sender: Sender) -> Seen:
        ours = [self._name_server(one).address for one in resolvers]
        through: Probe = probe
        if isinstance(probe, Lookup) and probe.server:
            through = replace(probe, server=self._name_server(probe.server).address)
        if isinstance(probe, Talk | Handshake):
            through = replace(probe, address="127.0.0.1", port=self._door(probe).port)
        return sender.look([through], ours, Deadline())[through]

    def _door(self, probe: Talk | Handshake) -> Relay:
        place = (probe.address, probe.port)
        if place not in self._tcp:
            self._tcp[place] = self.stack.enter_context(Relay(place).running())
        return self._tcp[place]

    def _name_server(self, server: str) -> NameRelay:
        if server not in self._dns:
            address, _, port = server.partition("#")
            self._dns[server] = self.stack.enter_context(NameRelay((address, int(port or 53))).running())
        return self._dns[server]


@dataclass
class Instead:
    """An outlook on what was seen, but for one probe; what nobody has asked before is looked for now."""

    relays: Relays
    probe: Probe | None = None
    cut: Seen | None = None
    asked: set[Probe] = field(default_factory=set)

    def now(self) -> datetime:
        """That of all looks."""
        return self.relays.now()

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        """What was seen, or the cut answer."""
        self.asked.update(probes)
        found = dict(self.relays.look([one for one in probes if one != self.probe], resolvers, deadline))
        if self.probe in probes and self.probe is not None and self.cut is not None:
            found[self.probe] = self.cut
        return found


@dataclass(frozen=True)
class Look:
    """What the controls of a baseline found of a host, and what each of them asked outside."""

    target: Target
    controls: tuple[Control, ...]
    inside: Looked
    relays: Relays

    @classmethod
    def at(cls, target: Target, controls: Sequence[Control], relays: Relays) -> Self:
        """One look over SSH; nothing is looked at outside yet."""
        about = tuple(one for one in asked(controls, target) if type(one).outside is not Control.outside)
        visit = Visit(target, Connector().connect, lambda *_: None, relays)
        try:
            judged = look_at(visit, about, "looking")
        finally:
            visit.hang_up()
        inside = replace(judged.looked, states=judged.looked.inside)
        return cls(target, about, inside, relays)

    def finding(self, control: Control, outlook: Instead) -> Finding:
        """What one control finds by this outlook."""
        looked = look_outside([control], self.target, self.inside, outlook, Deadline())
        (finding,) = findings_of([control], self.target, looked.states)
        return finding

    def whole(self) -> dict[str, Finding]:
        """What each control finds with all answers there."""
        return {control.key: self.finding(control, Instead(self.relays)) for control in self.controls}

    def better(self, how: Sequence[How]) -> tuple[int, dict[tuple[object, ...], str]]:
        """How many cut answers were judged, and what became better than it is with all of them there."""
        whole = self.whole()
        judged, better = 0, dict[tuple[object, ...], str]()
        for probe, controls in self._askers().items():
            for cut in self.relays.cut(probe, self.target.resolvers, how):
                if cut == self.relays.seen[probe]:
                    continue
                for control in controls:
                    judged += 1
                    before = whole[control.key]
                    after = self.finding(control, Instead(self.relays, probe, cut))
                    # SERVFAIL and REFUSED say something of the server.
                    said = isinstance(cut, Records) and bool(cut.status)
                    if not allowed(before.outcome, after.outcome, said=said):
                        better[control.key, probe, cut] = f"{before.outcome}: {before.reason} -> {after.outcome}"
        return judged, better

    def _askers(self) -> dict[Probe, list[Control]]:
        """Every probe, with the controls that ask for it."""
        askers: dict[Probe, list[Control]] = {}
        for control in self.controls:
            outlook = Instead(self.relays)
            self.finding(control, outlook)
            for probe in outlook.asked:
                askers.setdefault(probe, []).append(control)
        return askers
