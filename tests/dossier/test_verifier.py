"""The verifier stands alone, trusts nothing that a dossier says of itself, and finds what is forged with its key."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.dossier import verify_dossier
from baseline.dossier.verify_dossier import Opened, examined, holds, link, name_of, signers_of
from baseline.model import Evidence
from baseline.model import evidence as model
from baseline.signing import EVIDENCE, MEASUREMENT, Signer
from tests.dossier.agency import MadeUpAgency, checklists
from tests.dossier.forging import changed, files_of, signed_anew, without

VERIFIER = Path(verify_dossier.__file__)
Files = dict[str, bytes]


def verifier(dossier: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The verifier as an assessor runs it: a file by itself, without what is installed."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(dossier), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_it_is_one_file_of_at_most_400_lines_that_needs_the_standard_library_alone() -> None:
    text = VERIFIER.read_text()
    assert len(text.splitlines()) <= 400
    named = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names
    assert not named & {"socket", "urllib", "subprocess", "os", "pickle", "importlib"}


def test_the_exit_code_says_whether_it_is_whole_and_by_whom(
    some_days: MadeUpAgency, whole: bytes, tmp_path: Path
) -> None:
    place, signers = tmp_path / "a.zip", tmp_path / "allowed_signers"
    place.write_bytes(whole)
    key = some_days.signer.public_line
    unknown = verifier(place)
    assert (unknown.returncode, unknown.stdout.splitlines()[-1]) == (
        3,
        "whole, but by whom is not known: name the agency's key with --key",
    )
    assert verifier(place, "--key", f"{key} of the agency").returncode == 0
    signers.write_text(f'# Who signs.\nagensi.example namespaces="baseline-dossier",valid-before="20400101Z" {key}\n')
    done = verifier(place, "--signers", str(signers))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "whole, and signed by agensi.example")
    assert "lacks: the document of record assessment-2027" in done.stdout
    for line in (
        f"agensi.example {Signer.made().public_line}",
        f'agensi.example namespaces="baseline-plan" {key}',
        f'agensi.example valid-before="20280101Z" {key}',
        f'agensi.example valid-after="20280602Z" {key}',
        f"agensi.example cert-authority {key}",
        f"*.example {key}",
        f"#agensi.example {key}",
        "",
    ):
        signers.write_text(line)
        refused = verifier(place, "--signers", str(signers))
        assert refused.returncode == 1, line
        assert "which you do not trust for it" in refused.stdout
    assert verifier(place, "--key", Signer.made().public_line).returncode == 1
    assert verifier(tmp_path / "none.zip").returncode == 2
    assert verifier(place, "--signers", str(tmp_path / "none")).returncode == 2


def test_a_digest_that_was_noted_earlier_is_looked_for(some_days: MadeUpAgency, whole: bytes, tmp_path: Path) -> None:
    place = tmp_path / "a.zip"
    place.write_bytes(whole)
    key, noted = some_days.signer.public_line, some_days.history.runs()[4].digest
    assert verifier(place, "--key", key, "--expect", noted).returncode == 0
    other = verifier(place, "--key", key, "--expect", "ab" * 32)
    assert other.returncode == 1
    assert "no run has the digest abab" in other.stdout


def drop_key(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda told: told.pop(name)


def put(name: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda told: told.update({name: value})


def in_json(files: Files, name: str, change: Callable[[Any], object]) -> Files:
    told = json.loads(files[name])
    change(told)
    return {**files, name: json.dumps(told).encode()}


def another_verdict(told: Any) -> None:
    clauses = told[0]["clauses"]
    clauses["f.i"] = "pass" if clauses["f.i"] != "pass" else "fail"


def another_item(told: Any) -> None:
    (entry,) = [one for one in told if one["record"]["id"] == "checklist-001"]
    entry["record"]["facts"]["items"][0]["result"] = "failed"


def other_content(files: Files) -> Files:
    def change(told: Any) -> None:
        told[1] = f"{told[1]} "

    return changed(files, "history/contents-0001.jsonl", 3, change)


RUNS, FINDINGS, ANSWERS = (f"history/{name}.jsonl" for name in ("runs", "findings", "answers"))
REPORT, RECORDS = "reports/made-up/report.json", "evidence/records.json"

FORGED: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a verdict": (lambda files: in_json(files, "clauses.json", another_verdict), "come to other verdicts"),
    "a verdict without waivers": (
        lambda files: in_json(files, "clauses.json", lambda told: told[2]["without_waivers"].clear()),
        "come to other verdicts",
    ),
    "a run without verdicts": (
        lambda files: in_json(files, "clauses.json", lambda told: told.pop()),
        "come to other verdicts",
    ),
    "verdicts of no run": (
        lambda files: in_json(files, "clauses.json", lambda told: told.append({**told[0], "number": 4000})),
        "4000 is no run that is here",
    ),
    "a content": (other_content, "is another"),
    "an outcome": (
        lambda files: changed(files, FINDINGS, 7, put("outcome", "notapplicable")),
        "run 1 (.*) was altered",
    ),
    "a finding less": (lambda files: without(files, FINDINGS, -1), "what it saw is not all here"),
    "an answer less": (lambda files: without(files, ANSWERS, -1), "what it saw is not all here"),
    "an answer of another host": (
        lambda files: changed(files, ANSWERS, 3, put("host", "mx9")),
        "cannot be read|altered",
    ),
    "a run less": (lambda files: without(files, RUNS, 5), "does not follow on the run before it"),
    "the last run less": (lambda files: without(files, RUNS, -1), "does not end where the manifest says"),
    "another time of a run": (
        lambda files: changed(files, RUNS, 2, put("finished", "2027-06-03T07:00:00Z")),
        "run 3 (.*) was altered",
    ),
    "another exit code": (lambda files: changed(files, RUNS, 2, put("exit_code", 0)), "run 3 (.*) was altered"),
    "another finding in a report": (
        lambda files: in_json(files, REPORT, lambda told: told["findings"][4].update(outcome="pass", reason="fine")),
        "has other findings or verdicts than the history",
    ),
    "another verdict in a report": (
        lambda files: in_json(files, REPORT, lambda told: told["clauses"][0].update(verdict="pass")),
        "has other findings or verdicts than the history",
    ),
    "a report of no run": (
        lambda files: in_json(files, REPORT, lambda told: told["run"].update(id="x")),
        "x is no run that is here",
    ),
    "a document": (
        lambda files: {name: b"Basic" if "documents" in name else content for name, content in files.items()},
        "record agreement-2027: its document is another than the attested one",
    ),
    "a tick of a checklist": (lambda files: in_json(files, RECORDS, another_item), "follows another one than"),
    "a checklist less": (
        lambda files: in_json(files, RECORDS, lambda told: told.pop(4)),
        "follows another one than checklist-00",
    ),
    "a measurement": (
        lambda files: changed(files, "measurements.jsonl", 1, put("measured", "{}")),
        "measurement 2 was altered",
    ),
    "a measurement less": (lambda files: without(files, "measurements.jsonl", 3), "does not follow on the one before"),
    "another time of a measurement": (
        lambda files: changed(files, "measurements.jsonl", 1, put("at", "2027-06-02T01:00:21.000000Z")),
        "measurement 2 was altered",
    ),
    "no signature of a measurement": (
        lambda files: changed(files, "measurements.jsonl", 1, put("signature", "")),
        "measurement 2: its signature cannot be read",
    ),
    "a measurement that cannot be read": (
        lambda files: changed(files, "measurements.jsonl", 1, drop_key("content")),
        "cannot be read to its end",
    ),
    "a person's signature": (
        lambda files: in_json(files, RECORDS, lambda told: told[0]["record"].update(signature="x")),
        "record agreement-2027: its signature cannot be read",
    ),
    "what a person signed": (
        lambda files: in_json(
            files, RECORDS, lambda told: told[0]["record"].update(valid_to="2029-01-01T00:00:00+08:00")
        ),
        "record agreement-2027: its signature for baseline-evidence does not hold",
    ),
    "who may sign": (
        lambda files: {name: content for name, content in files.items() if name != "evidence/allowed_signers"},
        "record agreement-2027 is signed by a key that the agency does not name",
    ),
    "what may be signed by a person": (
        lambda files: {
            name: content.replace(b"-evidence", b"-plan") if name == "evidence/allowed_signers" else content
            for name, content in files.items()
        },
        "record agreement-2027 is signed by a key that the agency does not name",
    ),
    "a file less": (
        lambda files: {name: content for name, content in files.items() if name != "clauses.json"},
        "cannot be read to its end",
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_a_holder_of_the_key_forges_is_found(some_days: MadeUpAgency, whole: bytes, what: str) -> None:
    import re

    forge, said = FORGED[what]
    forged = signed_anew(whole, forge(files_of(whole)), some_days.signer)
    assert forged != whole
    told = examined(Opened(forged))
    assert any(re.search(said, one) for one in told), told


def test_what_was_signed_by_another_key_is_told(some_days: MadeUpAgency, whole: bytes) -> None:
    files, other = files_of(whole), Signer.made()

    def sign(told: dict[str, Any]) -> None:
        told["signature"] = other.sign(told["content"].encode(), MEASUREMENT)

    forged = changed(files, "measurements.jsonl", 1, sign)
    told = examined(Opened(signed_anew(whole, forged, some_days.signer)))
    assert told == ["measurement 2 is signed by a key that the agency does not name"]

    def sign_as_a_person(row: dict[str, Any]) -> None:
        row |= {"signature": other.sign(row["content"].encode(), EVIDENCE), "namespace": EVIDENCE}

    by_a_person = changed(files, "measurements.jsonl", 1, sign_as_a_person)
    by_a_person["evidence/allowed_signers"] += f'kumar namespaces="{EVIDENCE}" {other.public_line}\n'.encode()
    (said,) = examined(Opened(signed_anew(whole, by_a_person, some_days.signer)))
    assert said.startswith("measurement 2: its signature for baseline-measurement does not hold")
    allowed = forged["evidence/allowed_signers"]
    patterns = b'kumar namespaces="git,baseline-*" ' + other.public_line.encode()
    named = {**forged, "evidence/allowed_signers": allowed + patterns}
    assert examined(Opened(signed_anew(whole, named, some_days.signer))) == []


def test_a_dossier_of_a_later_time_has_what_began_before_and_is_whole(some_days: MadeUpAgency) -> None:
    later = some_days.dossier(since=200)
    assert examined(Opened(later)) == []
    manifest = Opened(later).manifest
    assert manifest["runs"]["first"] == 9
    carried = [number for number, one in enumerate(Opened(later).lines(ANSWERS)) if one["first"] < 9]
    forged = signed_anew(later, without(files_of(later), ANSWERS, carried[0]), some_days.signer)
    assert "cannot be read to its end" in examined(Opened(forged))[0]


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), at=st.integers(0, 64 * 8 - 1))
@settings(max_examples=25, deadline=None)
def test_signatures_hold_as_cryptography_has_them(seed: bytes, message: bytes, at: int) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, made = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key.sign(message)
    assert holds(public, message, made)
    assert not holds(public, message + b"\0", made)
    flipped = bytearray(made)
    flipped[at // 8] ^= 1 << at % 8
    assert not holds(public, message, bytes(flipped))


RFC_8032 = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655"
    "141438e7a100b",
)


def test_the_vector_of_the_rfc_holds() -> None:
    key, made = map(bytes.fromhex, RFC_8032)
    assert holds(key, b"", made)
    # The same with L added to S: who takes that lets anybody make a second signature of a first one.
    scalar = int.from_bytes(made[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    assert not holds(key, b"", made[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "key", ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f", "ff" * 32]
)
def test_a_key_that_proves_nothing_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        holds(bytes.fromhex(key), b"whatever", bytes.fromhex(key) + bytes(32))


def test_signers_are_read_as_the_package_reads_them(some_days: MadeUpAgency) -> None:
    key = some_days.signer.public_line
    read = signers_of(f'a,b valid-after="20270101Z",namespaces="baseline-dossier" {key} comment\nssh-rsa AAAA\n')
    assert read == [("a,b", {"valid-after": "20270101Z", "namespaces": "baseline-dossier"}, key)]
    assert name_of(key, "baseline-dossier", "2027-01-01T00:00:00Z", read) == "a,b"
    assert name_of(key, "baseline-dossier", "2026-12-31T23:59:59Z", read) == ""
    assert name_of(key, "baseline-evidence", "2027-01-02T00:00:00Z", read) == ""


def test_links_of_checklists_are_those_of_the_model() -> None:
    records: list[Evidence] = list(checklists(range(4)))
    assert [link(json.loads(json.dumps(one.to_dict()))) for one in records] == [model.link(one) for one in records]
