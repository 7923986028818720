"""Kind `smtp_smuggling`: a message ends where the protocol says, and commands come in turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from baseline.edits import Edit
from baseline.formats import postfix
from baseline.formats.postfix import POSTFIX_FILES, restriction_tokens
from baseline.judge import Equal, OneOf, Wants
from baseline.kinds.base import ByHand, Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.model.looks import also_unread
from baseline.readings.answers import ask, text
from baseline.readings.exemptions import NOT_EVERYBODY, Exempt, Exemptions, told, unread
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.postfix import Postfix
from baseline.readings.smtpd_lists import placed
from baseline.readings.smtpd_services import LOOPBACK
from baseline.remedies.postfix_wishes import Wish, edits_of, lacking, state_of, wants_of
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

_LIST = "smtpd_data_restrictions"
_EXCLUDED = "smtpd_forbid_bare_newline_exclusions"
_RULE = "reject_unauth_pipelining"
_RAW = (f"postconf {_LIST}", "postconf -P")


class SmtpSmuggling(Control):
    """Line ends and the order of commands are held to, so that no message can hide another one.

    A server that takes a bare newline for the end of a line ends the message at `\\n.\\n`, where the server before it
    saw only text: what follows is then taken for a message of its own, with whatever sender it names. Looked at:
    smtpd_forbid_bare_newline (`normalize`, `yes` and `reject` pass; `note` only writes it down),
    smtpd_forbid_unauth_pipelining, and that smtpd_data_restrictions refuses commands that come before their turn;
    overrides of master.cf included. Debian 12 ships Postfix with all of them off. And that everybody is exempt neither
    by smtpd_forbid_bare_newline_exclusions nor by a rule before the one in smtpd_data_restrictions.

    Applied: `normalize`, `yes`, and the rule at the beginning of the list, which else stays as it is. Networks in
    smtpd_forbid_bare_newline_exclusions, by default mynetworks, may still send bare newlines. What can go wrong: a
    device that sends them from elsewhere has its mail cut or refused: exclude its address. Sources: RFC 5321 sections
    2.3.8 and 4.1.1.4, postconf(5), www.postfix.org/smtp-smuggling.html.
    """

    summary: ClassVar[str] = "No message can hide another one behind bare newlines or commands out of turn."
    loosens: ClassVar[Loosens] = {}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "postfix",
        "smtpd_forbid_bare_newline",
        "smtpd_forbid_unauth_pipelining",
        also={"commands before their turn": "smtpd_data_restrictions"},
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the rule is added and the site's stay",
        notice="Programs that break the rules of SMTP when they send are refused.",
    )
    by_hand: ClassVar[ByHand] = {
        "exempt in *": "Narrow or take out what lets everybody pass at {rest}: {by}.",
    }

    kind: Literal["smtp_smuggling"]

    @property
    def _wishes(self) -> tuple[Wish, ...]:
        return (
            Wish("smtpd_forbid_bare_newline", OneOf(("normalize", "yes", "reject")), "normalize"),
            Wish("smtpd_forbid_unauth_pipelining", Equal("yes"), "yes"),
        )

    def expected(self, target: Target) -> Wants:
        """Both parameters on, and the rule in every list that is evaluated."""
        del target
        refused = Equal("refused")
        return {
            **wants_of(self._wishes),
            "commands before their turn": refused,
            "commands before their turn at *": refused,
            "exempt in *": Equal(NOT_EVERYBODY),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The parameters, and the list as smtpd evaluates it and as it is written."""
        view = Postfix(host)

        def effective(service: str, name: str) -> str:
            return view.overrides(name).get(service, view.setting(name) or "")

        exemptions = Exemptions(host, target, effective)
        raw, raw_overrides = ask(host, *_RAW)
        state: dict[str, Scalar] = dict(state_of(self._wishes, view, ("smtpd",)))
        state["commands before their turn"] = _refused(view.setting(_LIST) or "")
        state[_LIST] = postfix.parse_parameters(text(raw)).get(_LIST, "")
        written = postfix.parse_overrides(text(raw_overrides))
        services = view.services("smtpd")
        for service, value in view.overrides(_LIST).items():
            if service in services:
                state[f"commands before their turn at {service}"] = _refused(value)
                state[f"{_LIST} in {service}"] = written.get(service, {}).get(_LIST, value)
        exempt: dict[str, Exempt] = {}
        for service in [one for one in services if not LOOPBACK.match(one)]:
            rules = restriction_tokens(effective(service, _LIST))
            bare = exemptions.clients(service, _EXCLUDED)
            exempt[service] = bare | (exemptions.before(service, rules, _RULE) if _RULE in rules else Exempt())
        return also_unread({**state, **told(exempt)}, unread(exempt))

    def reads(self, target: Target) -> tuple[str, ...]:
        """The two files of Postfix."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The parameters, and the rule first in each list that lacks it; None for a Postfix that lacks a parameter."""
        del target
        if lacking(self._wishes, state) or _swallowed(state):
            return None
        edits: list[Edit] = edits_of(self._wishes, state)
        edits += placed(_LIST, state, _RULE, "before_permits")
        return Remedy(edits=tuple(edits), reloads=("postfix",)) if edits else None

    def advice(self, state: State) -> str:
        """Upgrade, where this Postfix knows no defence."""
        return lacking(self._wishes, state)


def _swallowed(state: State) -> bool:
    return any(key.startswith("exempt in ") and value != NOT_EVERYBODY for key, value in state.items())


def _refused(value: str) -> str:
    """Whether a list refuses before anything in it permits."""
    for rule in restriction_tokens(value):
        if rule == _RULE:
            return "refused"
        if rule.startswith("permit"):
            return f"taken after {rule}"
    return "taken"
