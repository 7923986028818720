"""What only real hosts show. All of it needs root and Linux.

What is here:

- `alone`: Hosts that one module has for itself: nothing that it does is met by another, and nothing of others by it.
- `conftest`: Lab hosts for the tests of the main job: two of them, in a lab of the tests' own.
- `filling`: Mailboxes filled by mail from outside, on hosts with the smallest quota that the mandate allows.
- `outside`: Two lab hosts for tests of delivery: mx1 is the agency's, and mx2 plays a provider outside.
- `own_quota`: A site's own three levels of a quota, as an administrator sets them up: rules, a script, a table.
- `quota_ways`: Ways of setting the limit of an account, and of losing it, in either dialect of Dovecot's configuration.
- `real`: A lab host as a person at its console and its users see it.
- `test_antispam`: What an applied host does with spam, strangers and forged senders, by real SMTP over the network.
- `test_archive`: The lab's root is of the release that it wants, whichever the machine has.
- `test_bad_hosts`: One bad host is `unknown` with the reason; the other one goes on, and nothing is changed on either.
- `test_canary`: A planted secret is applied, refused, taken back and rolled back on a real host, and found nowhere
  else.
- `test_controller`: A host of Debian 13 as the controller: the wheel is installed there, and checks a host of Debian
  12.
- `test_conversions`: Configurations of Dovecot 2.3, run by 2.3 on Debian 12 and, converted, by 2.4 on Debian 13: they
  do the same.
- `test_delivery`: Tests of delivery between real hosts: what becomes of a mail from outside, and what is told of it.
- `test_dns`: DNS on real hosts: zones edited and served, keys made and used, and all of it taken back.
- `test_edits`: Edits by hand and unfinished applies on a real host: told with what to do, shown before they go, kept
  where they can.
- `test_firewall`: The host firewall on real hosts: what is open, what is closed, and that nobody locks himself out.
- `test_lab`: Real hosts: they come up, carry mail, break as told, and leave nothing behind.
- `test_main_job`: The main job on real hosts: as Debian ships them, checked, planned, applied, verified, and checked
  again.
- `test_own_means`: What a site does by means of its own goes on working after an apply, unless its loss was asked for
  by name.
- `test_plugin`: Pytest over two real hosts, one of each release: what it says of them is what `baseline check` says.
- `test_quota_limits`: What an account really gets: each way of setting its limit has the verdict that a mail of the
  floor's size proves.
- `test_releases`: The releases of Debian that the lab's hosts can have.
- `test_role`: What a host lacks, put on it by ansible-core from the role that was written, and then checked by
  baseline.
- `test_role_whole`: All that a host of Debian 13 lacks, put on it by ansible-core and the role alone.
- `test_scenarios`: Every property of every control: broken on a real host, found by exactly that control, and mended by
  an apply.
- `test_ssh`: Ways in to real hosts: over a jump host by ssh's own configuration, by an agent, by a host certificate, by
  sudo.
- `test_stale`: Daemons that run a configuration older than their files, on a real host: told, not cried wolf over, and
  mended.
- `test_starting`: A good host, which the mandate was applied to, is described by an overlay, and passes by that one
  too.
- `test_thresholds`: One mailbox over each threshold of its quota, with real mail: warned, then unable to send, then
  unable to receive.
- `test_transport`: Transport security on real hosts: what a stranger can do, and what a renewed certificate takes.
- `test_unloadable`: Programs that refuse the files they would start with, on a real host: told at once, and who rests
  on them fails.
- `test_upgrade_check`: What `upgrade-check` foresees, and what the programs of both releases themselves say of the
  same.
- `test_upgrade_in_place`: A host is upgraded in place from Debian 12 to 13: it was foreseen, and the next check tells
  it as one thing.
- `test_watch`: Access tests and a watch over real hosts: each service as its users find it, and gaps and outages as
  they were.
- `test_zone_place`: Zones in Debian's /var/lib/bind, which the group `bind` may write, with somebody hostile in that
  group.
"""
