"""The options that commands share, spelled as Ansible spells them, and what they select."""

from __future__ import annotations

import getpass
import os
import re
import socket
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

from baseline.classes import dataclass
from baseline.errors import NothingMatched, UserError

if TYPE_CHECKING:
    from baseline.load import Baseline, Inventory
    from baseline.model import Target
    from baseline.model.taking import Taking

DEFAULT_BASELINE = "mampu-2007"

SSH_CONFIG = (Path("~/.ssh/config"), Path("/etc/ssh/ssh_config"))
"""What says of hosts what the inventory does not, as for ssh: the first file first."""

InventoryFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "-i",
        "--inventory",
        metavar="FILE",
        help="Inventory: YAML, INI, an executable, a directory, or hosts as in 'mx1,'. May be given more than once. "
        "By default that of Ansible: $ANSIBLE_INVENTORY, ansible.cfg, /etc/ansible/hosts.",
    ),
]
ExtraVars = Annotated[
    list[str] | None,
    typer.Option(
        "-e",
        "--extra-vars",
        metavar="NAME=VALUE",
        help="Variables of all hosts, before those of the inventory: NAME=VALUE, a mapping of YAML, or @FILE.",
    ),
]
VaultFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--vault-password-file",
        "--vault-id",
        metavar="[ID@]FILE",
        help="File of the password that opens Ansible Vault, or a program that prints it; with the id that it is for "
        "where there are several. Besides those that Ansible's settings name.",
    ),
]
AnyInventory = Annotated[
    list[Path] | None,
    typer.Option("-i", "--inventory", metavar="FILE", help="Inventory. Without one only the baseline is checked."),
]
AppliedInventory = Annotated[
    list[Path] | None,
    typer.Option(
        "-i",
        "--inventory",
        metavar="FILE",
        help="Inventory, as for `check`. By default that of PLANFILE.",
    ),
]
HostPattern = Annotated[
    str | None,
    typer.Option(
        "-l",
        "--limit",
        metavar="PATTERN",
        help="Only these hosts or groups, in Ansible's patterns; @failed is those that failed in the last run.",
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Only the I-th of N parts of the selected hosts. Which, a host's name alone says.",
    ),
]
SshConfigFile = Annotated[
    str | None,
    typer.Option(
        "--ssh-config",
        metavar="FILE",
        envvar="BASELINE_SSH_CONFIG",
        help="What the inventory does not say of connections, as `ssh -F`; `none` for nothing. "
        "By default ~/.ssh/config and /etc/ssh/ssh_config.",
    ),
]
BaselineName = Annotated[
    str, typer.Option("-b", "--baseline", metavar="NAME|FILE", help="A shipped baseline's name, or a file.")
]
AppliedBaseline = Annotated[
    str | None,
    typer.Option(
        "-b",
        "--baseline",
        metavar="NAME|FILE",
        help=f"A shipped baseline's name, or a file. By default that of PLANFILE, else {DEFAULT_BASELINE}.",
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "-t", "--tags", metavar="TAG[,TAG]", help="Only controls with one of these tags, clauses, obligations or kinds."
    ),
]
Controls = Annotated[
    list[str] | None,
    typer.Option(
        "-c",
        "--controls",
        metavar="ID[,ID]",
        help="Only the controls of these ids; globs such as 'MEL-Q-*', and '!MEL-D-13' for all but that.",
    ),
]
Skip = Annotated[
    list[str] | None,
    typer.Option("--skip", metavar="ID|TAG[,…]", help="Leave out the controls of these ids, globs or tags."),
]
SkipTags = Annotated[
    list[str] | None,
    typer.Option("--skip-tags", metavar="TAG[,TAG]", help="Leave out controls with one of these tags."),
]
All = Annotated[
    bool,
    typer.Option(
        "--all",
        help="Also plan what recommended and encouraged controls would install, start or run by the clock.",
    ),
]
Obligations = Annotated[
    str | None,
    typer.Option(
        "--obligation",
        metavar="WORD[,WORD]",
        help="The obligations whose controls may install and start things: mandatory, encouraged, recommended. "
        "By default mandatory; of the others only settings are planned, and controls that -c names by id.",
    ),
]
Replace = Annotated[
    list[str] | None,
    typer.Option(
        "--replace",
        metavar="ID[,ID]",
        help="Controls, as ids or globs, that may take the effect from what the site does by means of its own. "
        "The plan of every other one leaves that to you.",
    ),
]
Forks = Annotated[
    int,
    typer.Option(
        "-f",
        "--forks",
        metavar="N",
        min=1,
        envvar="BASELINE_FORKS",
        show_envvar=False,
        help="How many hosts to work on at once.",
    ),
]
ClusterPlace = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="tls://HOST:PORT|local[:N]",
        help="Let the workers of a Dask cluster reach the hosts, those of a site the ones with the resource site:NAME; "
        "local:4 is four processes of this machine.",
    ),
]
HostTimeout = Annotated[
    int,
    typer.Option(
        "--host-timeout",
        metavar="SECONDS",
        min=1,
        envvar="BASELINE_HOST_TIMEOUT",
        show_envvar=False,
        help="How long to look at a host before giving up. An apply that has begun is finished.",
    ),
]
WholeTimeout = Annotated[
    int,
    typer.Option(
        "--deadline",
        metavar="SECONDS",
        min=1,
        envvar="BASELINE_DEADLINE",
        show_envvar=False,
        help="How long the run may take; what is not known by then is unknown.",
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings and advised controls that fail count as well.")]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="Format of the report: text, html, markdown, csv, xlsx, json, junit, prometheus, nagios, oscal, "
        "oscal-poam, hdf or ansible-facts. May be given more than once.",
    ),
]
Files = Annotated[
    list[Path] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Each -o belongs to the --format in the same position; without it: standard output.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Also show every step, and the states of controls that pass.")
]

