"""Verifies a dossier by itself: `python3 verify_dossier.py DOSSIER.zip --signers FILE`. Needs no network.

Take this file from the project and not out of a dossier: whoever forges a dossier also forges the copy in it. What is
checked is written down in docs/dossier.md. Python 3.11 or later, its standard library only.
"""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import itertools
import json
import re
import struct
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

MANIFEST, SIGNATURE, SCHEMA, LARGEST = "manifest.json", "manifest.json.sig", "baseline.dossier/1", 1 << 28
BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, struct.error, zlib.error)


class NotWhole(Exception): ...


# Ed25519 (RFC 8032): points in extended coordinates.
Coordinates = tuple[int, int, int, int]
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, BASE = -121665 * pow(121666, -1, P) % P, (4 * pow(5, -1, P) % P).to_bytes(32, "little")


def added(p: Coordinates, q: Coordinates) -> Coordinates:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


@functools.lru_cache(maxsize=64)
def multiples(raw: bytes, negative: bool = False) -> list[list[Coordinates]]:
    """For each of 64 places, 0 to 15 times 16**place times a point: what makes many signatures of a key quick."""
    sign, y = int.from_bytes(raw, "little") >> 255, int.from_bytes(raw, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    if len(raw) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("the key is no point of the curve")
    x = P - x if (x & 1 != sign) != negative else x
    base: Coordinates = (x, y, 1, x * y % P)
    rows: list[list[Coordinates]] = []
    for _ in range(64):
        rows.append([*itertools.accumulate([base] * 15, added, initial=(0, 1, 1, 0))])
        base = added(rows[-1][-1], base)
    return rows


def times(rows: list[list[Coordinates]], scalar: int) -> Coordinates:
    return functools.reduce(added, (row[scalar >> 4 * place & 15] for place, row in enumerate(rows)))


def holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature holds. Raises ValueError for a key that proves nothing."""
    if times(multiples(key), 8)[0] == 0:
        raise ValueError("the key proves nothing: it is a point of small order")
    scalar = int.from_bytes(signature[32:], "little")
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y, z, _ = added(times(multiples(BASE), scalar), times(multiples(key, True), hashed))
    x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    return len(signature) == 64 and scalar < L and (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def field(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "big") + raw


def fields(blob: bytes) -> list[bytes]:
    size = 4 + int.from_bytes(blob[:4], "big")
    return [blob[4:size], *fields(blob[size:])] if blob else []


def verified(what: str, content: bytes, text: str, namespace: str) -> str:
    """The public key (as in a .pub file) whose signature (OpenSSH's PROTOCOL.sshsig) holds. Raises `NotWhole`."""
    try:
        blob = base64.b64decode("".join(text.split("\n")[1:-2]), validate=True)
        key, named, _, hashed, signature = fields(blob[10:])
        (kind, raw), (sort, made) = fields(key), fields(signature)
        blob = b"SSHSIG\0\0\0\1" + b"".join(map(field, (key, named, b"", hashed, signature)))
        body = re.sub("(.{1,70})", r"\1\n", base64.b64encode(blob).decode())
        if f"-----BEGIN SSH SIGNATURE-----\n{body}-----END SSH SIGNATURE-----\n" != text or not kind == sort == KIND:
            raise ValueError("it is written in another way than ssh-keygen does, or not by Ed25519")
        digest = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}[hashed](content).digest()
        right = holds(raw, b"SSHSIG" + b"".join(map(field, (named, b"", hashed, digest))), made)
    except BROKEN as error:
        raise NotWhole(f"{what}: its signature cannot be read: {error}") from None
    if not right or named != namespace.encode():
        raise NotWhole(f"{what}: its signature for {namespace} does not hold: it, or what it signs, was altered")
    return f"ssh-ed25519 {base64.b64encode(key).decode()}"


LINE = re.compile(r"""([^\s"*?!#]+)\s+(?:((?:[^\s"]|"[^"]*")+)\s+)?(ssh-ed25519\s+[\w+/=]+)(?:\s.*)?""")
OPTION = re.compile(r'(namespaces|valid-after|valid-before)="([^"]*)",?')


def signers_of(text: str) -> list[tuple[str, dict[str, str], str]]:
    lines = (LINE.fullmatch(line.strip()) for line in text.splitlines())
    told = [(one[1], one[2] or "", " ".join(one[3].split())) for one in lines if one]
    return [(names, dict(OPTION.findall(said)), key) for names, said, key in told if not OPTION.sub("", said)]


def name_of(key: str, namespace: str, moment: str, signers: list[tuple[str, dict[str, str], str]]) -> str:
    """Who has this key and may sign this at a moment in UTC; empty for nobody."""
    at = re.sub(r"\D", "", moment)[:14]
    for names, options, known in signers:
        after, before = options.get("valid-after", "0Z"), options.get("valid-before", "9999Z")
        within = after[:-1].ljust(14, "0") <= at <= before[:-1].ljust(14, "0") and after[-1:] == before[-1:] == "Z"
        patterns = options.get("namespaces", namespace).replace("[", "[[]").split(",")
        if known == key and within and any(fnmatchcase(namespace, one) for one in patterns):
            return names
    return ""


def local_header(name: str, method: int, crc: int, packed: int, size: int) -> bytes:
    known = (b"PK\3\4", 20, 0, method, 0, 0x21, crc, packed, size, len(name), 0)
    return struct.pack("<4s5H3L2H", *known) + name.encode("ascii")


def directory(entries: Sequence[tuple[str, int, int, int, int]]) -> bytes:
    """What comes after the files, each told by name, method, CRC, packed size and size."""
    lines, start = b"", 0
    for name, method, crc, packed, size in entries:
        known = (b"PK\1\2", 0x0314, 20, 0, method, 0, 0x21, crc, packed, size, len(name), 0, 0, 0, 0, 0x81A40000, start)
        lines += struct.pack("<4s6H3L5H2L", *known) + name.encode("ascii")
        start += 30 + len(name) + packed
    return lines + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(entries), len(entries), len(lines), start, 0)


