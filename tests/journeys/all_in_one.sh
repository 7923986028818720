#!/bin/sh
# What the admin of an all-in-one mail host did long before anybody thought of `baseline`. Runs once, as root.
# Arguments: the addresses of this host, of the relay, and of the machine that administers.
#
# Two domains: the users of d1.lab.test are in SQLite, those of clinic.d1.lab.test in a passwd-file. The zones lie in
# /var/lib/bind. OpenDKIM signs. The site warns of its own at 95 % of a quota, has a firewall table and jails.
set -eu
here=$1 relay=$2 admin=$3
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends dovecot-sqlite sqlite3 opendkim opendkim-tools fail2ban python3-systemd

# --- Users of d1.lab.test in SQL
install -d -m 750 -o root -g dovecot /etc/dovecot/sql
hash() { doveadm pw -s SHA512-CRYPT -r 5000 -p "$1"; }
sqlite3 /etc/dovecot/sql/users.sqlite "
CREATE TABLE users (address TEXT PRIMARY KEY, password TEXT NOT NULL, quota TEXT);
INSERT INTO users VALUES ('alice@d1.lab.test', '$(hash lab-alice)', NULL);
INSERT INTO users VALUES ('bob@d1.lab.test', '$(hash lab-bob)', '*:storage=1M');
INSERT INTO users VALUES ('postmaster@d1.lab.test', '$(hash lab-postmaster)', NULL);"
chown root:dovecot /etc/dovecot/sql/users.sqlite
chmod 640 /etc/dovecot/sql/users.sqlite
cat >/etc/dovecot/dovecot-sql.conf.ext <<'END'
driver = sqlite
connect = /etc/dovecot/sql/users.sqlite
password_query = SELECT address AS user, password FROM users WHERE address = '%u'
user_query = SELECT '/var/vmail/%d/%n' AS home, 5000 AS uid, 5000 AS gid, quota AS quota_rule \
  FROM users WHERE address = '%u'
iterate_query = SELECT address AS user FROM users
END
chown root:dovecot /etc/dovecot/dovecot-sql.conf.ext
chmod 640 /etc/dovecot/dovecot-sql.conf.ext
sed -i 's/^#\(!include auth-sql.conf.ext\)/\1/' /etc/dovecot/conf.d/10-auth.conf

# --- Users of clinic.d1.lab.test in a file, as the host had them from its first day
: >/etc/dovecot/users
for account in dan eve postmaster; do
    echo "$account@clinic.d1.lab.test:$(hash "lab-$account"):5000:5000::/var/vmail/clinic.d1.lab.test/$account::"
done >/etc/dovecot/users

# --- No POP3; quota, and the site's own warning at 95 %
cat >/etc/dovecot/conf.d/95-site.conf <<'END'
protocols = imap lmtp sieve
mail_plugins = $mail_plugins quota
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=200M
  quota_warning = storage=95%% site-warning 95 %u
}
service site-warning {
  executable = script /usr/local/sbin/site-quota-warning
  user = vmail
  unix_listener site-warning {
    user = vmail
  }
}
END
cat >/usr/local/sbin/site-quota-warning <<'END'
#!/bin/sh
# Called by Dovecot: percent, user. The mail goes past the quota.
cat <<MAIL | /usr/lib/dovecot/dovecot-lda -d "$2" -o "plugin/quota=count:User quota:noenforcing"
From: postmaster@d1.lab.test
To: $2
Subject: Your mailbox is $1 % full

Please delete what you do not need.
MAIL
END
chmod 755 /usr/local/sbin/site-quota-warning

# --- Postfix: both domains, who exists, and the milter
postconf -e \
    'virtual_mailbox_domains = d1.lab.test, clinic.d1.lab.test' \
    'smtpd_milters = unix:opendkim/opendkim.sock' \
    'non_smtpd_milters = unix:opendkim/opendkim.sock' \
    'milter_default_action = accept'
for address in alice@d1.lab.test bob@d1.lab.test postmaster@d1.lab.test \
    dan@clinic.d1.lab.test eve@clinic.d1.lab.test postmaster@clinic.d1.lab.test; do
    echo "$address yes"
done >/etc/postfix/vmailbox
postmap hash:/etc/postfix/vmailbox

# --- OpenDKIM signs for both domains
install -d -m 700 -o opendkim -g opendkim /etc/dkimkeys
opendkim-genkey -b 2048 -s site2019 -d d1.lab.test -D /etc/dkimkeys
chown -R opendkim:opendkim /etc/dkimkeys
install -d -m 750 -o opendkim -g postfix /var/spool/postfix/opendkim
cat >/etc/opendkim.conf <<'END'
Syslog yes
UserID opendkim:postfix
UMask 007
Socket local:/var/spool/postfix/opendkim/opendkim.sock
PidFile /run/opendkim/opendkim.pid
Mode s
Domain d1.lab.test, clinic.d1.lab.test
Selector site2019
KeyFile /etc/dkimkeys/site2019.private
InternalHosts /etc/opendkim.internal
OversignHeaders From
END
echo 127.0.0.1 >/etc/opendkim.internal
record=$(tr -d '\n' </etc/dkimkeys/site2019.txt | sed 's/.*( *//; s/ *).*//')

# --- The zones, where Debian has named write
zone() {
    cat <<END
\$TTL 300
@ IN SOA mx.d1.lab.test. postmaster.d1.lab.test. ( 2024031501 3600 600 1209600 300 )
@ IN NS mx.d1.lab.test.
@ IN MX 10 mx.d1.lab.test.
@ IN TXT "v=spf1 mx -all"
site2019._domainkey IN TXT ( $record )
_dmarc IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@d1.lab.test"
END
}
{ zone; echo "mx IN A $here"; echo 'www IN A 192.0.2.80 ; the web site is elsewhere'; } >/var/lib/bind/db.d1.lab.test
zone >/var/lib/bind/db.clinic.d1.lab.test
sed -i 's#/etc/bind/db.d1.lab.test#/var/lib/bind/db.d1.lab.test#' /etc/bind/named.conf.local
echo 'zone "clinic.d1.lab.test" { type master; file "/var/lib/bind/db.clinic.d1.lab.test"; };' \
    >>/etc/bind/named.conf.local
rm /etc/bind/db.d1.lab.test

# --- The site's firewall: what is open, and who may log in
cat >/etc/nftables.conf <<END
#!/usr/sbin/nft -f
flush ruleset
table inet site {
    set admins { type ipv4_addr; elements = { $admin } }
    chain in {
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        ip protocol icmp accept
        tcp dport 22 ip saddr @admins accept comment "the site's administrators"
        tcp dport { 25, 53, 143, 587, 993, 4190 } accept
        udp dport 53 accept
        counter comment "the site counts what it drops"
    }
}
END

# --- The site's jails
cat >/etc/fail2ban/jail.local <<END
[DEFAULT]
ignoreip = 127.0.0.1/8 $admin $relay
backend = systemd
banaction = nftables-multiport

[sshd]
enabled = true

[site-submission]
enabled = true
filter = postfix[mode=auth]
port = 587
maxretry = 7
END

systemctl -q enable --now nftables opendkim
systemctl restart nftables opendkim named dovecot postfix fail2ban
