# shellcheck shell=sh
set -e
# A site that signs with OpenDKIM, by the key that is published, while Rspamd does not sign. Left as it was by
# own_signer_away.sh.
if ! command -v opendkim >/dev/null; then
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends opendkim opendkim-tools >/dev/null 2>&1
fi
cp -a /etc/rspamd/local.d/dkim_signing.conf /root/dkim_signing.saved
echo 'enabled = false;' >>/etc/rspamd/local.d/dkim_signing.conf
systemctl reload rspamd
install -m 600 -o opendkim -g opendkim /var/lib/rspamd/dkim/d1.lab.test.mx1.key /etc/dkimkeys/mx1.private
install -d -m 750 -o opendkim -g postfix /var/spool/postfix/opendkim
cat >/etc/opendkim.conf <<'END'
UserID opendkim:postfix
UMask 007
Socket local:/var/spool/postfix/opendkim/opendkim.sock
PidFile /run/opendkim/opendkim.pid
Mode sv
Domain d1.lab.test
Selector mx1
KeyFile /etc/dkimkeys/mx1.private
END
cp -a /etc/postfix/main.cf /etc/postfix/master.cf /root/
postconf -e 'smtpd_milters = inet:127.0.0.1:11332, unix:opendkim/opendkim.sock' \
    'non_smtpd_milters = inet:127.0.0.1:11332, unix:opendkim/opendkim.sock'
begins() {
    systemctl reset-failed opendkim
    systemctl restart opendkim
    for _ in 1 2 3 4 5 6 7 8 9 10; do [ -S /var/spool/postfix/opendkim/opendkim.sock ] && break; sleep 0.2; done
}
begins
sleep 2
