"""Kind `open_relay`: strangers cannot send through this host to anywhere else."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from baseline.edits import DropOverride, Edit, SetParameter
from baseline.errors import CannotTell
from baseline.formats.networks import IPNetwork, Network, everybody, parse_network, plain, public, split_list, within
from baseline.formats.postfix import POSTFIX_FILES
from baseline.formats.restrictions import Decision, for_stranger
from baseline.judge import Advised, Equal, OneOf, Wants
from baseline.kinds.base import ByHand, Control, Line, Loosens
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts, also_unread
from baseline.model.probes import View
from baseline.readings.answers import ask
from baseline.readings.exemptions import MYNETWORKS, NOT_EVERYBODY, Exempt, Exemptions, told, unread
from baseline.readings.mynetworks import NETWORKS, networks
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.relay_attempts import answers, attempts
from baseline.readings.smtpd_services import SmtpdServices
from baseline.readings.vantage import CLIENT, own_address, trusted
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

RELAY = "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"
_LIST = "smtpd_relay_restrictions"
_VANTAGE = "the look is from inside"
_OWN = "the host itself"
_DECLARED = "declared"
_WIDE = "declared, and wide"
_EVERYBODY = "everybody"
_PUBLIC = "public, not declared"
_PRIVATE = "private, not declared"


def _network(text: str) -> str:
    ipaddress.ip_network(text)
    return text


class OpenRelay(Control):
    """No service of the host takes mail from strangers for domains that are not its own.

    Looked at, rule by rule, for every smtpd service that others can reach and with its overrides: which rule of its
    lists first decides about a client outside mynetworks, not logged in, with a recipient elsewhere. `strangers at
    SERVICE` is `refused` where one list refuses them for certain; each list is evaluated on its own, so a `permit` in
    smtpd_recipient_restrictions does no harm behind smtpd_relay_restrictions that refuse. `perhaps, by RULE` warns: a
    rule before the refusal may let them pass by what they say of themselves (check_sender_access and its like, policy
    services). Then the networks that Postfix trusts, tables in files included: loopback and the host's own addresses,
    those in `trusted_networks` and the inventory's `outbound` are fine; a private network that is not declared warns,
    since behind NAT, a proxy or a container's bridge strangers come from one; a public one that is not declared fails,
    as does one wider than `max_prefix`, with a warning, even when it is declared.

    And as seen from outside: a dialogue on port 25 that names recipients elsewhere in six forms (plain, behind %, in
    quotes, with a source route, with !, and from a sender of this host) has to be refused at RCPT: with 5xx, or with a
    4xx that says that relaying is denied. DATA is never sent, so nothing is ever relayed. A recipient put off by
    another 4xx (greylisting, a limit) is unknown, as is a client or sender that is refused before, and an accepted
    recipient when the look comes from mynetworks. Accepted from anywhere else fails, whatever the settings say: then
    something between turns strangers into trusted clients.

    Applied: smtpd_relay_restrictions in main.cf, overrides that let strangers pass taken out, and public networks that
    are not declared taken out of mynetworks. Look at the plan: a machine of yours in such a network can no longer send
    without a login; name it in `trusted_networks` if that is meant. Networks in tables are for a person.

    Sources: RFC 2505 2.1, RFC 5068; SMTPD_ACCESS_README, postconf(5) mynetworks.
    """

    summary: ClassVar[str] = "Strangers cannot send through this host to anywhere else."
    nothing_to_judge: ClassVar[str] = "the inventory does not give this host the role mta: no mail comes in by SMTP"
    shows: ClassVar[tuple[str, ...]] = ("attempt *",)
    loosens: ClassVar[Loosens] = {
        "trusted_networks": "higher",
        "max_prefix_v4": "lower",
        "max_prefix_v6": "lower",
    }
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in("postfix", also={"strangers": "smtpd_relay_restrictions"})
    effects: ClassVar[Effects | None] = Effects(
        displaces="rules of the site's own in smtpd_relay_restrictions, which is set anew",
        notice="Hosts that are not declared can no longer send through this one to elsewhere without a login.",
    )
    by_hand: ClassVar[ByHand] = {
        "network *": (
            "Name {rest} in `trusted_networks` if it may send without a login; else take it out of mynetworks."
        ),
        "exempt in *": "Narrow or take out what lets everybody pass at {rest}: {by}.",
        "doubts at *": "Put reject_unauth_destination before {found} at {rest}.",
    }

    kind: Literal["open_relay"]
    trusted_networks: Annotated[
        tuple[Annotated[str, AfterValidator(_network)], ...],
        Field(
            description="Networks whose machines may send through the host without a login.",
            examples=[["192.0.2.0/24"]],
        ),
    ] = ()
    max_prefix_v4: Annotated[int, Field(ge=8, le=32, description="A wider network warns.")] = 16
    max_prefix_v6: Annotated[int, Field(ge=16, le=128, description="A wider network warns.")] = 48
    foreign: Annotated[
        Line, Field(pattern=r"^[a-z0-9.-]+$", description="A domain that is not the host's, to be relayed to.")
    ] = "example.org"

    def expected(self, target: Target) -> Wants:
        """Strangers refused by every service, bounded networks, and every attempt refused."""
        if "mta" not in target.roles:
            return {}
        return {
            "strangers at *": Equal("refused"),
            "doubts at *": Advised(Equal("none")),
            "exempt in *": Equal(NOT_EVERYBODY),
            "network *": OneOf((_OWN, _DECLARED), warn=(_PRIVATE, _WIDE)),
            "attempt *": Equal("refused"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The deciding rule of every service, and every network that is trusted."""
        if not self.expected(target):
            return {}
        smtpd = SmtpdServices(host)
        exemptions = Exemptions(host, target, smtpd.effective)
        client, listed = ask(host, CLIENT, NETWORKS)
        state = Parts()
        doubtful: list[str] = []
        exempt: dict[str, Exempt] = {}
        for one in smtpd.public:
            decisions, hidden = _decisions(smtpd, one, exemptions)
            word, doubts = _decision(decisions)
            state[f"strangers at {one}"], state[f"doubts at {one}"] = word, doubts
            doubtful += [f"{one}: {why}" for why in hidden]
            exempt[one] = exemptions.clients(one, MYNETWORKS)
            if smtpd.written(MYNETWORKS, one) is not None:
                doubtful.append(f"{one} has mynetworks of its own in master.cf: look at them by hand")
        state |= {**smtpd.written_all(_LIST), "mynetworks": smtpd.effective("", MYNETWORKS)}
        with state.part():
            found = networks(smtpd, listed)
            for network in found:
                if not network.excluded:
                    state[f"network {network}"] = self._trust(plain(network.network), target)
            state[_VANTAGE] = trusted(client, target, found) or None
        if not any(_undeclared(key, value) for key, value in state.items()):
            state |= told(exempt)
        return also_unread(state, [*doubtful, *unread(exempt)])

    def outside(self, view: View, state: State, target: Target) -> State:
        """What was answered to each recipient that would have to be relayed to."""
        if not self.expected(target):
            return {}
        # A relay has no mail domain of its own, but a name, in which the forms can be written as well.
        domain = target.domains[0] if target.domains else target.fqdn
        tried = attempts(own_address(target), domain, self.foreign)
        view.ahead(*tried)
        found: dict[str, Scalar] = {}
        for talk, forms in tried.items():
            found |= {f"attempt {form}": word for form, word in zip(forms, answers(view.see(talk), forms), strict=True)}
        accepted = any(answer == "accepted" for answer in found.values())
        if accepted and not _open(state) and state.get(_VANTAGE):
            raise CannotTell(f"mail to elsewhere was accepted, but {state[_VANTAGE]}")
        waiting = [key for key, answer in found.items() if answer == "put off"]
        if waiting and not accepted and not _open(state):
            raise CannotTell(f"{waiting[0]} and {len(waiting) - 1} more were put off, as by greylisting: try again")
        return {key: answer for key, answer in found.items() if key not in waiting}

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The standard relay restrictions, and no public network that is not declared; None where that is not it."""
        words, tables = split_list(str(state["mynetworks"]))
        doomed = {key.removeprefix("network ") for key, value in state.items() if _undeclared(key, value)}
        kept = [word for word in words if str(_parsed(word)) not in doomed]
        in_tables = doomed - {str(_parsed(word)) for word in words}
        open_at = [key.removeprefix("strangers at ") for key, value in state.items() if _lets(key, value)]
        # What is accepted is taken to follow from the settings, where these are open.
        follows = bool(open_at or doomed)

        def by_hand(key: str) -> bool:
            name = key.removeprefix("network ")
            return (
                key.startswith("doubts at ")
                or key.startswith("exempt in ")
                or (key.startswith("attempt ") and not follows)
                or (key.startswith("network ") and (name in in_tables or name not in doomed))
            )

        if not helps(self.expected(target), state, by_hand):
            return None
        edits: list[Edit] = [DropOverride(one, _LIST) for one in open_at]
        if open_at:
            edits.append(SetParameter(_LIST, RELAY))
        if doomed - in_tables:
            edits.append(SetParameter("mynetworks", " ".join([*kept, *tables])))
        return Remedy(edits=tuple(edits), reloads=("postfix",)) if edits else None

    def advice(self, state: State) -> str:
        """What a person can do."""
        if not _open(state) and any(value == "accepted" for value in state.values()):
            return "Find what makes strangers appear as trusted clients: NAT, a proxy, a bridge."
        return "Put reject_unauth_destination before the rules that let mail pass by what the client says."

    def _trust(self, network: IPNetwork, target: Target) -> str:
        if network.is_loopback:
            return _OWN
        own = [ipaddress.ip_network(one) for one in (*target.outbound, target.address) if _is_address(one)]
        if within(network, own):
            return _OWN
        if everybody([Network(network)]):
            return _EVERYBODY
        if within(network, [ipaddress.ip_network(one) for one in self.trusted_networks]):
            widest = self.max_prefix_v4 if network.version == 4 else self.max_prefix_v6
            return _DECLARED if network.prefixlen >= widest else _WIDE
        return _PUBLIC if public(network) else _PRIVATE


def _decisions(smtpd: SmtpdServices, service: str, exemptions: Exemptions) -> tuple[list[Decision], list[str]]:
    """What each list makes of a stranger, and what could not be read where no list refuses them whatever it is."""
    decisions, hidden = [], []
    for rules in smtpd.all_rules(service):
        unknown: list[str] = []

        def lets_pass(rule: str, unknown: list[str] = unknown) -> str:
            # Strangers are outside mynetworks: whom that holds is judged by itself.
            found = Exempt() if rule == "permit_mynetworks" else exemptions.rule(service, rule, relayed=True)
            unknown.extend([found.unread] if found.unread and not found.everybody else [])
            return found.everybody

        decision = for_stranger(rules, lets_pass)
        if decision.word == "refused" and not decision.doubts and not unknown:
            return [decision], []
        decisions.append(decision)
        # What a client says of itself is a doubt already.
        hidden += [] if decision.doubts else unknown
    return decisions, hidden


def _decision(decisions: Sequence[Decision]) -> tuple[str, str]:
    """What the lists together make of a stranger, and the rules that leave a doubt."""
    sure = [one for one in decisions if one.word == "refused" and not one.doubts]
    if sure:
        return "refused", "none"
    refusing = [one for one in decisions if one.word == "refused"]
    if refusing:
        return "refused", "; ".join(refusing[0].doubts)
    letting = [one.rule for one in decisions if one.word == "permitted"]
    return f"not refused{f', {letting[0]}' if letting else ''}", "none"


def _open(state: State) -> bool:
    return any(
        _lets(key, value) or _undeclared(key, value) or (key.startswith("exempt in ") and value != NOT_EVERYBODY)
        for key, value in state.items()
    )


def _lets(key: str, value: Scalar) -> bool:
    return key.startswith("strangers at ") and value != "refused"


def _undeclared(key: str, value: Scalar) -> bool:
    return key.startswith("network ") and value in (_PUBLIC, _EVERYBODY)


def _parsed(word: str) -> Network | str:
    try:
        return parse_network(word)
    except ValueError:
        return word


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
