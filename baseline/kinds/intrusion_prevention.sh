# shellcheck shell=sh
# Starts fail2ban, now and at boot, and waits until it answers, so that it can be told to reload.
systemctl --quiet enable fail2ban.service && systemctl start fail2ban.service || exit
n=100; until fail2ban-client ping >/dev/null 2>&1; do [ $((n -= 1)) -gt 0 ] || exit; sleep 0.2; done
