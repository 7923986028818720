"""The document of `baseline probe`: what it may say, and what is usual where it says nothing."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from baseline.load.probed import USUAL_LIMITS, MailServer, ProbedMailbox, ProbesDocument, Provider, Webmail
from baseline.load.probes import load_probes
from baseline.secret import Secret

WHOLE = """\
vantage: outside
limits: {tries: 2, latency_seconds: 600}
networks: [203.0.113.0/24, "2001:db8::/32"]
other_networks: [10.20.0.0/16]
mailboxes:
  - address: probe@agensi.example.my
    site: cyberjaya
    authserv_id: mx.agensi.example.my
    password: !secret {file: mailbox}
    smtp: {host: mx.agensi.example.my}
    submission: {host: mail.agensi.example.my, ca: ca.pem}
    imap: {host: 192.0.2.7, server_name: mail.agensi.example.my}
    pop3: {host: mail.agensi.example.my, tls: starttls, user: probe}
    sieve: {host: localhost, tls: none, port: 2000}
    webmail: {url: "https://webmail.agensi.example.my/", says: Log masuk}
providers:
  - name: mail.example.com
    address: agensi.probe@Mail.Example.com
    user: agensi.probe
    submission: {host: smtp.example.com, tls: tls, password: !secret {env: SMTP}}
    imap: {host: imap.example.com, tls: starttls, password: !secret {env: IMAP}}
    junk: [Bulk]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "probes.yml"
    file.write_text(text)
    return file


def test_a_document_says_it_all_once_and_the_rest_is_usual(tmp_path: Path) -> None:
    of_mailbox = Secret(f"file {tmp_path / 'mailbox'}", str)
    host = "mail.agensi.example.my"
    login: Any = {"user": "probe@agensi.example.my", "password": of_mailbox}
    assert load_probes(written(tmp_path, WHOLE)) == ProbesDocument(
        vantage="outside",
        mailboxes=(
            ProbedMailbox(
                address="probe@agensi.example.my",
                site="cyberjaya",
                authserv_id="mx.agensi.example.my",
                smtp=MailServer("mx.agensi.example.my", 25, "starttls", "mx.agensi.example.my"),
                submission=MailServer(host, 587, "starttls", host, **login, ca=str(tmp_path / "ca.pem")),
                imap=MailServer("192.0.2.7", 993, "tls", host, **login),
                pop3=MailServer(host, 110, "starttls", host, "probe", of_mailbox),
                sieve=MailServer("localhost", 2000, "none", "localhost", **login),
                webmail=Webmail("https://webmail.agensi.example.my/", 200, "Log masuk"),
            ),
        ),
        providers=(
            Provider(
                name="mail.example.com",
                address="agensi.probe@Mail.Example.com",
                authserv_id="mail.example.com",
                submission=MailServer(
                    "smtp.example.com",
                    465,
                    "tls",
                    "smtp.example.com",
                    "agensi.probe",
                    Secret("environment variable SMTP", str),
                ),
                imap=MailServer(
                    "imap.example.com",
                    143,
                    "starttls",
                    "imap.example.com",
                    "agensi.probe",
                    Secret("environment variable IMAP", str),
                ),
                junk=("Bulk",),
            ),
        ),
        limits=type(USUAL_LIMITS)(tries=2, latency_seconds=600),
        networks=(ip_network("203.0.113.0/24"), ip_network("2001:db8::/32")),
        other_networks=(ip_network("10.20.0.0/16"),),
    )


@pytest.mark.parametrize("shown", [repr, lambda document: str(document.mailboxes[0].imap)])
def test_what_is_loaded_shows_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: object) -> None:
    monkeypatch.setenv("SMTP", "hunter2-of-the-provider")
    document = load_probes(written(tmp_path, WHOLE))
    password = document.providers[0].submission.password
    assert password is not None
    assert password.reveal() == "hunter2-of-the-provider"
    assert callable(shown)
    assert "hunter2" not in shown(document)
