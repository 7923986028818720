#!/bin/sh
# The least that makes mail flow on a host as Debian ships it. Runs inside the host's root before its first start.
# Arguments: fully qualified name, mail domain, the file in which BIND knows the root, accounts.
set -eu
fqdn=$1 domain=$2 root_hints=$3
shift 3

chown root:ssl-cert /etc/ssl/private/lab-host.key

# Dovecot: accounts from a file instead of the system's, by their whole addresses in deliveries too. What Debian 12
# includes for it holds nothing in Debian 13, where the site's own file has it.
sed -i \
    -e 's/^!include auth-system.conf.ext/#&/' \
    -e 's/^#\(!include auth-passwdfile.conf.ext\)/\1/' \
    /etc/dovecot/conf.d/10-auth.conf
sed -i 's/^  auth_username_format = .*| username.*/#&/' /etc/dovecot/conf.d/20-lmtp.conf
for account in "$@"; do
    hash=$(openssl passwd -6 "lab-$account")
    echo "$account@$domain:{SHA512-CRYPT}$hash:5000:5000::/var/vmail/$domain/$account::"
    echo "$account@$domain $domain/$account/" >>/etc/postfix/vmailbox
done >/etc/dovecot/users
chown root:dovecot /etc/dovecot/users
chmod 640 /etc/dovecot/users

# Postfix: the name, the domain, delivery to Dovecot, and the port for submission.
# shellcheck disable=SC2016 # Postfix expands $myhostname
postconf -e \
    "myhostname = $fqdn" \
    'mydestination = $myhostname, localhost' \
    "virtual_mailbox_domains = $domain" \
    'virtual_mailbox_maps = hash:/etc/postfix/vmailbox' \
    'virtual_transport = lmtp:unix:private/dovecot-lmtp' \
    'smtpd_sasl_type = dovecot' \
    'smtpd_sasl_path = private/auth' \
    'smtpd_tls_cert_file = /etc/ssl/certs/lab-host.pem' \
    'smtpd_tls_key_file = /etc/ssl/private/lab-host.key' \
    'inet_protocols = ipv4'
postmap hash:/etc/postfix/vmailbox
sed -i '/^#submission inet/,/^# Choose one/ {
    s/^#\(submission inet\)/\1/
    s/^#\(  -o syslog_name=\)/\1/
    s/^#\(  -o smtpd_tls_security_level=encrypt\)/\1/
    s/^#\(  -o smtpd_sasl_auth_enable=yes\)/\1/
    s/^#  -o smtpd_relay_restrictions=.*/  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject/
}' /etc/postfix/master.cf
# Its directories, which Postfix of Debian 13 makes at its first start only: Dovecot's sockets lie in one of them.
postfix check

# BIND: an empty root zone instead of the Internet's, which no host can reach, and so nothing to validate.
sed -i '/^zone "\." {/,/^};/ {
    s/type hint;/type master;/
    s#file ".*";#file "/etc/bind/db.empty-root";#
}' "$root_hints"
sed -i 's/dnssec-validation auto;/dnssec-validation no;/' /etc/bind/named.conf.options
