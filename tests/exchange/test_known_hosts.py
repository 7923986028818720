"""known_hosts as OpenSSH reads it: who is meant by a line, and which keys that leaves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from baseline import known_hosts
from baseline.known_hosts import KnownHosts, known_keys
from tests.growth import calls


def a_key() -> str:
    """A public key as a line of known_hosts holds it: type and base64."""
    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


ONE, TWO, THREE = a_key(), a_key(), a_key()


def hashed(name: str) -> str:
    salt = b"s" * 20
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def keys(tmp_path: Path, text: str | bytes, name: str = "mx1.example.org") -> list[str]:
    """The keys found, in the way they were written."""
    path = tmp_path / "known_hosts"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return [f"{key.get_name()} {key.get_base64()}" for key in known_keys(name, [str(path)])]


class TestNames:
    @pytest.mark.parametrize(
        "names",
        [
            "mx1.example.org",
            "MX1.Example.ORG",
            "other,mx1.example.org",
            "mx1.example.org,192.0.2.1",
            "*.example.org",
            "mx?.example.org",
            "*",
            "!mx2.example.org,*.example.org",
            hashed("mx1.example.org"),
        ],
    )
    def test_that_mean_the_host(self, tmp_path: Path, names: str) -> None:
        assert keys(tmp_path, f"{names} {ONE}\n") == [ONE]

    @pytest.mark.parametrize(
        "names",
        [
            "mx1",
            "example.org",
            "mx1.example.org.evil.test",
            "xmx1.example.org",
            "mx1xexample.org",
            "*.example.org,!mx1.example.org",
            "!mx1.example.org,*",
            "!mx1.example.org",
            "!*",
            "?.example.org",
            "mx[1-9].example.org",
            "[mx1.example.org]:2222",
            "[mx1.example.org]:22",
            hashed("mx2.example.org"),
            hashed("[mx1.example.org]:2222"),
            "|1|",
            "|1|x|y",
            "|1||",
            "|2|AAAA|AAAA",
            ",",
            "#mx1.example.org",
        ],
    )
    def test_that_do_not(self, tmp_path: Path, names: str) -> None:
        assert keys(tmp_path, f"{names} {ONE}\n") == []

    def test_another_port_is_another_name(self, tmp_path: Path) -> None:
        text = f"[mx1.example.org]:2222 {ONE}\nmx1.example.org {TWO}\n{hashed('[mx1.example.org]:2222')} {THREE}\n"
        assert keys(tmp_path, text, "[mx1.example.org]:2222") == [ONE, THREE]
        assert keys(tmp_path, text) == [TWO]

    def test_addresses(self, tmp_path: Path) -> None:
        text = f"192.0.2.1 {ONE}\n[2001:db8::1]:2222 {TWO}\n2001:db8::1 {THREE}\n"
        assert keys(tmp_path, text, "192.0.2.1") == [ONE]
        assert keys(tmp_path, text, "[2001:db8::1]:2222") == [TWO]
        assert keys(tmp_path, text, "2001:db8::1") == [THREE]

    def test_a_host_written_in_capitals_is_found_under_its_hash(self, tmp_path: Path) -> None:
        """ssh makes the name lower case before it hashes it."""
        assert keys(tmp_path, f"{hashed('mx1.example.org')} {ONE}\n", "MX1.example.org") == [ONE]

    @pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")
    def test_what_ssh_keygen_hashed(self, tmp_path: Path) -> None:
        path = tmp_path / "known_hosts"
        path.write_text(f"mx1.example.org {ONE}\n[mx1.example.org]:2222 {TWO}\nmx2.example.org {THREE}\n")
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
        text = path.read_text()
        assert "mx1" not in text
        assert keys(tmp_path, text) == [ONE]
        assert keys(tmp_path, text, "[mx1.example.org]:2222") == [TWO]


class TestMarkers:
    def test_a_revoked_key_is_no_key(self, tmp_path: Path) -> None:
        text = f"mx1.example.org {ONE}\nmx1.example.org {TWO}\n@revoked * {ONE}\n"
        assert keys(tmp_path, text) == [TWO]

    def test_revoked_before_it_is_named_or_in_another_file(self, tmp_path: Path) -> None:
        (tmp_path / "one").write_text(f"@revoked mx1.example.org {ONE}\n")
        (tmp_path / "two").write_text(f"mx1.example.org {ONE}\n")
        assert known_keys("mx1.example.org", [str(tmp_path / "one"), str(tmp_path / "two")]) == []
        assert known_keys("mx1.example.org", [str(tmp_path / "two"), str(tmp_path / "one")]) == []

    def test_revoked_for_another_host_only(self, tmp_path: Path) -> None:
        assert keys(tmp_path, f"mx1.example.org {ONE}\n@revoked mx2.example.org {ONE}\n") == [ONE]

    def test_an_authority_is_not_taken_for_a_host_key(self, tmp_path: Path) -> None:
        assert keys(tmp_path, f"@cert-authority *.example.org {ONE}\n@unheard-of mx1.example.org {TWO}\n") == []


class TestLines:
    def test_comments_blank_lines_and_odd_spacing(self, tmp_path: Path) -> None:
        text = f"# {ONE}\n\n   \n\tmx1.example.org\t {ONE}   a comment, with mx2 in it\n#mx1.example.org {TWO}\n"
        assert keys(tmp_path, text) == [ONE]

    def test_line_ends_of_windows_and_none_at_the_end(self, tmp_path: Path) -> None:
        assert keys(tmp_path, f"mx1.example.org {ONE}\r\nmx1.example.org {TWO}") == [ONE, TWO]

    @pytest.mark.parametrize(
        "rest",
        [
            "",
            "ssh-ed25519",
            "ssh-ed25519 not/base64!",
            "ssh-ed25519 AAAA",
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==",
            "ssh-rsa " + base64.b64encode(b"\0\0\0\x07ssh-rsa\0\0\0\x01\xff\0\0\0\x01\xff").decode(),
            "ssh-dss AAAAB3NzaC1kc3MAAAAA",
            "unheard-of AAAA",
            "1024 35 12345",
        ],
    )
    def test_a_broken_line_does_not_hide_the_others(self, tmp_path: Path, rest: str) -> None:
        assert keys(tmp_path, f"mx1.example.org {rest}\nmx1.example.org {TWO}\n") == [TWO]

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        assert keys(tmp_path, b"\xff\xfe\x00\nmx1.example.org " + ONE.encode() + b"\n") == [ONE]

    @given(st.binary(max_size=300), st.sampled_from(["", "mx1 ", "mx1 ssh-rsa ", "mx1 ssh-ed25519 ", "@revoked mx1 "]))
    def test_garbage_is_skipped(self, tmp_path_factory: pytest.TempPathFactory, garbage: bytes, begin: str) -> None:
        path = tmp_path_factory.mktemp("garbage") / "known_hosts"
        path.write_bytes(begin.encode() + garbage + b"\nmx1 " + ONE.encode() + b"\n")
        assert ONE in [f"{key.get_name()} {key.get_base64()}" for key in known_keys("mx1", [str(path)])]

    @given(
        st.sampled_from(["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"]),
        st.lists(st.binary(max_size=40), max_size=4),
    )
    def test_a_key_of_any_parts_is_read_or_skipped(
        self, tmp_path_factory: pytest.TempPathFactory, kind: str, parts: list[bytes]
    ) -> None:
        raw = b"".join(len(part).to_bytes(4, "big") + part for part in [kind.encode(), *parts])
        path = tmp_path_factory.mktemp("parts") / "known_hosts"
        path.write_text(f"mx1 {kind} {base64.b64encode(raw).decode()}\nmx1 {ONE}\n")
        assert ONE in [f"{key.get_name()} {key.get_base64()}" for key in known_keys("mx1", [str(path)])]


class TestFiles:
    def test_those_not_there_are_skipped(self, tmp_path: Path) -> None:
        (tmp_path / "known_hosts").write_text(f"mx1 {ONE}\n")
        paths = ["/nowhere", str(tmp_path), "~nobody-of-that-name/x", "/dev/null", str(tmp_path / "known_hosts")]
        assert len(known_keys("mx1", paths)) == 1

    def test_none_named_means_those_of_openssh(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".ssh").mkdir()
        (tmp_path / ".ssh/known_hosts").write_text(f"mx1.example.org {ONE}\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert [key.get_base64() for key in known_keys("mx1.example.org", ())] == [ONE.split()[1]]

    def test_none_at_all_means_no_key(self) -> None:
        assert known_keys("mx1", ["/nowhere"]) == []

    def test_one_that_changes_is_read_anew(self, tmp_path: Path) -> None:
        file, run = tmp_path / "known_hosts", KnownHosts()
        file.write_text(f"mx1 {ONE}\n")
        assert len(run.keys("mx1", [str(file)])) == 1
        file.write_text(f"mx1 {ONE}\n@revoked mx1 {ONE}\n")
        assert run.keys("mx1", [str(file)]) == []
        file.unlink()
        assert run.keys("mx1", [str(file)]) == []

    def test_a_key_found_under_its_hash_is_found_again(self, tmp_path: Path) -> None:
        file, run = tmp_path / "known_hosts", KnownHosts()
        file.write_text(f"{hashed('mx1')} {ONE}\n{hashed('mx2')} {TWO}\n{hashed('mx1')} {THREE}\n")
        for _ in range(2):
            assert [f"{key.get_name()} {key.get_base64()}" for key in run.keys("mx1", [str(file)])] == [ONE, THREE]


class TestGrowth:
    """A file is read once for a run, whatever it holds, and a connection costs no more than the file is long."""

    @staticmethod
    def _took(file: Path, form: Callable[[str], str], lines: int, hosts: int) -> int:
        file.write_text("".join(f"{form(f'host{number}')} {ONE}\n" for number in range(lines)))
        run = KnownHosts()

        def ask() -> None:
            for number in range(hosts):
                assert len(run.keys(f"host{number}", [str(file)])) == 1

        return calls(ask)

    def test_twice_the_plain_lines_and_hosts_are_twice_the_work(self, tmp_path: Path) -> None:
        once, twice = (self._took(tmp_path / "known_hosts", str, size, size) for size in (200, 400))
        assert twice < 2.2 * once

    def test_a_hashed_line_is_tried_with_few_calls_for_each_host(self, tmp_path: Path) -> None:
        """Every hash has a salt of its own, so that each name is tried on each: 5 000 of them in less than 5 ms."""
        few, more = (self._took(tmp_path / "known_hosts", hashed, 300, hosts) for hosts in (1, 21))
        assert (more - few) / 20 < 300 * 5 + 300

    @pytest.mark.parametrize("form", [str, hashed], ids=["plain", "hashed"])
    def test_only_the_lines_of_the_host_become_keys(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Callable[[str], str]
    ) -> None:
        """paramiko compares each line with all before it."""
        file = tmp_path / "known_hosts"
        file.write_text("".join(f"{form(f'host{number}')} {ONE}\n" for number in range(5000)))
        made: list[list[str]] = []
        parse = known_hosts._key

        def noted(fields: list[str]) -> known_hosts.HostKey | None:
            made.append(fields)
            return parse(fields)

        monkeypatch.setattr(known_hosts, "_key", noted)
        assert len(known_keys("host4321", [str(file)])) == 1
        assert len(made) == 1
