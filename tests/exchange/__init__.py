"""Between controls and hosts: asking, planning and applying, over `sh` and a throw-away sshd on loopback.

What is here:

- `conftest`: A place to apply to, and the proof that nothing is left of it.
- `fake_systemd`: A place on a host with systemd: a fake `systemctl` stands on the real one's place in a mount
  namespace.
- `fakes`: Small controls that do as told, and a host that is a directory of this machine.
- `place`: A directory that stands for a host: files to change, the journals beside them, and a local shell in between.
- `scripted_host`: A host in memory: files that commands read, and a transaction that goes as the test says.
- `sshd`: A throw-away sshd on loopback: its own keys, its own port, gone with the test.
- `test_apply_growth`: What one more file costs an apply: the programs that are begun on the host, and what is written
  through to its disk.
- `test_becoming`: Root by a sudo that asks for a password: it is sent when it is asked for, once, and stands nowhere
  else.
- `test_begun`: What a host's journal says of an apply: asked of a real shell, over journals as host.sh leaves them.
- `test_borrowed`: Sessions over a connection that somebody made with Fabric: their host's key is checked, and they stay
  open.
- `test_bundle`: The script of an exchange run by real shells, and replies cut, noisy and forged.
- `test_cut_short`: A run that is ended before its time: nothing new is begun, and what an apply has begun is seen
  through.
- `test_dead_man`: With systemd: the dead-man is a unit that outlives a reboot, and daemons run again as they ran
  before.
- `test_deadline`: What takes too long is cut off, and one thread watches all that is under way.
- `test_engine`: Check, plan and apply of one host, against hosts in memory that go wrong in every way.
- `test_fabric_tasks`: The tasks for fabfiles, by a real `fab` over a real sshd: its options say where, the contract how
  it ends.
- `test_facts`: Everything asked at once: rehearsed on typical answers, replayed on real ones, and never guessed.
- `test_file_contents`: Contents of files asked at once: what a shell tells of each is what its own question would have
  been told.
- `test_file_looks`: Files looked at all at once: what a real shell tells of each is what its own question would have
  been told.
- `test_generations`: What was before each apply, read from journals that a host has really written, and the plan that
  leads back.
- `test_growth`: A look at a host takes work in proportion to its controls, and to the hosts that know each other.
- `test_hand_edits`: What was changed by hand since the last apply, from journals that a host has really written, and
  what can be kept.
- `test_handover`: Connections that a plan's look leaves open for the apply: only good ones, once, and not for long.
- `test_host_certificates`: Certificates of hosts, as ssh-keygen makes them and a real sshd shows them: what one proves,
  and what it does not.
- `test_killed`: SIGKILL of the host's side at any of its steps: every file is wholly old, or wholly new and still to be
  decided.
- `test_known_hosts`: Known_hosts as OpenSSH reads it: who is meant by a line, and which keys that leaves.
- `test_layers`: Imports go one way, downwards, and what a room may not do it does not.
- `test_leading_on`: An apply that had loaded a zone and was restored leaves a later serial, or secondaries would keep
  its records.
- `test_leaving_out`: An apply that goes on without the controls that it failed by: rolled back, planned again, once,
  and told.
- `test_login_keys`: Keys with a passphrase: by a real agent, by what a person typed, or words about what to do.
- `test_looking_ahead`: What rests on nothing that a host says is looked at from outside while the host is asked.
- `test_many_applied`: Hundreds of files that were applied, looked at on the host by a few programs: what is told, and
  what it costs.
- `test_net_change`: The way back over several generations is one change, whatever came and went in between.
- `test_opening`: Servers that turn callers away for now are called again; those that are dead, silent or no SSH at all
  are not.
- `test_outline`: Where settings are set: the question run by a real shell over files of its own, and what is made of
  its answer.
- `test_outside`: Controls that look from outside, and findings about domains and sites.
- `test_outside_only`: A host that nobody logs in to: what shows from outside is judged, the rest is not for it, and
  nothing is changed.
- `test_planning`: From findings to one plan: remedies merged, and what does not fit left to a person.
- `test_powershell`: Questions in PowerShell: the bundle, and the way to a host over a real sshd.
- `test_recorded`: Answers that a run kept are judged again, as that run did; what it did not ask is unknown, and nobody
  is asked.
- `test_session`: A script in, the raw reply out: over a real sshd, over a local shell, and over everything that goes
  wrong.
- `test_stale`: Daemons that run a configuration older than their files: what is read from a host's answer.
- `test_stopwatch`: Where the time of a visit goes, and which questions were slow.
- `test_surroundings`: On which side of the files actions are done and undone, and what of a host is compared besides
  its files.
- `test_taking`: Which remedies a plan takes: what nobody asked for is left out, and what the site does by other means
  stays.
- `test_transaction`: All of a plan or nothing of it: the host's side run by a real shell on local directories.
- `test_undecided`: A transaction that nobody has decided is told with what to do, from the journal that the host's side
  keeps.
- `test_unloadable`: Programs that refuse the files that they would start with: what is read of it, and who rests on
  them.
- `test_waiving`: Waivers over findings: what they cover, from and until which instant, and what they never cover.
- `test_zone_serials`: A rollback leads a zone's records back, and its serial on.
"""
