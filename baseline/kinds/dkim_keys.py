"""Kind `dkim_keys`: mail of each domain is signed, with a strong key, and the world can verify it."""

from __future__ import annotations

import base64
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import Edit, SetUcl
from baseline.formats import dkim, ucl
from baseline.judge import Advised, AtLeast, AtMost, Equal, Matches, Want, Wants
from baseline.kinds.base import Control, Line, Loosens
from baseline.model import Action, Scalar, State, Target
from baseline.model.probes import View
from baseline.readings import opendkim
from baseline.readings.dkim import DEFAULT_PATH, Dkim
from baseline.readings.dkim_signers import FOR_SIGNER, NO_RSPAMD, SIGNERS_OWN, plain, signing
from baseline.readings.dns import VANTAGE, told
from baseline.readings.zones import IN_A_FILE, kept_state, named_configuration, zone_paths
from baseline.remedies.dkim_publishing import INCLUDED, make_and_publish
from baseline.remedies.mending import faults, helps
from baseline.remedies.opendkim_mending import displaced_of_it, failed_by_it, ours_instead, to_mend
from baseline.remedies.remedy import Duty, Effects, Remedy
from baseline.remedies.zone_records import load_zone, txt
from baseline.zone_edits import RaiseSerial, SetInclude, SetRecords

if TYPE_CHECKING:
    from testinfra.host import Host

SETTINGS = "/etc/rspamd/local.d/dkim_signing.conf"
MINE = r"(v=DKIM1|k=|p=)"


