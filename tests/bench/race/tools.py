"""Who takes part: how each of them does the work, from files that are written for it beforehand."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.race import work

BUILD = Path(__file__).parents[3] / "build" / "bench"
PEERS = BUILD / "peers"
"""Where the peers are installed, in an environment of their own."""

PACKAGES = ("ansible-core", "mitogen", "pyinfra", "bundlewrap")


@dataclass(frozen=True)
class Endpoint:
    """A host to work on. Every tool logs in with the same key, and knows the host's key."""

    name: str
    address: str


@dataclass(frozen=True)
class Ways:
    """How hosts are reached: as this account, with this key, these known hosts, and this file of ssh_config(5)."""

    user: str
    key: Path
    known_hosts: Path
    config: Path


@dataclass(frozen=True)
class Tool:
    """One that takes part. `write` writes its files into a folder; the commands run there.

    `check` looks without a change, where the tool can. `dear` ones are run once, and on few hosts. What `stdin` gives
    is for commands that are a script.
    """

    name: str
    write: Callable[[Path, Sequence[Endpoint], Ways], None]
    apply: tuple[str, ...]
    check: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    dear: bool = False


SSH_CONFIG = """\
Host *
  User {user}
  IdentityFile {key}
  IdentitiesOnly yes
  BatchMode yes
  UserKnownHostsFile {known_hosts}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  KexAlgorithms curve25519-sha256
"""


def through_ssh(script: str) -> tuple[str, ...]:
    """A script to all hosts, by nothing but ssh: the floor."""
    each = f"ssh -F ssh_config {{}} sudo -n sh -s <{script} >{{}}.out 2>&1"
    return ("xargs", "-a", "hosts", "-P", "40", "-I{}", "sh", "-c", each)


def _hosts(folder: Path, endpoints: Sequence[Endpoint], ways: Ways) -> None:
    (folder / "hosts").write_text("".join(f"{one.address}\n" for one in endpoints))
    (folder / "ssh_config").write_text(ways.config.read_text())


def _floor(folder: Path, endpoints: Sequence[Endpoint], ways: Ways) -> None:
    _hosts(folder, endpoints, ways)
    (folder / "apply.sh").write_bytes(work.apply_script())
    (folder / "check.sh").write_bytes(work.check_script())


def _baseline(folder: Path, endpoints: Sequence[Endpoint], ways: Ways) -> None:
    (folder / "bench.yml").write_text(work.baseline_text())
    common = {
        "ansible_user": ways.user,
        "ansible_become": True,
        "ansible_ssh_private_key_file": str(ways.key),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={ways.known_hosts}",
        "roles": ["mta"],
    }
    hosts = {one.name: {"ansible_host": one.address} for one in endpoints}
    (folder / "inventory.yml").write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}))


def _ansible(config: str) -> Callable[[Path, Sequence[Endpoint], Ways], None]:
    def write(folder: Path, endpoints: Sequence[Endpoint], ways: Ways) -> None:
        common = {
            "ansible_user": ways.user,
            "ansible_ssh_private_key_file": str(ways.key),
            "ansible_ssh_common_args": f"-F {ways.config}",
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        hosts = {one.name: {"ansible_host": one.address} for one in endpoints}
        (folder / "inventory.yml").write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}))
        tasks = [
            {
                "name": path,
                "ansible.builtin.copy": {
                    "dest": path,
                    "content": content,
                    "owner": work.OWNER,
                    "group": work.GROUP,
                    "mode": work.MODE,
                },
            }
            for path, content in work.FILES.items()
        ]
        facts = {"gather_facts": False} if config else {}
        play = {"hosts": "all", "become": True, "tasks": tasks, **facts}
        (folder / "play.yml").write_text(json.dumps([play]))
        strategies = next((PEERS / "lib").glob("python3*/site-packages/ansible_mitogen/plugins/strategy"), "")
        (folder / "ansible.cfg").write_text(f"[defaults]\ntimeout = 60\n{config.format(strategies=strategies)}")

    return write


