"""The file of alerts: what it may say, and how each mistake is told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.errors import InputError
from baseline.load.alerts import (
    Alerts,
    ByCommand,
    ByMail,
    ByWebhook,
    Channel,
    Flapping,
    Heartbeat,
    IntoFile,
    load_alerts,
)
from baseline.secret import Secret

WHOLE = """\
after: 3
at_once: critical
flapping: {turns: 4, within: 12}
channels:
  - name: postmaster
    mail:
      to: [postmaster@agency.example, oncall@agency.example]
      sender: baseline@controller.agency.example
      server: mx.agency.example
      user: baseline
      password: !secret {file: mail-password}
  - name: pager
    command: {argv: [/usr/local/bin/page, oncall], seconds: 10}
  - name: log
    file: {path: told.log, format: text}
  - name: hook
    webhook: {url: "https://hooks.agency.example:8443/x?y=1", token: !secret {env: HOOK_TOKEN}, ca: ca.pem}
heartbeat: {file: alive, url: "https://ping.agency.example/1", method: POST}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "alerts.yml"
    file.write_text(text)
    return file


def wrong(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        load_alerts(written(folder, text))
    return [str(one).removeprefix(f"{folder}/") for one in error.value.problems]


def test_all_that_it_may_say(tmp_path: Path) -> None:
    file = written(tmp_path, WHOLE)
    made = load_alerts(file)
    mail, hook = made.channels[0].way, made.channels[3].way
    assert isinstance(mail, ByMail)
    assert isinstance(hook, ByWebhook)
    assert isinstance(mail.password, Secret)
    assert isinstance(hook.token, Secret)
    assert made == Alerts(
        file,
        (
            Channel(
                "postmaster",
                ByMail(
                    ("postmaster@agency.example", "oncall@agency.example"),
                    "baseline@controller.agency.example",
                    "mx.agency.example",
                    587,
                    user="baseline",
                    password=mail.password,
                ),
            ),
            Channel("pager", ByCommand(("/usr/local/bin/page", "oncall"), 10)),
            Channel("log", IntoFile(str(tmp_path / "told.log"), "text")),
            Channel("hook", ByWebhook("https://hooks.agency.example:8443/x?y=1", hook.token, str(tmp_path / "ca.pem"))),
        ),
        3,
        "critical",
        Flapping(4, 12),
        Heartbeat(str(tmp_path / "alive"), "https://ping.agency.example/1", "POST"),
    )


MAIL = "channels: [{name: a, mail: {to: [a@b.example], sender: a@b.example, server: b.example"


@pytest.mark.parametrize(("more", "port"), [("", 25), (", tls: tls", 465), (", tls: none", 25), (", port: 2525", 2525)])
def test_the_port_is_that_of_the_tls(tmp_path: Path, more: str, port: int) -> None:
    (channel,) = load_alerts(written(tmp_path, f"{MAIL}{more}}}}}]\n")).channels
    assert isinstance(channel.way, ByMail)
    assert channel.way.port == port


LOG = "channels: [{name: a, file: {path: a}}]\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("after: 2\n", "alerts.yml:1:1: `channels` is missing in alerts: without one nobody is told"),
        ("channels: []\n", "alerts.yml:1:11: `channels`: a list of at least one channel is wanted (`- name: …`)"),
        ("- a\n", "alerts.yml:1:1: alerts must be a mapping (`channels: …`)"),
        (f"{LOG}afer: 2\n", "alerts.yml:2:1: unknown key `afer`: did you mean `after`?"),
        (f"{LOG}after: 0\n", "alerts.yml:2:8: `after`: a number from 1 to 10 is wanted"),
        (f"{LOG}at_once: never\n", "alerts.yml:2:10: `at_once`: 'never' is not known: "),
        (f"{LOG}flapping: {{turns: 9, within: 3}}\n", "alerts.yml:2:11: `flapping`: `turns` from 2 on, and `within`"),
        (f"{LOG}heartbeat: {{}}\n", "alerts.yml:2:12: `heartbeat` has neither `file` nor `url`"),
        (f"{LOG}heartbeat: {{url: http://a.example}}\n", "alerts.yml:2:18: `url`: 'http://a.example' is no https"),
        ("channels: [{name: a, file: {path: a}, command: {argv: [a]}}]\n", "alerts.yml:1:12: a channel is one of"),
        ("channels: [{name: a, pager: {}}]\n", "alerts.yml:1:22: unknown key `pager`: known: "),
        ("channels: [{name: a b, file: {path: a}}]\n", "alerts.yml:1:19: `name`: a name of letters, digits"),
        (
            "channels: [{name: a, file: {path: a}}, {name: a, file: {path: b}}]\n",
            "alerts.yml:1:40: channel a is given twice: first on line 1",
        ),
        ("channels: [{name: a, file: {path: a, seconds: 0}}]\n", "alerts.yml:1:47: `seconds`: a number from 1 to 600"),
        ("channels: [{name: a, file: {path: a, format: xml}}]\n", "alerts.yml:1:46: `format`: 'xml' is not known"),
        ("channels: [{name: a, command: {argv: []}}]\n", "alerts.yml:1:31: `argv`: a list of words is wanted"),
        ("channels: [{name: a, webhook: {url: 'https://u:p@a.example'}}]\n", "alerts.yml:1:37: `url` holds a password"),
        (f"{MAIL}, user: a}}}}]\n", "alerts.yml:1:28: `user` and `password` go together"),
        (f"{MAIL}, user: a, password: hunter2}}}}]\n", "alerts.yml:1:107: `password` does not stand in a file like th"),
        (
            f"{MAIL}, user: a, password: !secret {{env: A}}, tls: none}}}}]\n",
            "alerts.yml:1:28: a password would go over",
        ),
        (
            "channels: [{name: a, mail: {to: ['a b'], sender: x, server: b.example}}]\n",
            "alerts.yml:1:33: `to`: 'a b' is no address",
        ),
        (f"{MAIL.replace('b.example', 'b.example/x')}}}}}]\n", "alerts.yml:1:81: `server`: 'b.example/x' is no name"),
        (f"{MAIL}, port: 70000}}}}]\n", "alerts.yml:1:94: `port`: 70000 is no port"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, text: str, told: str) -> None:
    found = wrong(tmp_path, text)
    assert any(one.startswith(told) for one in found), found
    assert "hunter2" not in str(found)
