"""Files that people write, as frozen values: baselines, inventories, rosters and registers.

Everything that is wrong in any file given is raised at once, as one `InputError` whose problems each name
file, line and column.

What is here:

- `action_plan`: Action plans that people filled in: CSV or XLSX, read strictly, every mistake with its sheet and cell.
- `alerts`: Alerts: a YAML file that says what is told when, over which channels, and where each check leaves a sign of
  life.
- `alike`: Hosts of which the same can be said: what was read of one host tells of all that have the same there.
- `ansible_config`: Where Ansible finds its inventory when none is given: `ANSIBLE_INVENTORY`, `ansible.cfg`,
  `/etc/ansible/hosts`.
- `appending`: One more entry behind those of a YAML list that people write: the file keeps every byte that it has.
- `baselines`: Baselines: loading, choosing from them, and making their controls for a host.
- `connecting`: How a host is reached, by its variables: address, login, keys, jump host. What would lead elsewhere is
  refused.
- `contradictions`: Controls that want different values of one setting: whichever is mended last, the other fails. Pure.
- `differing`: What differs between two baselines: controls that came, went or have another name, and what was
  tightened. Pure.
- `document`: The form of a baseline's file, and the chain of files that `extends` makes.
- `draft`: A control as it is written, and how it becomes a control for one host.
- `explain`: Pydantic's complaints as a reader of the file wants them: at the value, in plain words, with a way out.
- `expressions`: The expressions of templates in a baseline, over Jinja2: which names they use, and what they come to.
- `extra_vars`: Variables given on the command line (`-e`), which go before all that the inventory says, as in Ansible.
- `groups`: Hosts and groups of an inventory, with variables and their precedence as Ansible has them.
- `hosts_ini`: Ansible's INI inventory: `[group]`, `[group:children]`, `[group:vars]`, and `host key=value …` lines.
- `hosts_yaml`: Inventories as mappings: Ansible's YAML form, and the JSON that an executable inventory prints.
- `instants`: Instants as people write them: a date or a time, always with its zone.
- `inventory`: Inventories as Ansible reads them: YAML, INI and executable ones, with `group_vars/` and `host_vars/`
  beside.
- `new_waiver`: A waiver to fill in, as text.
- `origins`: Where every value of a control comes from: the files that set it, and the variables that its templates
  take.
- `own_templates`: Templates of one's own, in files beside the baseline that names them: `template: ./motd.j2`.
- `patterns`: Ansible's host patterns: `mx1`, `mta`, `mx*`, `a:b`, `a,b`, `:!c`, `:&d`, `~regex`, `mta[0]`, `mta[0:2]`,
  `@file`.
- `peers`: Hosts that share a domain, and the host that speaks for each domain.
- `probed`: What is to be probed, as the document of `baseline probe` says it: mailboxes of the agency, and outside
  providers.
- `probes`: The document of `baseline probe`: mailboxes of the agency, outside providers, and how long anything may
  take.
- `quota_reports`: Reports of Exchange's mailbox quotas that somebody brought: the output of `baseline render --script
  read`.
- `ranges`: Host ranges of an inventory, as Ansible's: `mx[01:03].example.my`, `[a:f]`, `[1:9:2]`, and a port after a
  colon.
- `reading`: What one reading of inventories shares: mistakes, notes, and the files that several hosts name.
- `registers`: The register of evidence: a YAML list of records, each with the digest of the document that it stands on.
- `rendering`: Templates in the values of a baseline, rendered for one host before anything is validated.
- `rosters`: The roster of accounts: CSV with the header `address,class,created,trained`, or a YAML list of the same
  keys.
- `running`: Programs that files and options name, such as inventory scripts: run with bounds on their time and their
  output.
- `scalars`: One text as a scalar of YAML that reads back as the same text, whatever it holds.
- `secret_tags`: `!secret`: where a secret is to be had, and how it is fetched from there.
- `selection`: Which controls of a baseline are chosen: by ids, globs, tags, and what is left out. Pure.
- `shards`: One part of a fleet out of several, by the names of hosts: for runs that others start on several machines.
  Pure.
- `signed`: Signatures of the records of a register: verified where they are read, and put in where a record is signed.
- `spelling`: Words of an inventory that are one slip away from a word that is known: most often they are misspelt.
- `ssh_args`: What of `ansible_ssh_common_args` this package follows: jump host, known hosts, port, user and key.
- `ssh_config`: What ssh_config(5) says of a host: names, users, ports, keys, jump hosts, as ssh(1) would take them from
  it.
- `ssh_rules`: Files in the language of ssh_config(5), read once, and what they say of one host: as `ssh -G` has it.
- `targets`: A host's variables as a `Target`: what it is for, and what templates may ask. See `connecting` for how it
  is reached.
- `text`: Files as text: whatever cannot be read is a problem that names the file, never a traceback.
- `tighten`: An overlay may tighten, not loosen: loosening needs a waiver, with a name and a date under it.
- `tree`: What a file says, with the place of every value and every key.
- `typed`: A tree as a frozen dataclass, by the types of its fields: what does not fit is a problem at its own place.
- `variable_files`: Files of variables beside an inventory: `group_vars/` and `host_vars/`, as Ansible chooses among
  them.
- `variables`: A host's variables, read one by one: texts, ports, paths, truth values and lists; mistakes noted at their
  place.
- `vaults`: Ansible Vault: encrypted values and files of inventories, opened by passwords that the caller names.
- `waiver_entries`: One waiver as people write it, in a file of waivers or in a row of an action plan.
- `waivers`: Waivers: a YAML list of what is not met for a while, strictly read, each with who answers for it and until
  when.
- `yaml`: YAML with places: a strict reader over PyYAML's events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from baseline.late import given_late

if TYPE_CHECKING:
    from baseline.load.baselines import Baseline as Baseline
    from baseline.load.baselines import load_baseline as load_baseline
    from baseline.load.baselines import shipped as shipped
    from baseline.load.inventory import Inventory as Inventory
    from baseline.load.inventory import load_inventory as load_inventory
    from baseline.load.quota_reports import load_quota_report as load_quota_report
    from baseline.load.registers import load_register as load_register
    from baseline.load.rosters import load_roster as load_roster
    from baseline.load.waivers import load_waivers as load_waivers

_HOMES = {
    "baselines": ("Baseline", "load_baseline", "shipped"),
    "inventory": ("Inventory", "load_inventory"),
    "quota_reports": ("load_quota_report",),
    "registers": ("load_register",),
    "rosters": ("load_roster",),
    "waivers": ("load_waivers",),
}
"""Module -> names of it that the package gives."""

__all__ = [name for names in _HOMES.values() for name in names]

__getattr__ = given_late(__name__, _HOMES)