class DkimKeys(Control):
    """For each domain of the host: what Rspamd signs with, and whether DNS has the public half of the same key.

    A message without signature, or with one that does not verify, is only as good as the address that it comes from:
    forwarded, it fails, and a DMARC policy then has it refused.

    Looked at: Rspamd is given a message as from an officer who is logged in (nothing is sent), and what it signs for
    which domain with which selector is read from its reply; the key file's length, mode and age, by its public half
    alone; the TXT record at `SELECTOR._domainkey.DOMAIN`, at a resolver and at each of the zone's own servers; and
    whether its key is the signer's, compared as keys and not as text. Where Rspamd does not sign a domain and OpenDKIM
    is set up with a key, that is judged instead: what its own code (`opendkim -t`) adds to the same message by the
    files that it has now, its key, unit, `Mode` and socket, and whether each service that users hand mail to, and the
    host's own mail, go through it. A KeyTable that is no file, or an included file, is not read: `unknown`.

    Applied: where a domain is not signed for, a key made on the host by rspamadm (RSA, `key_bits`), owned by root,
    group _rspamd, mode 0440, in /var/lib/rspamd/dkim; `selector`, `path` and `use_esld = false` in local.d. The
    private key never leaves the host. Where the same host keeps the zone in a file, the record is written to a file
    of its own under /etc/bind/baseline-dkim, which the zone includes. Otherwise the plan prints what to do: with DNS
    elsewhere, the record has to be published by hand before anything is signed. A weak key is replaced by a person.
    What is wrong with OpenDKIM a person mends; with `--replace`, Rspamd signs beside it and is judged from then on.

    What can go wrong: two hosts that sign for one domain need two selectors, so the default is the host's name.
    Rspamd's own default, `use_esld`, signs a sub-domain with the name above it. A key file that Rspamd may not read
    leaves mail unsigned without a word. How to read it: `d1.example signature` is `d=example`: signed, but for
    another domain. Sources: RFC 6376 section 3.6.1; RFC 8301 section 3.2; RFC 8463; NIST SP 800-177r1; rspamd.com
    "DKIM signing module".
    """

    summary: ClassVar[str] = "Mail of each domain is signed, with a strong key, and the world can verify it."
    nothing_to_judge: ClassVar[str] = "the inventory gives this host no domains"
    loosens: ClassVar[Loosens] = {
        "min_rsa_bits": "lower",
        "max_key_age": "higher",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="another signer of the site's (OpenDKIM, dkimpy-milter), beside which Rspamd would begin",
        notice="Nothing for users; servers elsewhere find a signature of the domain on their mail.",
    )

    kind: Literal["dkim_keys"]
    selector: Annotated[
        Line,
        Field(
            pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$", description="The name of a key that is made, in DNS."
        ),
    ] = "dkim"
    key_bits: Annotated[Literal[2048, 3072, 4096], Field(description="Length of an RSA key that is made.")] = 2048
    min_rsa_bits: Annotated[int, Field(ge=1024, le=4096, description="Shorter keys fail.")] = 2048
    max_key_age: Annotated[int, Field(ge=1, description="Days after which an older key is a warning.")] = 730
    zone_files: Annotated[
        tuple[Line, ...], Field(description="More places where the zone's file may stand; `{zone}` is its name.")
    ] = ()

    def expected(self, target: Target) -> Wants:
        """For each domain: signed, with a key as it should be, and published."""
        wants: dict[str, Want] = {}
        for domain in target.domains:
            wants |= {
                f"{domain} signature": Equal(f"d={domain}"),
                f"{domain} RSA bits*": AtLeast(self.min_rsa_bits),
                f"{domain} key file": Equal(FOR_SIGNER),
                f"{domain} key records": Equal(1),
                f"{domain} published key": Equal(SIGNERS_OWN),
                f"{domain} in test mode": Equal(value=False),
                f"{domain} key age": Advised(AtMost(self.max_key_age, unit="days")),
                **{f"{domain} {key}": want for key, want in VANTAGE.items()},
            }
        # Of OpenDKIM, where that signs.
        wants |= {
            f"{opendkim.UNIT}*": Equal("active"),
            f"{opendkim.MODE}*": Matches(r"[rv]*s[rsv]*", "one with s, to sign"),
            f"{opendkim.SOCKET}*": Equal(opendkim.OPEN),
            f"{opendkim.ASKED}*": Equal("yes"),
        }
        return wants if target.domains else {}

    def actual(self, host: Host, target: Target) -> State:
        """What Rspamd signs with, or else OpenDKIM, and where the host keeps the zones."""
        if not target.domains:
            return {}
        answers = Dkim(host, target.domains)
        conf = named_configuration(host) if "dns" in target.roles else None
        state = signing(host, answers, target.domains)
        if conf is not None:
            for domain in target.domains:
                state |= {f"{domain} {key}": value for key, value in kept_state(conf, domain).items()}
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """Rspamd's settings, and the files that zones may stand in."""
        zones = target.domains if "dns" in target.roles else ()
        return (SETTINGS, *(path for domain in zones for path in zone_paths(self.zone_files, domain)))

    def outside(self, view: View, state: State, target: Target) -> State:
        """What DNS has at each selector."""
        found: dict[str, Scalar] = {}
        for domain in target.domains:
            selector = state[f"{domain} selector"]
            here = told(view, dkim.name(str(selector or self.selector), domain), "TXT")
            found |= _published(domain, here.records, str(state[f"{domain} public key"] or ""))
            found |= {f"{domain} {key}": value for key, value in here.state.items()}
            changed = state[f"{domain} key made"]
            age = view.now - datetime.fromtimestamp(changed, UTC) if isinstance(changed, int) else None
            found[f"{domain} key age"] = age.days if age is not None else 0
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Keys, settings and records, for the domains that a machine can bring all of."""
        wants = self.expected(target)
        theirs = failed_by_it(faults(wants, state), state)
        others = to_mend(state, self.min_rsa_bits) if theirs else ""
        state = ours_instead(state, theirs)
        wrong = faults(wants, state)
        broken = [one for one in target.domains if any(_hers(key, one) and not _vantage(key) for key in wrong)]
        advice = [text for domain in broken for text in self._obstacles(domain, state)]
        mended = tuple(one for one in broken if not list(self._obstacles(one, state)))
        if not helps(wants, state, lambda key: not any(_hers(key, one) and not _late(key, one) for one in mended)):
            return Remedy(advice=others or "; ".join(advice)) if others or advice else None
        settings = [*self._settings(state)] if any(self._unsigned(one, state) for one in mended) else []
        edits: list[Edit] = [*settings]
        actions: list[Action] = []
        for domain in mended:
            more, acts = self._published_by(domain, state, wrong)
            edits += more
            actions += acts
        begins: tuple[Duty, ...] = ("signs",) if settings else ()
        return Remedy(
            edits=tuple(edits),
            actions=tuple(actions),
            reloads=("rspamd", "named"),
            advice=others,
            displaces=displaced_of_it(theirs) if settings else (),
            begins=begins,
        )

    def advice(self, state: State) -> str:
        """What a person should do."""
        if others := to_mend(state, self.min_rsa_bits):
            return self.fix or others
        told_ = [text for key in state if key.endswith(" signature") for text in self._obstacles(key[:-10], state)]
        return self.fix or "; ".join(told_) or "make a key, publish its record, and have Rspamd sign with it"

    def _obstacles(self, domain: str, state: State) -> Iterator[str]:
        """Why no machine brings a domain's key to where it should be, with what a person should do."""
        selector, path = self._key_of(domain, state)
        record, public = dkim.name(selector, domain), str(state.get(f"{domain} public key") or "")
        if not state.get("settled"):
            yield f"{domain}: Rspamd takes keys from a map, which is not looked into: mend it there"
        elif state.get("signing") == NO_RSPAMD:
            yield f"{domain}: Rspamd is not installed, which an apply would have sign"
        elif state.get("signing") == "off":
            yield f"{domain}: signing is turned off (enabled = false in dkim_signing): turn it on"
        elif state.get(f"{domain} in a section") and self._unsigned(domain, state):
            yield f"{domain}: its section in dkim_signing names {path}, with which nothing is signed: mend it by hand"
        elif self._weak(domain, state):
            yield f"{domain}: the key {path} is too short: make another one under another selector, then change over"
        elif state.get(f"{domain} public key") and state.get(f"{domain} key file") != FOR_SIGNER:
            yield f"{domain}: run `chown root:_rspamd {path}` and `chmod 0440 {path}`, then reload Rspamd"
        elif state.get(f"{domain} zone kept") != IN_A_FILE:
            make = f"rspamadm dkim_keygen -b {self.key_bits} -s {selector} -d {domain} -k {path}"
            line = txt(record, dkim.text_of(base64.b64decode(public)), MINE).lines()[0] if public else make
            yield f"{domain}: publish {record}: {line}" if public else f"{domain}: run `{line}`, publish {record}"

    def _weak(self, domain: str, state: State) -> bool:
        bits = state.get(f"{domain} RSA bits")
        return isinstance(bits, int) and bits < self.min_rsa_bits

    def _unsigned(self, domain: str, state: State) -> bool:
        return state.get(f"{domain} signature") != f"d={domain}"

    def _key_of(self, domain: str, state: State) -> tuple[str, str]:
        """Selector and path of the key that a domain has, or of the one to be made."""
        if state.get(f"{domain} public key"):
            return str(state[f"{domain} selector"]), str(state[f"{domain} key path"])
        signed = any(key.endswith(" public key") and value for key, value in state.items())
        selector = str(state.get("selector")) if signed else self.selector
        return selector, DEFAULT_PATH.replace("$domain", domain).replace("$selector", selector)

    def _settings(self, state: State) -> Iterator[Edit]:
        """What has Rspamd find the keys, by the name of the domain itself."""
        signed = any(key.endswith(" public key") and value for key, value in state.items())
        yield SetUcl(SETTINGS, "use_esld", "false")
        if not signed:
            yield SetUcl(SETTINGS, "selector", ucl.quoted(self.selector))
            yield SetUcl(SETTINGS, "path", ucl.quoted(DEFAULT_PATH))

    def _published_by(self, domain: str, state: State, wrong: Container[str]) -> tuple[list[Edit], list[Action]]:
        """The key's record in a file that the zone includes, and the key itself where there is none."""
        selector, path = self._key_of(domain, state)
        published = not any(f"{domain} {key}" in wrong for key in ("key records", "published key", "in test mode"))
        if published and state.get(f"{domain} public key"):
            return [], []
        zone, file = str(state[f"{domain} zone"]), str(state[f"{domain} zone file"])
        name = dkim.name(selector, domain)
        edits: list[Edit] = [
            SetRecords(file, zone, name, "TXT", (), MINE),
            SetInclude(file, zone, INCLUDED.format(domain=domain, selector=selector)),
            RaiseSerial(file, zone),
        ]
        return edits, [make_and_publish(domain, selector, path, self.key_bits), load_zone(zone, file)]


