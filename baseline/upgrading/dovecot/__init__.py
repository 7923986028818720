"""Dovecot's configuration of 2.3 in the dialect of 2.4: what becomes of each setting, and a whole configuration.

`convert` takes what a host has, a `Source`, and gives the converted configuration, its items, and what is left to a
person. It is pure, as all here is; `asking` has the one question that brings a source from a host.

What is here:

- `account_fields`: What a database says of one account (`quota_rule`, `mail`), read by 2.4 as 2.3 read it. The database
  stays as it is.
- `asking`: The one question that brings what a host has of Dovecot 2.3, and its answer as a source.
- `auth`: `passdb` and `userdb` of 2.3, and the files that their `args` name, as the sections of 2.4.
- `convert`: The whole configuration of a host, from 2.3 to 2.4.
- `databases`: The files that `args` of sql and ldap named in 2.3, as what 2.4 has in `passdb` and `userdb` themselves.
- `draft`: What is being written: entries of the converted configuration, and items that say what becomes of each
  setting.
- `formats_of_logs`: The letters of what Dovecot logs and answers, which are other ones in each setting.
- `general`: Settings of 2.3 that stand by themselves: renamed, inverted, split, gone, or of the same name.
- `location`: `mail_location` of 2.3, one text, as the settings that 2.4 made of it.
- `namespaces`: `namespace { }` and `mailbox { }` of 2.3 as 2.4 has them.
- `plugins`: `plugin { }` of 2.3, which 2.4 does not have: each plugin's settings in their new words.
- `quota`: Quota of 2.3, which is texts in `plugin { }`, as the settings and sections of 2.4.
- `quota_limits`: The roots and limits that 2.3's `plugin { }` gives to accounts that have none of their own.
- `quota_settings`: The settings of quota that stand by themselves: grace, the largest mail, texts, the flag of who is
  over.
- `services`: `service { }` of 2.3 with its listeners, as 2.4 has it.
- `sieve`: Sieve of 2.3, whose scripts are texts in `plugin { }`, as the `sieve_script` sections of 2.4.
- `source`: What a host has of Dovecot 2.3, as a value: what is in force, the files it was read from, forms of its
  accounts.
- `tree`: Dovecot 2.3's configuration as a tree: what `doveconf -n` prints, and the files it was read from, with their
  lines.
- `variables`: The variables of 2.3 (`%u`, `%{orig_user}`, `%3.1Mn`) in the words of 2.4 (`%{user}`, `%{user | username
  | lower}`).
- `writing`: Dovecot 2.4's configuration, written: settings, sections, and comments where something could not be
  converted.
"""

from __future__ import annotations