def unpacked(part: bytes, size: int) -> bytes:
    reader = zlib.decompressobj(-15)
    content = reader.decompress(part, size + 1)
    return content if reader.eof and not reader.unused_data else b""


class Opened:
    """A dossier whose zip is as its manifest says, and whose signature by `key` holds. Raises `NotWhole`."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self.entries: list[tuple[str, int, int, int, int]] = []
        self.places: dict[str, tuple[int, int, int, int]] = {}
        raw, signature = self._stored(MANIFEST), self._stored(SIGNATURE).decode("ascii", "replace")
        self.key = verified(f"{MANIFEST} or {SIGNATURE}", raw, signature, "baseline-dossier")
        try:
            self.manifest = json.loads(raw)
            if self.manifest["schema"] != SCHEMA or sum(told["size"] for told in self.manifest["files"]) > 8 * LARGEST:
                raise ValueError(f"its schema is not {SCHEMA}, or it is too large")
            for told in self.manifest["files"]:
                self._listed(told["name"], told["sha256"], told["size"], told["packed_sha256"], told["packed_size"])
        except BROKEN as error:
            raise NotWhole(f"{MANIFEST} cannot be read: {type(error).__name__}: {error}") from None
        if data[self.at :] != directory(self.entries) or len(self.places) != len(self.entries):
            raise NotWhole("the directory at the end of the zip was altered, or something is behind it")

    def _stored(self, name: str) -> bytes:
        size, start = int.from_bytes(self.data[self.at + 18 : self.at + 22], "little"), self.at + 30 + len(name)
        content = self.data[start : start + size]
        self._entered(name, 0, content, size)
        return content

    def _listed(self, name: str, sha256: str, size: int, packed_sha256: str, packed_size: int) -> None:
        method, start = 0 if sha256 == packed_sha256 else 8, self.at + 30 + len(name)
        part = self.data[start : start + packed_size]
        if not 0 <= size <= LARGEST or hashlib.sha256(part).hexdigest() != packed_sha256:
            raise NotWhole(f"{name} was altered, is too large, or something before it was taken out or put in")
        content = unpacked(part, size) if method else part
        if hashlib.sha256(content).hexdigest() != sha256 or len(content) != size:
            raise NotWhole(f"{name} is not what the manifest says of it")
        self._entered(name, method, content, packed_size)

    def _entered(self, name: str, method: int, content: bytes, packed: int) -> None:
        header = local_header(name, method, zlib.crc32(content), packed, len(content))
        if self.data[self.at : self.at + len(header)] != header:
            raise NotWhole(f"{name} was altered: what stands before it in the zip")
        self.entries.append((name, method, zlib.crc32(content), packed, len(content)))
        self.places[name] = (self.at + len(header), packed, len(content), method)
        self.at += len(header) + packed

    def read(self, name: str) -> bytes:
        start, packed, size, method = self.places[name]
        return unpacked(self.data[start : start + packed], size) if method else self.data[start : start + packed]

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self.read(name).splitlines()] if name in self.places else []


WORSE = ("notapplicable", "pass", "warn", "waived", "unknown", "fail")
DECIDES = ("clause", "outcome", "obligation", "waived")


def verdicts(findings: Iterable[Any], waivers: bool = True) -> dict[str, str]:
    """The verdict of each clause, by the rule in docs/glossary.md; `findings` are what `DECIDES` of each."""
    clauses: dict[str, set[Any]] = defaultdict(set)
    for named, outcome, obligation, waived in findings:
        for clause in filter(None, re.split(r",\s*", named)):
            clauses[clause].add((outcome, obligation == "mandatory", waivers and waived is not None))
    found = {}
    for clause, told in clauses.items():
        lenient = ("fail", "unknown") if any(mandatory for _, mandatory, _ in told) else ("fail",)
        said = {
            "waived" if w and o in ("fail", "warn") else "warn" if not m and o in lenient else o for o, m, w in told
        }
        found[clause] = max(said, key=WORSE.index)
    return found


COLUMNS = "number id command who started finished version baseline baseline_version baseline_sha256 hosts summary"
COVERED = (*COLUMNS.split(), "exit_code", "document", "scope", "asked", "about", "begun", "previous")
LOOKS, NAMED = ("check", "plan", "apply"), ("host", "subject", "control")
ALLOWED, TABLES, KIND = "evidence/allowed_signers", ("runs", "findings", "answers"), b"ssh-ed25519"
BEGINS = ("host", "baseline", "subject", "control", "series", "outcome", "drift", "definition", "finding")


def digest(lines: Iterable[Any], end: str = "\n") -> str:
    return hashlib.sha256("".join(json.dumps(one, separators=(",", ":")) + end for one in lines).encode()).hexdigest()


class RunsTold:
    """The runs of a dossier, their findings and answers. Raises `NotWhole` for a content that is another."""

    def __init__(self, opened: Opened) -> None:
        self.runs, self.findings, self.answers = (opened.lines(f"history/{one}.jsonl") for one in TABLES)
        self.contents: dict[str, bytes] = {}
        for name in (name for name in opened.places if name.startswith("history/contents-")):
            for address, told in opened.lines(name):
                self.contents[address] = told.encode() if isinstance(told, str) else base64.b64decode(told["base64"])
                if hashlib.sha256(self.contents[address]).hexdigest() != address:
                    raise NotWhole(f"{name}: the content of {address} is another")
        self.document = functools.lru_cache(maxsize=None)(lambda address: json.loads(self.contents[address]))
        self.waiting = sorted([*self.findings, *self.answers], key=lambda one: -int(one["first"]))
        self.now: dict[Any, Any] = {}

    def wrong(self, manifest: Any, clauses: dict[int, Any], reports: dict[str, Any]) -> Iterator[str]:
        """What is wrong with the runs, in their order, each as a sentence. `reports` are by the id of their run."""
        begun: dict[int, list[Any]] = defaultdict(list)
        for one in sorted(self.findings, key=lambda one: int(one["series"])):
            begun[one["first"]].append([one[name] for name in BEGINS])
        for one in sorted(self.answers, key=lambda one: (one["host"], one["question"])):
            begun[one["first"]].append([one["host"], one["question"], one["answer"]])
        told = manifest["runs"] or {"first": 1, "last": 0, "previous": None, "head": None}
        before = told["previous"]
        for number, run in enumerate(self.runs, told["first"]):
            what = f"run {run['number']} ({run['id']})"
            if run["number"] != number or run["previous"] != before:
                yield f"{what} does not follow on the run before it: one was taken out, or put in"
            before = run["digest"]
            if not run["pruned"]:
                if run["begun"] != digest(begun[number]) or before != digest([[run[name] for name in COVERED]], ""):
                    yield f"{what} was altered, or what it saw is not all here"
                yield from self._seen(what, run, clauses.pop(number, None), reports.pop(run["id"], None))
        if len(self.runs) != told["last"] - told["first"] + 1 or before != told["head"]:
            yield "history/runs.jsonl does not end where the manifest says: a run was taken out"

    def _seen(self, what: str, run: Any, told: Any, report: Any) -> Iterator[str]:
        """Whether all that a run saw is here, and comes to what was said."""
        while self.waiting and self.waiting[-1]["first"] <= run["number"]:
            one = self.waiting.pop()
            self.now[one.get("series") or (one["host"], one["question"])] = one
        found = [self.now[number] for number in itertools.accumulate(self.document(run["scope"]))]
        parts = [(one, self.document(one["definition"]) | self.document(one["finding"])) for one in found]
        asked = self.document(run["asked"])
        for host, number in asked["hosts"].items():
            for address in {address for questions in asked["sets"][number].values() for address in questions}:
                if address not in self.contents or self.now[host, address]["answer"] not in self.contents:
                    yield f"an answer of {host} that {what} is judged by is not here"
        yield from self._came_to(what, run, parts, told, report)

    def _came_to(self, what: str, run: Any, parts: list[tuple[Any, Any]], told: Any, report: Any) -> Iterator[str]:
        judged = [tuple(part[name] for name in DECIDES) for _, part in parts]
        counts = Counter("waived" if one[3] is not None and one[1] in ("fail", "warn") else one[1] for one in judged)
        counts["drift"] = sum(one["drift"] for one, _ in parts)
        summary = json.loads(run["summary"])
        says = any((one["outcome"], one["drift"]) != (part["outcome"], part["drift"]) for one, part in parts)
        if says or any(counts[name] != summary[name] for name in (*WORSE, "drift")):
            yield f"the findings of {what} say two things, or come to other counts than it says"
        came_to = verdicts(judged), verdicts(judged, False)
        if run["command"] in LOOKS and (told is None or (told["clauses"], told["without_waivers"]) != came_to):
            yield f"clauses.json: the findings of {what} come to other verdicts"
        same = [{**{k: one[k] for k in NAMED}, **part} for one, part in parts], came_to[0]
        if report and (report["findings"], {one["clause"]: one["verdict"] for one in report["clauses"]}) != same:
            yield f"the report of {what} has other findings or verdicts than the history"


def link(record: Any) -> str:
    """What the checklist of the day after names: as `baseline.model.evidence.link`."""
    told, moments = record["facts"], [record["attested_at"] or "", *(one["at"] for one in record["facts"]["items"])]
    attested_at, *times = (
        one and f"{datetime.fromisoformat(one).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for one in moments
    )
    items = [
        [*map(one.get, ("item", "result", "operator")), at, one["evidence"]]
        for one, at in zip(told["items"], times, strict=True)
    ]
    line = [told["day"], items, record["attested_by"] or "", attested_at, told["previous"]]
    return hashlib.sha256(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def documents(opened: Opened, records: list[Any]) -> Iterator[str]:
    days: dict[Any, list[Any]] = defaultdict(list)
    for told in records:
        record, document = told["record"], told["document"]
        if document and hashlib.sha256(opened.read(document)).hexdigest() != record["file_sha256"]:
            yield f"record {record['id']}: its document is another than the attested one"
        chain = days[told["register"], record["subject"]]
        if record["control"] == "MEL-H-07" and record not in chain:
            chain.append(record)
    for chain in days.values():
        chain.sort(key=lambda record: str(record["facts"]["day"]))
        for before, record in itertools.pairwise(chain):
            if record["facts"]["previous"] != link(before):
                yield f"checklist {record['id']} follows another one than {before['id']}: one was altered or taken out"


def signed(opened: Opened, records: list[Any]) -> Iterator[str]:  # by the key of the dossier, or one that it names
    signers = signers_of(opened.read(ALLOWED).decode() if ALLOWED in opened.places else "")
    signers.append((opened.manifest["agency"], {}, opened.key))
    rows, before = [{**one, "namespace": "baseline-measurement"} for one in opened.lines("measurements.jsonl")], None
    for one in rows:
        sha256 = hashlib.sha256(one["measured"].encode()).hexdigest()
        covered = [*map(one.get, ("number", "site", "sort", "at")), sha256, one["previous"]]
        right = json.loads(one["content"]) == covered and one["digest"] == digest([covered], "")
        if not right or before not in (None, (one["number"] - 1, one["previous"])):
            yield f"{one['id']} was altered, or does not follow on the one before it"
        before = one["number"], one["digest"]
    for record in (told["record"] for told in records if told["record"].get("signature")):
        plain = {name: value for name, value in record.items() if name != "signature"}
        content = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        row = {"id": f"record {record['id']}", "namespace": "baseline-evidence", "content": content}
        rows.append({**record, **row, "at": f"{datetime.fromisoformat(record['attested_at']).astimezone(UTC)}"})
    for told in rows:
        try:
            key = verified(told["id"], told["content"].encode(), told["signature"], told["namespace"])
            if not name_of(key, told["namespace"], told["at"], signers):
                yield f"{told['id']} is signed by a key that the agency does not name"
        except NotWhole as error:
            yield str(error)


def examined(opened: Opened) -> list[str]:
    """What is wrong behind the zip: the history, the clauses, the records and what is signed by itself."""
    try:
        clauses = {one["number"]: one for one in json.loads(opened.read("clauses.json"))}
        names = [name for name in opened.places if name.startswith("reports/") and name.endswith("/report.json")]
        reports = {one["run"]["id"]: one for one in (json.loads(opened.read(name)) for name in names)}
        wrong = [*RunsTold(opened).wrong(opened.manifest, clauses, reports)]
        records = json.loads(opened.read("evidence/records.json"))
        wrong += [*documents(opened, records), *signed(opened, records)]
        return wrong + [f"clauses.json or reports: {one} is no run that is here" for one in (*clauses, *reports)]
    except (NotWhole, *BROKEN) as error:
        return [str(error) if isinstance(error, NotWhole) else f"it cannot be read to its end: {error!r}"]


def main() -> int:
    options = argparse.ArgumentParser(description="Verify a dossier. Exit code 0: whole, by a key that you trust.")
    options.add_argument("dossier", type=Path)
    options.add_argument("--signers", type=Path, help="file of OpenSSH's allowed signers, with the agency's key")
    options.add_argument("--key", default="", help="the agency's public key: 'ssh-ed25519 AAAA…'")
    options.add_argument("--expect", default="", metavar="DIGEST", help="of a run, as it was noted earlier")
    given, said, by = options.parse_args(), [], ""
    try:
        data, signers = given.dossier.read_bytes(), signers_of(given.signers.read_text() if given.signers else "")
    except (OSError, ValueError) as error:
        options.error(str(error))
    signers += [("the key that you named", {}, " ".join(given.key.split()[:2]))] if given.key else []
    try:
        opened = Opened(data)
        told, wrong = opened.manifest, examined(opened)
        said = [f"{told['agency']}, {told['since']} to {told['until']}", *(f"lacks: {one}" for one in told["lacks"])]
        pruned = [run["number"] for run in opened.lines("history/runs.jsonl") if run["pruned"]]
        said += [f"lacks: all but a line of runs {pruned[0]} to {pruned[-1]}, which were pruned"] if pruned else []
        by = name_of(opened.key, "baseline-dossier", told["as_of"], signers)
        if not by and (given.key or given.signers):
            wrong.append(f"it is signed by {opened.key}, which you do not trust for it")
        if given.expect and given.expect not in {one["digest"] for one in opened.lines("history/runs.jsonl")}:
            wrong.append(f"no run has the digest {given.expect}: the history was written anew, or is of another time")
    except (NotWhole, *BROKEN) as error:
        wrong = [str(error)]
    whole = f"whole, and signed by {by}" if by else "whole, but by whom is not known: name the agency's key with --key"
    for line in [*said, *(f"WRONG: {one}" for one in wrong)] + ([] if wrong else [whole]):
        sys.stdout.write("".join(one if one.isprintable() else "?" for one in line) + "\n")
    return 1 if wrong else 0 if by else 3


if __name__ == "__main__":
    raise SystemExit(main())