_PYINFRA = """\
from io import StringIO
import json
from pyinfra.operations import files
for path, content in json.load(open("files.json")).items():
    files.put(name=path, src=StringIO(content), dest=path, user="{owner}", group="{group}", mode="{mode}", _sudo=True)
"""


def _pyinfra(folder: Path, endpoints: Sequence[Endpoint], ways: Ways) -> None:
    (folder / "files.json").write_text(json.dumps(dict(work.FILES)))
    (folder / "deploy.py").write_text(_PYINFRA.format(owner=work.OWNER, group=work.GROUP, mode=work.MODE[1:]))
    data = {
        "ssh_user": ways.user,
        "ssh_key": str(ways.key),
        "ssh_known_hosts_file": str(ways.known_hosts),
        "ssh_strict_host_key_checking": "yes",
    }
    hosts = [(one.address, data) for one in endpoints]
    (folder / "inventory.py").write_text(f"hosts = {hosts!r}\n")


def _bundlewrap(folder: Path, endpoints: Sequence[Endpoint], ways: Ways) -> None:
    nodes = {
        one.name: {"hostname": one.address, "username": ways.user, "bundles": ["bench"], "os": "debian"}
        for one in endpoints
    }
    (folder / "nodes.py").write_text(f"nodes = {nodes!r}\n")
    (folder / "groups.py").write_text(f"groups = {{'all': {{'members': {list(nodes)!r}}}}}\n")
    (folder / "requirements.txt").write_text("")
    bundle = folder / "bundles" / "bench"
    bundle.mkdir(parents=True, exist_ok=True)
    items = {
        path: {
            "content": content,
            "content_type": "text",
            "owner": work.OWNER,
            "group": work.GROUP,
            "mode": work.MODE,
        }
        for path, content in work.FILES.items()
    }
    (bundle / "items.py").write_text(f"files = {items!r}\n")


_BASELINE = str(Path(sys.executable).with_name("baseline"))
_OURS = ("-i", "inventory.yml", "-b", "bench.yml", "--forks", "40")
_ANSIBLE = (str(PEERS / "bin" / "ansible-playbook"), "-i", "inventory.yml", "play.yml")
_FORKS = "forks = 40\n"
_PIPELINED = f"{_FORKS}[ssh_connection]\npipelining = True\n"
_MITOGEN = f"{_FORKS}strategy_plugins = {{strategies}}\nstrategy = mitogen_linear\n"
_PYINFRA_COMMAND = (str(PEERS / "bin" / "pyinfra"), "-y", "--parallel", "40", "inventory.py", "deploy.py")
_BW = str(PEERS / "bin" / "bw")


def entrants(ways: Ways) -> tuple[Tool, ...]:
    """All that take part, the floor first."""
    bundlewrap = {"BW_SSH_ARGS": f"-F {ways.config}", "BW_SCP_ARGS": f"-F {ways.config}", "BW_ADD_HOST_KEYS": "0"}
    return (
        Tool("floor", _floor, through_ssh("apply.sh"), through_ssh("check.sh")),
        Tool(
            "baseline",
            _baseline,
            (_BASELINE, "apply", "--yes", "--no-history", *_OURS),
            (_BASELINE, "check", "--no-history", *_OURS),
        ),
        Tool("ansible + mitogen, forks 40", _ansible(_MITOGEN), _ANSIBLE, (*_ANSIBLE, "--check")),
        Tool(
            "pyinfra, parallel 40", _pyinfra, _PYINFRA_COMMAND, (*_PYINFRA_COMMAND[:1], "--dry", *_PYINFRA_COMMAND[2:])
        ),
        Tool(
            "BundleWrap", _bundlewrap, (_BW, "apply", "-p", "40", "all"), (_BW, "verify", "all"), bundlewrap, dear=True
        ),
        Tool("ansible pipelined, forks 40", _ansible(_PIPELINED), _ANSIBLE, (*_ANSIBLE, "--check"), dear=True),
        Tool("ansible as it comes", _ansible(""), _ANSIBLE, (*_ANSIBLE, "--check"), dear=True),
    )
