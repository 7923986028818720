"""Signatures by Ed25519, files of allowed signers, and the key of an installation.

What is here:

- `keys`: Keys that are the same in each run, so that what is made with them is.
- `test_allowed`: The file of allowed signers: who counts for what and when, and every mistake at its line.
- `test_installation`: The installation's key: made once, kept for its user alone, and never replaced by another behind
  anybody's back.
- `test_sshsig`: Signatures, made here and by ssh-keygen, and verified by the other one as well.
"""
