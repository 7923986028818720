"""Looking at a host, a domain or a site from outside, for the controls that ask to.

As with questions to a host, a control is replayed on what was seen so far, and what it asks beyond that is looked at
and the control replayed again. Here a round costs no exchange with a host, so one question may follow from another.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Protocol

from baseline.classes import dataclass
from baseline.deadline import Deadline
from baseline.errors import CannotTell, NothingToJudge
from baseline.kinds import in_brackets
from baseline.kinds.base import Control
from baseline.model.looks import Found, Looked, Parts, settled, unseen_of

if TYPE_CHECKING:
    from baseline.model import State, Target
    from baseline.model.probes import Probe, Seen

ROUNDS = 60
"""How often is looked again for what only the last answers brought up: an SPF record may lead through ten others."""

MOST_PROBES = 2_000
"""How much all controls of one host, or of one of the domains that it speaks for, may look at in one round."""


class Outlook(Protocol):
    """Who sends probes, and knows the time."""

    def now(self) -> datetime:
        """The time, with its zone."""
        ...

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        """The answer to every probe. `resolvers` are asked for look-ups that name no server; empty: the system's.

        Past the deadline, or when it was given up, what is not seen yet has its trouble for an answer.
        """
        ...


class LocalOutlook:
    """The outlook of this machine. One for a whole run; what it is made of is imported when something is looked at.

    With `sharing`, as for a run that changes nothing, what one look has seen is good for the others for a while.
    """

    def __init__(self, *, sharing: bool = False) -> None:
        self._sharing = sharing
        self._made: Outlook | None = None
        self._lock = Lock()

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._sender().now()

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        """See `Outlook.look`."""
        return self._sender().look(probes, resolvers, deadline)

    def _sender(self) -> Outlook:
        with self._lock:
            if self._made is None:
                from baseline.probes import Sender
                from baseline.probes.sharing import Shared

                self._made = Sender(shared=Shared() if self._sharing else None)
            return self._made


class Unseen(BaseException):
    """A control asked for what was not looked at yet. Not an `Exception`, so that no kind swallows it."""


@dataclass
class Known:
    """A `View` of what was seen so far; what else is asked for is noted in `asked`, and all that counts in `used`."""

    now: datetime
    seen: Mapping[Probe, Seen]
    lacking: Callable[[Probe], BaseException] = field(default=lambda probe: Unseen(repr(probe)))
    asked: dict[Probe, None] = field(default_factory=dict)
    used: dict[Probe, None] = field(default_factory=dict)

    def see(self, probe: Probe) -> Any:
        """The answer, where it is known. Raises `Unseen` where it is not."""
        self.used[probe] = None
        if probe not in self.seen:
            self.asked[probe] = None
            raise self.lacking(probe)
        return self.seen[probe]

    def ahead(self, *probes: Probe) -> None:
        """Note all of them that are not known."""
        self.asked |= {probe: None for probe in probes if probe not in self.seen}


NOTHING_SHOWS = "nothing of it shows from outside, and nobody logs in to this host (`outside_only`)"


def unasked(controls: Sequence[Control], target: Target) -> Looked:
    """What stands for the answers of a domain or a site, and of a host that nobody logs in to."""
    states: dict[str, Found] = {}
    for control in controls:
        try:
            if control.about == "host" and not control.shows:
                raise NothingToJudge(NOTHING_SHOWS)
            states[control.key] = control.assumed(target) if control.about == "host" else {}
        except NothingToJudge as reason:
            states[control.key] = reason.kept()
    return Looked(states)


def look_outside(
    controls: Sequence[Control],
    target: Target,
    looked: Looked,
    outlook: Outlook,
    deadline: Deadline,
    *,
    before: Mapping[Probe, Seen] | None = None,
) -> Looked:
    """The look with what is seen from outside joined to its states, and all that was seen.

    Of a control that has no state from inside, or one in part, is looked at what does not depend on the rest. `before`
    is what `LookingAhead` has seen already.
    """
    looking = _looking(controls, looked)
    if not looking:
        return looked
    found, seen = dict(looked.states), dict(before or {})
    probed: dict[str, tuple[Probe, ...]] = {}
    now = outlook.now()
    for _ in range(ROUNDS):
        missing: dict[str, dict[Probe, None]] = {}
        for control in looking:
            view = Known(now, seen)
            found[control.key] = _replayed(control, target, looked.states[control.key], view)
            probed[control.key] = tuple(view.used)
            missing.setdefault(control.subject, {}).update(view.asked)
        for subject, asked in missing.items():
            if len(asked) > MOST_PROBES:
                why = f"it would take {len(asked)} looks from outside at once, and {MOST_PROBES} are the most"
                found |= {control.key: CannotTell(why) for control in looking if control.subject == subject}
                looking = [control for control in looking if control.subject != subject]
                asked.clear()
        wanted = {probe: None for asked in missing.values() for probe in asked}
        if not wanted:
            break
        seen |= outlook.look(list(wanted), target.resolvers, deadline)
    return replace(looked, states=found, seen=seen, probed=probed)


class LookingAhead:
    """The looks from outside of one visit that rest on nothing that the host says, sent while the host is asked.

    They are those of the controls that ask the host nothing: about domains and sites, as a rule. Nothing is sent before
    `begin`, which is for when somebody has answered: a host that is not there costs no name server anything.
    """

    def __init__(self, controls: Sequence[Control], target: Target, outlook: Outlook) -> None:
        self._controls = [control for control in controls if type(control).actual is Control.actual]
        self._target, self._outlook = target, outlook
        self._thread: Thread | None = None
        self._seen: Mapping[Probe, Seen] = {}
        self._deadline = Deadline()

    def begin(self, deadline: Deadline) -> None:
        """Send them, unless they are sent already. They end with the deadline. Raises `GivenUp` past it."""
        nothing_said = Looked({control.key: {} for control in self._controls})
        if self._thread is not None or not _looking(self._controls, nothing_said):
            return
        self._deadline = own = deadline.apart()

        def work() -> None:
            # Whatever went wrong goes wrong again where the rest is looked at, and is told there.
            with contextlib.suppress(Exception), deadline.closing(lambda: own.give_up(deadline.why)):
                self._seen = look_outside(self._controls, self._target, nothing_said, self._outlook, own).seen

        self._thread = Thread(target=work, daemon=True)
        self._thread.start()

    def seen(self) -> Mapping[Probe, Seen]:
        """What they saw, once all have; nothing where none was sent, or where they came to nothing."""
        if self._thread is not None:
            self._thread.join()
        return self._seen

    def end(self) -> None:
        """Give up those that are still under way."""
        self._deadline.give_up("the look at the host has ended")


def look_back_outside(
    controls: Sequence[Control],
    target: Target,
    looked: Looked,
    seen: Mapping[Probe, Seen],
    now: datetime,
    lacking: Callable[[Probe], CannotTell],
) -> Looked:
    """The same over what was seen at a time that is over: nothing is sent. `lacking` gives the reason for the rest."""
    found = dict(looked.states)
    probed: dict[str, tuple[Probe, ...]] = {}
    for control in _looking(controls, looked):
        view = Known(now, seen, lacking)
        found[control.key] = _replayed(control, target, looked.states[control.key], view)
        probed[control.key] = tuple(view.used)
    return replace(looked, states=found, seen=seen, probed=probed)


def _looking(controls: Sequence[Control], looked: Looked) -> list[Control]:
    """The controls that look from outside, and have something to judge."""
    return [
        control
        for control in controls
        if type(control).outside is not Control.outside
        and not isinstance(looked.states.get(control.key), NothingToJudge | None)
    ]


def _replayed(control: Control, target: Target, state: Found, view: Known) -> Found:
    assert not isinstance(state, NothingToJudge)
    lacking = unseen_of(state)
    inside = Parts(unseen=lacking) if isinstance(state, CannotTell) else state
    seen: State = {}
    try:
        seen = control.outside(view, inside, control.asked_of(target))
        lacking += unseen_of(seen)
    except NothingToJudge as reason:
        if not lacking:
            return reason.kept()
    except CannotTell as reason:
        lacking += (reason.kept(),)
    except Unseen as probe:
        lacking += (CannotTell(f"its looks from outside did not settle in {ROUNDS} rounds: {probe}"),)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- an answer that a kind did not foresee is "could not look"
        lacking += (
            CannotTell(
                f"the look from outside could not be read: {type(error).__name__}: {error}{in_brackets(control)}"
            ),
        )
    return settled(Parts({**inside, **seen}, lacking))
