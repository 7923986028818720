# shellcheck shell=sh disable=SC2086 # numbers, and addresses that are taken apart
# The client's address and the server's port. sudo takes the variable away, so it is looked for in who called whom.
#
# Not the client's port, which is another at every login.
p=$$
while [ "${p:-0}" -gt 1 ]; do
  s=$(tr '\0' '\n' </proc/$p/environ 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
  [ -z "$s" ] || { set -- $s; echo "$1 $4"; exit 0; }
  p=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$p/status)
done
echo none
