# shellcheck shell=sh
# What a site does by programs of its own choice. Asked with every plan; changes nothing. Prints, tab-separated:
#
#   unit NAME             each service of systemd that is active
#   ufw on                the firewall of that name is switched on
#   filter SERVICE VALUE  content_filter in master.cf, or in main.cf with no service
#   rule FILE:LINE NAME   a quota_warning of Dovecot that baseline did not write, in the order in which it reads files
#   jail FILE:LINE NAME   a section of fail2ban's files that neither Debian nor baseline wrote; none once ours are there
if command -v systemctl >/dev/null; then
  units=$(systemctl list-units --type=service --state=active --plain --no-legend --no-pager) || exit
  printf '%s\n' "$units" | awk 'NF { printf "unit\t%s\n", $1 }'
fi
if grep -qxi 'ENABLED=yes' /etc/ufw/ufw.conf 2>/dev/null; then printf 'ufw\ton\n'; fi
# Where the word stands nowhere, postconf would say that as well, and takes longer.
if command -v postconf >/dev/null && grep -qs content_filter /etc/postfix/main.cf /etc/postfix/master.cf; then
  printf 'filter\t\t%s\n' "$(postconf -hx content_filter 2>/dev/null)"
  postconf -Px 2>/dev/null | sed -n 's|^\([^ ]*\)/content_filter = \(.*\)$|filter\t\1\t\2|p'
fi
# One awk for all files: each program that is begun costs a millisecond.
set --
for file in /etc/dovecot/dovecot.conf /etc/dovecot/conf.d/*.conf /etc/dovecot/local.conf; do
  case $file in */99-baseline.conf) continue ;; esac
  if [ -f "$file" ] && [ -r "$file" ]; then set -- "$@" "$file"; fi
done
[ $# = 0 ] || awk 'match($0, /^[ \t]*quota_warning[0-9]*[ \t]*=/) {
  name = substr($0, 1, RLENGTH); gsub(/[ \t=]/, "", name); printf "rule\t%s:%d\t%s\n", FILENAME, FNR, name
}' "$@"
[ -e /etc/fail2ban/jail.d/99-baseline.local ] && exit 0
set --
for file in /etc/fail2ban/jail.local /etc/fail2ban/jail.d/*.conf /etc/fail2ban/jail.d/*.local; do
  case $file in */defaults-debian.conf) continue ;; esac
  if [ -f "$file" ] && [ -r "$file" ]; then set -- "$@" "$file"; fi
done
[ $# = 0 ] ||
  awk 'match($0, /^\[[^]]*\]/) { printf "jail\t%s:%d\t%s\n", FILENAME, FNR, substr($0, 2, RLENGTH - 2) }' "$@"
exit 0
