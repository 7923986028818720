"""What the remedies of several kinds share: edits and actions as data, and whether they would help.

A remedy writes what comes from the baseline, the inventory and the file that it edits. It knows no kind.

What is here:

- `barrier`: What was seen from outside does not reach what is written: DNS, mail servers and the Web may say anything.
- `consequences`: What a remedy means for a host: what of the site's own it takes the effect from, and what it adds that
  runs. Pure.
- `dkim_publishing`: Making a DKIM key on its host, and its record in a file that the zone includes.
- `exchange_planning`: Which quotas of an Exchange would have to change, to what, and in which order. Pure.
- `firewall_loading`: Loading /etc/nftables.conf as an action that can be undone, whatever was loaded before.
- `mending`: Whether a remedy is worth planning: it has to leave its control better off than it was.
- `opendkim_mending`: What a person does about mail that OpenDKIM is to sign, and what is lost where Rspamd signs
  instead. Pure.
- `postfix_wishes`: Parameters of Postfix that one control wants together: judged, and mended, override by override.
- `quota_levels`: The warning rules of `quota_thresholds` beside those of a site: their order, and which of the site's
  lose by it.
- `remedy`: What would make a control pass, as data, with what it means for the site.
- `roster_userdb`: A userdb of our own that has the accounts of a roster unlimited, before the site's: its files in
  either dialect.
- `spf_wanted`: The SPF record that a domain should have: one remedy for all kinds that judge SPF.
- `told`: A remedy in words: what an apply would do, each setting with its value and its file.
- `zone_agreement`: Whether a zone file and the DNS say the same: records are edited only where they do.
- `zone_records`: How records get into the zone of a domain.
"""
