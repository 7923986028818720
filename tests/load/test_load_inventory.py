"""Inventories in YAML, INI and from programs: hosts, groups and variables as Ansible reads them."""

from __future__ import annotations

import json
import os
import pickle
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import InputError
from baseline.load import Inventory, load_inventory
from baseline.load.groups import Graph
from baseline.load.hosts_ini import literal, read_ini
from baseline.load.tree import Position, Problems, plain
from baseline.model import Target

ANSIBLE = Path(__file__).parent / "ansible"
RECORDED = json.loads((ANSIBLE / "expected.json").read_text())


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if text.startswith("#!"):
            path.chmod(0o755)
    return folder


def only_host(folder: Path, variables: str) -> Target:
    path = folder / "hosts.yml"
    path.write_text(f"all: {{hosts: {{mx1: {{{variables}}}}}}}\n")
    return load_inventory(path).targets[0]


def notes(inventory: Inventory) -> list[str]:
    return [f"{Path(note.file).name}:{note.line}: {note.message}" for note in inventory.notes]


# --- as Ansible ------------------------------------------------------------------------------------


def test_variables_are_those_that_ansible_gives() -> None:
    inventory = load_inventory(ANSIBLE / "first", ANSIBLE / "second")
    assert {target.name: target.vars for target in inventory.targets} == RECORDED["hostvars"]


@pytest.mark.parametrize("name", ["first", "second"])
def test_one_source_at_a_time_loads_too(name: str) -> None:
    assert load_inventory(str(ANSIBLE / name)).targets


def test_group_variables_and_groups_beside_each_source() -> None:
    first = load_inventory(ANSIBLE / "first" / "a.yml")
    edge = next(target for target in first.targets if target.name == "mx03")
    assert edge.groups == ("mta", "zzz", "edge")
    assert first.groups["mta"] == ("mx01", "mx02", "mx03")
    assert "all" not in first.groups


# --- forms -----------------------------------------------------------------------------------------


def test_names_alone_stand_for_hosts_and_children(tmp_path: Path) -> None:
    files = {"hosts.yml": "mail: {children: mta}\nmta: {hosts: mx1}\nempty:\nnothing: {hosts: , vars: , children: }\n"}
    inventory = load_inventory(written(tmp_path, files) / "hosts.yml")
    assert inventory.targets[0].groups == ("empty", "mail", "mta")[1:]
    assert inventory.groups == {"mail": ("mx1",), "mta": ("mx1",), "empty": (), "nothing": ()}


def test_a_group_may_be_reached_by_two_ways(tmp_path: Path) -> None:
    text = "[top:children]\na\nb\n[a:children]\nc\n[b:children]\nc\n[c]\nmx1\n[d:children]\ntop\n"
    inventory = load_inventory(written(tmp_path, {"hosts": text}) / "hosts")
    assert inventory.targets[0].groups == ("d", "top", "a", "b", "c")


def test_json_files_are_inventories(tmp_path: Path) -> None:
    path = written(tmp_path, {"hosts.json": '{"all": {"hosts": {"mx1": {"roles": ["mta"]}}}}'}) / "hosts.json"
    assert load_inventory(path).targets[0].roles == {"mta"}


def test_an_inventory_that_is_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"hosts.yml:1:1: an inventory must be a mapping"):
        load_inventory(written(tmp_path, {"hosts.yml": "- mx1\n"}) / "hosts.yml")