Verbosity = Annotated[
    int,
    typer.Option(
        "-v",
        "--verbose",
        count=True,
        help="Also show every step, and the states of controls that pass; twice: also --timings.",
    ),
]
ShowTimings = Annotated[
    bool, typer.Option("--timings", help="Also show for each host where its time went, and the slowest questions.")
]

Lang = Annotated[
    str,
    typer.Option(
        "--lang",
        metavar="en|ms",
        envvar="BASELINE_LANG",
        help="Language of what is printed for people: en is English, ms is Malay.",
    ),
]

Private = Annotated[
    bool, typer.Option("--private", help="In diffs, also show files that not everybody may read, but never secrets.")
]

HistoryPlace = Annotated[
    str | None,
    typer.Option(
        "--history",
        metavar="FILE|URL",
        envvar="BASELINE_HISTORY",
        help="Where runs are kept: a file, or postgresql://USER@HOST/DATABASE. By default what the inventory names "
        "as `history`, else history.db in $XDG_STATE_HOME/baseline.",
    ),
]
NoHistory = Annotated[bool, typer.Option("--no-history", help="Do not keep this run in the history.")]

AlertsFile = Annotated[
    Path | None,
    typer.Option(
        "--alerts",
        metavar="FILE",
        help="Tell what is new over the channels of this file. By default the one that the inventory names as "
        "`alerts`.",
    ),
]
Every = Annotated[
    str | None,
    typer.Option(
        metavar="1d|6h|30m",
        help="A schedule makes this check, and the next one after so long: that it did not happen can be told then.",
    ),
]

OfRecorded = Annotated[
    bool,
    typer.Option(
        "--recorded",
        help="Contact no host: judge the answers that an earlier run kept, as of its time. Not kept as a run.",
    ),
]
RecordedRun = Annotated[
    str | None,
    typer.Option("--run", metavar="RUN", help="With --recorded: whose answers, by number or id; by default the last."),
]
WaiverFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "-w",
        "--waivers",
        metavar="FILE",
        help="What is not met for a while, with who answers for it and until when. May be given more than once. "
        "By default what the inventory names as `waivers`.",
    ),
]

HOST_SECONDS, RUN_SECONDS = 900, 21_600
"""As in `baseline.deadline`."""

FORKS = 20
"""As `baseline.fleet.FORKS`, which would cost its imports just to print a help text."""


def words(values: Sequence[str] | None) -> list[str]:
    """The values of an option that may be repeated and may hold several, separated by commas."""
    return [word for value in values or () for word in map(str.strip, value.split(",")) if word]


def length(text: str, option: str = "--every") -> timedelta:
    """The length of time that an option gives. Raises `UserError` for what is none."""
    found = re.fullmatch(r"(\d{1,6})([dhm])", text)
    if found is None or int(found[1]) == 0:
        raise UserError(f"{option}: {text} is no length of time, such as 1d, 6h or 30m")
    return timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[found[2]]: int(found[1])})


ListHosts = Annotated[bool, typer.Option("--list-hosts", help="Only list the selected hosts. Contacts none.")]
ListControls = Annotated[
    bool, typer.Option("--list-controls", help="Only list the selected controls. Contacts no host.")
]


