"""Ansible Vault: values and files that ansible-core encrypted, opened with passwords, and shown to nobody."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import baseline
from baseline.cluster.parcel import packed_without_secrets
from baseline.errors import CannotTell, InputError
from baseline.load import Inventory, load_inventory, running, vaults
from baseline.load.ansible_config import usual_vaults
from baseline.secret import Secret

PLAIN = "correct horse battery"
"""What is encrypted, and never to be seen."""

PACKAGE = str(Path(baseline.__file__).parents[1])
RULES = """\
baseline: own
version: 1.0.0
title: Own
controls:
  - {id: OWN-F-01, kind: file, title: A file, clause: '', obligation: recommended, severity: low, why: To test.,
     path: /etc/own.conf, content: "password = {{ password }}\\n"}
"""


HEADER = "$ANSIBLE_VAULT;1.1;AES256"


def encrypted(text: str, password: str = "pass", label: str | None = None) -> str:
    vault = VaultLib([(label or "default", VaultSecret(password.encode()))])
    written: bytes = vault.encrypt(text, vault_id=label)
    return written.decode()


def value(text: str, password: str = "pass", label: str | None = None) -> str:
    """As YAML, below a key that stands at the left."""
    return "!vault |\n" + "".join(f"  {line}\n" for line in encrypted(text, password, label).splitlines())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inventory of one host, with a value and a file that are encrypted, and the password `pass` in a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hosts.yml").write_text("all: {hosts: {mx1: {roles: [mta]}}}\n")
    (tmp_path / "group_vars" / "all").mkdir(parents=True)
    (tmp_path / "group_vars" / "all" / "main.yml").write_text(f"open: yes\npassword: {value(PLAIN)}")
    text = encrypted(f"in_file: {PLAIN} 2\nnested: {{list: [1, '{PLAIN} 3']}}\nempty:\n")
    (tmp_path / "group_vars" / "all" / "vault.yml").write_text(text)
    (tmp_path / "rules.yml").write_text(RULES)
    secret_file(tmp_path / "pass", "pass\n")
    return tmp_path


def secret_file(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text)
    path.chmod(mode)


def variables(inventory: Inventory) -> dict[str, Any]:
    return dict(inventory.targets[0].vars)


@pytest.mark.usefixtures("folder")
def test_values_and_files_are_opened_and_secret() -> None:
    found = variables(load_inventory("hosts.yml", vaults=["pass"]))
    assert found["open"] is True
    assert found["empty"] is None
    assert found["password"].reveal() == PLAIN
    assert found["in_file"].reveal() == f"{PLAIN} 2"
    assert [one.reveal() for one in found["nested"]["list"]] == ["1", f"{PLAIN} 3"]
    assert repr(found["password"]) == "<secret from Ansible Vault group_vars/all/main.yml:2:11>"
    assert repr(found["in_file"]) == "<secret from Ansible Vault group_vars/all/vault.yml:1:10>"


@pytest.mark.usefixtures("folder")
def test_without_a_password_they_stay_shut_which_is_noted() -> None:
    inventory = load_inventory("hosts.yml")
    assert variables(inventory) == {"open": True, "roles": ["mta"]}
    opened_by = "--vault-password-file FILE opens it, with ansible-core (pip install 'mail-baseline[ansible]')"
    assert [str(note) for note in inventory.notes] == [
        f"group_vars/all/main.yml:2:11: `password` is left out: it is encrypted, and {opened_by}",
        f"group_vars/all/vault.yml: left out: it is encrypted, and {opened_by}",
    ]


def test_values_of_lists_scripts_and_json_are_opened(folder: Path) -> None:
    text = encrypted(PLAIN)
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": {"mx1": {"a": [{"__ansible_vault": text}]}}}}))
    printed = {"g": {"hosts": ["mx1"], "vars": {"b": {"__ansible_vault": text}}}, "_meta": {"hostvars": {}}}
    (folder / "hosts.sh").write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(printed)}\nEND\n")
    (folder / "hosts.sh").chmod(0o755)
    found = variables(load_inventory("hosts.json", "hosts.sh", vaults=["pass"]))
    assert [found["a"][0].reveal(), found["b"].reveal()] == [PLAIN, PLAIN]


def test_variables_of_the_command_line_are_opened(folder: Path) -> None:
    (folder / "more.yml").write_text(encrypted(f"password: {PLAIN}"))
    (folder / "value.yml").write_text(f"other: {value(PLAIN)}")
    found = variables(load_inventory("hosts.yml", extra=["@more.yml", "@value.yml"], vaults=["pass"]))
    assert [found["password"].reveal(), found["other"].reveal()] == [PLAIN, PLAIN]
    with pytest.raises(InputError, match=r"^more.yml:1:1: this is encrypted: --vault-password-file FILE opens it"):
        load_inventory("hosts.yml", extra=["@more.yml"])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40), label=st.sampled_from([None, "prod"]))
def test_whatever_was_encrypted_comes_back(folder: Path, text: str, label: str | None) -> None:
    del folder
    try:
        sent = encrypted(text, label=label)
    except UnicodeEncodeError:
        return
    assert vaults.Vaults(["pass"]).opened(sent.encode()).decode() == text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rest=st.one_of(st.binary(max_size=60), st.text("0123456789abcdef\n;", max_size=90).map(str.encode)))
def test_whatever_was_not_is_told(folder: Path, rest: bytes) -> None:
    del folder
    for header in (b"$ANSIBLE_VAULT", b"$ANSIBLE_VAULT;1.1;AES256\n", b"$ANSIBLE_VAULT;1.2;AES256;x\n", b""):
        with pytest.raises(CannotTell):
            vaults.Vaults(["pass"]).opened(header + rest)


def test_each_id_has_its_password(folder: Path) -> None:
    (folder / "hosts.yml").write_text("all: {hosts: {mx1: }}\n")
    (folder / "group_vars" / "all" / "main.yml").write_text(f"password: {value(PLAIN, 'other', 'prod')}")
    secret_file(folder / "prod", "other")
    found = variables(load_inventory("hosts.yml", vaults=["pass", "prod@prod"]))
    assert found["password"].reveal() == PLAIN
    # The id is a hint, as for Ansible: any password that fits opens it.
    assert variables(load_inventory("hosts.yml", vaults=["pass", "prod"]))["password"].reveal() == PLAIN


@pytest.mark.parametrize(
    ("script", "given", "password"),
    [
        ("#!/bin/sh\necho pass\n", "ask.sh", "pass"),
        ("#!/bin/sh\n[ \"$1 $2\" = '--vault-id prod' ] && echo pass\n", "prod@ask-client.sh", "pass"),
    ],
)
def test_a_program_prints_the_password(folder: Path, script: str, given: str, password: str) -> None:
    del password
    secret_file(folder / given.rpartition("@")[2], script, 0o700)
    assert variables(load_inventory("hosts.yml", vaults=[given]))["password"].reveal() == PLAIN


@pytest.mark.parametrize(
    ("script", "name", "words"),
    [
        ("#!/bin/sh\nexit 7\n", "p", "cannot be had: it ended with exit code 7; run it by hand to see why"),
        ("#!/bin/sh\nexit 2\n", "p-client", "cannot be had: it knows none for the id `default`"),
        ("#!/bin/sh\nsleep 60\n", "p", "cannot be had: it took longer than 1 seconds"),
        ("#!/bin/sh\nsleep 60 & exit 0\n", "p", "cannot be had: it took longer than 1 seconds"),
        ("#!/bin/sh\nyes pass\n", "p", "cannot be had: it printed more than 64 KiB"),
        ("#!/bin/sh\n:\n", "p", "cannot be read: it is empty"),
        ("#!/no/such/shell\n", "p", "cannot be had: No such file or directory. If it is no program: chmod -x"),
        ("pass\n", "p", "cannot be had: Exec format error. If it is no program: chmod -x"),
    ],
)
def test_a_program_that_gives_none_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, name: str, words: str
) -> None:
    monkeypatch.setattr(vaults, "SECONDS", 1)
    secret_file(folder / name, script, 0o700)
    with pytest.raises(InputError) as caught:
        load_inventory("hosts.yml", vaults=[name])
    assert words in str(caught.value)
    assert str(caught.value).startswith("group_vars/all/main.yml:2:11: ")


def test_a_program_that_fails_is_run_once(folder: Path) -> None:
    secret_file(folder / "count.sh", "#!/bin/sh\necho run >>runs\nexit 1\n", 0o700)
    with pytest.raises(InputError):
        load_inventory("hosts.yml", vaults=["count.sh"])
    assert (folder / "runs").read_text() == "run\n"


@pytest.mark.parametrize(
    ("make", "given", "words"),
    [
        (lambda at: secret_file(at / "pass", "wrong"), "pass", [
            "group_vars/all/main.yml:2:11: no password of default opens this: it was encrypted with another one, or is "
            "damaged. Try the password with `ansible-vault view`",
            "group_vars/all/vault.yml:1:1: no password of default opens this"]),
        (lambda at: (at / "pass").chmod(0o644), "pass", ["others may read or write it. Make it yours "
            "alone: chmod 600"]),
        (lambda at: secret_file(at / "pass", ""), "pass", ["cannot be read: it is empty"]),
        (lambda at: (at / "pass").write_bytes(b"\xff"), "pass", ["is refused: it is not UTF-8"]),
        (lambda at: (at / "pass").unlink(), "pass", ["pass: there is no such file of a vault's password"]),
        (lambda at: None, "dev@prompt", ["a vault's password is not asked for: name a file"]),
        (lambda at: (at / "group_vars/all/main.yml").write_text(f"a: 1\nb: {value('x', 'y', 'prod')}"), "dev@pass", [
            "group_vars/all/main.yml:2:4: no password of dev opens this: it was encrypted with the id `prod`. "
            "Give its password too: --vault-id prod@FILE"]),
        (lambda at: (at / "group_vars/all/main.yml").write_text(f"b: !vault |\n  {HEADER}\n  31zz\n"), "pass", [
            "group_vars/all/main.yml:1:4: this is damaged: what Ansible Vault wrote is not whole here."]),
        (lambda at: (at / "group_vars/all/main.yml").write_text("b: !vault some text\n"), "pass", [
            "group_vars/all/main.yml:1:4: "]),
        (lambda at: (at / "group_vars/all/vault.yml").write_text(encrypted(f"a: 1\n{PLAIN}: {{\n")), "pass", [
            "group_vars/all/vault.yml:3:1: what this vault holds cannot be read there: see `ansible-vault view "
            "vault.yml`"]),
        (lambda at: (at / "group_vars/all/vault.yml").write_text(encrypted(f"- {PLAIN}\n")), "pass", [
            "group_vars/all/vault.yml:1:1: a file of variables must be a mapping"]),
        (lambda at: (at / "group_vars/all/vault.yml").write_text(encrypted(f"ansible_host: {PLAIN}\n")), "pass", [
            "group_vars/all/vault.yml:1:15: `ansible_host` is a secret here, and reports show it"]),
        (lambda at: (at / "group_vars/all/vault.yml").write_text(encrypted(f"domains: [{PLAIN}]\n")), "pass", [
            "group_vars/all/vault.yml:1:11: `domains`"]),
        (lambda at: (at / "hosts.yml").write_text(encrypted("all: {hosts: {mx1: }}")), "pass", [
            "hosts.yml:1:1: an inventory that is encrypted as a whole is not read"]),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_told_with_its_place(
    folder: Path, make: Callable[[Path], object], given: str, words: list[str]
) -> None:
    make(folder)
    with pytest.raises(InputError) as caught:
        load_inventory("hosts.yml", vaults=[given])
    for part in words:
        assert part in str(caught.value)
    told = "".join(traceback.format_exception(caught.value))
    assert PLAIN not in told
    assert PLAIN.split()[1] not in told


def test_without_ansible_core_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del folder
    monkeypatch.setitem(sys.modules, "ansible.parsing.vault", None)
    with pytest.raises(InputError, match=r"not installed: pip install 'mail-baseline\[ansible\]'"):
        load_inventory("hosts.yml", vaults=["pass"])


def test_nothing_of_ansible_is_imported_before_it_is_needed(folder: Path) -> None:
    (folder / "group_vars" / "all" / "vault.yml").unlink()
    (folder / "group_vars" / "all" / "main.yml").write_text("a: 1\n")
    load = "baseline.load_inventory('hosts.yml', vaults=['pass'])"
    code = f"import sys, baseline; {load}; print('ansible' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": PACKAGE},
    )
    assert done.stdout == "False\n"


# --- what was decrypted is seen nowhere ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("render", "-b", "rules.yml"),
        ("explain", "-b", "rules.yml", "OWN-F-01"),
        ("check", "-b", "rules.yml", "-vv", "--diff", "--format", "text", "--format", "json", "-o", "report.json"),
        ("plan", "-b", "rules.yml", "--format", "json"),
    ],
)
def test_no_command_prints_it(folder: Path, arguments: tuple[str, ...]) -> None:
    (folder / "hosts.yml").write_text("all: {hosts: {mx1: {roles: [mta], ansible_connection: local}}}\n")
    command = [sys.executable, "-m", "baseline", *arguments, "-i", "hosts.yml", "--vault-password-file", "pass"]
    surroundings = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "PYTHONPATH": PACKAGE}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=surroundings)
    assert done.returncode in (0, 1, 3), done.stdout + done.stderr
    assert "horse" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for file in [*(folder / "state").rglob("*"), folder / "report.json"]:
        assert not file.is_file() or b"horse" not in file.read_bytes()


def test_neither_text_nor_pickle_nor_json_has_it(folder: Path) -> None:
    del folder
    inventory = load_inventory("hosts.yml", vaults=["pass"])
    password = variables(inventory)["password"]
    assert "horse" not in repr(inventory)
    assert "horse" not in json.dumps(inventory.to_dict())
    for show in (str, "{}".format, pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            show(password)


def test_a_worker_of_a_cluster_opens_it_by_itself(folder: Path) -> None:
    del folder
    found = variables(load_inventory("hosts.yml", vaults=["pass"]))
    sent = packed_without_secrets((found["password"], found["nested"]))
    assert b"horse" not in sent
    there: tuple[Secret, dict[str, list[Secret]]] = pickle.loads(sent)
    assert [there[0].reveal(), there[1]["list"][1].reveal()] == [PLAIN, f"{PLAIN} 3"]
    Path("pass").unlink()
    later: tuple[Secret, object] = pickle.loads(sent)
    with pytest.raises(CannotTell, match="No such file or directory"):
        later[0].reveal()


# --- where Ansible says that the passwords are -----------------------------------------------------------------


def test_the_settings_of_ansible_name_passwords(folder: Path) -> None:
    (folder / "ansible.cfg").write_text(
        "[defaults]\nvault_password_file = pass\nvault_identity_list = dev@d, prod@~/p\n"
    )
    found = usual_vaults({}, folder, ["given"])
    assert found == ("dev@d", "prod@~/p", "given", str(folder / "pass"))
    named = {"ANSIBLE_VAULT_PASSWORD_FILE": "other", "ANSIBLE_VAULT_IDENTITY_LIST": "x@y"}
    assert usual_vaults(named, folder) == ("x@y", "other")
    assert usual_vaults({"ANSIBLE_CONFIG": str(folder / "none")}, folder / "group_vars") == ()


# --- programs that never end, or print for ever --------------------------------------------------------------------


def test_a_program_is_bounded_in_time_and_output(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        running.ran(["sh", "-c", "sleep 60 & sleep 60"], seconds=0.2, most=10)
    with pytest.raises(running.PrintedTooMuch):
        running.ran(["yes"], seconds=60, most=1000)
    with pytest.raises(TimeoutError):
        running.ran(["sh", "-c", "exec >&- 2>&-; sleep 60"], seconds=0.2, most=10)
    done = running.ran(
        ["sh", "-c", "pwd; yes error | head -c 99999 >&2; exit 3"], seconds=60, most=1000, folder=tmp_path
    )
    assert (done.code, done.stdout.decode()) == (3, f"{tmp_path}\n")
    assert len(done.stderr) == running.MOST_ERRORS
