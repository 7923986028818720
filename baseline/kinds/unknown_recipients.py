"""Kind `unknown_recipients`: mail for nobody is refused at RCPT, and never bounced later."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import DropOverride, Edit, SetParameter
from baseline.errors import CannotTell
from baseline.formats.postfix import POSTFIX_FILES
from baseline.formats.restrictions import reached
from baseline.judge import AtLeast, Equal, OneOf, Wants
from baseline.kinds.base import ByHand, Control, Loosens
from baseline.model import State, Target
from baseline.model.looks import Parts, also_unread
from baseline.model.probes import Said, ServerReply, Talk, View
from baseline.readings.answers import ask, shorten, text
from baseline.readings.exemptions import Exempt, Exemptions
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.smtpd_services import SmtpdServices
from baseline.readings.vantage import address_of
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

CATCH_ALLS = script("baseline.kinds", "unknown_recipients")

_SWITCH = "smtpd_reject_unlisted_recipient"
_TRIED = "reject_unverified_recipient"
_LOCAL = "local_recipient_maps"
_LOCAL_DEFAULT = "proxy:unix:passwd.byname $alias_maps"
_CODES = (
    "unknown_local_recipient_reject_code",
    "unknown_virtual_mailbox_reject_code",
    "unknown_virtual_alias_reject_code",
    "unknown_relay_recipient_reject_code",
)
_CLASSES = {
    "local": ("mydestination", _LOCAL),
    "virtual": ("virtual_mailbox_domains", "virtual_mailbox_maps"),
    "relay": ("relay_domains", "relay_recipient_maps"),
}
MOST_DOMAINS = 5
"""How many domains are tried from outside: more attempts from one client look like harvesting to the host."""


class UnknownRecipients(Control):
    """Postfix knows every recipient of its domains, and refuses the others while the sender is connected.

    Mail that is accepted for nobody becomes a bounce to whoever the envelope names (backscatter).

    Looked at: `smtpd_reject_unlisted_recipient`, overrides included; for each class of domains that is in use, that
    the map of its recipients is named: an empty `local_recipient_maps`, `virtual_mailbox_maps` or
    `relay_recipient_maps` takes everybody (for relayed domains `reject_unverified_recipient` will do as well); that
    nothing catches all (`luser_relay`, keys such as `@example.org` in maps that can be listed, a map `static:`, which
    answers whatever it is asked); and that the reply codes are 5xx: a 4xx, which has every sender try for days, warns.

    And as seen from outside, for the first domains of the host: a local part that nobody has is refused, and each of
    `addresses` is accepted. The dialogue ends after RCPT, with the empty sender: nothing is delivered. An answer of 4xx
    (greylisting, a limit) or of 5.7 (a client that is not let in) says nothing of the recipient, and is unknown; to
    nobody, only where no recipient is accepted.

    Applied: the switch, `local_recipient_maps` as Postfix has it by default, `luser_relay` empty, 550 for the codes.
    Maps of virtual and relayed recipients, and keys that catch all, are for a person. What can go wrong: mail that
    luser_relay collected so far is refused from then on. Sources: RFC 5321 3.3, 4.5.1; RFC 2142;
    LOCAL_RECIPIENT_README, ADDRESS_CLASS_README.
    """

    summary: ClassVar[str] = "Mail for nobody is refused at RCPT, and never bounced later."
    nothing_to_judge: ClassVar[str] = "the inventory gives this host no mail domain, or not the role mta"
    shows: ClassVar[tuple[str, ...]] = ("nobody at *", "address *")
    loosens: ClassVar[Loosens] = {"addresses": "lower"}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in("postfix", _SWITCH, "luser_relay", *_CODES)
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because what accepts unknown recipients is what is judged",
        notice="Mail to addresses that do not exist is refused, and its sender is told.",
    )
    by_hand: ClassVar[ByHand] = {
        "catch-all addresses": "Take {found} out of the alias maps, and name every recipient instead.",
        "address *": "Give {rest} a mailbox or an alias.",
    }

    kind: Literal["unknown_recipients"]
    addresses: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]+$")], ...],
        Field(description="Local parts that every domain has to accept."),
    ] = ("postmaster",)

    def expected(self, target: Target) -> Wants:
        """Recipients are known, and the host acts on it."""
        if "mta" not in target.roles or not target.domains:
            return {}
        return {
            f"{_SWITCH}*": Equal("yes"),
            "recipients known of *": Equal("yes"),
            "luser_relay": Equal("none"),
            "catch-all addresses": Equal("none"),
            "unknown_*": AtLeast(500, floor=400),
            "nobody at *": OneOf(("refused",), warn=("put off",)),
            "address *": Equal("accepted"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The switch, the maps, what catches all, and the codes."""
        if not self.expected(target):
            return {}
        smtpd = SmtpdServices(host)
        exemptions = Exemptions(host, target, smtpd.effective)
        (listed,) = ask(host, CATCH_ALLS)
        state = Parts({_SWITCH: smtpd.effective("", _SWITCH)})
        for one in smtpd.public:
            if smtpd.written(_SWITCH, one) is not None:
                state[f"{_SWITCH} in {one}"] = smtpd.effective(one, _SWITCH)
        unread: list[str] = []
        verified = [_verified(smtpd, one, exemptions) for one in smtpd.public if not smtpd.closed(one)]
        for name, (domains, maps) in _CLASSES.items():
            if smtpd.effective("", domains):
                named, relayed = smtpd.effective("", maps), name == "relay"
                known = named or (relayed and not any(one.everybody for one in verified))
                state[f"recipients known of {name} domains"] = "yes" if known else "no"
                unread += [one.unread for one in verified if one.unread] if relayed and known and not named else []
        state["luser_relay"] = smtpd.effective("", "luser_relay") or "none"
        with state.part():
            keys = text(listed).split()
            state["catch-all addresses"] = " ".join(keys[:5]) or "none"
        for name in _CODES:
            code = smtpd.effective("", name)
            state[name] = int(code) if code.isdigit() else code
        return also_unread(state, unread)

    def outside(self, view: View, state: State, target: Target) -> State:
        """What is answered for nobody, and for the addresses that have to be there."""
        del state
        address = address_of(target)
        talks = {one: self._talk(address, one) for one in target.domains[:MOST_DOMAINS]}
        view.ahead(*talks.values())
        found = Parts()
        untold: list[str] = []
        for domain, talk in talks.items():
            with found.part():
                nobody, *others = _answers(view.see(talk), 1 + len(self.addresses))
                if any(_word(one) == "accepted" for one in (nobody, *others)) or _word(nobody) == "refused":
                    found[f"nobody at {domain}"] = _word(nobody).replace(_CLIENT, "refused")
                else:
                    untold.append(f"recipients at {domain} are {_word(nobody)}: {nobody.code} {shorten(nobody.text)}")
                for name, reply in zip(self.addresses, others, strict=True):
                    if _word(reply) in ("accepted", "refused"):
                        code = f"not accepted ({reply.code})"
                        found[f"address {name}@{domain}"] = "accepted" if _word(reply) == "accepted" else code
                    else:
                        untold.append(f"{name}@{domain} is {_word(reply)}: {reply.code} {shorten(reply.text)}")
        return also_unread(found, untold[:1])

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Switch, local map, luser_relay and codes; None where what is left is as bad."""
        local = "recipients known of local domains"
        edits: list[Edit] = []
        if state[_SWITCH] != "yes":
            edits.append(SetParameter(_SWITCH, "yes"))
        for key, value in state.items():
            if key.startswith(f"{_SWITCH} in ") and value != "yes":
                edits.append(DropOverride(key.removeprefix(f"{_SWITCH} in "), _SWITCH))
        if state.get(local) == "no":
            edits.append(SetParameter(_LOCAL, _LOCAL_DEFAULT))
        if state["luser_relay"] != "none":
            edits.append(SetParameter("luser_relay", ""))
        edits += [SetParameter(name, "550") for name in _CODES if AtLeast(500).judge(state[name]) != "pass"]

        def by_hand(key: str) -> bool:
            if key.startswith("nobody at "):
                # What is accepted is taken to follow from the settings, where these are wrong.
                return not edits
            known = key.startswith("recipients known of ") and key != local
            return known or key == "catch-all addresses" or key.startswith("address ")

        if not edits or not helps(self.expected(target), state, by_hand):
            return None
        return Remedy(edits=tuple(edits), reloads=("postfix",))

    def advice(self, state: State) -> str:
        """What a person can do."""
        del state
        return "Name every recipient in the map of its class of domains."

    def _talk(self, address: str, domain: str) -> Talk:
        # Looks random, and is the same at every look, as a kind has to be.
        nobody = f"x{hashlib.sha256(f'nobody at {domain}'.encode()).hexdigest()[:20]}"
        recipients = (nobody, *self.addresses)
        return Talk(address, 25, commands=("MAIL FROM:<>", *(f"RCPT TO:<{one}@{domain}>" for one in recipients)))


def _verified(smtpd: SmtpdServices, service: str, exemptions: Exemptions) -> Exempt:
    """Whether everybody gets past the rule that tries recipients out; where no list has it, everybody does."""
    places = [(rules, _TRIED) for rules in smtpd.all_rules(service) if reached(rules, _TRIED)]
    return exemptions.all_before(service, places) if places else Exempt("no rule")


_CLIENT = "refused for the client's sake"


def _word(reply: ServerReply) -> str:
    """What a reply says of a recipient. One of 5.7 is about who asks, as that of a block list (RFC 3463, X.7)."""
    if reply.code[0] != "5":
        return "accepted" if reply.code[0] == "2" else "put off"
    return _CLIENT if re.match(r"5\.7\.", reply.text) else "refused"


def _answers(said: Said, wanted: int) -> list[ServerReply]:
    """The replies to the recipients. Raises `CannotTell` when it did not come to all of them."""
    if said.trouble:
        raise CannotTell(f"no recipient could be tried: {said.trouble}")
    if not said.replies or said.replies[0].code != "250":
        answer = f"{said.replies[0].code} {shorten(said.replies[0].text)}" if said.replies else said.ended
        raise CannotTell(f"no recipient could be tried: MAIL FROM was answered {answer or said.greeting}")
    found = list(said.replies[1:])
    if len(found) < wanted or not all(re.fullmatch(r"[245][0-9]{2}", reply.code) for reply in found):
        raise CannotTell(f"the dialogue ended after {len(found)} of {wanted} recipients: {said.ended}")
    return found
