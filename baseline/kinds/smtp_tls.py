"""Kind `smtp_tls`: mail comes in over TLS where the sender can, and only over versions that hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from baseline.formats.postfix import POSTFIX_FILES
from baseline.formats.tls_versions import oldest
from baseline.judge import Advised, Equal, OneOf, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Starttls, Talk, View
from baseline.readings.mail_ports import OLD, TlsVersion, accepted, heard, offers, shake, smtp_services
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.postfix import Postfix
from baseline.readings.public_ports import mail_ports, seen_from_outside
from baseline.readings.vantage import address_of
from baseline.remedies.postfix_wishes import Wish, edits_of, lacking, state_of, wants_of
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

_NOT_READ = "(not read"
_NEW = OneOf(("TLSv1.2", "TLSv1.3"))
LEVEL = OneOf(("may",), warn=("encrypt",))


class SmtpTls(Control):
    """STARTTLS is offered on port 25 and on the ports of submission, and TLS 1.0 and 1.1 are refused.

    Looked at from outside: whether EHLO offers STARTTLS (or TLS begins at once, on a service with wrappermode), and a
    handshake with each retired version, and one as a client of today would begin it. Looked at on the host:
    smtpd_tls_security_level, and the lists of versions and the grade of ciphers, overrides of master.cf included. What
    is seen decides; a setting that allows more than is seen is a warning, since only the policy of the TLS library
    then stands before it. `encrypt` on port 25 refuses senders without TLS, which RFC 3207 section 4 advises a public
    mail relay against: a warning, which is left to a person. In an override, as for submission, it is as good.

    Applied: the parameters in main.cf; overrides that allow older versions are taken out. What can go wrong: without a
    certificate Postfix offers no STARTTLS whatever is set (MEL-S-04). Some old appliances know nothing newer than
    TLS 1.0, and will send in the clear. Sources: postconf(5), RFC 3207, RFC 8996, RFC 9325 section 3.1.1, NIST SP
    800-52 revision 2.
    """

    summary: ClassVar[str] = "STARTTLS is offered by SMTP, and nothing older than TLS 1.2 is spoken."
    loosens: ClassVar[Loosens] = {}
    shows: ClassVar[tuple[str, ...]] = ("TLS offered on *", "TLS of today on *", *(f"{one} on *" for one in OLD))
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "postfix",
        "smtpd_tls_security_level",
        "smtpd_tls_protocols",
        "smtpd_tls_mandatory_protocols",
        "smtpd_tls_mandatory_ciphers",
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the values that give way are the ones that are judged",
        notice="Servers and programs with old versions of TLS can no longer connect encrypted.",
    )

    kind: Literal["smtp_tls"]

    @property
    def _wishes(self) -> tuple[Wish, ...]:
        grade = Advised(OneOf(("high",)))
        return (
            Wish("smtpd_tls_protocols", Advised(_NEW), ">=TLSv1.2", oldest),
            Wish("smtpd_tls_mandatory_protocols", Advised(_NEW), ">=TLSv1.2", oldest),
            Wish("smtpd_tls_mandatory_ciphers", grade, "high"),
        )

    def expected(self, target: Target) -> Wants:
        """STARTTLS at every service, no old version at any of them, and settings that say so."""
        del target
        return {
            "smtpd_tls_security_level": LEVEL,
            "smtpd_tls_security_level in *": OneOf(("may", "encrypt")),
            **wants_of(self._wishes),
            "TLS offered on *": Equal("yes"),
            **{f"{version} on *": Equal("refused") for version in OLD},
            "TLS of today on *": Equal("accepted"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The settings, and which services there are to look at."""
        del target
        view = Postfix(host)
        level = Wish("smtpd_tls_security_level", LEVEL, "may", _level)
        state = dict(state_of((level, *self._wishes), view, ("smtpd",)))
        # What Postfix does not read there (MEL-S-02 tells of it) leaves main.cf's level in force.
        state = {key: value for key, value in state.items() if _NOT_READ not in str(value) or "level" not in key}
        if state["smtpd_tls_security_level"] == "none" and view.setting("smtpd_use_tls") == "yes":
            state["smtpd_tls_security_level"] = "may"
        wrapped = view.overrides("smtpd_tls_wrappermode")
        for service, port in smtp_services(view).items():
            state[f"service on {port}"] = "wrapped" if wrapped.get(service) == "yes" else "plain"
        return state

    def assumed(self, target: Target) -> State:
        """The ports of a relay that the inventory does not close."""
        sorts = {25: "plain", 465: "wrapped", 587: "plain"}
        return {f"service on {port}": sorts[port] for port in mail_ports(target) if port in sorts}

    def outside(self, view: View, state: State, target: Target) -> State:
        """STARTTLS and versions, on every port that mail is taken on."""
        address = address_of(target)
        ports = {int(key.removeprefix("service on ")): value for key, value in state.items() if "service on" in key}
        ports = {port: ports[port] for port in seen_from_outside(target, ports)}
        view.ahead(*(Talk(address, port) for port, sort in ports.items() if sort == "plain"))
        seen = Parts()
        offering: dict[int, Starttls] = {}
        for port, sort in ports.items():
            plain = sort == "plain"
            with seen.part():
                if plain and not offers(heard(view, Talk(address, port)), "STARTTLS"):
                    seen[f"TLS offered on {port}"] = "no"
                    continue
                seen[f"TLS offered on {port}"] = "yes"
                offering[port] = "smtp" if plain else ""
        versions: tuple[TlsVersion, ...] = (*OLD, "")
        view.ahead(*(shake(address, port, how, one) for port, how in offering.items() for one in versions))
        for port, how in offering.items():
            for version in versions:
                with seen.part():
                    key = f"{version or 'TLS of today'} on {port}"
                    seen[key] = accepted(view, address, port, how, version)
        return seen

    def reads(self, target: Target) -> tuple[str, ...]:
        """The two files of Postfix."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The parameters; None where they are right and what is seen is wrong all the same."""
        del target
        # Who demands TLS of everybody may mean it: nothing here takes that away.
        level = Wish("smtpd_tls_security_level", OneOf(("may", "encrypt")), "may")
        edits = edits_of((level, *self._wishes), state)
        return Remedy(edits=tuple(edits), reloads=("postfix",)) if edits else None

    def advice(self, state: State) -> str:
        """What only a person can do."""
        if any(value == "no" for key, value in state.items() if key.startswith("TLS offered on")):
            return f"Postfix offers no TLS without a certificate that it can read: see MEL-S-04. {self.fix}".strip()
        if state.get("smtpd_tls_security_level") == "encrypt":
            return f"Where port 25 is for everybody, set smtpd_tls_security_level to may. {self.fix}".strip()
        return lacking(self._wishes, state) or self.fix


def _level(value: str) -> Scalar:
    return value.strip() or "none"
