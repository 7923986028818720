"""The installation's key: made when first needed, kept with the other files of the controller, for its user alone."""

from __future__ import annotations

import contextlib
from pathlib import Path

from baseline import state_files
from baseline.errors import UserError
from baseline.signing.keys import Signer

NAME = "installation.key"


def installation_key(state: Path) -> Signer:
    """The key of the installation whose files lie in `state`, which is `state_files.directory()` for the command.

    It is made if there is none. Raises `UserError` for one that others may read, that is no key, or that cannot be
    kept: what nobody could verify tomorrow is not signed today, and a broken key is not replaced by another.
    """
    try:
        kept = state_files.read(NAME, state)
        if kept is None:
            with contextlib.suppress(FileExistsError):
                state_files.write(NAME, Signer.made().private_bytes(), replace=False, folder=state)
            kept = state_files.read(NAME, state)
    except PermissionError as error:
        raise UserError(f"the installation's key cannot be used: {error}") from None
    except OSError as error:
        why = error.strerror or error
        raise UserError(f"the installation's key {state / NAME} can neither be read nor made: {why}") from None
    return Signer.of_bytes(kept or b"", f"the installation's key {state / NAME}")
