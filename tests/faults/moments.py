"""The moments of an apply at which a host can be stopped: command lines of host.sh, as shell patterns."""

from __future__ import annotations

UPLOAD = "base64 -d*"
STAGE = "chown -h -- root:ops /etc/site/.changed.baseline-*"
VALIDATE = "postconf -c /var/lib/baseline/*"
BACKUP = "ln -T -- /etc/site/changed *"
ARM = "systemctl --quiet start baseline-revert-*"
FIRST_RENAME = "mv -fT -- /etc/postfix/.master.cf.baseline-* /etc/postfix/master.cf"
SECOND_RENAME = "mv -fT -- /etc/site/.changed.baseline-* /etc/site/changed"
ACT = "touch /var/lib/site/mark"
RELOAD = "systemctl reload-or-restart site.service"
APPLIED = "mv -fT */state.swapped */state"
DECIDE = "mv -fT */state.confirmed */state"
DECIDED = "systemctl --quiet stop baseline-revert-*.timer*"
PUT_BACK = "mv -fT -- /etc/site/.changed.baseline-*.old /etc/site/changed"
