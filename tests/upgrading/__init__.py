"""What the next release of Debian makes of a host, told from its answers.

What is here:

- `dovecot`: Dovecot's configuration of 2.3 converted for 2.4, and both run on lab hosts.
- `hosts`: A host of Debian 12 as it answers the questions of `upgrade-check`, with the files that a test writes.
- `mending`: A file as it is after a diff of `upgrade-check` was applied to it.
- `named_confs`: One named.conf for each option and value that BIND 9.20 takes otherwise than 9.18, which takes all of
  them.
- `rules`: A ruleset with every word of the language that `upgrade-check` calls tried; it is loaded by both releases.
- `test_bind`: What is foreseen of BIND. `tests.lab.test_upgrade_check` asks both programs.
- `test_forecast`: All programs of a host at once, and what of a host is not known.
- `test_postfix`: What is foreseen of Postfix. `tests.lab.test_upgrade_check` asks both programs.
- `test_programs`: What is foreseen of sshd, fail2ban, Rspamd, nftables and /tmp. `tests.lab.test_upgrade_check` asks
  the programs.
"""