def test_no_paths_and_no_hosts_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="inventory: there are no hosts in it"):
        load_inventory()
    with pytest.raises(InputError, match="there are no hosts in it"):
        load_inventory(tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        load_inventory(tmp_path / "none")
    with pytest.raises(InputError, match="the file is empty"):
        load_inventory(written(tmp_path, {"empty": ""}) / "empty")
    with pytest.raises(InputError, match="not YAML"):
        load_inventory(written(tmp_path, {"bad.yml": "a: ["}) / "bad.yml")


def test_directories_leave_out_what_is_no_inventory(tmp_path: Path) -> None:
    files = {
        "a.yml": "mta: {hosts: {mx1: {roles: mta}}}\n",
        "sub/b": "[dns]\nns1 roles=dns\n",
        "roster.csv": "address\n",
        ".hidden": "x",
        "b.yml~": "x",
        "hosts.cfg": "mx9\n",
        "group_vars/mta.yml": "site: kl\n",
        "group_vars/dns.yml": "site: jb\n",
        "sub/group_vars/dns.yml": "site: other\n",
    }
    inventory = load_inventory(written(tmp_path, files))
    assert [(target.name, target.site) for target in inventory.targets] == [("mx1", "kl"), ("ns1", "jb")]
    assert notes(inventory) == ["group_vars:0: not used, as in Ansible: it belongs beside what -i names"]


def test_a_directory_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        load_inventory(tmp_path)


def test_variable_files(tmp_path: Path) -> None:
    files = {
        "hosts.yml": "mta: {hosts: {mx1: {roles: mta}}}\n",
        "group_vars/mta/10.yml": "a: 1\nb: 1\n",
        "group_vars/mta/sub/20.yml": "b: 2\n",
        "group_vars/mta/.hidden.yml": "b: 3\n",
        "group_vars/mta/readme.md": "no YAML: [\n",
        "group_vars/mta.yml": "b: 4\n",
        "group_vars/all.yml": "",
        "group_vars/mat.yml": "b: 5\n",
        "group_vars/.gitkeep": "",
        "host_vars/mx1.json": '{"c": 3}',
        "host_vars/mx2.yml": "c: 4\n",
    }
    inventory = load_inventory(written(tmp_path, files) / "hosts.yml")
    assert inventory.targets[0].vars == {"a": 1, "b": 2, "c": 3, "roles": ["mta"]}
    folder = tmp_path / "group_vars" / "mta"
    assert notes(inventory) == [
        "mat.yml:0: there is no group mat, so this is not used: did you mean `mta`?",
        f"mta.yml:0: {folder} is used instead, as Ansible does",
        "mx2.yml:0: there is no host mx2, so this is not used: did you mean `mx1`?",
    ]


def test_mistakes_in_variable_files_are_told(tmp_path: Path) -> None:
    files = {
        "hosts.yml": "mta: {hosts: {mx1: }}\n",
        "group_vars/mta.yml": "- a\n",
        "host_vars/mx1.yml": "a: [\n",
        "group_vars/all.yml": "a: \x07\n",
    }
    with pytest.raises(InputError) as caught:
        load_inventory(written(tmp_path, files) / "hosts.yml")
    assert {Path(problem.file).name: problem.line for problem in caught.value.problems} == {
        "all.yml": 1,
        "mta.yml": 1,
        "mx1.yml": 2,
    }


def test_secrets_are_left_out_and_noted(tmp_path: Path) -> None:
    files = {
        "hosts.yml": "mta:\n  hosts:\n    mx1:\n      roles: mta\n      token: !vault abc\n"
        "      raw: !unsafe '{{ x }}'\n      ansible_enable_pass: x\n"
        "      ansible_connection: local\n",
        "group_vars/mta.yml": "$ANSIBLE_VAULT;1.1;AES256\n3132\n",
    }
    inventory = load_inventory(written(tmp_path, files) / "hosts.yml")
    assert inventory.targets[0].vars == {
        "roles": ["mta"],
        "raw": "{{ x }}",
        "ansible_connection": "local",
    }
    assert notes(inventory) == [
        "mta.yml:0: left out: it is encrypted, and --vault-password-file FILE opens it, with ansible-core "
        "(pip install 'mail-baseline[ansible]')",
        "hosts.yml:5: `token` is left out: it is encrypted, and --vault-password-file FILE opens it, with ansible-core "
        "(pip install 'mail-baseline[ansible]')",
        "hosts.yml:7: `ansible_enable_pass` is left out: this package logs in with keys and keeps no passwords",
    ]


def test_unlikely_things_are_noted(tmp_path: Path) -> None:
    path = written(tmp_path, {"hosts.yml": "mx1: {hosts: {mx1: , mx2: {roles: mta}}}\n"}) / "hosts.yml"
    assert notes(load_inventory(path)) == [
        "hosts.yml:1: host mx1 has no `roles`, so no control applies to it",
        "hosts.yml:1: mx1 is a host and a group: in a pattern it means the host",
    ]


def test_an_inventory_travels_between_processes_and_tells_itself_as_json() -> None:
    inventory = load_inventory(ANSIBLE / "first")
    assert pickle.loads(pickle.dumps(inventory)) == inventory
    assert json.loads(json.dumps(inventory.to_dict()))["groups"]["edge"] == ["mx03"]


# --- programs --------------------------------------------------------------------------------------


def program(folder: Path, body: str) -> Path:
    return written(folder, {"inventory.sh": f"#!/bin/sh\n{body}\n"}) / "inventory.sh"


def test_programs_print_groups_and_hosts(tmp_path: Path) -> None:
    listed = {
        "mta": {"hosts": ["mx1", "mx2"], "vars": {"roles": ["mta"]}, "children": ["edge"]},
        "edge": ["mx3"],
        "_meta": {"hostvars": {"mx1": {"ansible_host": "192.0.2.1"}, "lone": {"roles": ["dns"], "roster": "r.yml"}}},
    }
    path = program(tmp_path, f"echo '{json.dumps(listed)}'")
    (tmp_path / "r.yml").write_text("- address: a@example.my\n")
    inventory = load_inventory(path)
    assert [(host.name, host.address, sorted(host.roles), host.groups) for host in inventory.targets] == [
        ("mx1", "192.0.2.1", ["mta"], ("mta",)),
        ("mx2", "mx2", ["mta"], ("mta",)),
        ("mx3", "mx3", ["mta"], ("mta", "edge")),
        ("lone", "lone", ["dns"], ("ungrouped",)),
    ]
    assert inventory.targets[3].roster is not None


def test_programs_without_meta_are_asked_host_by_host(tmp_path: Path) -> None:
    body = 'case $1 in --list) echo \'{"mta": ["mx1", "mx2"]}\';; --host) echo "{\\"site\\": \\"at $2\\"}";; esac'
    inventory = load_inventory(program(tmp_path, body))
    assert [target.site for target in inventory.targets] == ["at mx1", "at mx2"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo oops >&2; exit 3", "`--list` ended with exit code 3: oops"),
        ("exit 1", "`--list` ended with exit code 1"),
        ("echo no json", "`--list` printed no JSON: Expecting value: line 1 column 1 (char 0)"),
        (
            "printf '\\377'",
            "`--list` printed no JSON: it is not UTF-8",
        ),
        ("echo '[]'", "what `--list` prints must be a mapping (`key: value`)"),
        ("echo '{\"a\": [1]}'", "`hosts` of a must be a list of names"),
        ('echo \'{"a": [], "a": []}\'', "`--list` gives the key `a` twice"),
        ('echo \'{"a": {"host": []}}\'', "unknown key `host` in group a: did you mean `hosts`?"),
        ('echo \'{"a": {"hosts": ["bad name"]}}\'', "'bad name' is not a host name or an address"),
        (
            'case $1 in --list) echo \'{"a": ["mx1"]}\';; *) exit 1;; esac',
            "`--host mx1` ended with exit code 1",
        ),
    ],
)
def test_programs_that_fail_are_problems(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_inventory(program(tmp_path, body))
    assert message in [problem.message for problem in caught.value.problems]


def test_programs_that_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, {"inventory.sh": "#!/no/such/interpreter\n"}) / "inventory.sh"
    with pytest.raises(InputError, match="cannot be run: No such file or directory"):
        load_inventory(path)
    monkeypatch.setattr("baseline.load.hosts_yaml.SCRIPT_SECONDS", 0.05)
    with pytest.raises(InputError, match="`--list` took longer than"):
        load_inventory(program(tmp_path, "exec sleep 5"))
    with pytest.raises(InputError, match="`--list` took longer than"):
        load_inventory(program(tmp_path, "sleep 5 & exit 0"))
    monkeypatch.setattr("baseline.load.hosts_yaml.SCRIPT_SECONDS", 60)
    monkeypatch.setattr("baseline.load.hosts_yaml.MOST_SCRIPT_BYTES", 1 << 20)
    with pytest.raises(InputError, match="`--list` printed more than 1 MiB"):
        load_inventory(program(tmp_path, "exec yes"))


