"""Kind `outbound_tls`: mail goes out over TLS where the other side can."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import DropOverride, Edit, SetParameter
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import Advised, OneOf, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Outcome, Scalar, State, Target
from baseline.readings.answers import ask, decoded
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.postfix import Postfix
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

_LEVELS = ("may", "dane", "encrypt", "dane-only", "fingerprint", "verify", "secure")
_DANE = ("dane", "dane-only")
RESOLVERS = 'q=$(postconf -hx queue_directory) && cat "$q/etc/resolv.conf" 2>/dev/null || cat /etc/resolv.conf'
"""What Postfix's client asks for names: the copy in its queue directory, where Debian locks it in."""


class OutboundTls(Control):
    """Postfix's clients use TLS with every server that offers it, or authenticate servers by DANE.

    Looked at: smtp_tls_security_level in main.cf and in the overrides of services that run smtp (the older smtp_use_tls
    and smtp_enforce_tls count where the level is empty); and for `dane`, that smtp_dns_support_level is dnssec and the
    first resolver is this host itself. With a resolver elsewhere, or one that does not validate, `dane` does no more
    than `may`, and nothing tells: a warning. Levels that demand TLS of everybody pass here, though mail to servers
    without it then waits and comes back.

    Applied: `level` in main.cf; overrides with less are taken out. Rules of smtp_tls_policy_maps for single
    destinations are the site's own and not looked at. Sources: postconf(5), RFC 7672, RFC 7435.
    """

    summary: ClassVar[str] = "Mail goes out over TLS where the other side offers it."
    loosens: ClassVar[Loosens] = {"level": "lower"}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in("postfix", "smtp_tls_security_level")
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because policies by destination (smtp_tls_policy_maps) stay",
        notice="Nothing where the other server offers TLS as wanted; else mail to it waits, or goes as before, "
        "as the level says.",
    )

    kind: Literal["outbound_tls"]
    level: Annotated[
        Literal["may", "dane"], Field(description="What is applied; `dane` wants a validating resolver.")
    ] = "may"

    def expected(self, target: Target) -> Wants:
        """TLS at least where it is offered; DANE that works, where it is asked for."""
        del target
        levels = OneOf(_LEVELS) if self.level == "may" else OneOf(("dane", "dane-only"), warn=_LEVELS)
        return {
            "smtp_tls_security_level": levels,
            "smtp_tls_security_level in *": levels,
            "DANE": Advised(OneOf(("works", "not used"))),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The levels, and what DANE needs."""
        del target
        view = Postfix(host)
        (resolvers,) = ask(host, RESOLVERS)
        clients = view.services("smtp")
        level = _level(view)
        state: dict[str, Scalar] = {"smtp_tls_security_level": level}
        for service, value in view.overrides("smtp_tls_security_level").items():
            if service in clients:
                state[f"smtp_tls_security_level in {service}"] = value or "none"
        state["DANE"] = "not used"
        if any(value in _DANE for value in state.values()):
            state["DANE"] = _dane(view.setting("smtp_dns_support_level") or "", decoded(resolvers.stdout_bytes))
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The two files of Postfix."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The level in main.cf, with DNSSEC for DANE, and no override with less; a resolver is for a person."""
        want = self.expected(target)["smtp_tls_security_level"]
        edits: list[Edit] = []
        if want.judge(state["smtp_tls_security_level"]) is not Outcome.PASS:
            edits.append(SetParameter("smtp_tls_security_level", self.level))
            if self.level == "dane":
                edits.append(SetParameter("smtp_dns_support_level", "dnssec"))
        elif str(state["DANE"]).startswith("smtp_dns_support_level"):
            edits.append(SetParameter("smtp_dns_support_level", "dnssec"))
        prefix = "smtp_tls_security_level in "
        for key, value in state.items():
            if key.startswith(prefix) and want.judge(value) is not Outcome.PASS:
                edits.append(DropOverride(key.removeprefix(prefix), "smtp_tls_security_level"))
        return Remedy(edits=tuple(edits), reloads=("postfix",)) if edits else None

    def advice(self, state: State) -> str:
        """What DANE lacks."""
        if state.get("DANE") in ("works", "not used", None):
            return self.fix
        return (
            self.fix or "Run a validating resolver on this host, as unbound, and name 127.0.0.1 first in resolv.conf."
        )


def _level(view: Postfix) -> str:
    level = (view.setting("smtp_tls_security_level") or "").strip()
    if level:
        return level
    if view.setting("smtp_enforce_tls") == "yes":
        return "encrypt"
    return "may" if view.setting("smtp_use_tls") == "yes" else "none"


def _dane(support: str, resolvers: str) -> str:
    if support != "dnssec":
        return f"smtp_dns_support_level is {support or 'empty'}, not dnssec"
    first = re.search(r"^nameserver\s+(\S+)", resolvers, re.M)
    address = first[1] if first else "none"
    return "works" if re.match(r"127\.|::1$", address) else f"the first resolver is {address}, not this host"
