"""Kind `sending_limits`: a stolen account cannot send without end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from baseline.edits import Edit, SetOverride
from baseline.errors import NothingToJudge
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import Equal, OneOf, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.model.looks import also_unread
from baseline.readings.answers import ask, text
from baseline.readings.exemptions import NOT_EVERYBODY, Exempt, Exemptions, told, unread
from baseline.readings.filter_engine import Engine, rspamd
from baseline.readings.rspamd import DUMP, MODULES, exempt_from, module
from baseline.readings.smtpd_services import SmtpdServices
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

_MESSAGES = "smtpd_client_message_rate_limit"
_RECIPIENTS = "smtpd_client_recipient_rate_limit"
_LOGINS = "smtpd_client_auth_rate_limit"
_EXCEPTIONS = "smtpd_client_event_limit_exceptions"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
Rate = Annotated[int, Field(ge=1, le=10000)]


class SendingLimits(Control):
    """Services where users log in limit how much one client, or one user, sends in a minute.

    Looked at, for every smtpd service that others can reach and that offers AUTH: `smtpd_client_message_rate_limit` and
    `smtpd_client_recipient_rate_limit` with their overrides, per minute whatever `anvil_rate_time_unit` says. `by
    client` is a limit above 0 and not above `most`; Postfix's default, 0, is none. Otherwise, with Rspamd, whether its
    ratelimit module runs and has a rate with `user` in its name, as `rates { user { … } }` in local.d/ratelimit.conf:
    that counts by login.

    Applied: three `-o` overrides on services that refuse strangers, such as submission: messages, recipients and
    attempts to log in per client and minute. Not on a service that takes mail from strangers as well, since it would
    put off busy mail servers: take AUTH off port 25.

    Clients in smtpd_client_event_limit_exceptions, by default mynetworks, are exempt from limits by client, those in
    `whitelisted_ip` of the module from limits by user; where those are everybody, the limit is none.

    What can go wrong: a whole office behind
    one address, or webmail, counts as one client, so raise the rates to what the office sends, or count by user in
    Rspamd. A client over the limit is told 450 and tries again. Sources: RFC 5068; TUNING_README, anvil(8).
    """

    summary: ClassVar[str] = "Services where users log in limit how much is sent in a minute."
    loosens: ClassVar[Loosens] = {
        "messages": "higher",
        "recipients": "higher",
        "logins": "higher",
        "most": "higher",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the limits are set where there are none; limits of a policy service hold as before",
        notice="Clients that send very much within a minute are put off.",
    )

    kind: Literal["sending_limits"]
    engine: Engine = "rspamd"
    messages: Annotated[Rate, Field(description="Messages that a client may send in a minute.")] = 100
    recipients: Annotated[Rate, Field(description="Recipients that a client may name in a minute.")] = 300
    logins: Annotated[Rate, Field(description="Attempts to log in that a client may make in a minute.")] = 100
    most: Annotated[Rate, Field(description="A limit per minute above this one counts as none.")] = 1000

    def expected(self, target: Target) -> Wants:
        """A limit at every service."""
        del target
        return {"limited at *": OneOf(("by client", "by user")), "exempt in *": Equal(NOT_EVERYBODY)}

    def actual(self, host: Host, target: Target) -> State:
        """What limits each service, and the rates as they stand."""
        smtpd = SmtpdServices(host)
        exemptions = Exemptions(host, target, smtpd.effective)
        dump, modules = ask(host, DUMP, MODULES)
        services = [one for one in smtpd.public if smtpd.offers_auth(one)]
        if not services:
            raise NothingToJudge("users log in at no smtpd service of this host")
        state: dict[str, Scalar] = {}
        exempt: dict[str, Exempt] = {}
        for one in services:
            unit = _seconds(smtpd.effective("", "anvil_rate_time_unit"))
            for name in (_MESSAGES, _RECIPIENTS, _LOGINS):
                state[f"{name} in {one}"] = smtpd.effective(one, name)
            rates = [_per_minute(smtpd.effective(one, name), unit) for name in (_MESSAGES, _RECIPIENTS)]
            state[f"limited at {one}"] = "by client" if any(0 < rate <= self.most for rate in rates) else "no"
            state[f"strangers refused at {one}"] = smtpd.closed(one)
        if self.engine == "rspamd" and "no" in state.values():
            runs = module(text(modules), "ratelimit") == "enabled"
            if runs and _by_user(rspamd(dump)):
                state |= {key: "by user" for key, value in state.items() if value == "no"}
                exempt["Rspamd"] = exempt_from(rspamd(dump), "ratelimit")
        # A limit by user knows no exceptions of Postfix.
        counted = [one for one in services if state[f"limited at {one}"] == "by client"]
        exempt |= {one: exemptions.clients(one, _EXCEPTIONS) for one in counted}
        return also_unread({**state, **told(exempt)}, unread(exempt))

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The three limits where strangers are refused anyway; None while another service stays without."""
        lacking = [key.removeprefix("limited at ") for key, value in state.items() if value == "no"]
        open_ones = [f"limited at {one}" for one in lacking if not state[f"strangers refused at {one}"]]
        if not helps(self.expected(target), state, lambda key: key in open_ones or key.startswith("exempt in ")):
            return None
        rates = {_MESSAGES: self.messages, _RECIPIENTS: self.recipients, _LOGINS: self.logins}
        edits: tuple[Edit, ...] = tuple(
            SetOverride(one, name, str(rate))
            for one in lacking
            if state[f"strangers refused at {one}"]
            for name, rate in rates.items()
        )
        return Remedy(edits=edits, reloads=("postfix",))

    def advice(self, state: State) -> str:
        """What a person can do."""
        if any(key.startswith("exempt in ") and value != NOT_EVERYBODY for key, value in state.items()):
            return self.fix or f"Name in {_EXCEPTIONS}, or whitelisted_ip of Rspamd, the site's own machines alone."
        return self.fix or (
            "Have users log in at the submission port only (smtpd_sasl_auth_enable = no in main.cf, yes for submission)"
            ", or limit by user with Rspamd's ratelimit module."
        )


def _per_minute(limit: str, unit: int) -> float:
    return int(limit) * 60 / unit if limit.isdigit() and unit else 0


def _seconds(value: str) -> int:
    number, unit = (value[:-1], value[-1]) if value[-1:] in _SECONDS else (value, "s")
    return int(number) * _SECONDS[unit] if number.isdigit() else 0


def _by_user(dump: Mapping[str, Any]) -> bool:
    settings = dump.get("ratelimit")
    rates = settings.get("rates") if isinstance(settings, dict) else None
    return isinstance(rates, dict) and any("user" in name for name in rates)