def test_an_executable_bit_alone_makes_no_program(tmp_path: Path) -> None:
    path = written(tmp_path, {"hosts": "mx1 roles=mta\n"}) / "hosts"
    os.chmod(path, 0o755)  # noqa: PTH101 -- as a file share of another system shows every file
    assert load_inventory(path).targets[0].roles == {"mta"}


# --- variables that this package acts on -----------------------------------------------------------


def test_connection_variables(tmp_path: Path) -> None:
    target = only_host(
        tmp_path,
        "ansible_host: 192.0.2.1, ansible_port: '2222', ansible_user: ops, ansible_become: 'yes', "
        "ansible_ssh_private_key_file: keys/id, "
        "ansible_ssh_common_args: '-J ops@gate -o UserKnownHostsFile=known -p 1', "
        "ansible_ssh_extra_args: '-o ProxyJump=other -o Port=2', site: 5, "
        "roles: 'mta, dns', domains: [Example.MY., a_b.example], resolvers: '192.0.2.53 2001:db8::53', "
        "admin_sources: [192.0.2.0/24, '2001:db8::7'], public_ports: 443/tcp 123/udp, "
        "closed_ports: [110/tcp], peer_ports: {24/tcp: [192.0.2.10, '2001:db8::/64'], 514/udp: 192.0.2.11}",
    )
    assert (target.address, target.port, target.user, target.become) == ("192.0.2.1", 2222, "ops", True)
    assert (target.key_file, target.known_hosts) == (str(tmp_path / "keys/id"), (str(tmp_path / "known"),))
    assert (target.jump, target.site) == ("ops@gate", "5")
    assert target.roles == {"mta", "dns"}
    assert target.domains == ("example.my", "a_b.example")
    assert target.resolvers == ("192.0.2.53", "2001:db8::53")
    assert target.admin_sources == ("192.0.2.0/24", "2001:db8::7/128")
    assert (target.public_ports, target.closed_ports) == (("443/tcp", "123/udp"), ("110/tcp",))
    assert target.peer_ports == (("24/tcp", ("192.0.2.10/32", "2001:db8::/64")), ("514/udp", ("192.0.2.11/32",)))
    assert target.vars["roles"] == ["mta", "dns"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[24/tcp]", "`peer_ports` must be a mapping of ports to networks, such as `24/tcp: [192.0.2.10]`"),
        ("{'24': [192.0.2.10]}", "`peer_ports`: '24' is not a port with its protocol, such as 443/tcp"),
        ("{70000/tcp: [192.0.2.10]}", "`peer_ports`: '70000' is not a port between 1 and 65535"),
        ("{24/tcp: []}", "`peer_ports`: '24/tcp' names no network that it is served to"),
        ("{24/tcp: [mx2]}", "`peer_ports`: '24/tcp': 'mx2' is not an address or a network"),
        ("{24/tcp: [5]}", "`peer_ports` must be a list of texts, not 5"),
        ("{24/tcp: {a: b}}", "`peer_ports` must be a list of texts, not {'a': 'b'}"),
    ],
)
def test_ports_for_certain_networks_that_cannot_be_read(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        only_host(tmp_path, f"peer_ports: {written}")
    (problem,) = caught.value.problems
    assert (problem.line, problem.message) == (1, said)


def test_home_directories_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ops")
    assert (
        only_host(tmp_path, "ansible_ssh_private_key_file: ~nobody-here/id").key_file == f"{tmp_path}/~nobody-here/id"
    )
    assert only_host(tmp_path, "ansible_ssh_private_key_file: ~/.ssh/id").key_file == "/home/ops/.ssh/id"


def test_defaults(tmp_path: Path) -> None:
    target = only_host(tmp_path, "ansible_host: , roles: []")
    assert (target.address, target.port, target.user, target.become) == ("mx1", 22, None, False)
    assert (target.known_hosts, target.jump, target.roster, target.roles) == ((), None, None, frozenset())


def test_ports_of_ssh_arguments_come_second(tmp_path: Path) -> None:
    assert only_host(tmp_path, "ansible_ssh_common_args: -o Port=2200, ansible_ssh_extra_args: -p 2201").port == 2200


def test_older_names_are_read_and_newer_ones_win(tmp_path: Path) -> None:
    target = only_host(tmp_path, "ansible_ssh_host: old, ansible_host: new, ansible_ssh_user: ops")
    assert (target.address, target.user) == ("new", "ops")


@pytest.mark.parametrize(
    ("connection", "address"), [("local", "local"), ("ssh", "mx1"), ("ansible.builtin.ssh", "mx1")]
)
def test_connections(tmp_path: Path, connection: str, address: str) -> None:
    assert only_host(tmp_path, f"ansible_connection: {connection}").address == address


def test_what_is_left_aside_is_noted(tmp_path: Path) -> None:
    only_host(
        tmp_path,
        "roles: mta, ansible_become_method: su, ansible_become_user: root, ansible_host_key_checking: true, "
        "ansible_ssh_common_args: '-4 -o StrictHostKeyChecking=yes -o ControlMaster=auto'",
    )
    assert notes(load_inventory(tmp_path / "hosts.yml")) == [
        "hosts.yml:1: `ansible_become_method`: su is left aside: this package uses sudo to become root",
        "hosts.yml:1: `-4` is left aside: this package does not go through ssh(1)",
        "hosts.yml:1: `-o ControlMaster=auto` is left aside: this package does not go through ssh(1)",
    ]


def test_rosters_are_relative_to_the_file_that_names_them_and_read_once(tmp_path: Path) -> None:
    files = {
        "hosts.yml": "stores: {hosts: {'s[1:2]': {roles: mailstore}}}\n",
        "group_vars/stores.yml": "roster: ../people.csv\n",
        "people.csv": "address\na@example.my\n",
    }
    one, two = load_inventory(written(tmp_path, files) / "hosts.yml").targets
    assert one.roster is two.roster
    assert one.roster is not None
    assert one.roster[0].address == "a@example.my"


# --- INI -------------------------------------------------------------------------------------------


def ini(text: str) -> tuple[Graph, list[str]]:
    graph, problems = Graph(), Problems()
    read_ini(text, "f", graph, problems)
    return graph, [str(problem) for problem in problems.found]


def test_variables_and_children_may_come_before_their_group() -> None:
    graph, problems = ini("[mail:vars]\na=1\n[mail:children]\nmta\n[all:vars]\nb=2\n[mta]\nmx1\n")
    assert not problems
    assert plain(graph.groups["mail"].vars["a"]) == 1
    assert plain(graph.groups["all"].vars["b"]) == 2
    assert list(graph.groups["mail"].children) == ["mta"]


def test_values_have_the_place_of_their_name() -> None:
    graph, _ = ini("  mx1 a=1  b='2 3'\n[all:vars]\nc =  x\n")
    assert graph.hosts["mx1"]["a"].place == Position("f", 1, 7)
    assert graph.hosts["mx1"]["b"].place == Position("f", 1, 12)
    assert graph.groups["all"].vars["c"].place == Position("f", 3, 6)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("'a'", "a"), ("{'a': [1, None]}", {"a": [1, None]}), ("{1: 2}", "{1: 2}"), ("{1, 2}", [1, 2]),
     ("1+2j", "1+2j"), ("b'x'", "x"),
     ("(b'a', {1: {2}})", "(b'a', {1: {2}})"), (r"'\d'", r"\d"), ("", ""), ("(" * 300, "(" * 300), ("\0", "\0")],
)  # fmt: skip
def test_literals(text: str, value: object) -> None:
    assert plain(literal(text, Position("f"))) == value


