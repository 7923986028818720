# shellcheck shell=sh
systemctl stop opendkim
cp -a /root/main.cf /root/master.cf /etc/postfix/
cp -a /root/dkim_signing.saved /etc/rspamd/local.d/dkim_signing.conf
systemctl reload postfix rspamd
sleep 2
