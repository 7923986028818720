#!/bin/sh
# What the admin of a host did that only keeps mail: the relay delivers by LMTP over the network, users read by IMAP.
# Runs once, as root. Arguments: the addresses of this host (not used here), of the relay, and of the machine that
# administers.
set -eu
relay=$2 admin=$3
hash() { doveadm pw -s SHA512-CRYPT -r 5000 -p "$1"; }
for account in frank grace postmaster; do
    echo "$account@d3.lab.test:$(hash "lab-$account"):5000:5000::/var/vmail/d3.lab.test/$account::"
done >/etc/dovecot/users
cat >/etc/dovecot/conf.d/95-site.conf <<'END'
service lmtp {
  inet_listener lmtp {
    port = 24
  }
}
protocols = imap lmtp
mail_plugins = $mail_plugins quota
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=500M
}
END

# Mail of the host itself goes to the relay; it takes none from others.
postconf -X virtual_mailbox_domains virtual_mailbox_maps virtual_transport smtpd_sasl_type smtpd_sasl_path
postconf -e 'inet_interfaces = loopback-only' "relayhost = [$relay]" 'mydestination ='
postconf -MX submission/inet
systemctl -q disable --now rspamd redis-server

# The zone of the domain: mail goes to the relay.
sed -i '/IN MX 10/d' /etc/bind/db.d3.lab.test
cat >>/etc/bind/db.d3.lab.test <<'END'
@ IN MX 10 mx.d2.lab.test.
@ IN TXT "v=spf1 mx -all"
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
        tcp dport 24 ip saddr $relay accept
        tcp dport { 53, 143, 993 } accept
        udp dport 53 accept
    }
}
END
systemctl -q enable --now nftables
systemctl restart nftables named dovecot postfix
