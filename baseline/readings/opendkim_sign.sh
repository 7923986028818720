# shellcheck shell=sh disable=SC2154 # given: message, with \r and \n
# Has OpenDKIM tell what it would add to a message of an officer's, by its files and with its own code (-t). Nothing is
# sent, and the daemon is not asked. An officer who is logged in is signed for from anywhere; here the message comes from
# the host itself, so InternalHosts does not count. Nothing is logged or kept.
#
# The key of KeyFile is read as the daemon starts, by root; those of KeyTable later, by its account.
shown=$(systemctl show -p ExecStart opendkim.service) || exit
conf=$(printf '%s\n' "$shown" | sed -n 's/^ExecStart=.*argv\[\]=[^;]* -x *\([^ ;]*\).*/\1/p')
c=$(mktemp) && chmod 0644 "$c" && sed -E \
  's/^[[:space:]]*(internalhosts|peerlist|syslog|syslogsuccess|logwhy|statistics|autorestart)[[:space:]].*//I' \
  "${conf:-/etc/opendkim.conf}" >"$c" || exit
as=
if grep -qi '^[[:space:]]*keytable[[:space:]]' "$c"; then
  user=$(sed -nE 's/^[[:space:]]*userid[[:space:]]+([^[:space:]#]+).*/\1/Ip' "$c" | tail -n 1)
  group=${user#*:} user=${user%%:*}
  [ -z "$user" ] || as="runuser -u $user -g ${group:-$user} --"
fi
# shellcheck disable=SC2086 # words
printf %b "$message" | $as opendkim -x /dev/fd/3 -t - 3<"$c"
r=$?
rm -f "$c"
exit "$r"
