"""What hosts say, as concepts: one reading per program and dialect, shared by all kinds that need it.

A reading asks and understands. It judges nothing, mends nothing, and knows no kind.

What is here:

- `answers`: Asking a host through testinfra so that "could not look" never becomes "is wrong".
- `delivery`: What Postfix's own delivery agents write, if anything: the store decides what their size limits mean.
- `dialects`: The dialects of Dovecot's configuration: what is asked, how it is read, what it is called and how a remedy
  writes it.
- `dkim`: What a host signs with: Rspamd's settings for DKIM, the keys on the disk, and a message that it is given to
  sign.
- `dkim_signers`: What signs the mail of each domain, as a state: Rspamd, or else OpenDKIM where the site signs with
  that.
- `dns`: Reading DNS twice: at a resolver, and at each of the zone's own servers, so that stale copies show.
- `dovecot`: What Dovecot has in force, and what it says of each account: read for the controls of quota.
- `dovecot_tls`: TLS as Dovecot has it, globally and for each protocol: the concepts, out of either dialect.
- `dovecot_values`: The value of one setting of Dovecot, for everybody and for each protocol, in either dialect.
- `evidence`: Records of the register as controls read them: which count, which wait for somebody, and how old they are.
- `exemptions`: Whom Postfix exempts from a rule: lists of clients, and rules that let mail pass before another one is
  asked.
- `fail2ban`: What a running fail2ban says of its jails, and whether they read what the programs write.
- `filter_engine`: The two engines that filter mail here, and what the controls that judge either of them share.
- `firewall_facts`: What a ruleset of nftables lets in: asked by packets, for a host and what it declares.
- `firewall_loaders`: Which unit loads a firewall at boot in place of nftables.service.
- `mail_ports`: The ports of a mail host as they are looked at from outside.
- `mynetworks`: The networks that Postfix trusts (`mynetworks`), tables of networks included.
- `opendkim`: What OpenDKIM would sign and with which key, and whether Postfix gives it the mail: how a site signs
  beside Rspamd.
- `outline`: Where settings are set: which lines of which configuration files name them, without their values.
- `own_limits`: The limits that a userdb gives single accounts, and whether Dovecot goes by them when it computes a
  quota.
- `own_means`: By which programs of its own choice a site does what a remedy would begin to do: filters, firewalls,
  jails.
- `postfix`: What Postfix's daemons get: main.cf, master.cf and its overrides.
- `public_ports`: Ports that a host serves to everybody: those of its roles, and those that the inventory names.
- `quota_rules`: The rules of Dovecot's quota roots as a whole: which are live, and what they come to. Sizes are bytes.
- `quota_stopping`: Who stops the senders of full mailboxes by rules of the site's own: judged by what its rules and
  scripts do.
- `quota_warnings`: At which level of a quota which program runs: what Dovecot's warnings come to, and the order they
  stand in.
- `relay_attempts`: Attempts to relay, as a stranger makes them: dialogues on port 25 that end before DATA.
- `releases`: Which releases of programs a host has, and which of them nobody has tried this package with.
- `rspamd`: Rspamd's configuration as its daemons get it, and which of its modules run.
- `senders`: The hosts that send and take a domain's mail, as the inventory names them.
- `smtpd_lists`: The access lists of Postfix's smtpd, service by service: what is evaluated, in which order, and how to
  add a rule.
- `smtpd_services`: The services of Postfix that take mail by SMTP: who may come to them, and what each of their lists
  decides.
- `spf_evaluation`: What a receiver makes of an SPF record: `check_host` of RFC 7208, and what a record costs in
  look-ups.
- `ssh_session`: The login that a host is being looked at over, as the host sees it.
- `temp`: Where the components of a mail host keep temporary files, and the filesystems behind those places.
- `units`: What systemd tells of units: whether they run, and what starts them at boot.
- `vantage`: From where a look from outside is made, as the host sees it: what it trusts, no look from there can judge.
- `zones`: Where a host's BIND keeps the zone of a name.
"""
