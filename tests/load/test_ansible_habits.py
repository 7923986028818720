"""What people type who use Ansible: `-i host,`, `-e`, `ansible.cfg`, `{{ inventory_dir }}`; and what they mistype."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from baseline.errors import InputError
from baseline.load import load_inventory
from baseline.load.ansible_config import HOSTS, usual_inventory
from baseline.load.spelling import misspelt

OURS = ("roles", "domains", "site", "admin_sources", "roster", "fqdn", "resolvers", "ansible_become")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("domain", "domains"),
        ("role", "roles"),
        ("admin_source", "admin_sources"),
        ("adminSources", "admin_sources"),
        ("admin-sources", "admin_sources"),
        ("Domains", "domains"),
        ("domian", "domains"),
        ("fqnd", "fqdn"),
        ("rooster", "roster"),
        ("sites", "site"),
        ("resolvars", "resolvers"),
        ("ansible_becom", "ansible_become"),
    ],
)
def test_one_slip_is_told(written: str, meant: str) -> None:
    assert list(misspelt([written], OURS)) == [(written, meant)]


@pytest.mark.parametrize(
    "written", ["size", "rules", "quota", "registry", "ansible_become_pass", "domain_name", "a", "", "site", "roast"]
)
def test_other_words_are_the_users_own(written: str) -> None:
    assert list(misspelt([written], OURS)) == []


def test_who_has_ours_has_the_other_one_for_its_own_sake() -> None:
    assert list(misspelt(["domain", "domains"], OURS)) == []


def test_an_inventory_tells_where_a_misspelt_variable_stands(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yml"
    file.write_text("all:\n  vars:\n    domain: [d.test]\n  hosts:\n    mx1: {role: mta}\n    mx2: {roles: [mta]}\n")
    inventory = load_inventory(file)
    told = [str(slip) for slip in inventory.misspelt]
    assert told == [
        f"{file}:3:13: `domain` means nothing here: did you mean `domains`?",
        f"{file}:5:17: `role` means nothing here: did you mean `roles`?",
    ]
    assert set(inventory.misspelt) <= set(inventory.notes)


# --- -i host, and directories ------------------------------------------------------------------------------


def test_hosts_may_be_listed_in_place_of_a_file() -> None:
    inventory = load_inventory("mx[1:2].example.my,store1:2222, ")
    assert [(one.name, one.port) for one in inventory.targets] == [
        ("mx1.example.my", 22),
        ("mx2.example.my", 22),
        ("store1", 2222),
    ]
    assert inventory.sources == ("mx[1:2].example.my,store1:2222, ",)


def test_one_host_has_a_comma_behind_it(tmp_path: Path) -> None:
    assert [one.name for one in load_inventory("mx1,", extra=["roles=mta"]).targets] == ["mx1"]
    with pytest.raises(InputError, match="there is no such file"):
        load_inventory(tmp_path / "mx1")


def test_a_file_with_a_comma_in_its_name_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a,b"
    file.write_text("mx9 roles=mta\n")
    assert [one.name for one in load_inventory(file).targets] == ["mx9"]


def test_a_list_of_no_host_is_refused() -> None:
    with pytest.raises(InputError, match="there are no hosts in it"):
        load_inventory(",")


def test_a_directory_is_read_with_its_ini_files(tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("[mta]\nmx1 roles=mta\n")
    (tmp_path / "more.yml").write_text("mta: {hosts: {mx2: }, vars: {site: kl}}\n")
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    assert [(one.name, one.site) for one in load_inventory(tmp_path).targets] == [("mx1", "kl"), ("mx2", "kl")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hosts", "all:\n  hosts:\n    mx1: {roles: mta}\n"),
        ("hosts", "---\n# hosts\nall: {hosts: {mx1: {roles: mta}}}\n"),
        ("hosts.yml", "[mail]\nmx1 roles=mta\n"),
        ("hosts.yml", "# ours\n\n[mail:children]\nrelays\n[relays]\nmx1 roles=mta\n"),
        ("hosts.ini", "[mail]\nmx1 roles=mta\n"),
        ("hosts.prod", "mx1 roles=mta\n"),
        ("hosts", "mx1 roles=mta\n"),
    ],
)
def test_the_form_of_a_file_is_found_as_ansible_finds_it(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert [sorted(one.roles) for one in load_inventory(tmp_path / name).targets] == [["mta"]]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("hosts.toml", "[mail.hosts]\nmx1 = {}\n", "hosts.toml: inventories in TOML are not read: write it as YAML or"),
        ("hosts.yml", "all:\n  hosts:\n    - mx1\n", "hosts.yml:3:5: `hosts` of all must be a mapping: write each name "
         "as a key (`mx1:`), without a hyphen"),
        ("hosts.yml", "- mx1\n", "hosts.yml:1:1: an inventory must be a mapping"),
        ("hosts", "mx[aa:ac]\n", "hosts:1:1: [aa:ac] is no range: write [1:9], [01:09], [a:f] or [1:9:2]"),
        ("hosts", "mx[1-3]\n", "hosts:1:1: 'mx[1-3]' is not a host name or an address"),
    ],
)  # fmt: skip
def test_what_is_no_inventory_is_told_with_its_place(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        load_inventory(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path}/{words}")


@pytest.mark.parametrize("text", ["", "---\n", "# nothing yet\n", "---\n# nothing yet\n...\n", "--- # later\n", "{}\n"])
def test_a_file_of_variables_may_say_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "hosts").write_text("mx1 roles=mta\n")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(text)
    assert load_inventory(tmp_path / "hosts").targets[0].vars == {"roles": ["mta"]}


def test_a_range_may_begin_at_nothing() -> None:
    assert [one.name for one in load_inventory("mx[:2],").targets] == ["mx0", "mx1", "mx2"]


# --- ways to a host that would not be the ones of Ansible ---------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("ansible_password=x", "`ansible_password`: passwords are not used: this package logs in with a key"),
        ("ansible_ssh_pass=x", "or give `-e ansible_ssh_pass=` if that is set up on the host"),
        ("ansible_become_password=x", "`ansible_become_password`: a password does not stand in an inventory"),
        ("ansible_become_pass='{{ vaulted }}'", "or take it out and be asked for it with -K"),
        ("ansible_paramiko_proxy_command='nc %h %p'", "the host must not be reached without it"),
        ("ansible_ssh_args='-o ProxyCommand=\"nc %h %p\"'", "the host must not be reached without it"),
        ("ansible_ssh_common_args='-F other'", "which `--ssh-config` names, else ~/.ssh/config"),
    ],
)
def test_what_would_lead_to_a_host_otherwise_is_refused(tmp_path: Path, variable: str, words: str) -> None:
    (tmp_path / "hosts").write_text(f"mx1 roles=mta {variable}\n")
    with pytest.raises(InputError) as caught:
        load_inventory(tmp_path / "hosts")
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/hosts:1:15: ")


def test_an_encrypted_password_is_refused_like_another(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("all: {hosts: {mx1: {ansible_password: !vault x}}}\n")
    with pytest.raises(InputError, match=r"`ansible_password`: passwords are not used"):
        load_inventory(tmp_path / "hosts.yml")


def test_the_password_of_sudo_is_named_and_not_written(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(
        "all:\n  vars: {ansible_become: true, ansible_become_pass: !secret {file: sudo}}\n"
        "  hosts: {mx1: {}, mx2: {ansible_become_password: !secret {env: SUDO}}}\n"
    )
    one, two = load_inventory(tmp_path / "hosts.yml").targets
    assert one.become_password is not None
    assert two.become_password is not None
    # The file is not there yet: nothing is fetched before a host asks.
    assert one.become_password.source == f"file {tmp_path}/sudo"
    assert two.become_password.source == "environment variable SUDO"
    assert "sudo" not in repr(one)
    assert not {*one.vars, *two.vars} & {"ansible_become_pass", "ansible_become_password"}


def test_a_password_may_be_emptied_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(
        "mx1 roles=mta ansible_password=x\nhere ansible_connection=local ansible_password=x\n"
    )
    inventory = load_inventory(tmp_path / "hosts", extra=["ansible_password="])
    assert [one.address for one in inventory.targets] == ["mx1", "local"]
    assert all("ansible_password" not in one.vars for one in inventory.targets)


# --- -e -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "wanted"),
    [
        (["size=2GB"], {"size": "2GB"}),
        (["size=1 word='two words'"], {"size": "1", "word": "two words"}),
        (["size=1", "size=2"], {"size": "2"}),
        (["size=a=b"], {"size": "a=b"}),
        (['{"size": 3, "list": ["a"]}'], {"size": 3, "list": ["a"]}),
        (["{size: 4}"], {"size": 4}),
        (["@{folder}/vars.yml"], {"size": 5}),
    ],
)
def test_extra_variables_go_before_the_inventory(
    tmp_path: Path, extra: list[str], wanted: Mapping[str, object]
) -> None:
    (tmp_path / "vars.yml").write_text("size: 5\n")
    (tmp_path / "hosts").write_text("mx1 roles=mta size=0\n")
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "mx1").write_text("size: 9\n")
    given = [text.replace("{folder}", str(tmp_path)) for text in extra]
    (target,) = load_inventory(tmp_path / "hosts", extra=given).targets
    assert {name: target.vars[name] for name in wanted} == wanted


def test_extra_variables_of_ours_are_judged_like_those_of_an_inventory() -> None:
    (target,) = load_inventory("mx1,", extra=["roles=mta,dns domains=d.test ansible_port=2222"]).targets
    assert (sorted(target.roles), target.domains, target.port) == (["dns", "mta"], ("d.test",), 2222)
    with pytest.raises(InputError, match="-e: there is no role 'mtaa': did you mean `mta`"):
        load_inventory("mx1,", extra=["roles=mtaa"])


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("size", "-e: size is no variable: write name=value, a mapping, or @ and a file"),
        ("1x=2", "-e: 1x=2 is no variable"),
        ("x='", "-e: x=': no closing quotation: close the quotes"),
        ("{", "-e:1"),
        ("[1]", "what -e gives"),
        ("@/nowhere/vars.yml", "/nowhere/vars.yml: there is no such file"),
    ],
)
def test_mistakes_in_extra_variables(extra: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        load_inventory("mx1,", extra=[extra])
    assert words in str(caught.value)


# --- what is filled in --------------------------------------------------------------------------------------


def test_the_directory_and_the_name_are_filled_in_in_paths(tmp_path: Path) -> None:
    (tmp_path / "rosters").mkdir()
    (tmp_path / "rosters" / "mx1.d.test.csv").write_text("address,class,created,trained\na@d.test,,,\n")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(
        'roster: "{{ inventory_dir }}/rosters/{{inventory_hostname}}.csv"\n'
        'ansible_ssh_private_key_file: "{{ inventory_dir }}/keys/{{ inventory_hostname_short }}"\n'
        'ansible_ssh_common_args: "-o UserKnownHostsFile={{ inventory_dir }}/known_hosts"\n'
    )
    (tmp_path / "hosts").write_text("mx1.d.test roles=mta\n")
    (target,) = load_inventory(tmp_path / "hosts").targets
    assert target.roster is not None
    assert target.roster[0].address == "a@d.test"
    assert target.key_file == f"{tmp_path}/keys/mx1"
    assert target.known_hosts == (f"{tmp_path}/known_hosts",)


def test_other_templates_are_refused_as_before(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text('all: {hosts: {mx1: {roster: "{{ inventory_dir }}/{{ other }}"}}}\n')
    with pytest.raises(InputError, match="templates in an inventory are not evaluated"):
        load_inventory(tmp_path / "hosts.yml")


# --- the inventory that Ansible would use -------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory, and a home without a configuration."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "work"


def test_the_environment_goes_before_the_configuration(folder: Path) -> None:
    (folder / "ansible.cfg").write_text("[defaults]\ninventory = from_cfg\n")
    assert usual_inventory({"ANSIBLE_INVENTORY": "one,/two"}, folder) == (folder / "one", Path("/two"))
    assert usual_inventory({}, folder) == (folder / "from_cfg",)


def test_paths_of_a_configuration_are_relative_to_it(folder: Path) -> None:
    other = folder.parent / "other.cfg"
    other.write_text("[defaults]\nforks = 5\ninventory = hosts, more/hosts ; a comment\n")
    found = usual_inventory({"ANSIBLE_CONFIG": str(other)}, folder)
    assert found == (folder.parent / "hosts", folder.parent / "more/hosts")


def test_the_configuration_of_the_home_is_the_next(folder: Path) -> None:
    (folder.parent / "home" / ".ansible.cfg").write_text("[defaults]\ninventory = ~/hosts\n")
    assert usual_inventory({}, folder) == (folder.parent / "home" / "hosts",)


def test_a_configuration_where_everybody_may_write_does_not_count(folder: Path) -> None:
    (folder / "ansible.cfg").write_text("[defaults]\ninventory = planted\n")
    folder.chmod(0o777)
    assert folder / "planted" not in usual_inventory({}, folder)


@pytest.mark.parametrize("text", ["", "[defaults]\n", "[defaults]\nforks = 5\n"])
def test_without_any_there_is_none(folder: Path, text: str) -> None:
    (folder / "ansible.cfg").write_text(text)
    assert usual_inventory({}, folder) == ((HOSTS,) if HOSTS.exists() else ())


def test_what_is_no_configuration_is_told(folder: Path) -> None:
    (folder / "ansible.cfg").write_text("inventory = hosts\n")
    with pytest.raises(InputError, match=r"ansible\.cfg: is no configuration of Ansible"):
        usual_inventory({}, folder)
