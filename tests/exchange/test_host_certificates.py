"""Certificates of hosts, as ssh-keygen makes them and a real sshd shows them: what one proves, and what it does not."""

from __future__ import annotations

import base64
import getpass
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.errors import Unreachable
from baseline.host_certificates import Authorities, read_certificate
from baseline.known_hosts import KnownHosts
from baseline.local import Identified
from baseline.opening import CertificateRefused
from baseline.session import Connector
from tests.exchange.sshd import Sshd, running, write_key
from tests.exchange.test_session import needs_sshd

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
ADDRESS = "127.0.0.1"


def keygen(*arguments: object) -> None:
    subprocess.run(["ssh-keygen", "-q", *map(str, arguments)], check=True, capture_output=True)


def public(path: Path) -> str:
    return " ".join(Path(f"{path}.pub").read_text().split()[:2])


class Ca:
    """An authority, a host's key, and a certificate for it."""

    def __init__(self, folder: Path, kind: str = "ed25519", ca_kind: str = "ed25519") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.key = folder / "ca", folder / "key"
        keygen("-t", ca_kind, "-N", "", "-f", self.ca)
        keygen("-t", kind, "-N", "", "-f", self.key)

    @property
    def certificate(self) -> Path:
        return Path(f"{self.key}-cert.pub")

    def sign(self, *options: str, names: str | None = ADDRESS, host: bool = True, by: Path | None = None) -> bytes:
        """The bytes of a new certificate."""
        for_names = [] if names is None else ["-n", names]
        keygen("-s", by or self.ca, "-I", "mx1", *(["-h"] if host else []), *for_names, *options, f"{self.key}.pub")
        return base64.b64decode(self.certificate.read_text().split()[1])

    def why(self, blob: bytes, name: str = ADDRESS, revoked: Sequence[str] = (), now: float | None = None) -> str:
        """Why a certificate is refused; empty when it is not."""
        lines = [f"@cert-authority {name} {public(self.ca)}", *(f"@revoked * {one}" for one in revoked)]
        known = self.ca.parent / "known"
        known.write_text("".join(f"{line}\n" for line in lines))
        keys, bad = KnownHosts().authorities(name, [str(known)])
        try:
            found = read_certificate(blob)
            # An authority that is revoked is not among them; what was signed by it is refused in either way.
            Authorities(name, keys, bad).check(found, blob, time.time() if now is None else now)
        except CertificateRefused as refusal:
            return str(refusal)
        return ""


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Ca:
    return Ca(tmp_path_factory.mktemp("ca"))


