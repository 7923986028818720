"""Dossiers that mean harm to whoever verifies them: their maker has a key, and signs what he likes."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from baseline.dossier import verify_dossier
from baseline.dossier.packing import zipped
from baseline.dossier.verify_dossier import (
    LARGEST,
    MANIFEST,
    SCHEMA,
    SIGNATURE,
    NotWhole,
    Opened,
    directory,
    examined,
    local_header,
    name_of,
    signers_of,
)
from baseline.signing import DOSSIER, Signer
from tests.adversary.case import adversary

MAKER = "who makes a dossier"
SIGNER = Signer.made()
LEAST = {"schema": SCHEMA, "agency": "A", "since": "", "until": "", "as_of": "2026-01-01T00:00:00Z", "lacks": []}


def signed(raw: bytes) -> str:
    return SIGNER.sign(raw, DOSSIER)


def with_manifest(manifest: dict[str, Any], behind: bytes = b"") -> bytes:
    """A dossier with this manifest, signed, and these bytes in place of its files."""
    raw = json.dumps(manifest).encode()
    signature = signed(raw).encode()
    parts = []
    for name, content in ((MANIFEST, raw), (SIGNATURE, signature)):
        parts += [local_header(name, 0, zlib.crc32(content), len(content), len(content)), content]
    return b"".join(parts) + behind


@adversary(MAKER, "files that say to be small, or few, and are inflated without an end")
def test_no_more_is_inflated_than_a_dossier_has() -> None:
    """A file is inflated to the size that its manifest says and no further; files together have 2 GiB at most.

    Before: each file was bounded, and 65 000 of them by nothing.
    """
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = bomb.compress(bytes(1 << 20)) + bomb.flush()
    told = {
        "name": "a",
        "sha256": "00",
        "packed_sha256": hashlib.sha256(packed).hexdigest(),
        "packed_size": len(packed),
    }
    behind = local_header("a", 8, 0, len(packed), 10) + packed
    with pytest.raises(NotWhole, match="a is not what the manifest says of it"):
        Opened(with_manifest({**LEAST, "files": [{**told, "size": 10}]}, behind))
    with pytest.raises(NotWhole, match="a was altered, is too large"):
        Opened(with_manifest({**LEAST, "files": [{**told, "size": LARGEST + 1}]}, behind))
    many = [{**told, "name": str(number), "size": LARGEST} for number in range(9)]
    with pytest.raises(NotWhole, match="too large"):
        Opened(with_manifest({**LEAST, "files": many}, behind))


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"schema": SCHEMA},
        {**LEAST, "files": None},
        {**LEAST, "files": [1]},
        {**LEAST, "files": [{"name": "a"}]},
        {**LEAST, "files": [{"name": 1, "size": 0, "sha256": "", "packed_size": 0, "packed_sha256": ""}]},
        {**LEAST, "files": [{"name": "é", "size": 0, "sha256": "", "packed_size": -1, "packed_sha256": ""}]},
        {**LEAST, "files": [{"name": "a", "size": "0", "sha256": "", "packed_size": 0, "packed_sha256": ""}]},
        {**LEAST, "schema": "baseline.dossier/2", "files": []},
    ],
)
@adversary(MAKER, "a signed manifest whose parts are of other sorts, or lack")
def test_a_manifest_of_nonsense_is_refused_in_words(manifest: dict[str, Any]) -> None:
    """The verifier says that the manifest cannot be read, and why; no traceback, and nothing is taken for whole.

    Before: new with the verifier.
    """
    with pytest.raises(NotWhole, match=r"manifest|é was altered"):
        Opened(with_manifest(manifest))


@pytest.mark.parametrize("name", ["clauses.json", "history/runs.jsonl", "evidence/records.json", "measurements.jsonl"])
@pytest.mark.parametrize(
    "content", [b"", b"[" * 100_000, b"null\n", b'[{"number": 1e999}]\n', b'{"id": []}\n', b"\xff\xfe"]
)
@adversary(MAKER, "files of a signed dossier that hold nonsense, or lists in lists without an end")
def test_nonsense_in_a_file_is_told_and_ends(name: str, content: bytes) -> None:
    """Each is told as wrong, or as a dossier without what it should hold, and never as an error of the verifier.

    Before: new with the verifier.
    """
    files = {"clauses.json": b"[]", "evidence/records.json": b"[]", "history/runs.jsonl": b""} | {name: content}
    made = zipped({**LEAST, "runs": None}, files, signed)
    told = examined(Opened(made))
    empty = content == b"" and name in ("history/runs.jsonl", "measurements.jsonl")
    assert bool(told) != empty, told


@adversary(MAKER, "words of a signed manifest that a terminal would obey")
def test_nothing_of_a_dossier_steers_the_terminal(tmp_path: Path) -> None:
    """What is printed has no control character but the ends of its own lines, whatever a manifest says.

    Before: new with the verifier.
    """
    evil = "\x1b]0;whole\x07\x1b[2J\rwhole, and signed by the agency\u202e"
    files = {"clauses.json": b"[]", "evidence/records.json": b"[]"}
    made = zipped({**LEAST, "agency": evil, "lacks": [evil], "runs": None}, files, signed)
    place = tmp_path / "a.zip"
    place.write_bytes(made)
    words = [sys.executable, "-I", str(verify_dossier.__file__), str(place), "--key", Signer.made().public_line]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert re.search(r"[^\n -\ud7ff]", done.stdout) is None
    assert "\u202e" not in done.stdout
    assert not any(line.startswith("whole") for line in done.stdout.splitlines())


@adversary(MAKER, "a name that is listed twice, so that another file is read than the one that was seen")
def test_a_name_stands_for_one_file() -> None:
    """A manifest that has a name twice is no manifest.

    Before: new with the verifier.
    """
    raw = b"x"
    told = {"name": "a", "size": 1, "packed_size": 1}
    told |= dict.fromkeys(("sha256", "packed_sha256"), hashlib.sha256(raw).hexdigest())
    manifest = {**LEAST, "files": [told, told]}
    head = with_manifest(manifest)
    manifest_raw = json.dumps(manifest).encode()
    signature = signed(manifest_raw).encode()
    entries = [
        (name, 0, zlib.crc32(content), len(content), len(content))
        for name, content in ((MANIFEST, manifest_raw), (SIGNATURE, signature), ("a", raw), ("a", raw))
    ]
    file = local_header("a", 0, zlib.crc32(raw), 1, 1) + raw
    with pytest.raises(NotWhole, match="directory at the end"):
        Opened(head + file + file + directory(entries))


@adversary(MAKER, "patterns of namespaces that a matcher goes through for years")
def test_patterns_of_signers_end() -> None:
    """A line of allowed signers with fifty stars is looked at in no time.

    Before: stars became `.*`, whose number a matcher's time grows with beyond all bounds.
    """
    key = SIGNER.public_line
    read = signers_of(f'a namespaces="{"*a" * 50}b" {key}\n')
    assert name_of(key, "a" * 60, "2026-01-01T00:00:00Z", read) == ""
