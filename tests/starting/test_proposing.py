"""Roles are proposed for what runs and can be reached, and for nothing that could not be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from baseline.fleet import check_all
from baseline.kinds.listening_sockets import SSHD
from baseline.load import load_inventory
from baseline.model import ROLES, Answer, Target
from baseline.programs import PROGRAMS
from baseline.readings.public_ports import SOCKETS
from baseline.session import Session
from baseline.starting.proposing import Proposal, proposals, roles_inventory, what_runs, without_roles
from tests.cases.case import NEVER_APPLIED
from tests.scripted import AnswersFrom


class Runs(dict[str, Answer]):
    """The answers of a host on which these units run, and these sockets are open."""

    def __init__(self, units: set[str], sockets: Mapping[str, str] | None) -> None:
        super().__init__(NEVER_APPLIED)
        self._units = units
        rows = [f'tcp LISTEN 0 100 {at} 0.0.0.0:* users:(("{who}",pid=1,fd=1))' for at, who in (sockets or {}).items()]
        self[SOCKETS] = Answer(0, "".join(f"{row}\n" for row in rows).encode()) if sockets is not None else Answer(1)
        self[SSHD] = Answer(0, b"port 22\n")

    def get(self, command: str, default: object = None) -> Answer | None:  # type: ignore[override]
        """As of a table; what is asked of units is made up."""
        if command.startswith("systemctl show -p Id"):
            units = command.partition(" -- ")[2].split()
            return Answer(0, "\n".join(map(self._block, units)).encode())
        if command.startswith("for t in $(systemctl show"):
            return Answer(0)
        found = super().get(command, default)
        return found if isinstance(found, Answer) else None

    def _block(self, unit: str) -> str:
        there = unit in self._units
        told = {
            "Id": unit,
            "LoadState": "loaded" if there else "not-found",
            "ActiveState": "active" if there else "inactive",
            "SubState": "running" if there else "dead",
            "UnitFileState": "enabled" if there else "",
            "NRestarts": "0",
            "Type": "simple",
        }
        return "".join(f"{name}={value}\n" for name, value in told.items())


MX = Runs({"postfix.service", "rspamd.service"}, {"0.0.0.0:25": "master", "127.0.0.1:11332": "rspamd"})
NULL_CLIENT = Runs({"postfix.service", "named.service"}, {"127.0.0.1:25": "master", "127.0.0.1:53": "named"})
STORE = Runs({"dovecot.service", "nftables.service"}, {"*:993": "dovecot", "*:22": "sshd"})
UNSEEN = Runs({"postfix.service"}, None)

INVENTORY = """\
all:
  hosts:
    mx1: {ansible_host: 192.0.2.1}
    app1: {ansible_host: 192.0.2.2}
    store1: {ansible_host: 192.0.2.3, domains: [agency.example]}
    odd1: {ansible_host: 192.0.2.4}
    dead1: {ansible_host: 192.0.2.5}
    old1: {ansible_host: 192.0.2.6, roles: [dns]}
"""
ANSWERS = {"mx1": MX, "app1": NULL_CLIENT, "store1": STORE, "odd1": UNSEEN, "old1": MX}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Proposal], list[AnswersFrom]]:
    path = tmp_path_factory.mktemp("hosts") / "inventory.yml"
    path.write_text(INVENTORY)
    targets = load_inventory(path).targets
    sessions: list[AnswersFrom] = []

    def connect(target: Target) -> Session:
        from baseline.errors import Unreachable

        if target.name not in ANSWERS:
            raise Unreachable("timed out\nroles: [mta]")
        sessions.append(AnswersFrom(ANSWERS[target.name]))
        return sessions[-1]

    told = proposals(targets, check_all(without_roles(targets), what_runs(), connect=connect))
    return path, {one.host: one for one in told}, sessions


Found = tuple[Path, dict[str, Proposal], list[AnswersFrom]]


def test_what_runs_and_can_be_reached_is_proposed_with_what_it_rests_on(found: Found) -> None:
    _, told, _ = found
    assert told["mx1"].roles == ("mta", "antispam")
    assert told["mx1"].because[0].startswith("mta: postfix is active (running), and listens on tcp 25 (master on")
    assert told["store1"].roles == ("mailstore", "firewall")


def test_a_program_that_serves_its_own_host_alone_gives_it_no_role_and_that_is_said(found: Found) -> None:
    _, told, _ = found
    assert told["app1"].roles == ()
    assert [one.partition(":")[0] for one in told["app1"].because] == ["not mta", "not dns"]


def test_what_could_not_be_looked_at_is_never_guessed(found: Found) -> None:
    _, told, _ = found
    assert told["odd1"].roles == ()
    assert told["odd1"].because[0].startswith("mta is not known: postfix is active")
    assert told["dead1"].trouble.startswith("timed out")


def test_each_host_is_asked_in_one_exchange(found: Found) -> None:
    assert [session.exchanges for session in found[2]] == [1] * 5


def test_the_file_adds_roles_to_hosts_that_have_none_and_leaves_all_others(found: Found) -> None:
    path, told, _ = found
    (path.parent / "roles.yml").write_text(roles_inventory([*told.values()], "inventory.yml"))
    text = (path.parent / "roles.yml").read_text()
    assert yaml.safe_load(text) == {
        "all": {"hosts": {"mx1": {"roles": ["mta", "antispam"]}, "store1": {"roles": ["mailstore", "firewall"]}}}
    }
    assert "#   dead1: timed out" in text
    assert "#   old1: has dns; proposed would be mta, antispam" in text
    both = {one.name: one for one in load_inventory(path, path.parent / "roles.yml").targets}
    assert both["mx1"].roles == {"mta", "antispam"}
    assert both["old1"].roles == {"dns"}
    assert both["mx1"].address == "192.0.2.1"
    assert both["dead1"].roles == frozenset()


def test_an_inventory_without_any_proposal_loads_as_well(tmp_path: Path) -> None:
    (tmp_path / "inventory.yml").write_text("all: {hosts: {web1: }}\n")
    (tmp_path / "roles.yml").write_text(roles_inventory([Proposal("web1")], "inventory.yml"))
    (target,) = load_inventory(tmp_path / "inventory.yml", tmp_path / "roles.yml").targets
    assert target.name == "web1"


def test_every_program_that_gives_a_host_its_role_is_looked_for() -> None:
    units = {str(fields.get("unit")) for fields in what_runs().written().values()}
    given = {one.role for one in PROGRAMS if units & {name for service in one.services for name in service.names}}
    assert given == set(ROLES)
