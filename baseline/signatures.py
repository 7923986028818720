"""Signatures of files, in the format of `ssh-keygen -Y sign`, made and verified by OpenSSH itself.

Allowed signers are a file as ssh-keygen(1) has it, under "ALLOWED SIGNERS". What is verified are bytes that the caller
holds, never a file that somebody may put in another's place meanwhile.
"""

from __future__ import annotations

import signal
import subprocess
import tempfile
from pathlib import Path
from subprocess import PIPE

from baseline.deadline import cut_after
from baseline.errors import UserError

NAMESPACE = "baseline-plan"
"""What signatures of plans are for: one of the same key for mail or for git is none of a plan."""

VERIFY_SECONDS = 20
SIGN_SECONDS = 120
"""A person types a passphrase, or touches a token."""

MOST_BYTES = 1 << 16
"""The longest signature that is read, and the most that ssh-keygen may say."""


def beside(file: Path) -> Path:
    """Where the signature of a file lies."""
    return file.with_name(f"{file.name}.sig")


def sign(content: bytes, key: Path) -> bytes:
    """The signature of a content by a private key, or by an agent that has it. Raises `UserError`."""
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE]
    code, said, made = _run(words, content, SIGN_SECONDS)
    if code != 0 or not made.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise UserError(f"{key} signs nothing: {said or 'ssh-keygen gave no signature'}")
    return made


def signer(content: bytes, file: Path, signers: Path) -> str:
    """Who signed a content, of those that `signers` allows; the signature lies beside `file`, which it was read from.

    Raises `UserError` when nobody of them did, and says why.
    """
    signature = _signature(file)
    if not signers.is_file():
        raise UserError(f"{signers}, the allowed signers, cannot be read: there is no such file")
    with tempfile.TemporaryDirectory(prefix="baseline-") as folder:
        # A copy of what was read, in a place of our own: the file beside may be another by now.
        read = Path(folder) / "signature"
        read.write_bytes(signature)
        known = ["-f", str(signers), "-s", str(read), "-n", NAMESPACE]
        code, said, found = _run(["ssh-keygen", "-Y", "find-principals", *known], b"", VERIFY_SECONDS)
        names = [line for line in found.decode("utf-8", "replace").splitlines() if line]
        if code != 0 or not names:
            told = said or "No principal matched."
            raise UserError(f"{file} is not applied: no one that {signers} allows has signed it ({told})")
        for name in names:
            words = ["ssh-keygen", "-Y", "verify", *known, "-I", name]
            code, said, _ = _run(words, content, VERIFY_SECONDS)
            if code == 0:
                return name
    raise UserError(f"{file} is not applied: its signature by {names[0]} does not hold ({said})")


def _signature(file: Path) -> bytes:
    place = beside(file)
    try:
        with place.open("rb") as opened:
            signature = opened.read(MOST_BYTES + 1)
    except FileNotFoundError:
        how = f"ssh-keygen -Y sign -f KEY -n {NAMESPACE} {file}"
        raise UserError(f"{file} is not signed: there is no {place}. Whoever has reviewed it signs: {how}") from None
    except OSError as error:
        raise UserError(f"{place} cannot be read: {error.strerror or error}") from None
    if len(signature) > MOST_BYTES:
        raise UserError(f"{place} is no signature: it is longer than {MOST_BYTES >> 10} KiB")
    return signature


def _run(words: list[str], content: bytes, seconds: float) -> tuple[int, str, bytes]:
    """Run a program on a content: exit code, what it said in one line, and its output. Raises `UserError`.

    Its words and its output are bounded, and so is its time.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as told:
        given.write(content)
        given.seek(0)
        try:
            process = subprocess.Popen(words, stdin=given, stdout=PIPE, stderr=told, bufsize=0)
        except OSError as error:
            why = error.strerror or error
            raise UserError(f"{words[0]} cannot be run: {why}; it comes with openssh-client") from None
        with process, cut_after(seconds, process.kill):
            assert process.stdout is not None
            made = bytearray()
            while len(made) <= MOST_BYTES and (part := process.stdout.read(MOST_BYTES)):
                made += part
            if len(made) > MOST_BYTES:
                process.kill()
            code = process.wait()
        told.seek(0)
        said = "; ".join(told.read(MOST_BYTES).decode("utf-8", "replace").split("\n")[:3]).strip("; \r")
    if code == -signal.SIGKILL:
        raise UserError(f"{words[0]} was ended: it took longer than {seconds:g} s, or said more than it has to say")
    return code, said, bytes(made)
