"""Keys and certificates: made once, kept in the cache, so that a host is the same host at its next start."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

from baseline.lab.command import Words, run
from baseline.lab.place import LabHost, LabPlace

SSH_KINDS = ("ed25519", "ecdsa", "rsa")
YEARS = 10
DAYS = str(365 * YEARS)


def client_key(place: LabPlace) -> Path:
    """The private key of the account `ops`; the public one lies beside it."""
    directory = place.cache / "keys" / "client"
    if not directory.exists():
        new = _fresh(directory)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ops@lab", "-f", new / "id_ed25519"])
        new.rename(directory)
    return directory / "id_ed25519"


def authority(place: LabPlace) -> Path:
    """The certificate of the lab's own authority; its key lies beside it."""
    directory = place.cache / "keys" / "authority"
    if not directory.exists():
        new = _fresh(directory)
        subject: Words = ["-subj", "/O=Mail lab/CN=Lab certificate authority"]
        files: Words = ["-keyout", new / "lab-ca.key", "-out", new / "lab-ca.pem"]
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", DAYS, *subject, *files])
        new.rename(directory)
    return directory / "lab-ca.pem"


def host_keys(place: LabPlace, host: LabHost) -> Path:
    """A directory with the host's SSH keys as sshd names them, and `tls.pem` and `tls.key`."""
    directory = place.cache / "keys" / host.name
    if not directory.exists():
        new = _fresh(directory)
        for kind in SSH_KINDS:
            file = new / f"ssh_host_{kind}_key"
            run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"root@{host.name}", "-f", file])
        _certify(host, authority(place), new)
        new.rename(directory)
    return directory


def _certify(host: LabHost, signer: Path, directory: Path) -> None:
    request, extensions = directory / "request", directory / "extensions"
    subject: Words = ["-subj", f"/CN={host.fqdn}", "-keyout", directory / "tls.key", "-out", request]
    run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-noenc", *subject])
    extensions.write_text(f"subjectAltName=DNS:{host.fqdn},DNS:{host.domain}\nbasicConstraints=CA:FALSE\n")
    signing: Words = ["-CA", signer, "-CAkey", signer.with_suffix(".key"), "-days", DAYS, "-extfile", extensions]
    run(["openssl", "x509", "-req", "-in", request, *signing, "-out", directory / "tls.pem"])
    request.unlink()
    extensions.unlink()


def _fresh(directory: Path) -> Path:
    """A new directory to fill and then rename: whoever finds `directory` finds it whole."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    for stale in directory.parent.glob(f".{directory.name}.*"):
        shutil.rmtree(stale)
    return Path(mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