@given(st.text(st.sampled_from("[]:ab1= #;'\"\n\t\\{},"), max_size=60))
def test_any_ini_text_gives_hosts_or_problems(text: str) -> None:
    graph, problems = ini(text)
    content = [line for line in text.split("\n") if line.strip() and line.strip()[0] not in "#;["]
    assert bool(content) <= bool(graph.hosts or graph.groups or problems)


names = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)
scalars = (
    st.integers(-999, 999)
    | st.booleans()
    | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8)
)


@given(st.dictionaries(names, st.dictionaries(names, scalars, max_size=3), min_size=1, max_size=4))
def test_what_is_written_to_a_host_line_is_read_back(hosts: dict[str, dict[str, int | str]]) -> None:
    lines = [
        " ".join([host, *(f"{name}={shlex.quote(repr(value))}" for name, value in variables.items())])
        for host, variables in hosts.items()
    ]
    graph, problems = ini("\n".join(lines))
    assert not problems
    found = {host: {name: plain(tree) for name, tree in own.items()} for host, own in graph.hosts.items()}
    assert found == hosts


@pytest.mark.parametrize(
    ("host", "fqdn"),
    [
        ("mx1: {fqdn: MX1.Agensi.Example.}", "mx1.agensi.example"),
        ("mx1.agensi.example: {}", "mx1.agensi.example"),
        ("mx1: {ansible_host: mx1.agensi.example}", "mx1.agensi.example"),
        ("mx1: {ansible_host: 192.0.2.7}", ""),
        ("mx1.agensi.example: {fqdn: mail.agensi.example}", "mail.agensi.example"),
    ],
)
def test_the_full_name_is_given_or_the_inventorys(tmp_path: Path, host: str, fqdn: str) -> None:
    path = tmp_path / "inventory.yml"
    path.write_text(f"all:\n  hosts:\n    {host}\n")
    (target,) = load_inventory(path).targets
    assert (target.fqdn, target.peers[0].fqdn) == (fqdn, fqdn)


def test_a_full_name_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yml"
    path.write_text("all:\n  hosts:\n    mx1: {fqdn: mail}\n")
    with pytest.raises(InputError, match=r"inventory\.yml:3:17: `fqdn`: 'mail' is no full name"):
        load_inventory(path)
