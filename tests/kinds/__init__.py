"""Each kind of control on answers: recorded from real hosts, or given in the test.

What is here:

- `antispam`: Hosts as the controls against spam see them: answers given in the test, and what is seen from outside.
- `dns_world`: A domain, its host and its world as DNS has them, for the tests of the kinds about DNS.
- `exchange_reports`: Reports of Exchange, of the cases of `exchange_quota` and made to measure; none of them is from an
  Exchange.
- `hosts`: Controls put to hosts whose answers are given in the test: how every test of a kind asks one that was not
  recorded.
- `test_accounts_of_officers`: MEL-G-01 against the accounts that hosts really have.
- `test_advice`: What every recorded bad state is told to do: by the state that it is in, and by what an apply would
  really do.
- `test_answers`: What is told of a command that could not be asked: never a script, always the program.
- `test_antispam_filter`: The filter's controls over answers that no lab host gives: SpamAssassin, odd configurations,
  broken replies.
- `test_antispam_outside`: The test message, recipients and block lists, as seen from outside.
- `test_antispam_relay`: Kind `open_relay` over answers and dialogues given in the test.
- `test_antispam_smtp`: What clients say, and how much users send, over answers given in the test.
- `test_cases`: Every case gives the finding that the real host gave, with no host; or that it is written to give.
- `test_dialects`: The dialects of Dovecot's configuration: the same concepts out of what either release prints.
- `test_dns_domains`: The kinds about a domain's records over a world that is written down: what each finds, and what it
  plans.
- `test_dns_hosts`: The kinds about DNS on hosts over a world that is written down: reverse names, greetings, resolvers,
  DKIM keys.
- `test_dns_secured`: What no lab can show, over a world that is written down: trusted certificates and DNSSEC.
- `test_effects`: Every remedy answers what of a site's own it displaces, and what users will notice.
- `test_evidence_kinds`: Controls that rest on the register: days, zones, terms and chains, from records alone.
- `test_exchange_grammar`: The scripts for Exchange and for the wire are PowerShell by a grammar of PowerShell.
- `test_exchange_planning`: What would be changed on an Exchange, and in which order.
- `test_exchange_quota`: `exchange_quota`, on reports that are written after the vendor's documentation.
- `test_general_dovecot_setting`: Kind `dovecot_setting` on answers of Dovecot 2.3 and 2.4.
- `test_general_file`: Kind `file` on answers of coreutils.
- `test_general_package`: Kind `package` on answers of dpkg 1.21.
- `test_general_postfix_setting`: Kind `postfix_setting` on answers of Postfix 3.7.
- `test_general_rspamd_setting`: Kind `rspamd_setting` on answers of Rspamd 3.4.
- `test_general_service`: Kind `service` on answers of systemd 252.
- `test_health_kinds`: Services, queue, disk and clock: what no lab host comes to, from answers of the same form.
- `test_host_releases`: The releases of programs that a host has: what hangs on them, and which nobody has tried.
- `test_measured_kinds`: How MEL-H-01, H-05 and H-06 are judged by measurements: gaps, vantage, and what proves nothing.
- `test_own_signer`: A site that signs with OpenDKIM: what its files say, who hands it mail, and what an apply offers
  instead.
- `test_quota_24`: Thresholds and enforcement of quota as Dovecot 2.4 spells them: what it was seen to do, with 2.4.1,
  in each case.
- `test_quota_accounts`: Kinds `account_quota`, `unlimited_accounts` and `quota_capacity`, on what doveadm says of
  accounts.
- `test_quota_enforcement`: Kind `quota_enforcement`: plugins per protocol, roots that count and enforce, and who
  delivers.
- `test_quota_limits`: Kinds `postfix_file_limits` and `size_coherence`: what Postfix's limits on files mean, by who
  writes what.
- `test_quota_rules`: Kind `mailbox_quota`: what rules come to, and that its block leaves every root with a good limit.
- `test_quota_smtpd_lists`: The access lists of smtpd: rules put in their place and nothing else changed; kind
  `overquota_refusal` over them.
- `test_quota_stopping`: Senders stopped by a site's own rules, script and table: judged by what these do, and by
  nothing less.
- `test_quota_thresholds`: Kind `quota_thresholds`: the rules and their order, the scripts, and what smtpd is told.
- `test_resolver_health`: Kind `resolver_health` beyond its cases: what its script makes of answers that come late.
- `test_spf_evaluation`: SPF evaluated as RFC 7208 says, over a view that is written down.
- `test_temp_space`: Kind `temp_space` beyond its cases: what only root can ask.
- `test_transport_firewall`: The firewall group beyond its cases: recorded answers, asked for other inventories or
  changed in a word.
- `test_transport_tls`: The transport group beyond its cases: recorded answers at other times, or changed in a word.
- `views`: A view of DNS and mail servers that is written down in a test, instead of looked at.
"""
