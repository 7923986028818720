"""What signs the mail of each domain, as a state: Rspamd, or else OpenDKIM where the site signs with that."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.model import State
from baseline.model.looks import Parts
from baseline.readings.dkim import Dkim, DkimSigner, KeyFile
from baseline.readings.opendkim import NAME, OpenDkim, Setup

if TYPE_CHECKING:
    from testinfra.host import Host

FOR_SIGNER = "for the signer alone"
SIGNERS_OWN = "the signer's"
NO_RSPAMD = "Rspamd is not installed"
SIGNER = "signer"
"""After the name of a domain, the key that says that OpenDKIM is to sign it. Without it Rspamd is."""


def signing(host: Host, answers: Dkim, domains: tuple[str, ...]) -> Parts:
    """What each domain's mail is signed with. Raises `CannotTell`.

    How OpenDKIM is set up is asked along with the rest, so that a host without it costs no exchange more; what it would
    sign only where there is a domain that Rspamd does not sign.
    """
    opendkim = OpenDkim(host, domains)
    if answers.without_rspamd:
        state = Parts({"signing": NO_RSPAMD, "settled": True, "selector": None})
        if not _by_opendkim(opendkim, domains, state):
            answers.signer()
        return state
    signer, keys = answers.signer(), answers.keys()
    state = Parts(
        {"signing": "on" if signer.enabled else "off", "settled": signer.settled, "selector": signer.selector}
    )
    for domain in domains:
        state |= _by_rspamd(domain, signer, keys, answers.signature(domain))
    unsigned = tuple(one for one in domains if state[f"{one} signature"] != f"d={one}")
    if unsigned:
        _by_opendkim(opendkim.about(unsigned), unsigned, state)
    return state


def plain(der: bytes) -> str:
    """A public key as a state holds it."""
    return base64.b64encode(der).decode()


def _by_rspamd(domain: str, signer: DkimSigner, keys: Mapping[str, KeyFile], signature: Mapping[str, str]) -> State:
    """What Rspamd signs a domain's mail with; the configured key where nothing is signed."""
    path, configured = signer.of(domain)
    file = keys.get(path)
    if signature.get("d") == domain and file is None:
        raise CannotTell(f"{domain} is signed with a key that is not among the files looked at: {path}")
    return {
        f"{domain} signature": _signature(signature),
        f"{domain} in a section": domain in signer.domains,
        **_of_key(domain, signature.get("s", configured), path, file),
    }


def _by_opendkim(answers: OpenDkim, domains: tuple[str, ...], state: Parts) -> bool:
    """Have a state say what OpenDKIM does about domains that Rspamd does not sign; whether it is set up to sign."""
    setup = answers.setup()
    if setup is None:
        return False
    answers.tell(setup, state)
    for domain in domains:
        for key in [key for key in state if key.startswith(f"{domain} ")]:
            del state[key]
        state[f"{domain} {SIGNER}"] = NAME
        _domain_by_opendkim(domain, answers, setup, state)
    return True


def _domain_by_opendkim(domain: str, answers: OpenDkim, setup: Setup, state: Parts) -> None:
    signature: Mapping[str, str] = {}
    with state.part():
        signature = answers.signature(domain)
        state[f"{domain} signature"] = _signature(signature)
    with state.part():
        path, selector, file = setup.key_of(domain, signature)
        state |= _of_key(domain, selector, path, file)


def _signature(signature: Mapping[str, str]) -> str:
    return f"d={signature['d']}" if "d" in signature else "none"


def _of_key(domain: str, selector: str, path: str, file: KeyFile | None) -> State:
    """The key that a domain's mail is signed with, and how its file is kept."""
    state: State = {
        f"{domain} selector": selector,
        f"{domain} key path": path,
        f"{domain} public key": None,
        f"{domain} key made": None,
        f"{domain} key file": None,
    }
    if file is None:
        return state
    kept = FOR_SIGNER if not file.mode & 0o007 else f"mode {file.mode:04o}"
    return {
        **state,
        **({f"{domain} RSA bits": file.key.bits} if file.key.algorithm == "rsa" else {}),
        f"{domain} algorithm": file.key.algorithm,
        f"{domain} public key": plain(file.key.der),
        f"{domain} key made": file.changed,
        f"{domain} key file": kept if file.readable else "not readable by the signer",
    }
