"""What is handed over as evidence: signatures, files of allowed signers, and the lists of personnel systems."""

from __future__ import annotations

from collections.abc import Callable

from baseline.errors import UserError
from baseline.evidence.accounts import AccountColumns, accounts_of
from baseline.evidence.trainings import Columns, trainings
from baseline.signing import AllowedSigners, sshsig
from tests.adversary.parser import Parser
from tests.adversary.shapes import everywhere
from tests.signing.keys import key

_LINE = f"aminah {key(1).public_line}\n"
_ACCOUNTS = AccountColumns("address", "created", "trained", "class", ("JUSA",))


def _told(read: Callable[[str], object]) -> Callable[[str], object]:
    """A parser whose refusal is a mistake told to a person."""

    def refusing(text: str) -> object:
        try:
            return read(text)
        except UserError as error:
            raise ValueError(str(error)) from None

    return refusing


PARSERS: dict[str, Parser] = {
    "sshsig.read": Parser(
        sshsig.read,
        everywhere(
            ("", "-----BEGIN SSH SIGNATURE-----\n"),
            ("A", "U1NIU0lHAAAAAQ", "=", "\n", "-----BEGIN SSH SIGNATURE-----\n"),
            ("", "\n-----END SSH SIGNATURE-----\n"),
        ),
    ),
    "signing.of_text": Parser(
        _told(lambda text: AllowedSigners.of_text(text, "allowed")),
        everywhere(
            ("", "a ", 'a namespaces="'),
            (_LINE, "a,", '"', '""', "namespaces=", 'namespaces="x",', "*", "# a\n", "\n", "=", " "),
            ("", f'" {_LINE}'),
        ),
    ),
    "evidence.accounts_of": Parser(
        _told(lambda text: accounts_of(text, "hr.csv", _ACCOUNTS)),
        everywhere(
            ("", "address,created,trained,class\n"),
            ("a@b.my,2024-01-15,,JUSA\n", ",", ";", '"', '""', "a", "\n"),
            ("",),
        ),
    ),
    "evidence.trainings": Parser(
        _told(lambda text: trainings(text, "hr.csv", Columns(zone="+08:00"))),
        everywhere(("", "address,held_at\n"), ("a@b.my,2024-01-15\n", ",", '"', "a.", "2024-01-15T00:00\n"), ("",)),
    ),
}