class TestCertificates:
    @pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
    @pytest.mark.parametrize("ca_kind", ["ed25519", "ecdsa", "rsa"])
    def test_good_ones(self, tmp_path: Path, kind: str, ca_kind: str) -> None:
        made = Ca(tmp_path, kind, ca_kind)
        assert made.why(made.sign()) == ""

    @pytest.mark.parametrize("names", ["127.0.0.*", "other,127.0.0.1", "127.0.0.?", "*"])
    def test_names_that_mean_the_host(self, ca: Ca, names: str) -> None:
        assert ca.why(ca.sign(names=names)) == ""

    @pytest.mark.parametrize("names", ["mx2", "127.0.0.11", "27.0.0.1", "127.0.0.[1]", "127.0.0", "[127.0.0.1]:22"])
    def test_names_that_mean_another(self, ca: Ca, names: str) -> None:
        assert ca.why(ca.sign(names=names)) == f"it is for {names}, and not for 127.0.0.1"

    def test_one_without_names(self, ca: Ca) -> None:
        assert ca.why(ca.sign(names=None)).startswith("it is for no name in particular")

    def test_one_for_a_user(self, ca: Ca) -> None:
        assert ca.why(ca.sign(host=False)) == "it is one for a user, and not for a host"

    def test_its_time(self, ca: Ca) -> None:
        blob = ca.sign("-V", "20300101000000Z:20310101000000Z")
        begin, end = 1893456000, 1924992000
        assert ca.why(blob, now=begin - 1) == "it is not valid before 2030-01-01 00:00 UTC: look at both clocks"
        assert ca.why(blob, now=begin) == ""
        assert ca.why(blob, now=end - 1) == ""
        assert ca.why(blob, now=end) == "it ended on 2031-01-01 00:00 UTC: have it renewed"

    def test_one_of_another_authority(self, ca: Ca, tmp_path: Path) -> None:
        other = Ca(tmp_path)
        why = "it is signed by an authority that known_hosts does not name for this host"
        assert ca.why(ca.sign(by=other.ca)) == why

    def test_one_that_its_own_key_signed(self, ca: Ca) -> None:
        assert "does not name for this host" in ca.why(ca.sign(by=ca.key))

    def test_what_is_revoked(self, ca: Ca) -> None:
        blob, why = ca.sign(), "its key, or the authority that signed it, is revoked in known_hosts"
        assert ca.why(blob, revoked=[public(ca.key)]) == why
        assert ca.why(blob, revoked=[public(ca.ca)]) == why

    def test_conditions_that_are_not_understood(self, ca: Ca) -> None:
        blob = ca.sign("-O", "critical:force-command=x", host=False)
        assert ca.why(blob) == "it is one for a user, and not for a host"
        hosts = ca.sign("-O", "critical:only-on-sundays=x")
        assert ca.why(hosts) == "it holds under conditions that are not understood: only-on-sundays"

    def test_one_that_was_signed_by_sha1(self, tmp_path: Path) -> None:
        made = Ca(tmp_path, ca_kind="rsa")
        blob = made.sign("-t", "ssh-rsa")
        assert made.why(blob) == "its authority signed it by SHA-1: have one made with rsa-sha2-512"

    def test_a_plain_key_is_no_certificate(self, ca: Ca) -> None:
        assert ca.why(base64.b64decode(public(ca.key).split()[1])) == "it cannot be read as one"

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_none_that_was_altered_counts(self, ca: Ca, data: st.DataObject) -> None:
        """A byte changed, cut off or added anywhere: it is refused, and nothing else goes wrong."""
        if not ca.certificate.exists():
            ca.sign()
        blob = bytearray(base64.b64decode(ca.certificate.read_text().split()[1]))
        how = data.draw(st.sampled_from(["change", "cut", "add", "insert"]))
        at = data.draw(st.integers(0, len(blob) - 1))
        if how == "change":
            blob[at] ^= data.draw(st.integers(1, 255))
        elif how == "cut":
            del blob[at:]
        elif how == "insert":
            blob.insert(at, data.draw(st.integers(0, 255)))
        else:
            blob += data.draw(st.binary(min_size=1, max_size=20))
        assert ca.why(bytes(blob)) != ""

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=300))
    def test_noise_is_none(self, ca: Ca, noise: bytes) -> None:
        assert ca.why(noise) == "it cannot be read as one"


