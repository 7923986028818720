"""Files that people write: what they mean, and what is said of their mistakes.

What is here:

- `ansible_says`: What ansible-core itself makes of inventories: many of them by one process, since each start takes it
  a second.
- `compared_cases`: The small inventories of `compared/`: each one file, which tells what lies where and what is asked
  of it.
- `conftest`: Baselines are loaded with two kinds of the tests' own, where a test asks for it.
- `sample_kinds`: Two kinds for tests of loading, so that these do not move with the kinds that ship.
- `test_alerts`: The file of alerts: what it may say, and how each mistake is told at its place.
- `test_alike`: What was found out for one host holds for others only where all that was read is the same.
- `test_ansible_habits`: What people type who use Ansible: `-i host,`, `-e`, `ansible.cfg`, `{{ inventory_dir }}`; and
  what they mistype.
- `test_as_ansible_says`: Inventories read here and by ansible-core: groups, hosts, variables with their types, and what
  limits select.
- `test_broken_files`: Broken files, each named by its fault, and beside each the exact messages that it gives.
- `test_catalogue`: The baselines that ship: the circular, and the stricter one, which extends it and loosens nothing of
  it.
- `test_contradictions`: Controls that want different values of one setting are told, with both places, before any host
  is touched.
- `test_example_inventories`: The examples that ship load, and say the same in each form.
- `test_growth`: What is loaded takes work in proportion to what there is.
- `test_host_patterns`: Host patterns, as `-l` takes them.
- `test_host_ranges`: Ranges of host names in inventories, such as `mx[01:10]`.
- `test_instants`: Instants as people write them: every edge of dates, zones and clocks that change.
- `test_kind_discovery`: Kinds are found by their files alone, and two of one name are told.
- `test_load_baseline`: Baselines and overlays: what is selected, overridden, rendered, and refused.
- `test_load_inventory`: Inventories in YAML, INI and from programs: hosts, groups and variables as Ansible reads them.
- `test_load_yaml`: YAML that keeps the place of every value, and refuses what is ambiguous.
- `test_origins`: Where values come from: over any stack of overlays, the last file that sets a value is the one that is
  named.
- `test_own_files`: A baseline of one's own: templates beside it, short titles, and mistakes told in the file that can
  be mended.
- `test_probes`: The document of `baseline probe`: what it may say, and what is usual where it says nothing.
- `test_quota_reports`: Exchange hosts in an inventory: how they are asked, and the reports that somebody brought from
  them.
- `test_registers`: Registers of evidence: records, their facts, and what is wrong with them.
- `test_renamed`: A control that was renamed is found under the id that it had.
- `test_rosters`: Rosters: accounts by class, and when officers were trained.
- `test_secret_tags`: `!secret` in baselines and inventories: where it may stand, and how each source is fetched.
- `test_shards`: Shards: every host in exactly one, whatever other hosts there are.
- `test_ssh_arguments`: Arguments for ssh in inventories: followed, left aside, or refused where they would turn the
  check of keys off.
- `test_ssh_config`: What ~/.ssh/config says of a host is followed where the inventory does not say it, or refused
  before a connection.
- `test_ssh_rules`: What files in the language of ssh_config say of a host: the same as the real ssh says that it takes
  from them.
- `test_vaults`: Ansible Vault: values and files that ansible-core encrypted, opened with passwords, and shown to
  nobody.
- `test_waivers`: Files of waivers: read strictly, every mistake at its place, all at once.
"""
