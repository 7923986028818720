# shellcheck shell=sh disable=SC2154 # given: domains, words
# How OpenDKIM is set up, and with which keys it may sign; nothing where there is no such program. Changes nothing.
# Neither a private key nor a password of a data base is printed. Prints, tab-separated:
#
#   unit STATE                    as systemd has opendkim.service
#   set NAME VALUE                a setting of its file, the name in lower case; of a data set elsewhere only its sort
#   key DOMAIN:SELECTOR:PATH      of each line of KeyTable; no PATH where the key itself stands there
#   file PATH MODE CHANGED READABLE PUBLIC   each key file, for the account that reads it
#   socket STATE                  `open to Postfix`, `closed to Postfix` or `not there`
command -v opendkim >/dev/null || exit 0
shown=$(systemctl show -p ActiveState -p ExecStart opendkim.service) || exit
printf 'unit\t%s\n' "$(printf '%s\n' "$shown" | sed -n 's/^ActiveState=//p')"
started=$(printf '%s\n' "$shown" | sed -n 's/^ExecStart=.*argv\[\]=\([^;]*\) ;.*/\1/p')
conf=$(printf '%s\n' "$started" | sed -n 's/.* -x *\([^ ]*\).*/\1/p')
sets=$(sed 's/#.*//' "${conf:-/etc/opendkim.conf}") || exit
sets=$(printf '%s\n' "$sets" | awk 'NF > 1 {
  name = tolower($1); $1 = ""; sub(/^ +/, "")
  if (name !~ /^(domain|selector|keyfile|keytable|mode|socket|userid|include)$/) next
  if (name == "keytable" && $0 !~ /^(file:|refile:|\/)/) sub(/:.*/, ":")
  printf "set\t%s\t%s\n", name, $0
}')
given=$(printf '%s\n' "$started" | sed -n 's/.* -p *\([^ ]*\).*/set\tsocket\t\1/p')
sets=$(printf '%s\n%s\n' "$sets" "$given" | sed '/^$/d')
printf '%s\n' "$sets"
value() { printf '%s\n' "$sets" | awk -F'\t' -v name="$1" '$2 == name { found = $3 } END { print found }'; }
table=$(value keytable) paths=$(value keyfile) user=
case $table in
file:* | refile:* | /*)
  keys=$(sed 's/#.*//' "${table#*:}" | awk 'NF > 1 {
    $1 = ""; sub(/^ +/, ""); n = split($0, part, ":")
    printf "%s:%s:%s\n", part[1], part[2], (n == 3 && part[3] ~ /^\//) ? part[3] : ""
  }') || exit
  printf '%s\n' "$keys" | sed '/^$/d; s/^/key\t/'
  paths=$(printf '%s\n' "$keys" | cut -d: -f3)
  user=$(value userid) user=${user%%:*}
  ;;
esac
for domain in $domains; do printf '%s\n' "$paths" | sed "s/%/$domain/g"; done | sort -u | while read -r f; do
  [ -f "$f" ] || continue
  p=$(openssl pkey -in "$f" -pubout -outform DER 2>/dev/null | base64 -w0)
  r=yes
  [ -z "$user" ] || runuser -u "$user" -- test -r "$f" || r=no
  printf 'file\t%s\t%s\t%s\t%s\n' "$f" "$(stat -c '%a %Y' "$f" | tr ' ' '\t')" $r "$p"
done
at=$(value socket) state='not there'
case $at in
inet:* | inet6:*)
  port=${at#*:}
  [ -z "$(ss -Hltn "sport = :${port%%@*}")" ] || state='open to Postfix'
  ;;
*)
  at=${at#local:} at=${at#unix:}
  if [ -S "$at" ]; then
    state='closed to Postfix'
    runuser -u "$(postconf -h mail_owner)" -- test -w "$at" && state='open to Postfix'
  fi
  ;;
esac
printf 'socket\t%s\n' "$state"
