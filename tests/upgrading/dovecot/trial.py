"""Seeds on two lab hosts: run by 2.3 on one, converted, run by 2.4 on the other, with the same facts asked of both."""

from __future__ import annotations

import ast
import io
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from baseline.upgrading.dovecot import asking
from tests.upgrading.dovecot.seeds import Seed

HERE = Path(__file__).parent
PLACE = "/srv/convert"
_ROUND = """set -e
export DEBIAN_FRONTEND=noninteractive
# Packages of Dovecot start it when they are installed, so it is stopped behind them.
dpkg -s dovecot-sqlite sqlite3 >/dev/null 2>&1 || apt-get install -y -q dovecot-sqlite sqlite3 >/dev/null 2>&1
systemctl stop dovecot.socket dovecot 2>/dev/null || true
for one in $(grep -lzs "^/srv/convert/" /proc/[0-9]*/cmdline); do
  one=${one#/proc/}
  kill "${one%/cmdline}" || true
done
rm -rf /srv/convert
mkdir -p /srv/convert
tar xzf - -C /srv/convert
cd /srv/convert
for root in /srv/convert/*/dovecot.conf; do
  root=${root%/dovecot.conf}
  mkdir -p "$root/mail" "$root/home" "$root/db" "$root/index" "$root/control"
  chown -R vmail:vmail "$root/mail" "$root/home" "$root/index" "$root/control"
  if [ -f "$root/sieve" ] || [ -d "$root/sieve" ]; then chown -R vmail "$root/sieve"; fi
done
sh -e prepare.sh >&2
"""
_ASK = """for root in /srv/convert/*/dovecot.conf; do
  sh asking.sh "$root" >"${root%/dovecot.conf}.answer" &
done
wait
"""
_TELL = """python3 probe.py <instances >facts
tar czf - facts $(ls *.answer 2>/dev/null)
cd /
rm -rf /srv/convert
userdel sys1 2>/dev/null || true
systemctl start dovecot.socket dovecot 2>/dev/null || true
"""


def before(enter: Sequence[str], seeds: Sequence[Seed]) -> tuple[dict[str, str], dict[str, Any]]:
    """The answers of a host of 2.3 that has the seeds, and its facts, by the names of the seeds."""
    return _round(enter, seeds, {seed.name: seed.files for seed in seeds}, ask=True)


def after(enter: Sequence[str], seeds: Sequence[Seed], converted: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The facts of a host of 2.4 that has the converted configurations in the place of the seeds' own."""
    files = {seed.name: {**seed.files, **converted[seed.name]} for seed in seeds}
    return _round(enter, seeds, files, ask=False)[1]


def _round(
    enter: Sequence[str], seeds: Sequence[Seed], files: Mapping[str, Mapping[str, str]], *, ask: bool
) -> tuple[dict[str, str], dict[str, Any]]:
    packed = _archive(seeds, files)
    script = _ROUND + (_ASK if ask else "") + _TELL
    done = subprocess.run([*enter, "sh", "-c", script], input=packed, capture_output=True, timeout=300, check=False)
    if done.returncode:
        raise AssertionError(done.stderr.decode()[-2000:])
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        told = {one.name: (archive.extractfile(one) or io.BytesIO()).read().decode() for one in archive.getmembers()}
    answers = {name.removesuffix(".answer"): text for name, text in told.items() if name.endswith(".answer")}
    return answers, ast.literal_eval(told["facts"])


def _archive(seeds: Sequence[Seed], files: Mapping[str, Mapping[str, str]]) -> bytes:
    instances = [
        {
            "name": seed.name,
            "root": seed.root,
            "conf": f"{seed.root}/dovecot.conf",
            "address": seed.address,
            "port": seed.port,
            "accounts": seed.accounts,
            "mails": seed.mails,
        }
        for seed in seeds
    ]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        _add(archive, "probe.py", (HERE / "probe.py").read_text())
        _add(archive, "instances", repr(instances))
        _add(archive, "asking.sh", asking.QUESTION)
        _add(archive, "prepare.sh", "\n".join(seed.prepare for seed in seeds))
        for name, text in _keys().items():
            _add(archive, f"keys/{name}", text)
        for seed in seeds:
            for name, text in files[seed.name].items():
                _add(archive, f"{seed.name}/{name}", text, 0o755 if name.endswith(".sh") else 0o644)
    return packed.getvalue()


def _add(archive: tarfile.TarFile, name: str, text: str, mode: int = 0o644) -> None:
    raw = text.encode()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(raw), mode
    archive.addfile(info, io.BytesIO(raw))


@cache
def _keys() -> Mapping[str, str]:
    """Two certificates with their keys, the same on both hosts."""
    found = {}
    for name in ("main", "other"):
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name}.example.test")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(who)
            .issuer_name(who)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        found[f"{name}.pem"] = certificate.public_bytes(pem).decode()
        form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        found[f"{name}.key"] = key.private_bytes(pem, form, none).decode()
    return found
