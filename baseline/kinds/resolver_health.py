"""Kind `resolver_health`: a host's resolvers answer, Postfix uses them, and its own BIND does not serve the world."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import Edit
from baseline.errors import CannotTell
from baseline.formats import named, names
from baseline.judge import AtLeast, AtMost, Equal, OneOf, Want, Wants
from baseline.kinds.base import ByHand, Control, Line, Loosens
from baseline.model import Action, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Lookup, Records, View
from baseline.readings.answers import ask, shorten, text
from baseline.readings.dns import answered, no_answer
from baseline.readings.postfix import Postfix
from baseline.readings.vantage import address_of
from baseline.readings.zones import named_configuration
from baseline.remedies.mending import faults, helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.shell import script
from baseline.zone_edits import SetNamedOption

if TYPE_CHECKING:
    from testinfra.host import Host

OPTIONS = "/etc/bind/named.conf.options"
COPY = (
    "cat /etc/resolv.conf && echo '= copy' && cat \"$(postconf -hx queue_directory)/etc/resolv.conf\" 2>/dev/null || :"
)
ANSWERS = "answers"
CLOSED = "closed to strangers"
OPEN = "open to everybody"
_LIKE_ETC = "like /etc/resolv.conf"
_MENDED = ("Postfix's copy", "recursion")


class ResolverHealth(Control):
    """The resolvers that a mail host asks, as the host itself finds them; and its own name server, from outside.

    Without DNS a mail server neither sends nor knows spam. Looked at, on the host: the servers in /etc/resolv.conf,
    each asked for MX, TXT and A of a domain of the host and for the PTR record of its address, twice, of which the
    second is timed (up to three times more when it was slow, since a busy moment of the host is no slow resolver); and
    the copy of /etc/resolv.conf that Postfix's daemons see in their chroot. This is the one control where SERVFAIL and
    silence are faults: they are the host's own. Of a host of role dns: who may recurse
    (`allow-recursion`, else what stands in for it), and what its addresses answer to this machine about a name that
    is none of its own; without an answer, or with SERVFAIL, that is unknown.

    Applied: the copy in the chroot made anew; `allow-recursion { localhost; localnets; }` where everybody may
    recurse. Which resolvers to ask is for a person.

    What can go wrong: the copy is made when Postfix starts, so a change of /etc/resolv.conf leaves it stale: dig works,
    and mail stays in the queue. An open resolver is used to flood others, and its cache is poisoned. How to read it:
    `recursion from here` is a warning where this machine is in a network that may recurse, since then nothing follows
    for strangers. One resolver is enough where it is the host itself. Sources: RFC 5358 (BCP 140); RFC 1912; the BIND 9
    Reference Manual, allow-recursion; Postfix's chroot in Debian (README.Debian).
    """

    summary: ClassVar[str] = "A host's resolvers answer, Postfix uses them, and its own BIND does not serve the world."
    loosens: ClassVar[Loosens] = {
        "max_latency_ms": "higher",
        "min_resolvers": "lower",
        "probe_name": "change",
        "need_validation": "lower",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because allow-recursion gives way only where strangers may ask, which is what is judged",
        notice="Nothing; where the plan limits recursion, strangers can no longer resolve names here.",
    )
    by_hand: ClassVar[ByHand] = {
        "resolvers": "Name a resolver in /etc/resolv.conf, best one on the host itself.",
        "resolver *": "Take {rest} out of /etc/resolv.conf, or find out why it does not answer.",
        "latency of *": "Ask a nearer resolver than {rest}, best one on the host itself.",
        "validation by *": "Name a resolver that validates in place of {rest}, best one on the host itself.",
    }

    kind: Literal["resolver_health"]
    max_latency_ms: Annotated[int, Field(ge=1, le=5000, description="For an answer that the resolver has.")] = 200
    min_resolvers: Annotated[int, Field(ge=1, le=3, description="Fewer will do only where one is the host itself.")] = 2
    need_validation: Annotated[bool, Field(description="Whether resolvers have to validate, as DANE needs.")] = False
    probe_name: Annotated[Line, Field(description="A name that is in no zone of the host, asked from outside.")] = (
        "example.com"
    )

    def expected(self, target: Target) -> Wants:
        """Resolvers that answer, alike for Postfix, and no recursion for strangers."""
        wants: dict[str, Want] = {
            "resolvers": AtLeast(self.min_resolvers),
            "resolver *": Equal(ANSWERS),
            "latency of *": AtMost(self.max_latency_ms, unit="ms"),
        }
        if self.need_validation:
            wants["validation by *"] = Equal(value=True)
        if "mta" in target.roles:
            wants["Postfix's copy"] = OneOf((_LIKE_ETC, "not used"))
        if "dns" in target.roles:
            wants["recursion"] = OneOf((CLOSED, "not BIND"))
            wants["recursion from here*"] = OneOf(("refused", "only own zones"), warn=("for this machine",))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """Resolvers, Postfix's copy, and named's settings."""
        postfix = Postfix(host) if "mta" in target.roles else None
        copy, timed = ask(host, COPY, self._question(target))
        state = Parts()
        with state.part():
            self._resolvers(text(copy), postfix, state)
        with state.part():
            state |= _timed(text(timed))
        with state.part():
            if "dns" in target.roles:
                conf = named_configuration(host)
                state["recursion"] = "not BIND" if conf is None else OPEN if _open(conf) else CLOSED
                state["views"] = bool(conf and conf.views)
        return state

    def _resolvers(self, copies: str, postfix: Postfix | None, state: Parts) -> None:
        """The servers that the host asks, and whether Postfix has the same."""
        etc, _, chroot = copies.partition("= copy\n")
        servers = [words[1] for words in map(str.split, etc.splitlines()) if words[:1] == ["nameserver"] and words[1:]]
        local = any(server.startswith("127.") or server == "::1" for server in servers)
        # One that is the host itself counts as many: when it is down, so is the host.
        state["servers"] = " ".join(servers) or None
        state["resolvers"] = max(len(servers), self.min_resolvers if local else 0)
        if postfix is not None:
            used = any(_chrooted(line) for line in postfix.lines())
            state["Postfix's copy"] = _compared(etc, chroot) if used else "not used"

    def reads(self, target: Target) -> tuple[str, ...]:
        """named's options, on a name server."""
        return (OPTIONS,) if "dns" in target.roles else ()

    def outside(self, view: View, state: State, target: Target) -> State:
        """What the host's name server answers to this machine about a name that is none of its own."""
        if "dns" not in target.roles:
            return {}
        mine = [one for one in dict.fromkeys((address_of(target), *target.outbound)) if names.is_address(one)]
        view.ahead(*(Lookup(self.probe_name, "A", one) for one in mine))
        seen = Parts()
        for question in (Lookup(self.probe_name, "A", one) for one in mine):
            with seen.part():
                seen[f"recursion from here, at {question.server}"] = _recursed(question, view.see(question), state)
        return seen

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The copy, and the option."""
        wants = self.expected(target)
        wrong = faults(wants, state)
        closing = not state.get("views")
        mended = [key for key in _MENDED if key in wrong and (key != "recursion" or closing)]
        also = ("recursion from here",) if "recursion" in mended else ()
        if not mended or not helps(wants, state, lambda key: not key.startswith((*mended, *also))):
            return None
        edits: list[Edit] = []
        if "recursion" in mended:
            edits.append(SetNamedOption("allow-recursion", named.match_list(["localhost", "localnets"]), OPTIONS))
        actions = (_copy(),) if "Postfix's copy" in mended else ()
        reloads = (("named",) if edits else ()) + (("postfix",) if actions else ())
        noticed = (
            "Strangers can no longer resolve names here." if edits else "Nothing; Postfix asks the right resolver."
        )
        return Remedy(edits=tuple(edits), actions=actions, reloads=reloads, noticed=noticed)

    def _question(self, target: Target) -> str:
        """Each resolver asked for each name twice; of the second answer, what tells how it went."""
        asked = [f"{domain} {kind}" for domain in target.domains[:1] for kind in ("MX", "TXT", "A")]
        asked += [f"{names.reverse(address)} PTR" for address in target.outbound[:1]]
        if self.need_validation:
            asked.append(". SOA")
        return script("baseline.kinds", "resolver_health", asked="\n".join(asked), most=str(self.max_latency_ms))


def _timed(printed: str) -> dict[str, Scalar]:
    """Of each resolver: whether it answers everything, how long the slowest answer takes, and whether it validates."""
    found: dict[str, Scalar] = {}
    for head, lines in _answers(printed):
        server, name, kind = head
        status = re.search(r"status: (\w+)", lines)
        took = re.search(r"Query time: (\d+) msec", lines)
        key = f"resolver {server}"
        found.setdefault(key, ANSWERS)
        if status is None or status[1] not in ("NOERROR", "NXDOMAIN"):
            found[key] = f"{kind} of {name}: {status[1] if status else shorten(lines) or 'no answer'}"
            continue
        slowest = found.get(f"latency of {server}", 0)
        found[f"latency of {server}"] = max(int(took[1]) if took else 0, slowest if isinstance(slowest, int) else 0)
        if name == ".":
            found[f"validation by {server}"] = re.search(r"flags:[^;]* ad[ ;]", lines) is not None
    return found


def _answers(printed: str) -> Iterator[tuple[tuple[str, str, str], str]]:
    for part in re.split(r"^= ", printed, flags=re.M)[1:]:
        head, _, lines = part.partition("\n")
        words = head.split()
        if len(words) != 3:
            raise CannotTell(f"the resolvers' answers have {shorten(head)}, which is not understood")
        yield (words[0], words[1], words[2]), lines


def _chrooted(line: str) -> bool:
    """Whether a service of master.cf that asks DNS runs in the chroot."""
    fields = line.split()
    return len(fields) >= 8 and fields[4] == "y" and fields[7] in ("smtp", "smtpd", "lmtp")


def _compared(etc: str, chroot: str) -> str:
    if not chroot.strip():
        return "not there"
    return _LIKE_ETC if _lines(etc) == _lines(chroot) else f"otherwise: {'; '.join(_lines(chroot))}"


def _lines(text_: str) -> list[str]:
    """What counts of a resolv.conf."""
    plain = (" ".join(re.split(r"[#;]", line)[0].split()) for line in text_.splitlines())
    return [line for line in plain if line]


def _open(conf: named.NamedConf) -> bool:
    """Whether everybody may recurse; what stands in for allow-recursion is that of the BIND manual."""
    if not conf.recursion:
        return False
    for items in (conf.allow_recursion, conf.allow_query_cache, conf.allow_query):
        if items is not None:
            return named.open_to_all(items)
    return False


def _recursed(question: Lookup, found: Records, state: State) -> str:
    """Whether a server recursed for this machine. Raises `CannotTell` where it did not answer."""
    if found.authoritative:
        return "only own zones"
    if found.status == "refused" and not found.trouble:
        return "refused"
    if not answered(found):
        raise CannotTell(no_answer(question, found))
    if found.status == "noerror" and not found.records and not found.aliases:
        return "refused"
    return "for this machine" if state.get("recursion") == CLOSED else "for anybody"


def _copy() -> Action:
    do, undo = (script("baseline.kinds", f"resolver_health.{way}") for way in ("do", "undo"))
    return Action("copy /etc/resolv.conf into Postfix's chroot", do, undo)
