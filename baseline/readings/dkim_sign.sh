# shellcheck shell=sh disable=SC2154 # given: mail, an address; message, with \r and \n; keys, a folder
# Gives Rspamd a message as from an officer who is logged in, and prints what it would add. Nothing is sent.
#
# Where a key is there, an unsigned message is given once more, six times at most: Rspamd needs a moment after a reload.
n=0
while :; do
  o=$(printf %b "$message" | rspamc --compact -t 20 -i 127.0.0.1 -F "$mail" -u "$mail" symbols 2>&1)
  r=$?
  case $o in *dkim-signature*) break ;; esac
  n=$((n + 1))
  if [ $n -ge 6 ] || [ -z "$(ls "$keys" 2>/dev/null)" ]; then break; fi
  sleep 1
done
printf '%s' "$o"
exit "$r"
