# shellcheck shell=sh
# What sort of passwords Rspamd's controller has: not the passwords themselves, which must not stand in an answer.
if ! command -v rspamadm >/dev/null && [ ! -e /etc/rspamd/rspamd.conf ]; then echo absent; exit; fi
out=$(rspamadm configdump worker 2>/dev/null) || exit
printf '%s\n' "$out" | awk '
  /^controller / { c = 1 }
  /^}/ { c = 0 }
  c && $1 ~ /^(enable_)?password$/ {
    print (($3 == "\"q1\";" || $3 == "\"q2\";") ? "shipped" : $3 == "\"\";" ? "empty" : "own")
  }'
