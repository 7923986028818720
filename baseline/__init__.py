"""State, apply and prove the configuration of mail servers.

    import baseline

    inventory = baseline.load_inventory("inventory.yml")
    rules = baseline.load_baseline("mampu-2007")
    report = baseline.check_all(inventory.select("mta"), rules)
    print(report.exit_code, report.summary)

`check`, `plan` and `apply` work on one host and give a `HostResult`; `check_all`, `plan_all` and `apply_all` work on
many at once and give a `Report`. All values are frozen and have `to_dict()`. What goes wrong is in `baseline.errors`,
whose classes are here as well. Each name is imported when it is first used.

What is here:

- `__main__`: Where the command `baseline` begins, also as `python -m baseline`: before anything large is imported.
- `advising`: What to do about a finding: what an apply would do, by name, or what is left to a person. Pure.
- `alerting`: Alerts on change only: what is told, in which words, over which channels, and that it was.
- `ansible_role`: What hosts lack, as a role for those who apply with Ansible.
- `applying`: One plan on one host: act, look again, and keep or take back.
- `apt`: Which of Debian's packages a host has. Pure.
- `arrivals`: When the pieces of a reply came, so that it can be told which question took its time. Pure.
- `attempts`: Planning for one host and carrying the plan out; once more without what failed, where that is wanted.
- `becoming`: Root by `sudo` with a password: asked for by the host's own sudo, sent once, and never a part of any
  script.
- `begun`: What a host's journal says of an apply of which nobody has heard how it ended. Pure.
- `binding`: To which machine, inventory and baseline a plan is bound, and what differs where it is presented for
  another. Pure.
- `bundle`: The bytes of an exchange: questions or a transaction as one POSIX sh script, and the reply taken apart
  again.
- `caps`: Limits on what one run may change, checked against its plans before anything is changed. Pure.
- `catalogue`: The baselines that ship with the package: one YAML document each.
- `classes`: Dataclasses like those of `dataclasses.dataclass`, frozen or not, made in a tenth of the time.
- `cli`: The command `baseline`: arguments, progress and exit codes. What it prints is made elsewhere.
- `cluster`: The same fleet on a cluster of Dask: workers that stand where the hosts can be reached, with keys of their
  own.
- `condition`: What is told of a host as a whole, with every look: drift, daemons, refused files, transactions. Pure.
- `converting`: Asking hosts for their configuration in the dialect of the next release: read-only, in one exchange with
  each.
- `crew`: Many pieces of work at once, each with a time of its own, and nobody waits for one that does not end.
- `deadline`: Until when something has to be over, and how it is broken off when it is not.
- `delivery`: The delivery test: a mail from an outside account to the agency, found there and taken away again; and the
  way back.
- `dossier`: Dossiers: what was found in a time, with all that proves it, as one signed file that an assessor takes
  away.
- `drift`: The lines of drifted files: as they were applied, and as they stand now. Pure.
- `edits`: Edits of files as values: each turns what stands at a path into what shall stand there.
- `engine`: Check, plan, apply and roll back for one host.
- `errors`: What can go wrong, by whose fault it is.
- `evidence`: Keeping the register of evidence: records as text, what each is worth today, and when one is due again.
- `extensions`: What other distributions bring, or a folder: kinds, templates, programs, report formats and baselines.
- `fabric_tasks`: `check`, `plan`, `apply` and `drift` as tasks of Fabric, for a fabfile: `ns = Collection(baseline)`.
- `facts`: Asking a host everything at once, through testinfra's vocabulary.
- `file_contents`: What stands at a path, with the bytes of a file, asked of a host for many files at once. Pure.
- `file_looks`: What stands at a path and above it, asked of a host for many files at once. Pure.
- `fleet`: The same work on many hosts at once, each in a thread of its own, as one report.
- `foreseeing`: Asking hosts what the next release of Debian makes of their settings: read-only, and in one exchange
  with each.
- `formats`: The configuration languages of the programs: read and edited as text, without the programs.
- `generations`: What a host was after each apply, from the journals that it keeps. Pure.
- `hand_edits`: What somebody changed by hand since the last apply, and what of it a rollback can keep. Pure.
- `handover`: Connections that the look of a plan leaves open for the apply that follows it at once.
- `hands`: Who does the work on a host: this process itself, or others that stand where the hosts can be reached.
- `history`: Every run kept: findings and answers over time, in a file of SQLite or in PostgreSQL.
- `host_certificates`: Certificates of hosts: which known authority says that a key is the key of a host, and until
  when.
- `judge`: What is wanted of a value, and the one comparison that every kind shares.
- `key_agents`: An agent that holds private keys, as ssh-agent does, within limits.
- `kinds`: The kinds of control, found by looking: a new kind is one new file here, and nothing is registered.
- `known_hosts`: The lines of known_hosts that speak of one host.
- `lab`: Disposable real mail hosts on one Linux machine.
- `languages`: The languages that people are told things in: whole sentences, with the values by their names.
- `last_run`: How each host came out of the last check or apply, remembered on the controller for `--limit @failed`.
- `late`: What is made when it is first used: names that a package gives, and patterns. What nobody uses costs nothing.
- `leading_on`: Zones that an apply had loaded before it was restored: they go on under a later serial. Pure.
- `leaving_out`: Which controls of a plan an apply failed by, so that it can go on without them. Pure.
- `load`: Files that people write, as frozen values: baselines, inventories, rosters and registers.
- `local`: What every session is, and the one to this machine: a script in, the raw reply out.
- `login_keys`: Private keys that log in: of files, with or without a passphrase, and those that an agent holds for such
  a file.
- `mailboxes`: Mailboxes as hosts told of them in runs that were kept: whose they are, how full, and since when.
- `manifest`: What was last applied to a host, kept on the host, and how the host differs from it now.
- `manual`: The manual pages, made from the same commands as their help.
- `merging`: Two changes of one text, joined where they do not collide: diff3's merge over the matches that difflib
  finds. Pure.
- `model`: The frozen values that pass between the rooms of the package.
- `net_change`: The way back over several generations, as one change: from what stands on the host now to what shall
  stand. Pure.
- `opening`: How a connection is opened: what is tried again, what is waited for, and why it could not be.
- `outside`: Looking at a host, a domain or a site from outside, for the controls that ask to.
- `own_template`: The name of a template in a file of one's own. Apart from `templates`, so that nobody needs Jinja2 to
  name one.
- `pace`: How an apply goes through the hosts: all at once, or in waves, of which one that goes wrong is the last. Pure.
- `planfile`: Plans that were reviewed: the JSON report of `baseline plan`, read back.
- `planning`: From findings to a plan: which remedies, resolved against what stands on the host now. Pure.
- `probes`: Looking from outside: sends the probes that kinds ask for, from the machine that runs this, and gives what
  was seen.
- `probing`: `baseline probe`: using a mail system from outside as its users do, and keeping what was measured, signed.
- `programs`: What is known of each program, in one table: another program is a row here, a reading and kinds.
- `pytest_plugin`: The plugin for pytest: each control of a baseline on each host is a test, beside one's own tests of
  testinfra.
- `readings`: What hosts say, as concepts: one reading per program and dialect, shared by all kinds that need it.
- `recorded`: What a baseline says of the answers that a run kept: no host is asked, and nothing is sent anywhere.
- `recording`: What a run hands to whoever keeps it: each host's answers without secrets, and at its end the report.
- `reference`: The reference pages, made from the code and the catalogue so that they cannot go stale.
- `remedies`: What the remedies of several kinds share: edits and actions as data, and whether they would help.
- `reports`: Reports in several formats, all printed from the same `Report`. No format looks at a host or decides
  anything.
- `reviewed`: A plan that somebody looked at, and what differs in the plan that is made now. Pure.
- `rollup`: The roll-up: the documents of many agencies, each signed by one, as one view, without a key to anybody's
  hosts.
- `scheduling`: The schedule of checks: when they are made, what is installed for that, and how it goes.
- `schemas`: JSON Schemas (2020-12) of the documents that people write, for editors: made from what loads these
  documents.
- `sealing`: Keyed digests of secrets, so that a plan can be compared with another one, and tells a guesser nothing.
- `secret`: A value that must not be seen: a password, a key, a token.
- `session`: One connection to one host: a script in, the raw reply out.
- `shell`: Shell that hosts run and that is longer than a line or two: `.sh` files beside the modules that send it.
  Pure.
- `signatures`: Signatures of files, in the format of `ssh-keygen -Y sign`, made and verified by OpenSSH itself.
- `signing`: Signatures of what this project measures, keeps and hands over, by Ed25519, in the format of `ssh-keygen
  -Y`.
- `sizes`: Byte sizes as each program writes them. The same text means different sizes to different programs.
- `stale`: Which daemons of a host run a configuration that is older than their files: edited, and never reloaded. Pure.
- `starting`: What a new site begins with: files to fill in, an overlay learnt from a good host, roles proposed for
  known hosts.
- `state_files`: Small files that the controller keeps between runs, each for the user who ran it alone.
- `stopwatch`: Where the time of one visit goes: which phase it is in, and which questions were slow.
- `subjects`: Domains and sites: what is looked at besides hosts. Pure.
- `templates`: The templates of files that are written on hosts.
- `thrift`: What many hosts have alike is held once: thousands of them differ little in what is found of them. Pure.
- `transaction`: A plan as the tables that the host's side of the transaction reads, and its answer as a value.
- `undecided`: Transactions of a host that nobody has decided: at work, waiting for their confirmation, or cut off
  midway. Pure.
- `unloadable`: Which programs of a host would not load what stands on disk. Pure.
- `upgrading`: What the next release of Debian makes of a host's configuration, told before the host is upgraded. Pure.
- `version`: The release of this package, in one place.
- `visit`: One host in one run: its session, what was asked of it, and what was found.
- `waiving`: Waivers applied to findings: what does not count against a run, and how each waiver stands. Pure.
- `zone_edits`: Edits of BIND's files as values: record sets of a zone, what a zone includes, its serial, and options of
  named.
- `zone_serials`: Serials of zones never go back: a secondary keeps the zone that has the later one. Pure.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from baseline.late import given_late
from baseline.version import __version__

if TYPE_CHECKING:
    from baseline.deadline import Deadline as Deadline
    from baseline.deadline import Halt as Halt
    from baseline.deadline import Limits as Limits
    from baseline.engine import HostResult as HostResult
    from baseline.engine import apply as apply
    from baseline.engine import check as check
    from baseline.engine import plan as plan
    from baseline.errors import BadReply as BadReply
    from baseline.errors import BaselineError as BaselineError
    from baseline.errors import CannotTell as CannotTell
    from baseline.errors import GivenUp as GivenUp
    from baseline.errors import HistoryError as HistoryError
    from baseline.errors import HostError as HostError
    from baseline.errors import InputError as InputError
    from baseline.errors import NothingMatched as NothingMatched
    from baseline.errors import Problem as Problem
    from baseline.errors import Unreachable as Unreachable
    from baseline.errors import UserError as UserError
    from baseline.fleet import apply_all as apply_all
    from baseline.fleet import check_all as check_all
    from baseline.fleet import plan_all as plan_all
    from baseline.history import History as History
    from baseline.load import Baseline as Baseline
    from baseline.load import Inventory as Inventory
    from baseline.load import load_baseline as load_baseline
    from baseline.load import load_inventory as load_inventory
    from baseline.load import load_waivers as load_waivers
    from baseline.model import Finding as Finding
    from baseline.model import HostPlan as HostPlan
    from baseline.model import Outcome as Outcome
    from baseline.model import Report as Report
    from baseline.model import Target as Target
    from baseline.planfile import PlanFile as PlanFile
    from baseline.planfile import load_plan_file as load_plan_file
    from baseline.recorded import check_recorded as check_recorded
    from baseline.session import Connection, Session

_HOMES = {
    "deadline": ("Deadline", "Halt", "Limits"),
    "engine": ("HostResult", "apply", "check", "plan"),
    "errors": (
        "BadReply",
        "BaselineError",
        "CannotTell",
        "GivenUp",
        "HistoryError",
        "HostError",
        "InputError",
        "NothingMatched",
        "Problem",
        "Unreachable",
        "UserError",
    ),
    "fleet": ("apply_all", "check_all", "plan_all"),
    "history": ("History",),
    "load": ("Baseline", "Inventory", "load_baseline", "load_inventory", "load_waivers"),
    "model": ("Finding", "HostPlan", "Outcome", "Report", "Target"),
    "recorded": ("check_recorded",),
    "planfile": ("PlanFile", "load_plan_file"),
}
"""Module -> names of it that are public here."""

__all__ = [
    "__version__",
    "connect",
    "open_history",
    *(name for names in _HOMES.values() for name in names),
]


def connect(target: Target, connection: Connection | None = None) -> Session:
    """An open session to a target over SSH, to be given to `check`, `plan` and `apply` of one host as a function.

    With `connection`, one of Fabric's that you made, over that; it stays open, and is yours to close. Host keys are
    checked in either case. Raises `Unreachable` with what to do about it.
    """
    from baseline.session import Connector

    return Connector().connect(target) if connection is None else Connector().over(connection, target)


def open_history(place: str | Path | None = None, inventory: Inventory | None = None) -> History:
    """The history in a file, or in a PostgreSQL database by its URL; by default where the command keeps it.

    Given as `history=`, runs are kept in it. With their `inventory` it can tell later that a host is there no more.
    Nothing is opened or made before that. Raises `UserError` for a URL of another database.
    """
    from baseline import state_files
    from baseline.history import History

    everybody = None if inventory is None else [target.name for target in inventory.targets]
    return History(place or state_files.directory() / "history.db", everybody)


__getattr__ = given_late(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
