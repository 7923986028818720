"""Kind `filter_failure`: when the spam filter fails, mail waits; it is neither lost nor let through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from baseline.edits import DropOverride, Edit, SetParameter, SetUcl
from baseline.formats.milters import parse_milters
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import AtLeast, Equal, OneOf, Want, Wants
from baseline.kinds.base import ByHand, Control, Loosens
from baseline.model import State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import ask
from baseline.readings.filter_engine import Engine, rspamd
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.rspamd import DUMP, assigned, override_question
from baseline.readings.smtpd_services import SmtpdServices
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

WAITS = ("tempfail", "quarantine", "shutdown")
"""What keeps the mail: with its sender, or held on this host. `shutdown` is Postfix's own default from 3.11 on."""

LOCAL = "/etc/rspamd/local.d/options.inc"
OVERRIDE = "/etc/rspamd/override.d/options.inc"
_DEFAULT = "milter_default_action"
_TIMEOUT = "soft_reject_on_timeout"
_CONTENT = "milter_content_timeout"


class FilterFailure(Control):
    """What Postfix does with mail when a milter does not answer, and what Rspamd does when it runs out of time.

    Looked at: `milter_default_action` for every smtpd service with its overrides, and the `default_action` that one
    milter of the list carries in braces, which beats it. `tempfail` and `quarantine` keep the mail, `reject` is a
    warning (mail is refused for good, though its sender learns of it), `accept` fails: with a dead filter everything
    passes, and every other look at the filter's settings stays green. For Rspamd, that
    `options.soft_reject_on_timeout` is on, for without it a message that could not be checked within `task_timeout`
    passes, and that Postfix waits longer (`milter_content_timeout`) than Rspamd may take.

    Applied: milter_default_action in main.cf, overrides that differ taken out, `soft_reject_on_timeout = true` in
    local.d/options.inc. An action in braces and a too long task_timeout are for a person.

    What can go wrong: while the filter is down no mail comes in, senders try again for days; watch the service.
    Sources: MILTER_README, postconf(5) milter_default_action; rspamd.com "Global options".
    """

    summary: ClassVar[str] = "When the spam filter fails, mail waits; it is neither lost nor let through."
    nothing_to_judge: ClassVar[str] = "the inventory does not give this host the role mta: no mail comes in by SMTP"
    loosens: ClassVar[Loosens] = {}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in("postfix", also={"on failure": "milter_default_action"})
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because what gives way is what Postfix does without the filter, which is what is judged",
        notice="While the filter cannot be reached, mail waits.",
    )
    by_hand: ClassVar[ByHand] = {
        "on failure of *": ("Take default_action out of the braces in smtpd_milters: it stands there for {rest}."),
        "seconds to spare": (
            "Let Postfix wait longer than Rspamd works: raise milter_content_timeout, or lower task_timeout of Rspamd."
        ),
    }

    kind: Literal["filter_failure"]
    engine: Engine = "rspamd"

    def expected(self, target: Target) -> Wants:
        """An action that keeps the mail, for every milter of every service."""
        if "mta" not in target.roles:
            return {}
        wants: dict[str, Want] = {"on failure*": OneOf(WAITS, warn=("reject",))}
        if self.engine == "rspamd":
            wants[_TIMEOUT] = Equal(True)
            wants["seconds to spare"] = AtLeast(1, unit="s")
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """The action by service, and by milter where one has its own."""
        if "mta" not in target.roles:
            return {}
        smtpd = SmtpdServices(host)
        dump, override = ask(host, DUMP, override_question(OVERRIDE))
        state = Parts({"on failure": smtpd.effective("", _DEFAULT)})
        for one in smtpd.public:
            if smtpd.written(_DEFAULT, one) is not None:
                state[f"on failure in {one}"] = smtpd.effective(one, _DEFAULT)
            for milter in parse_milters(smtpd.effective(one, "smtpd_milters")):
                if "default_action" in milter.options:
                    state[f"on failure of {milter.endpoint} in {one}"] = milter.options["default_action"]
        if self.engine == "rspamd":
            with state.part():
                options = rspamd(dump).get("options", {})
                state[_TIMEOUT] = options.get(_TIMEOUT, False) is True
                spare = _seconds(smtpd.effective("", _CONTENT)) - int(options.get("task_timeout", 8))
                state["seconds to spare"] = spare
            with state.part():
                state[OVERRIDE] = assigned(override, _TIMEOUT)
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files, and the file of Rspamd's options."""
        del target
        return (*POSTFIX_FILES, LOCAL) if self.engine == "rspamd" else POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The action set where it is not as wanted; None where what stays is as bad."""

        def by_hand(key: str) -> bool:
            own = key.startswith("on failure of ")
            return own or key == "seconds to spare" or (key == _TIMEOUT and state[OVERRIDE] is not None)

        if not helps(self.expected(target), state, by_hand):
            return None
        edits: list[Edit] = []
        if state["on failure"] not in WAITS:
            edits.append(SetParameter(_DEFAULT, WAITS[0]))
        for key, value in state.items():
            if key.startswith("on failure in ") and value not in WAITS:
                edits.append(DropOverride(key.removeprefix("on failure in "), _DEFAULT))
        reloads = ["postfix"] if edits else []
        if state.get(_TIMEOUT) is False and state[OVERRIDE] is None:
            edits.append(SetUcl(LOCAL, _TIMEOUT, "true"))
            reloads.append("rspamd")
        return Remedy(edits=tuple(edits), reloads=tuple(reloads))

    def advice(self, state: State) -> str:
        """What beats the file that an apply writes."""
        if state.get(OVERRIDE) is not None:
            return f"{OVERRIDE} assigns {_TIMEOUT}, which beats local.d: change it there."
        return ""


def _seconds(value: str) -> int:
    """A time of Postfix in seconds; one that Postfix could not read either has no time to spare."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    number, unit = (value[:-1], value[-1]) if value[-1:] in units else (value, "s")
    return int(number) * units[unit] if number.isdigit() else 0
