"""Kind `content_filter`: every mail that comes in by SMTP is put to the spam filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import Edit, PlaceRule, SetParameter
from baseline.formats.milters import addresses, listening, listens, parse_milters
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import Advised, Equal, Want, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Action, State, Target
from baseline.model.looks import Parts, also_unread
from baseline.readings.answers import ask, text
from baseline.readings.exemptions import NOT_EVERYBODY, Exemptions, told, unread
from baseline.readings.filter_engine import ENDPOINTS, PACKAGES, UNITS, Engine, proxy, rspamd
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.rspamd import DUMP
from baseline.readings.smtpd_services import SmtpdServices
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

SOCKETS = ("ss -Hltn", "ss -Hlx")
_MILTERS = "smtpd_milters"
_HANDED_IN = "non_smtpd_milters"
_BYPASS = "receive_override_options"
_MODE = "proxy worker of Rspamd"
_SPEAKS = "speaks milter"


class ContentFilter(Control):
    """Every smtpd service that others can reach has the filter among its milters, and the filter is there.

    Looked at: `smtpd_milters` as each smtpd service gets it, `-o` overrides of master.cf included (an empty one
    takes the filter away from one port and leaves every other look untouched), `no_milters` in
    `receive_override_options`, and that `smtpd_milter_maps` gives not everybody other filters, or none. Services bound
    to a loopback address are left out: they take back what a filter has seen. Something has to listen where the milter
    is said to be. With Rspamd its proxy worker has to speak milter: `rspamadm configdump -j` has one object per worker.
    `localhost` and the loopback addresses count as one. That mail handed in on the host itself (`non_smtpd_milters`) is
    filtered as well is advised.

    Applied: the filter as first of smtpd_milters, in main.cf and in every override that lacks it, other milters
    kept; `non_smtpd_milters = $smtpd_milters` where nothing else is said; the engine's package where it is not
    installed, and its unit started where it does not run.

    What can go wrong: a filter that cannot be reached makes Postfix answer 451 (see `filter_failure`); with
    SpamAssassin the daemon spamd has to run as well, which is not looked at here. That the filter acts is shown by
    `filter_test`. Sources: MILTER_README; rspamd.com "MTA integration"; spamass-milter(1).
    """

    summary: ClassVar[str] = "Every mail that comes in by SMTP is put to the spam filter."
    nothing_to_judge: ClassVar[str] = "the inventory does not give this host the role mta: no mail comes in by SMTP"
    loosens: ClassVar[Loosens] = {}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in("postfix", also={"filtered": "smtpd_milters"})
    effects: ClassVar[Effects | None] = Effects(
        displaces="another filter of the site's (Amavis, SpamAssassin's milter, MIMEDefang, MailScanner, "
        "`content_filter`), beside which Rspamd would begin; milters of the site stay",
        notice="Mail that comes in is put to the spam filter: some is refused, marked or put off.",
    )

    kind: Literal["content_filter"]
    engine: Engine = "rspamd"
    endpoint: Annotated[
        str,
        Field(
            pattern=r"^(inet:[A-Za-z0-9.\[\]:-]+:[0-9]{2,5}|unix:[A-Za-z0-9._/-]+)?$",
            description="Where the milter listens, as smtpd_milters names it; empty: as Debian ships the engine.",
            examples=["inet:127.0.0.1:11332"],
        ),
    ] = ""

    @property
    def milter(self) -> str:
        """The filter's endpoint."""
        return self.endpoint or ENDPOINTS[self.engine]

    def expected(self, target: Target) -> Wants:
        """The filter listens, speaks milter, and stands in the list of every service."""
        if "mta" not in target.roles:
            return {}
        wants: dict[str, Want] = {f"filter at {self.milter}": Equal("listens")}
        if self.engine == "rspamd":
            wants[_MODE] = Equal(_SPEAKS)
        wants |= {"filtered in *": Equal("yes"), "exempt in *": Equal(NOT_EVERYBODY)}
        return wants | {"handed in on the host": Advised(Equal("filtered"))}

    def actual(self, host: Host, target: Target) -> State:
        """Whether it listens, and each service's list."""
        if "mta" not in target.roles:
            return {}
        smtpd = SmtpdServices(host)
        exemptions = Exemptions(host, target, smtpd.effective)
        package = PACKAGES[self.engine][0]
        *sockets, dump, installed = ask(
            host, *SOCKETS, DUMP, f"dpkg-query -W -f '${{db:Status-Status}}\\n' -- {package} 2>/dev/null; [ $? -le 1 ]"
        )
        queue = smtpd.effective("", "queue_directory")
        state = Parts(smtpd.written_all(_MILTERS))
        state[_HANDED_IN] = smtpd.written(_HANDED_IN)
        filters = f"filter at {self.milter}"
        with state.part():
            there = listens(self.milter, listening("\n".join(text(one) for one in sockets)), queue)
            state[filters] = "listens" if there else None
        with state.part():
            state["package"] = "installed" if text(installed).strip() == "installed" else "not installed"
        with state.part():
            if self.engine == "rspamd" and state[filters]:
                speaks = proxy(rspamd(dump)).get("milter") is True
                state[_MODE] = _SPEAKS if speaks else "speaks no milter"
        for one in smtpd.public:
            state[f"filtered in {one}"] = self._filtered(smtpd, one, queue)
        handed_in = self._among(smtpd.effective("", _HANDED_IN), queue)
        state["handed in on the host"] = "filtered" if handed_in else "not filtered"
        exempt = {one: exemptions.milters(one, lambda value: self._among(value, queue)) for one in smtpd.public}
        state |= told(exempt)
        return also_unread(state, unread(exempt))

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The filter in every list that lacks it, its package, its unit; None where other faults would stay."""
        by_hand = [
            key
            for key, value in state.items()
            if value == "no, no_milters" or key.startswith("exempt in ") or (key == _MODE and value != _SPEAKS)
        ]
        if not helps(self.expected(target), state, lambda key: key in by_hand):
            return None
        edits: list[Edit] = []
        lacking = [key.removeprefix("filtered in ") for key, value in state.items() if value == "no"]
        for service in lacking:
            overridden = f"{_MILTERS} in {service}" in state
            edits.append(PlaceRule(_MILTERS, self.milter, "first", service if overridden else ""))
        if state["handed in on the host"] != "filtered":
            if state[_HANDED_IN]:
                edits.append(PlaceRule(_HANDED_IN, self.milter, "first"))
            else:
                edits.append(SetParameter(_HANDED_IN, f"${_MILTERS}"))
        absent = state["package"] != "installed"
        start = state[f"filter at {self.milter}"] is None
        return Remedy(
            edits=tuple(dict.fromkeys(edits)),
            actions=(_start(UNITS[self.engine], self._port),) if start else (),
            packages=PACKAGES[self.engine] if absent else (),
            reloads=("postfix",) if edits else (),
            begins=("filters",) if lacking or absent or start else (),
        )

    def advice(self, state: State) -> str:
        """What to do about what no edit mends."""
        if state.get(_MODE, _SPEAKS) != _SPEAKS:
            return self.fix or "Set `milter = yes;` in /etc/rspamd/local.d/worker-proxy.inc."
        if any(key.startswith("exempt in ") and value != NOT_EVERYBODY for key, value in state.items()):
            return self.fix or "Name in smtpd_milter_maps the site's own machines alone."
        return self.fix or f"Take no_milters out of {_BYPASS} on the service that takes the mail in."

    @property
    def _port(self) -> str:
        return self.milter.rpartition(":")[2] if self.milter.startswith("inet:") else ""

    def _filtered(self, smtpd: SmtpdServices, service: str, queue: str) -> str:
        if "no_milters" in smtpd.effective(service, _BYPASS).replace(",", " ").split():
            return "no, no_milters"
        return "yes" if self._among(smtpd.effective(service, _MILTERS), queue) else "no"

    def _among(self, value: str, queue: str) -> bool:
        ours = addresses(self.milter, queue)
        return any(addresses(one.endpoint, queue) & ours for one in parse_milters(value))


def _start(unit: str, port: str) -> Action:
    """The unit started, and waited for; whether it starts at boot is for the control of services to say."""
    there = f"ss -Hltn | grep -q ':{port} '"
    waited = f"n=60; until {there} || [ $((n -= 1)) -lt 0 ]; do sleep 0.5; done\n" if port else ""
    stop = f"systemctl stop {unit}; :\n"
    return Action(f"start {unit}", f"systemctl start {unit}\n{waited}", stop, undo_after_files=True)
