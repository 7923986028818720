"""Hosts as the controls against spam see them: answers given in the test, and what is seen from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from baseline.judge import Verdict, judge
from baseline.kinds.base import Control
from baseline.model import Answer, State
from baseline.model.probes import Probe, Said, Seen, ServerReply, Talk
from baseline.readings.filter_engine import SA_SCORE, SPAMASS_MILTER
from baseline.readings.mynetworks import NETWORKS
from baseline.readings.postfix import POSTCONF
from baseline.readings.rspamd import DUMP, MODULES
from baseline.readings.vantage import CLIENT
from tests.kinds.hosts import TARGET, Given, answer, files_after, seen
from tests.kinds.views import World

HERE = replace(TARGET, domains=("example.org",))
RELAY = "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"
MAIN = {
    "inet_interfaces": "all",
    "queue_directory": "/var/spool/postfix",
    "mynetworks": "127.0.0.0/8 [::1]/128",
    "smtpd_relay_restrictions": RELAY,
    "smtpd_delay_reject": "yes",
    "smtpd_milters": "inet:127.0.0.1:11332",
    "non_smtpd_milters": "$smtpd_milters",
    "milter_default_action": "tempfail",
    "milter_content_timeout": "300s",
    "anvil_rate_time_unit": "60s",
}
SUBMISSION = {"smtpd_sasl_auth_enable": "yes", "smtpd_relay_restrictions": "permit_sasl_authenticated,reject"}
SERVICES = "smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd\n127.0.0.1:10025 inet n - y - - smtpd\n"
RSPAMD: Mapping[str, Any] = {
    "worker": [{"normal": {}}, {"rspamd_proxy": {"milter": True}}],
    "actions": {"greylist": 4, "add_header": 6, "reject": 15},
    "options": {"task_timeout": 8, "soft_reject_on_timeout": True},
    "greylist": {"timeout": 300, "expire": 86400},
    "ratelimit": {},
    "antivirus": {},
}
RUNNING = "Modules enabled: greylist, ratelimit\nModules disabled (unconfigured): antivirus\n"


def host(
    main: Mapping[str, str] | None = None,
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    *,
    services: str = SERVICES,
    rspamd: Mapping[str, Any] | None = None,
    modules: str = RUNNING,
    more: Mapping[str, Given] | None = None,
) -> dict[str, Answer]:
    """The answers of a host with these settings; any other question is answered with nothing."""
    settings = MAIN | dict(main or {})
    own = {"submission/inet": SUBMISSION} | {name: dict(values) for name, values in (overrides or {}).items()}

    def printed(values: Mapping[str, str]) -> str:
        return "".join(f"{name} = {value}\n" for name, value in values.items())

    expanded = {name: value.replace("$smtpd_milters", settings["smtpd_milters"]) for name, value in settings.items()}
    per_service = printed({f"{one}/{name}": value for one, values in own.items() for name, value in values.items()})
    said: dict[str, Given] = {
        **dict(zip(POSTCONF, (printed(expanded), per_service, services), strict=True)),
        "postconf": printed(settings),
        "postconf -P": per_service,
        DUMP: json.dumps({**RSPAMD, **(rspamd or {})}),
        MODULES: modules,
        "ss -Hltn": "LISTEN 0 4096 127.0.0.1:11332 0.0.0.0:*\n",
        CLIENT: "198.51.100.9\n",
        NETWORKS: "",
        SA_SCORE: "5\n",
        SPAMASS_MILTER: "/usr/sbin/spamass-milter -P /run/x.pid -r 15 -i 127.0.0.1\n",
    }
    said |= more or {}
    return {command: answer(one) for command, one in said.items()}


def state(wanted: Control, answers: Mapping[str, Given], outside: Mapping[Probe, Seen] | None = None) -> State:
    """What the control finds, on the host and from outside. Raises `CannotTell` and `NothingToJudge`."""
    view = None if outside is None else World({}, seen=outside)
    return seen(wanted, answers, HERE, view=view, otherwise="")


def verdict(wanted: Control, found: State) -> Verdict:
    """The judgement of a state, of which what was not looked at from outside is left out."""
    return judge({key: want for key, want in wanted.expected(HERE).items() if "*" in key or key in found}, found)


def replies(talk: Talk, said: Sequence[str]) -> dict[Probe, Seen]:
    """What a server answered to each command of a dialogue: a code, and what it says besides."""
    answers = tuple(ServerReply(one[:3], one[4:] or f"said {one}") for one in said)
    return {talk: Said("220 mx", (), (), answers)}


def files(wanted: Control, found: State, before: Mapping[str, str]) -> dict[str, str] | None:
    """The files after the remedy; None without one."""
    return files_after(wanted, found, before, HERE)
