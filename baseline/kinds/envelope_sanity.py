"""Kind `envelope_sanity`: clients say who they are, senders are addresses, and users send as themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import DropOverride, Edit, PlaceRule, PutFile, SetParameter
from baseline.formats.postfix import POSTFIX_FILES
from baseline.formats.restrictions import reached
from baseline.judge import Equal, OneOf, Want, Wants
from baseline.kinds.base import AbsolutePath, ByHand, Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts, also_unread
from baseline.readings.answers import ask, decoded, text
from baseline.readings.exemptions import NOT_EVERYBODY, Exempt, Exemptions, told, unread
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.smtpd_services import SmtpdServices
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.host import Host

LOGINS = "doveadm user '*' | awk '/@/ { with = 1; next } { bare = 1 } END { print with + 0, bare + 0 }'"
"""Whether there are logins with a domain, and whether there are some without: `1 0` is what an owner can be told by."""

_HELO = "smtpd_helo_restrictions"
_SENDER = "smtpd_sender_restrictions"
_MAPS = "smtpd_sender_login_maps"
_OWNERS = ("reject_authenticated_sender_login_mismatch", "reject_sender_login_mismatch")
_SWITCHES = ("smtpd_helo_required", "disable_vrfy_command", "smtpd_delay_reject")
_NONE = "none: strangers are refused"


class EnvelopeSanity(Control):
    """What clients say of themselves is held to form, and a user who logged in sends only from addresses of his own.

    Looked at, for every smtpd service that others can reach, with its overrides and with restriction classes replaced
    by their rules: `smtpd_helo_required` and `disable_vrfy_command`; that each rule in `helo_rules` and
    `sender_rules` stands in one of its lists where nothing before it decides for everybody; and for services where
    users log in, that `reject_authenticated_sender_login_mismatch` or `reject_sender_login_mismatch` comes before
    anything lets them pass, with `smtpd_sender_login_maps` to say who owns what. A service that refuses all strangers,
    as one for submission does, needs no HELO rules: programs of users say odd names there.
    `smtpd_delay_reject` has to be yes, or the rules are asked before a user could log in. `exempt in SERVICE` fails
    where everybody is let pass before a rule: by permit_mynetworks with networks that are everybody, or by a table.

    Applied: the switches; the rules in smtpd_helo_restrictions and smtpd_sender_restrictions, behind permit_mynetworks
    and, for HELO, permit_sasl_authenticated; other rules there stay. Ownership comes before what lets users pass. Where
    no map of owners is named, one in which every address belongs to the login of the same name (an extension behind
    `+` does not count), but only where every login of Dovecot has a domain and there are no virtual aliases: else it
    would keep users from sending under their aliases, and the map is for a person to name.

    What can go wrong: an application that sends under many addresses with one login is refused with 553; give it a map
    of its own. `reject_unknown_helo_hostname` is not among the rules, since many honest senders fail it. With
    smtpd_delay_reject, a refused HELO is told at RCPT. Sources: RFC 5321 2.3.5, 4.1.1.1; RFC 6409 6.1; postconf(5).
    """

    summary: ClassVar[str] = "Clients say who they are, senders are addresses, and users send as themselves."
    nothing_to_judge: ClassVar[str] = "the inventory does not give this host the role mta: no mail comes in by SMTP"
    loosens: ClassVar[Loosens] = {
        "helo_rules": "lower",
        "sender_rules": "lower",
        "sender_ownership": "change",
    }
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "postfix", *_SWITCHES, also={"owners asked": "smtpd_sender_login_maps"}
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because rules are added and the site's stay; its own smtpd_sender_login_maps are kept",
        notice="Mail with a broken envelope is refused; where the plan asks for the owners of senders, users "
        "send in their own name alone.",
    )
    by_hand: ClassVar[ByHand] = {
        "exempt in *": "Narrow or take out what lets everybody pass at {rest}: {by}.",
    }

    kind: Literal["envelope_sanity"]
    helo_rules: Annotated[
        tuple[Annotated[str, Field(pattern=r"^reject_[a-z_]*helo[a-z_]*$")], ...],
        Field(description="Restrictions of Postfix on HELO that have to stand in a list."),
    ] = (
        "reject_invalid_helo_hostname",
        "reject_non_fqdn_helo_hostname",
    )
    sender_rules: Annotated[
        tuple[Annotated[str, Field(pattern=r"^reject_[a-z_]*sender[a-z_]*$")], ...],
        Field(description="Restrictions of Postfix on senders that have to stand in a list."),
    ] = (
        "reject_non_fqdn_sender",
        "reject_unknown_sender_domain",
    )
    sender_ownership: Annotated[bool, Field(description="Whether users may send from their own addresses only.")] = True
    map_file: Annotated[AbsolutePath, Field(description="The map of owners that an apply writes.")] = (
        "/etc/postfix/baseline-sender-logins"
    )

    def expected(self, target: Target) -> Wants:
        """The switches on, and no rule missing."""
        if "mta" not in target.roles:
            return {}
        wants: dict[str, Want] = {f"{name}*": Equal("yes") for name in _SWITCHES}
        wants["rules missing in *"] = OneOf(("nothing", _NONE))
        wants["exempt in *"] = Equal(NOT_EVERYBODY)
        if self.sender_ownership:
            wants["owners asked in *"] = Equal("yes")
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """Switches and rules by service, as written and as they come to act."""
        if "mta" not in target.roles:
            return {}
        smtpd = SmtpdServices(host)
        exemptions = Exemptions(host, target, smtpd.effective)
        logins, mine = ask(host, LOGINS, f"[ ! -e {self.map_file} ] || cat {self.map_file}")
        state = Parts()
        for name in _SWITCHES:
            state[name] = smtpd.effective("", name)
            overridden = [one for one in smtpd.public if smtpd.written(name, one) is not None]
            state |= {f"{name} in {one}": smtpd.effective(one, name) for one in overridden}
        for one in smtpd.public:
            state[f"rules missing in {one}"] = self._missing(smtpd, one)
            if smtpd.offers_auth(one) and self.sender_ownership:
                state[f"owners asked in {one}"] = self._owned(smtpd, one)
        state |= {**_lists(smtpd, _HELO), **_lists(smtpd, _SENDER), **_lists(smtpd, _MAPS)}
        state["logins have a domain"] = decoded(logins.stdout_bytes).split() == ["1", "0"]
        state["virtual aliases"] = smtpd.effective("", "virtual_alias_maps") or None
        with state.part():
            state["map as rendered"] = text(mine) == self._map
        exempt = {one: self._exempt(smtpd, one, exemptions) for one in smtpd.public}
        state |= told(exempt)
        return also_unread(state, unread(exempt))

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files, and the map of owners."""
        del target
        return (*POSTFIX_FILES, self.map_file)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Switches, rules, and the map where it is safe; None where what is left is as bad."""
        owners = bool(self._lacking(state, "owners asked in ", "yes"))
        safe = bool(state["logins have a domain"]) and state["virtual aliases"] is None
        named = any(value for key, value in state.items() if key.startswith(_MAPS))
        by_hand = owners and not (named or safe)
        hard = ("exempt in ", "owners asked in ") if by_hand else ("exempt in ",)
        if not helps(self.expected(target), state, lambda key: key.startswith(hard)):
            return None
        edits: list[Edit] = []
        for name in _SWITCHES:
            edits += [DropOverride(one, name) for one in self._lacking(state, f"{name} in ", "yes")]
            edits += [SetParameter(name, "yes")] if state[name] != "yes" else []
        edits += self._placed(state)
        if owners and not by_hand:
            places = self._places(state, _SENDER, self._lacking(state, "owners asked in ", "yes"))
            edits += [PlaceRule(_SENDER, _OWNERS[0], "before_permits", one) for one in places]
            if not named:
                edits += [PutFile(self.map_file, self._map), SetParameter(_MAPS, f"regexp:{self.map_file}")]
        return Remedy(edits=tuple(edits), reloads=("postfix",)) if edits else None

    def advice(self, state: State) -> str:
        """What a person has to know: who owns which address."""
        del state
        return (
            "Name in smtpd_sender_login_maps who may send from which address: the alias map itself where its right "
            "side names logins. Then apply again."
        )

    @property
    def _map(self) -> str:
        return render("postfix/sender-logins.j2")

    def _missing(self, smtpd: SmtpdServices, service: str) -> str:
        """The rules that no list of a service comes to ask of strangers."""
        if smtpd.closed(service):
            return _NONE
        lists = smtpd.all_rules(service)
        wanted = (*self.helo_rules, *self.sender_rules)
        missing = [rule for rule in wanted if not any(reached(rules, rule) for rules in lists)]
        return ", ".join(missing) or "nothing"

    def _owned(self, smtpd: SmtpdServices, service: str) -> str:
        asked = any(_before_permit(rules) for rules in smtpd.all_rules(service))
        if not asked:
            return "no"
        return "yes" if smtpd.effective(service, _MAPS) else f"no, {_MAPS} is empty"

    def _exempt(self, smtpd: SmtpdServices, service: str, exemptions: Exemptions) -> Exempt:
        """Whether everybody is let pass before one of the rules, in each of the lists that ask it."""
        lists = smtpd.all_rules(service)
        strangers = (*self.helo_rules, *self.sender_rules)
        asked = [[(rules, one) for rules in lists if reached(rules, one)] for one in strangers]
        if smtpd.closed(service):
            asked = [smtpd.closing(service)]
        if smtpd.offers_auth(service) and self.sender_ownership:
            asked.append([(rules, one) for one in _OWNERS for rules in lists if reached(rules, one)])
        found = Exempt()
        for places in asked:
            found |= exemptions.all_before(service, places)
        return found

    def _placed(self, state: State) -> list[Edit]:
        """The rules that strangers are held to, in every list that a service which lacks them asks."""
        edits: list[Edit] = []
        lacking = {
            key.removeprefix("rules missing in "): str(value).split(", ")
            for key, value in state.items()
            if key.startswith("rules missing in ") and value not in ("nothing", _NONE)
        }
        own = {_HELO: ("permit_mynetworks", "permit_sasl_authenticated"), _SENDER: ("permit_mynetworks",)}
        for name, rules in ((_HELO, self.helo_rules), (_SENDER, self.sender_rules)):
            services = [one for one, missing in lacking.items() if set(missing) & set(rules)]
            for place in self._places(state, name, services):
                edits += [PlaceRule(name, rule, "before_end", place) for rule in (*own[name], *rules)]
        return edits

    def _places(self, state: State, name: str, services: Iterable[str]) -> list[str]:
        """Where the list of each service is written: its own override, or main.cf (empty)."""
        return list(dict.fromkeys(one if f"{name} in {one}" in state else "" for one in services))

    def _lacking(self, state: State, prefix: str, wanted: str) -> list[str]:
        return [key.removeprefix(prefix) for key, value in state.items() if key.startswith(prefix) and value != wanted]


def _lists(smtpd: SmtpdServices, name: str) -> dict[str, Scalar]:
    return dict(smtpd.written_all(name))


def _before_permit(rules: Iterable[str]) -> bool:
    """Whether a list asks for the owner of the sender before it lets a user who logged in pass."""
    for rule in rules:
        if rule in _OWNERS:
            return True
        if rule in ("permit_sasl_authenticated", "permit_mynetworks", "permit", "reject", "defer"):
            return False
    return False
