"""What the next release of Debian makes of a host's configuration, told before the host is upgraded. Pure.

What is here:

- `bind`: What BIND 9.20 makes of the configuration of a BIND 9.18.
- `bind_facts`: What BIND 9.20, as Debian 13 has it, makes of options of BIND 9.18.
- `dovecot`: Dovecot's configuration of 2.3 in the dialect of 2.4: what becomes of each setting, and a whole
  configuration.
- `fail2ban`: What fail2ban 1.1 makes of the configuration of a fail2ban 1.0.
- `forecast`: What Debian 13 makes of one host's programs: all of them asked at once, each told by its own module.
- `items`: One setting of a host, and what the next release makes of it.
- `nftables`: What nftables 1.1 makes of a ruleset of nftables 1.0.
- `openssh`: What OpenSSH 10.0 makes of the configuration of an sshd 9.2.
- `postfix`: What Postfix 3.10 makes of the configuration of a Postfix 3.7.
- `postfix_facts`: What Postfix 3.10, as Debian 13 has it, makes of settings of Postfix 3.7.
- `rspamd`: What Rspamd 3.12 makes of the configuration of an Rspamd 3.4.
- `sources`: The files of a program's configuration as they are written on a host, and what to write in them instead.
- `temp`: What Debian 13 makes of /tmp and /var/tmp: a tmpfs, and files that are deleted after some days.
"""

from __future__ import annotations