def _hers(key: str, domain: str) -> bool:
    return key.startswith(f"{domain} ")


def _vantage(key: str) -> bool:
    return key.endswith(tuple(VANTAGE))


def _late(key: str, domain: str) -> bool:
    """What a remedy does not mend: a key that is there stays, and copies elsewhere come later."""
    return key.removeprefix(f"{domain} ") in ("key age", "at servers with an older copy", "at the resolver")


def _published(domain: str, texts: tuple[str, ...], public: str) -> dict[str, Scalar]:
    """What the record says, and whether it is the signer's key."""
    found: dict[str, Scalar] = {f"{domain} key records": len(texts), f"{domain} in test mode": False}
    key = f"{domain} published key"
    if len(texts) != 1:
        return {**found, key: None}
    try:
        record = dkim.parse(texts[0])
    except ValueError as error:
        return {**found, key: f"not valid: {error}"}
    found[f"{domain} in test mode"] = record.testing
    if record.key is None:
        return {**found, key: "revoked (p= is empty)"}
    if not {"*", "email"} & {*record.services} or (record.hashes and "sha256" not in record.hashes):
        return {**found, key: "not for mail signed with SHA-256"}
    same = plain(record.key.der) == public
    return {**found, key: SIGNERS_OWN if same else f"another {record.key.algorithm} key of {record.key.bits} bits"}
