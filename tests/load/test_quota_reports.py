"""Exchange hosts in an inventory: how they are asked, and the reports that somebody brought from them."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from baseline.errors import InputError
from baseline.load import load_inventory, load_quota_report
from baseline.model import Target
from tests.kinds.exchange_reports import document, text_of, written


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "quotas.json"
    path.write_text(text_of("pass-out-of-the-box"), encoding="utf-8")
    return path


def host(folder: Path, variables: str) -> Target:
    path = folder / "hosts.yml"
    path.write_text(f"all:\n  hosts:\n    ex1: {{ansible_host: 192.0.2.9, roles: [mailstore], {variables}}}\n")
    (target,) = load_inventory(path).targets
    return target


def refusal(folder: Path, variables: str) -> str:
    with pytest.raises(InputError) as caught:
        host(folder, variables)
    return str(caught.value)


def test_a_report_belongs_to_its_host(report: Path, tmp_path: Path) -> None:
    target = host(tmp_path, "exchange_report: quotas.json")
    assert target.shell == "powershell"
    assert target.quota_report is not None
    assert target.quota_report.file == str(report)
    assert target.quota_report.mailboxes == written("pass-out-of-the-box").mailboxes


def test_a_reference_beside_it(report: Path, tmp_path: Path) -> None:
    target = host(tmp_path, "exchange_report: quotas.json, exchange_reference: quotas.json")
    assert target.quota_reference is target.quota_report
    assert host(tmp_path, "ansible_shell_type: powershell, exchange_reference: quotas.json").quota_report is None
    assert "`exchange_reference` is for an Exchange host" in refusal(tmp_path, "exchange_reference: quotas.json")


@pytest.mark.parametrize(("word", "shell"), [("powershell", "powershell"), ("cmd", "powershell"), ("sh", "sh")])
def test_the_shell_in_the_words_of_ansible(tmp_path: Path, word: str, shell: str) -> None:
    assert host(tmp_path, f"ansible_shell_type: {word}").shell == shell
    assert host(tmp_path, "site: hq").shell == "sh"


def test_a_shell_that_is_not_asked_in(tmp_path: Path) -> None:
    assert "`ansible_shell_type`: 'fish' is not asked in" in refusal(tmp_path, "ansible_shell_type: fish")


def test_an_exchange_host_is_not_this_machine(tmp_path: Path) -> None:
    said = refusal(tmp_path, "ansible_shell_type: powershell, ansible_connection: local")
    assert "`ansible_shell_type`: this machine is asked in sh" in said


def test_a_windows_host_does_not_speak_for_a_domain(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    line = "{ansible_host: 192.0.2.%d, roles: [dns], domains: [example.gov.my]%s}"
    path.write_text(f"all:\n  hosts:\n    w1: {line % (1, ', ansible_shell_type: cmd')}\n    l1: {line % (2, '')}\n")
    windows, linux = load_inventory(path).targets
    assert not windows.speaks_for
    assert [subject.name for subject in linux.speaks_for] == ["example.gov.my"]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8])
def test_what_windows_writes(report: Path, mark: bytes) -> None:
    encoding = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(mark, "utf-8")
    report.write_bytes(mark + text_of("nothing-larger-quotas-of-its-own").replace("\n", "\r\n").encode(encoding))
    assert load_quota_report(report).mailboxes == written("nothing-larger-quotas-of-its-own").mailboxes


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{\n "schema": 1,\n "more" 2\n}', ":3:9: ", "this is no JSON"),
        (text_of("unknown-database-not-listed"), ":29:16: ", "mailboxes[1].Database: devi@example.gov.my has the"),
        (json.dumps(document(databases=[]), indent=1), ":5:15: ", "databases: lists none"),
        (json.dumps(document(more=1), indent=1), "", "more: there is no such key in a report"),
        ("", ": ", "the file is empty"),
        ("[" * 3000, "", "this is no"),
    ],
)
def test_a_mistake_is_told_at_its_place(report: Path, text: str, place: str, said: str) -> None:
    report.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_quota_report(report)
    assert f"{report}{place}" in str(caught.value)
    assert said in str(caught.value)


def test_all_mistakes_at_once_and_what_is_missing_at_what_should_hold_it(report: Path) -> None:
    plain = document()
    plain["databases"][0]["ProhibitSendQuota"] = "1.9 GB"
    del plain["mailboxes"][2]["Guid"]
    report.write_text(json.dumps(plain, indent=1))
    with pytest.raises(InputError) as caught:
        load_quota_report(report)
    assert [(problem.line, problem.message.partition(":")[0]) for problem in caught.value.problems] == [
        (10, "databases[0].ProhibitSendQuota"),
        (35, "mailboxes[2].Guid"),
    ]


def test_broken_utf_16(report: Path) -> None:
    report.write_bytes(codecs.BOM_UTF16_LE + b"{\x00\x00")
    with pytest.raises(InputError, match="is not UTF-8"):
        load_quota_report(report)


def test_a_report_that_is_not_there_is_a_mistake_of_the_inventory(tmp_path: Path) -> None:
    assert f"{tmp_path / 'gone.json'}: there is no such file" in refusal(tmp_path, "exchange_report: gone.json")
