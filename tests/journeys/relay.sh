#!/bin/sh
# What the admin of a host did that only relays: it takes mail for d3.lab.test, filters it, and hands it to the store.
# Runs once, as root. Arguments: the addresses of this host, of the store, and of the machine that administers.
set -eu
store=$2 admin=$3
systemctl -q disable --now dovecot.service dovecot.socket 2>/dev/null || systemctl -q disable --now dovecot.service

postconf -X virtual_mailbox_domains virtual_mailbox_maps virtual_transport smtpd_sasl_type smtpd_sasl_path
postconf -e \
    'relay_domains = d3.lab.test' \
    'relay_recipient_maps = hash:/etc/postfix/relay_recipients' \
    'transport_maps = hash:/etc/postfix/transport' \
    "mynetworks = 127.0.0.0/8 $store" \
    'smtpd_milters = inet:127.0.0.1:11332' \
    'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination' \
    'header_checks = pcre:/etc/postfix/site_headers'
postconf -MX submission/inet
for account in frank grace postmaster; do echo "$account@d3.lab.test yes"; done >/etc/postfix/relay_recipients
echo "d3.lab.test lmtp:inet:[$store]:24" >/etc/postfix/transport
echo '/^X-Site-Internal:/ IGNORE' >/etc/postfix/site_headers
postmap hash:/etc/postfix/relay_recipients hash:/etc/postfix/transport

cat >/etc/rspamd/local.d/milter_headers.conf <<'END'
use = ["x-spamd-bar", "authentication-results"];
END
# The other hosts have private addresses and are strangers all the same.
echo 'local_addrs = [127.0.0.0/8];' >/etc/rspamd/override.d/options.inc
cat >/etc/rspamd/local.d/actions.conf <<'END'
# The site's own thresholds.
reject = 14;
add_header = 5.5;
END

cat >/etc/nftables.conf <<END
#!/usr/sbin/nft -f
flush ruleset
table inet site {
    chain in {
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        ip protocol icmp accept
        tcp dport 22 ip saddr $admin accept
        tcp dport { 25, 53 } accept
        udp dport 53 accept
    }
}
END
systemctl -q enable --now nftables
systemctl restart nftables rspamd postfix
