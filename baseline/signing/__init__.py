"""Signatures of what this project measures, keeps and hands over, by Ed25519, in the format of `ssh-keygen -Y`.

A signature is made and verified here without another program; `ssh-keygen -Y verify` verifies it as well, and what
`ssh-keygen -Y sign` makes with an Ed25519 key is verified here. Source: PROTOCOL.sshsig of OpenSSH.

What is here:

- `allowed`: Who may sign: a file as ssh-keygen(1) has it under "ALLOWED SIGNERS", read more strictly.
- `installation`: The installation's key: made when first needed, kept with the other files of the controller, for its
  user alone.
- `keys`: Private keys that sign, and public keys as SSH writes them.
- `sshsig`: The format of signatures, as bytes: what is signed, how a signature is written, and how one is read
  strictly.
- `verifying`: Whose signature of a content it is, of those who may sign it.
"""

from baseline.signing.allowed import AllowedSigner, AllowedSigners
from baseline.signing.installation import installation_key
from baseline.signing.keys import Signer
from baseline.signing.verifying import verify

MEASUREMENT = "baseline-measurement"
EVIDENCE = "baseline-evidence"
CHECKLIST = "baseline-checklist"
DOSSIER = "baseline-dossier"
REPORT = "baseline-report"
"""What a signature is for: one of the same key for anything else is none of this."""

__all__ = [
    "CHECKLIST",
    "DOSSIER",
    "EVIDENCE",
    "MEASUREMENT",
    "REPORT",
    "AllowedSigner",
    "AllowedSigners",
    "Signer",
    "installation_key",
    "verify",
]
