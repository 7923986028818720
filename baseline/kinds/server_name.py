"""Kind `server_name`: a mail host has one full name, and greets with it wherever it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import DropOverride, Edit, SetParameter
from baseline.errors import CannotTell
from baseline.formats import names
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import Advised, Equal, Want, Wants
from baseline.kinds.base import ByHand, Control, Line, Loosens
from baseline.model import State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Talk, View
from baseline.readings.dns import addresses, resolve
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.postfix import Postfix
from baseline.readings.vantage import address_of
from baseline.remedies.mending import faults, improves
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

_GREETING = "$myhostname ESMTP"
SAME = "myhostname"


class ServerName(Control):
    """The name that a mail host gives itself: a full one, with the host's address, and the same in every greeting.

    Looked at: `myhostname`, what Postfix says in HELO (`smtp_helo_name`) and in its greeting (`smtpd_banner`),
    overrides of master.cf included; what port 25 really greets with, seen from here; the addresses of the name; and
    the name in the PTR record of the address that the host sends from. A domain of virtual mailboxes that also stands
    in `mydestination` is a fail: Postfix delivers its mail to local users.

    Applied: `smtp_helo_name = $myhostname`, `smtpd_banner` beginning with `$myhostname`, and `myhostname` itself where
    it is no full name and the PTR record gives one that leads back. Anything else is for a person.

    What can go wrong: Debian takes `myhostname` from the name of the machine at installation, which may be a bare
    word. Certificates and SPF records name the host: change them along. How to read it: `greeting on port 25`
    is what a sender sees; where it differs from the setting, something stands between. Sources: RFC 5321 sections
    2.3.5, 4.1.1.1, 4.1.4 and 4.2; postconf(5).
    """

    summary: ClassVar[str] = "A mail host has one full name, and greets with it wherever it is seen."
    shows: ClassVar[tuple[str, ...]] = ("greeting on port 25", "the name has *", "name in PTR of *")
    loosens: ClassVar[Loosens] = {}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "postfix",
        "myhostname",
        also={
            "full name": "myhostname",
            "HELO": "smtp_helo_name",
            "greeting": "smtpd_banner",
            "virtual domains in mydestination": "mydestination",
        },
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the names that give way are the ones that are judged",
        notice="Nothing for users; the host greets by its full name.",
    )
    by_hand: ClassVar[ByHand] = {
        "virtual domains in mydestination": (
            "Take {found} out of mydestination in main.cf: it is a domain of virtual mailboxes."
        ),
    }

    kind: Literal["server_name"]
    banner: Annotated[
        Line, Field(pattern=r"^\$myhostname ESMTP", description="The greeting that is written where it has to change.")
    ] = _GREETING

    def expected(self, target: Target) -> Wants:
        """One name everywhere."""
        wants: dict[str, Want] = {
            "full name": Equal(value=True),
            "HELO in *": Equal(SAME),
            "greeting in *": Equal(SAME),
            "virtual domains in mydestination": Equal(None),
            "greeting on port 25": Equal(SAME),
        }
        for address in target.outbound:
            wants[f"the name has {address}"] = Equal(value=True)
            wants[f"name in PTR of {address}"] = Advised(Equal(SAME))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """Postfix's names."""
        del target
        postfix = Postfix(host)
        settings = postfix.settings()
        own = names.bare(settings.get("myhostname", ""))
        if not own:
            raise CannotTell("`postconf -x` names no myhostname")
        state = Parts({"myhostname": own, "full name": names.is_full(own)})
        helo, banner = settings.get("smtp_helo_name", ""), settings.get("smtpd_banner", "")
        state["HELO in main.cf"], state["greeting in main.cf"] = _as_name(helo, own), _greets(banner, own)
        with state.part():
            for service, value in postfix.overrides("smtp_helo_name").items():
                state[f"HELO in {service}"] = _as_name(value, own)
            for service, value in postfix.overrides("smtpd_banner").items():
                state[f"greeting in {service}"] = _greets(value, own)
        local = _words(settings.get("mydestination", ""))
        virtual = _words(settings.get("virtual_mailbox_domains", ""))
        state["virtual domains in mydestination"] = ", ".join(sorted(local & virtual)) or None
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's files."""
        del target
        return POSTFIX_FILES

    def assumed(self, target: Target) -> State:
        """The name that the inventory gives the host."""
        return {"myhostname": target.fqdn or target.name}

    def outside(self, view: View, state: State, target: Target) -> State:
        """What the world sees of the name."""
        own = str(state["myhostname"])
        address = address_of(target)
        talk = Talk(address, 25)
        view.ahead(talk)
        found = Parts()
        for one in target.outbound:
            with found.part():
                ours = addresses(view, own) if names.is_full(own) else ()
                found[f"the name has {one}"] = one in ours
                pointers = [names.bare(name) for name in resolve(view, names.reverse(one), "PTR").records]
                found[f"name in PTR of {one}"] = SAME if own in pointers else ", ".join(pointers) or None
                back = [name for name in pointers if one in addresses(view, name)]
                found[f"name that leads back to {one}"] = back[0] if len(back) == 1 else None
        with found.part():
            said = view.see(talk)
            if said.trouble:
                raise CannotTell(f"port 25 of {address} from here: {said.trouble}")
            found["greeting on port 25"] = _greets(said.greeting.removeprefix("220").lstrip(" -"), own)
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The settings that name the host otherwise."""
        wants = self.expected(target)
        wrong = faults(wants, state)
        edits: list[Edit] = []
        after = dict(state)
        if "full name" in wrong and target.fqdn:
            edits.append(SetParameter("myhostname", target.fqdn))
            after |= {"full name": True, **{f"the name has {one}": True for one in target.outbound}}
        for what, parameter, value in (
            ("HELO", "smtp_helo_name", "$myhostname"),
            ("greeting", "smtpd_banner", self.banner),
        ):
            for key in (key for key in wrong if key.startswith(f"{what} in ")):
                place = key.removeprefix(f"{what} in ")
                edits.append(
                    SetParameter(parameter, value) if place == "main.cf" else DropOverride(place, parameter),
                )
                after |= {key: SAME, "greeting on port 25": SAME}
        if not edits or not improves(wants, state, after):
            return None
        return Remedy(edits=tuple(edits), reloads=("postfix",))

    def advice(self, state: State) -> str:
        """Which names and addresses have to agree."""
        name = state.get("myhostname")
        if state.get("full name") is False:
            return f"Give the host its full name in the inventory (`fqdn`) in place of {name}, then apply."
        return f"Give {name} the address that the host sends from, and that address the PTR record {name}."


def _as_name(value: str, own: str) -> str:
    return SAME if names.bare(value) == own else value


def _greets(text: str, own: str) -> str:
    first = text.split()[0] if text.split() else ""
    return SAME if names.bare(first) == own else text or "nothing"


def _words(value: str) -> set[str]:
    """The domains of a list that is written out; tables are not looked into."""
    return {word.lower() for word in value.replace(",", " ").split() if ":" not in word and "/" not in word}
