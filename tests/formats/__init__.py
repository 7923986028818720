"""The programs' languages, read and edited.

What is here:

- `test_certificates`: Certificates made for the purpose, and which names they are for.
- `test_dns_records`: The texts of DNS records about mail: SPF, DKIM, DMARC, MTA-STS, TLS reports, TLSA, CAA, and names.
- `test_dovecot`: What doveconf prints, what the drop-in holds, and `quota_rule`.
- `test_exchange`: The report of Exchange's quotas: what is read, and what is refused with the path of the value.
- `test_fail2ban`: What fail2ban's client prints, and which entries of the journal a match selects.
- `test_fstab`: /etc/fstab, and the options of its lines.
- `test_milters`: Lists of milters, and the sockets that something listens on.
- `test_named`: Named's configuration: read with its defaults, and one option set where it stands.
- `test_networks`: Networks as Postfix lists them.
- `test_nftables`: Rulesets of nftables: verdicts against a plain reading of the same rules, and what cannot be told.
- `test_postfix`: Main.cf and master.cf, against readers that were written apart from the package's own.
- `test_powershell`: Strings of PowerShell: nothing breaks out of them.
- `test_real_programs`: The formats against the programs whose they are: what Postfix, Dovecot, Rspamd and findmnt make
  of the same bytes.
- `test_restrictions`: What a restriction list of Postfix decides about a stranger, rule by rule.
- `test_sockets`: What ss prints, against lines made of the same parts.
- `test_tls_versions`: What Postfix allows by its lists of TLS versions.
- `test_ucl`: Flat keys of Rspamd's `local.d` files.
- `test_zone`: Zone files: read as BIND reads them, and edited where they are to change and nowhere else.
"""
