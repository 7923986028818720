"""The dialects of Dovecot's configuration: what is asked, how it is read, what it is called and how a remedy writes it.

A kind asks `readings.dovecot.Dovecot(host)` and gets concepts: `settings` with the protocols, the plugins loaded for
all, the quota roots and the default limit. Plugins of one protocol: ask `plugins_question(protocol)`, and give the
answer to `Dovecot.plugins_for`. What has no concept here is asked for in each dialect's own words, by `by_dialect`.

A remedy has no host. A kind that writes therefore puts `state[DIALECT] = dovecot.dialect.name` into its state, and its
remedy writes by `dialect_of(state)`: `load` and `load_for_all` for plugins, `called` for the name of a setting.

What is here:

- `blocks_24`: What Dovecot 2.4 says of quota inside of blocks: of a root, of a warning, of a protocol, of a mailbox.
- `dialect`: What each dialect of Dovecot's configuration answers: the concepts, and how a remedy writes them.
- `dovecot_23`: Dovecot 2.3: plugins are lists of words, and quota is a matter of the section `plugin`.
- `dovecot_24`: Dovecot 2.4: plugins are a list of yes and no, and quota has settings of its own; a root is a section
  `quota NAME`.
- `enforcing`: What holds people to their quota, whatever the dialect: roots that count and refuse, and the service
  quota-status.
- `enforcing_23`: What holds people to their quota in Dovecot 2.3: roots are words of the section `plugin`.
- `enforcing_24`: What holds people to their quota in Dovecot 2.4: a root is a block `quota NAME`, and a protocol may
  undo it.
- `limits_23`: Limits of Dovecot 2.3 as a state and as text: numbered rules of each root, of which a gap ends the list.
- `limits_24`: Limits of Dovecot 2.4 as a state and as text: one setting, which the blocks around it make say more or
  less.
- `tls`: How each dialect of Dovecot's configuration speaks of TLS: the names of its settings, and what they mean.
- `warnings`: Warnings of a filling mailbox: at which level which program runs, whatever the dialect that says so.
- `warnings_23`: The warnings of Dovecot 2.3: `quota_warning`, `quota_warning2` … of the section `plugin`.
- `warnings_24`: The warnings of Dovecot 2.4: blocks `warning NAME` of a quota root, or `quota_warning NAME` for all
  roots.
"""
