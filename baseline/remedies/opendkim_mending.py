"""What a person does about mail that OpenDKIM is to sign, and what is lost where Rspamd signs instead. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from baseline.formats import dkim
from baseline.model import Outcome, Scalar, State
from baseline.readings.dkim_signers import FOR_SIGNER, SIGNER, SIGNERS_OWN
from baseline.readings.opendkim import ASKED, MODE, NAME, OPEN, SOCKET, UNIT
from baseline.remedies.remedy import Displacing

CONF = "/etc/opendkim.conf"
_OF_THE_KEY = ("signature", SIGNER, "selector", "key path", "public key", "key made", "key file")
_IN_DNS: Mapping[str, Scalar] = {"key records": 1, "published key": SIGNERS_OWN, "in test mode": False}


def failed_by_it(wrong: Collection[str], state: State) -> tuple[str, ...]:
    """The domains that OpenDKIM is to sign, and does not as it should. `wrong` are the keys that are not as wanted."""
    domains = _domains(state)
    if any(key.startswith(NAME) for key in wrong):
        return domains
    return tuple(
        one for one in domains if any(f"{one} {name}" in wrong for name in (*_OF_THE_KEY, "RSA bits", *_IN_DNS))
    )


def displaced_of_it(domains: Sequence[str]) -> tuple[Displacing, ...]:
    """What Rspamd's signing takes the effect from, for domains that OpenDKIM is to sign."""
    named = ", ".join(domains)
    return (Displacing(f"{NAME}'s key for {named}", "would no longer be what is judged"),) if domains else ()


def ours_instead(state: State, domains: Sequence[str]) -> State:
    """The state as if OpenDKIM signed none of these domains: what a remedy with Rspamd starts from."""
    if not domains:
        return state
    hers = {f"{domain} {name}" for domain in domains for name in (*_OF_THE_KEY, "RSA bits", "algorithm")}
    kept = {key: value for key, value in dict(state).items() if key not in hers and not key.startswith(NAME)}
    for domain in domains:
        kept |= {f"{domain} {name}": None for name in _OF_THE_KEY} | {f"{domain} signature": "none"}
    return kept


def to_mend(state: State, min_bits: int) -> str:
    """What a person does about OpenDKIM; empty where it does not sign, or nothing that is known of it is wrong."""
    known = dict(state)
    domains = _domains(known)
    said = [*_about_it(known)] if domains else []
    for domain in domains:
        said += _about(domain, known, min_bits)
    return "; ".join(said)


def _domains(state: State) -> tuple[str, ...]:
    return tuple(key.removesuffix(f" {SIGNER}") for key in state if key.endswith(f" {SIGNER}"))


def _about_it(known: State) -> Iterator[str]:
    if known.get(UNIT, "active") != "active":
        yield "run `systemctl enable --now opendkim`"
    elif known.get(SOCKET, OPEN) != OPEN:
        yield f"let Postfix write to the Socket of {CONF}: by its group, UMask and directory"
    if "s" not in str(known.get(MODE, "s")):
        yield f"put s into Mode of {CONF}"
    lacking = [
        key.removeprefix(f"{ASKED} ") for key, value in known.items() if key.startswith(ASKED) and value != "yes"
    ]
    if lacking:
        yield f"name the Socket of {CONF} in smtpd_milters and non_smtpd_milters ({', '.join(lacking)})"


def _about(domain: str, known: State, min_bits: int) -> Iterator[str]:
    path, bits = known.get(f"{domain} key path"), known.get(f"{domain} RSA bits")
    if known.get(f"{domain} signature", f"d={domain}") != f"d={domain}" and "s" in str(known.get(MODE, "s")):
        yield f"{domain}: have Domain, or SigningTable and KeyTable, of {CONF} sign it with a key of its own name"
    if isinstance(bits, int) and bits < min_bits:
        yield (
            f"{domain}: the key {path} is too short: make another one under another selector "
            f"(`opendkim-genkey -b {min_bits} -s SELECTOR -d {domain}`), then change over"
        )
    elif path and known.get(f"{domain} key file", FOR_SIGNER) != FOR_SIGNER:
        yield f"{domain}: give {path} to the account of OpenDKIM's UserID, with mode 0600"
    elif known.get(f"{domain} public key") and any(
        known.get(f"{domain} {name}", good) not in (good, Outcome.PASS) for name, good in _IN_DNS.items()
    ):
        yield f"{domain}: publish this key, once, at {dkim.name(str(known.get(f'{domain} selector')), domain)}"
