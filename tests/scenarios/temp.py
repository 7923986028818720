"""Temporary space: MEL-T."""

from __future__ import annotations

from tests.scenarios.scenario import DROP_IN, RELOAD, Scenario

SMALL = "mkdir -p /srv/small && mount -t tmpfs -o size={size},mode=1777 tmpfs /srv/small"
OPTIONS = "/etc/rspamd/local.d/options.inc"
APART = "umount /srv/small; rmdir /srv/small"
TRIED_FROM_OUTSIDE = ("MEL-A-04", "MEL-A-09", "MEL-A-11", "MEL-D-03", "MEL-S-01", "MEL-S-02", "MEL-S-04")
"""What no server that takes no mail conforms to."""

TEMP = (
    Scenario("MEL-T-01", "pass-applied", "true"),
    Scenario(
        "MEL-T-01",
        "fail-dovecot-small",
        f"{SMALL.format(size='500m')} && sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-01",
        "fail-dovecot-not-there",
        f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/nothing|' {DROP_IN}",
    ),
    Scenario(
        "MEL-T-01",
        "fail-rspamd-small",
        f"{SMALL.format(size='500m')} && sed -i 's|^tempdir.*|tempdir = \"/srv/small\";|' {OPTIONS}",
        mend=f"sed -i 's|^tempdir.*|tempdir = \"/var/spool/mailtmp/rspamd\";|' {OPTIONS}; {APART}",
    ),
    Scenario("MEL-T-01", "fail-dovecot-not-writable", "chmod 0755 /var/spool/mailtmp/dovecot"),
    Scenario("MEL-T-01", "fail-rspamd-not-writable", "chown root /var/spool/mailtmp/rspamd"),
    Scenario(
        "MEL-T-01",
        "fail-queue-small",
        "mount -t tmpfs -o size=500m tmpfs /var/spool/postfix",
        # Whoever asked for mail meanwhile has smtpd processes there.
        mend="umount -l /var/spool/postfix && systemctl restart postfix@-",
        also=(("MEL-T-03", "fail"), ("MEL-D-13", "fail"), ("*", "unknown")),
    ),
    Scenario(
        "MEL-T-01",
        "warn-si-gigabyte",
        f"{SMALL.format(size='1000000k')} && sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-01",
        "nothing-a-filesystem-of-the-site",
        f"{SMALL.format(size='2g')} && sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario("MEL-T-02", "pass-applied", "true"),
    Scenario(
        "MEL-T-02",
        "fail-nearly-full",
        f"{SMALL.format(size='1200m')} && fallocate -l 1150m /srv/small/x && "
        f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-02",
        "warn-filling",
        f"{SMALL.format(size='1200m')} && fallocate -l 1000m /srv/small/x && "
        f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-02",
        "fail-no-inodes",
        f"{SMALL.format(size='1200m,nr_inodes=50')} && (cd /srv/small && touch $(seq 1 49)) && "
        f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario(
        "MEL-T-02",
        "nothing-a-filesystem-of-the-site",
        f"{SMALL.format(size='2g')} && sed -i 's|^mail_temp_dir.*|mail_temp_dir = /srv/small|' {DROP_IN}",
        mend=f"sed -i 's|^mail_temp_dir.*|mail_temp_dir = /var/spool/mailtmp/dovecot|' {DROP_IN}; {APART}",
    ),
    Scenario("MEL-T-03", "pass-applied", "true"),
    Scenario("MEL-T-03", "fail-too-small-for-a-message", "postconf -e queue_minfree=1000"),
    # Postfix takes no mail then, so all that is tried from outside fails: on every port, as no override of another
    # scenario may save one. Without the reload that would depend on which smtpd is still idle; and it waits a minute
    # before it tries again, unless it is started anew.
    Scenario(
        "MEL-T-03",
        "fail-no-number",
        f"postconf -PX smtp/inet/queue_minfree; postconf -e 'queue_minfree=20 MB' && {RELOAD}",
        mend="postconf -e queue_minfree=1073741824 && systemctl restart postfix && sleep 1",
        also=(("*", "unknown"), *((one, "fail") for one in TRIED_FROM_OUTSIDE)),
    ),
    Scenario("MEL-T-03", "fail-overridden", "postconf -P smtp/inet/queue_minfree=1000"),
    Scenario("MEL-T-03", "warn-never-set", "postconf -X queue_minfree"),
    Scenario(
        "MEL-T-03",
        "fail-more-than-is-free",
        "postconf -e queue_minfree=1099511627776",
        mend=f"postconf -e queue_minfree=1073741824 && {RELOAD}",
        also=(("*", "unknown"),),
    ),
    Scenario("MEL-T-03", "nothing-more-kept-free", "postconf -e queue_minfree=2147483648"),
    Scenario(
        "MEL-T-03",
        "nothing-override-that-repeats",
        "postconf -P smtp/inet/queue_minfree=1073741824",
        mend="postconf -PX smtp/inet/queue_minfree",
    ),
    Scenario("MEL-T-04", "pass-applied", "true"),
    Scenario("MEL-T-04", "fail-devices", "mount -o remount,dev /tmp"),
    Scenario("MEL-T-04", "fail-setuid", "mount -o remount,suid /tmp"),
    Scenario("MEL-T-04", "fail-not-sticky", "chmod 0777 /tmp"),
    Scenario("MEL-T-04", "fail-owner", "chown ops /tmp"),
    Scenario("MEL-T-04", "fail-too-small", "mount -o remount,size=500m /tmp"),
    Scenario("MEL-T-04", "fail-more-than-memory-allows", "mount -o remount,size=90% /tmp"),
    Scenario("MEL-T-04", "nothing-noexec-as-well", "mount -o remount,noexec /tmp", mend="mount -o remount,exec /tmp"),
    Scenario("MEL-T-04", "fail-no-mount-of-its-own", "umount -l /tmp", mend="mount /tmp"),
    Scenario(
        "MEL-T-04",
        "unknown-no-findmnt",
        "mv /usr/bin/findmnt /root/findmnt.away",
        mend="mv /root/findmnt.away /usr/bin/findmnt",
        also=(("MEL-H-03", "unknown"),),
    ),
    Scenario(
        "MEL-T-03",
        "unknown-no-postconf",
        "mv /usr/sbin/postconf /root/postconf.away",
        mend="mv /root/postconf.away /usr/sbin/postconf",
        also=(("*", "unknown"),),
    ),
    Scenario(
        "MEL-T-01",
        "unknown-no-rspamadm",
        "mv /usr/bin/rspamadm /root/rspamadm.away",
        mend="mv /root/rspamadm.away /usr/bin/rspamadm",
        also=(("*", "unknown"),),
    ),
    Scenario(
        "MEL-T-02",
        "unknown-no-df",
        "mv /bin/df /root/df.away",
        mend="mv /root/df.away /bin/df",
        also=(("*", "unknown"),),
    ),
)
