# shellcheck shell=sh disable=SC2086 # numbers
# The address that this look comes from over SSH; sudo takes it out of the environment, so its ancestors are asked.
p=$$
while [ "$p" -gt 1 ]; do
  c=$(tr '\0' '\n' 2>/dev/null </proc/$p/environ | sed -n 's/^SSH_CONNECTION=\([^ ]*\) .*/\1/p')
  [ -z "$c" ] || { echo "$c"; break; }
  p=$(sed 's/.*) . //; s/ .*//' /proc/$p/stat)
done
