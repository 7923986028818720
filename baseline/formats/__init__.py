"""The configuration languages of the programs: read and edited as text, without the programs.

What is here:

- `caa`: CAA records (RFC 8659 section 4).
- `certificates`: X.509 certificates in PEM: what a mail host's one has to be, read without trusting it (RFC 5280, RFC
  6125).
- `dkim`: DKIM key records (RFC 6376 3.6.1, RFC 8463 for Ed25519).
- `dmarc`: DMARC records (RFC 9989 sections 4.7 and 4.10; RFC 9990 for where reports go).
- `documents`: JSON that hosts print, read with bounds: whoever sends it chooses how deep it is, and how large its
  numbers are.
- `dovecot`: Dovecot 2.3: what `doveconf` prints, the drop-in that this package keeps, and the grammar of `quota_rule`.
- `exchange`: The JSON that the read script for Exchange prints (`templates/exchange/read-quotas.ps1.j2`).
- `fail2ban`: What `fail2ban-client -i` answers to commands given on its standard input.
- `fstab`: /etc/fstab (fstab(5)): six fields by white space, `#` begins a comment line, octal escapes such as `\040`.
- `milters`: Lists of mail filters in Postfix, such as `smtpd_milters`, and the names that a filter's address goes by.
- `mta_sts`: MTA-STS records and policies (RFC 8461), and TLS reporting records (RFC 8460).
- `named`: BIND's configuration: statements with their blocks (BIND 9.18 Reference Manual, "Configuration Reference").
- `names`: Domain names and addresses as DNS writes them (RFC 1034 3.1, RFC 1123 2.1, RFC 3596 2.5).
- `networks`: Networks as Postfix's `mynetworks` lists them, and which of them a list trusts.
- `nft_packets`: What becomes of a packet to this host under a ruleset of nftables: the verdicts that are possible.
- `nftables`: A ruleset as `nft -j list ruleset` prints it (libnftables-json(5)): tables, chains in order, rules and
  named sets.
- `postfix`: Postfix's main.cf and master.cf, and what `postconf` prints of them.
- `powershell`: PowerShell: strings that nothing can break out of.
- `restrictions`: Restriction lists of Postfix like `smtpd_recipient_restrictions`: taken apart, added to, and followed
  rule by rule.
- `sockets`: Sockets that wait for others, as `ss -Hltnup` prints them (ss(8)), one a line.
- `spf`: SPF records: `v=spf1 …` as terms, and macros (RFC 7208 sections 4, 5, 6, 7 and 12).
- `spf_mending`: One SPF record made of the ones that a zone has: their sound terms, and the addresses that have to be
  in it.
- `tags`: Records of the form `tag=value; tag=value`: DKIM keys, DMARC, MTA-STS, TLS reporting (RFC 6376 3.2).
- `tls_versions`: Which versions of TLS a value of Postfix's `…_tls_protocols` allows (postconf(5), since 3.6 with `>=`
  and `<=`).
- `tlsa`: TLSA records, and whether one fits a chain of certificates (RFC 6698 2.1, RFC 7671, RFC 7672 3.1).
- `ucl`: Rspamd's configuration language, as far as flat keys of a `local.d` file need it.
- `zone`: Zone files (RFC 1035 5.1, with BIND's $TTL and $GENERATE), read and edited where they are to change and
  nowhere else.
"""