class TestOverSsh:
    """What a real sshd shows, and what is then believed."""

    pytestmark = needs_sshd

    @staticmethod
    def target_options(made: Ca) -> list[str]:
        return [f"HostKey {made.key}", f"HostCertificate {made.certificate}"]

    @staticmethod
    def asked(server: Sshd, tmp_path: Path, *known: str) -> str:
        """What it proves to be; or why it is refused."""
        (tmp_path / "known").write_text("".join(f"{line}\n" for line in known))
        try:
            session = Connector().connect(server.target(known_hosts=(str(tmp_path / "known"),)))
        except Unreachable as error:
            return str(error)
        assert session.exchange(b"echo mine\n") == b"mine\n"
        assert isinstance(session, Identified)
        machine = session.machine
        session.close()
        return machine

    @pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
    def test_a_host_is_known_by_its_authority(self, tmp_path: Path, kind: str) -> None:
        made = Ca(tmp_path / "ca", kind)
        made.sign()
        shown = subprocess.run(["ssh-keygen", "-lf", f"{made.key}.pub"], capture_output=True, text=True, check=True)
        with running(tmp_path / "sshd", *self.target_options(made)) as server:
            for names in (f"[127.0.0.1]:{server.port}", "127.0.0.*", "*"):
                machine = self.asked(server, tmp_path, f"@cert-authority {names} {public(made.ca)}")
                # It is known by its key, whatever the certificate.
                assert machine.split()[1] == shown.stdout.split()[1]

    def test_a_host_is_refused_by_what_its_certificate_lacks(self, tmp_path: Path) -> None:
        made = Ca(tmp_path / "ca")
        line = f"@cert-authority * {public(made.ca)}"
        for options, names, words in (
            (["-V", "20200101:20210101"], ADDRESS, "it ended on 2021-01-01"),
            ([], "mx9.example.org", "it is for mx9.example.org, and not for 127.0.0.1"),
        ):
            made.sign(*options, names=names)
            with running(tmp_path / names, *self.target_options(made)) as server:
                said = self.asked(server, tmp_path, line)
                assert said.startswith(f"the host certificate of 127.0.0.1:{server.port} is refused: {words}")
                # A plain key that is known does not make it good, as for ssh.
                assert "is refused" in self.asked(
                    server, tmp_path, line, f"[127.0.0.1]:{server.port} {public(made.key)}"
                )

    def test_an_authority_speaks_for_its_hosts_only(self, tmp_path: Path) -> None:
        made = Ca(tmp_path / "ca")
        made.sign()
        with running(tmp_path / "sshd", *self.target_options(made)) as server:
            known = f"[127.0.0.1]:{server.port} {write_key(tmp_path / 'other')}"
            said = self.asked(server, tmp_path, f"@cert-authority *.example.org {public(made.ca)}", known)
            assert "is not the known one" in said
            said = self.asked(server, tmp_path, f"@cert-authority *.example.org {public(made.ca)}")
            assert "is not known" in said
            said = self.asked(
                server, tmp_path, f"@cert-authority * {public(made.ca)}", f"@revoked * {public(made.key)}"
            )
            assert said.endswith("is refused: its key, or the authority that signed it, is revoked in known_hosts")

    def test_a_plain_key_is_asked_for_where_no_certificate_is_shown(self, tmp_path: Path) -> None:
        made = Ca(tmp_path / "ca", "ecdsa")
        with running(tmp_path / "sshd", f"HostKey {made.key}") as server:
            authority, at = f"@cert-authority * {public(made.ca)}", f"[127.0.0.1]:{server.port}"
            machine = self.asked(server, tmp_path, authority, f"{at} {public(made.key)}")
            assert machine.startswith("ecdsa-sha2-nistp256 ")
            assert "is not the known one" in self.asked(server, tmp_path, authority, f"{at} {public(made.ca)}")
            assert "is not known" in self.asked(server, tmp_path, authority)

    def test_one_of_another_authority_leaves_the_known_key(self, tmp_path: Path) -> None:
        made, other = Ca(tmp_path / "ca"), Ca(tmp_path / "other")
        made.sign()
        line = f"@cert-authority * {public(other.ca)}"
        with running(tmp_path / "sshd", *self.target_options(made)) as server:
            at = f"[127.0.0.1]:{server.port}"
            assert self.asked(server, tmp_path, line, f"{at} {public(made.key)}").startswith("ssh-ed25519 ")
            said = self.asked(server, tmp_path, line)
            assert said.endswith("it is signed by an authority that known_hosts does not name for this host")

    def test_a_user_certificate_beside_the_key_lets_in(self, tmp_path: Path) -> None:
        made = Ca(tmp_path / "ca")
        (tmp_path / "keys").write_text(f"cert-authority {public(made.ca)}\n")
        with running(tmp_path / "sshd", f"TrustedUserCAKeys {made.ca}.pub") as server:
            target = server.target(key_file=str(made.key))
            with pytest.raises(Unreachable, match="may not log in"):
                Connector().connect(target)
            made.sign(names=getpass.getuser(), host=False)
            session = Connector().connect(target)
            assert session.exchange(b"echo mine\n") == b"mine\n"
            session.close()