@dataclass(frozen=True)
class Where:
    """The inventory, its variables and the hosts that are chosen, as options give them."""

    inventory: Sequence[Path] | None
    limit: str | None = None
    extra: Sequence[str] | None = None
    shard: str | None = None
    vaults: Sequence[str] | None = None
    ask_become: bool = False
    ssh_config: str | None = None

    def load(self) -> Inventory:
        """The inventory; without one, that which Ansible would use here. Raises `InputError` and `UserError`."""
        from baseline.load import load_inventory
        from baseline.load.ansible_config import usual_inventory, usual_vaults

        paths = self.inventory or usual_inventory(os.environ, Path.cwd())
        if not paths:
            raise UserError("no inventory is given: name one with -i, or in $ANSIBLE_INVENTORY or ansible.cfg")
        # Where only Ansible's settings speak of vaults, and what opens them is not here, they stay shut, as noted.
        able = self.vaults or find_spec("ansible") is not None
        vaults = usual_vaults(os.environ, Path.cwd(), self.vaults or ()) if able else ()
        loaded = load_inventory(*paths, extra=self.extra or (), ssh_config=self._ssh_config(), vaults=vaults)
        if not self.ask_become:
            return loaded
        from baseline.cli.asking import with_sudo_password

        return with_sudo_password(loaded)

    def _ssh_config(self) -> tuple[Path, ...]:
        """The files in the language of ssh_config. Raises `UserError` for one that is named and not there."""
        if self.ssh_config is None:
            return tuple(file.expanduser() for file in SSH_CONFIG)
        if self.ssh_config == "none":
            return ()
        named = Path(self.ssh_config).expanduser()
        if not named.is_file():
            raise UserError(f"--ssh-config: there is no file {named}: name one, or `none`")
        return (named,)

    def targets(self) -> tuple[Target, ...]:
        """The hosts that are chosen. Raises `InputError`, `NothingMatched` and `UserError`."""
        return self.among(self.load())

    def among(self, loaded: Inventory) -> tuple[Target, ...]:
        """The hosts of an inventory that are chosen. Raises as `targets`."""
        if self.shard is None:
            return loaded.select(self.limit)
        from baseline.load.shards import shard_of

        return shard_of(self.shard).among(loaded.select(self.limit))


@dataclass(frozen=True)
class Chosen:
    """A baseline by name or file, None for the usual one, and which of its controls are chosen."""

    baseline: str | None
    tags: Sequence[str] | None = None
    controls: Sequence[str] | None = None
    skip: Sequence[str] | None = None
    skip_tags: Sequence[str] | None = None

    @property
    def some(self) -> bool:
        """Whether controls are chosen at all."""
        return bool(self.tags or self.controls or self.skip or self.skip_tags)

    def of(self, loaded: Baseline) -> Baseline:
        """A baseline with the controls that are chosen. Raises `NothingMatched`.

        Says what a control is called now that is named by an id which it had formerly.
        """
        chosen = loaded.only(words(self.tags), words(self.controls), words(self.skip), words(self.skip_tags))
        for word in dict.fromkeys((*words(self.controls), *words(self.skip))):
            if now := loaded.renamed.get(word.removeprefix("!")):
                typer.echo(f"{word.removeprefix('!')} is called {now} now (note)", err=True)
        return chosen

    def whole(self) -> Baseline:
        """The baseline with all of its controls. Raises `InputError`."""
        from baseline.load import load_baseline

        return load_baseline(self.baseline or DEFAULT_BASELINE)

    def load(self) -> Baseline:
        """The baseline with the controls that are chosen. Raises `InputError` and `NothingMatched`."""
        return self.of(self.whole())


NOT_RENAMED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class TakingOptions:
    """Which remedies are taken, as options say it."""

    everything: bool = False
    obligations: str | None = None
    replace: Sequence[str] | None = None

    @property
    def some(self) -> bool:
        """Whether anything is said."""
        return bool(self.everything or self.obligations or self.replace)

    def of(self, chosen: Chosen, controls: Sequence[str], renamed: Mapping[str, str] = NOT_RENAMED) -> Taking:
        """What is taken, of the controls that are chosen. Raises `NothingMatched` and `UserError`.

        A control that -c names by its id, or by one that it had formerly, is asked for; one that a glob fits is not.
        """
        from baseline.model import Obligation
        from baseline.model.taking import Taking

        known = [one.value for one in Obligation]
        given = known if self.everything else words([self.obligations or Obligation.MANDATORY])
        for word in given:
            if word not in known:
                raise UserError(f"--obligation: {word} is none; there are {', '.join(known)}")
        asked = tuple(now for one in words(chosen.controls) if (now := renamed.get(one, one)) in controls)
        own = tuple(renamed.get(one, one) for one in words(self.replace))
        taking = Taking(tuple(map(Obligation, given)), asked, own)
        if unmatched := taking.unmatched(controls):
            raise NothingMatched(f"--replace: none of the chosen controls is {', '.join(unmatched)}")
        return taking


def on_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def somebody() -> str:
    """Who runs this, for what hosts keep of an apply."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
