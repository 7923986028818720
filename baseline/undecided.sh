# shellcheck shell=sh disable=SC2154 # given: root, the folder of what is kept on the host
# A line for each transaction that began and has no decision yet; see undecided.py for what it holds.
t=$(printf '\t')
for one in "$root"/tx/*/; do
  one=${one%/}
  id=${one##*/}
  # Without `busy` it never began.
  [ -e "$one/busy" ] || continue
  state=none
  [ ! -r "$one/state" ] || read -r state <"$one/state"
  case $state in confirmed | restored) continue ;; esac
  if flock -s -n "$one/busy" true; then work=idle; else work=busy; fi
  entered=-
  if [ -e "$one/armed" ]; then
    entered=$(systemctl show -p ActiveEnterTimestampMonotonic --value "baseline-revert-$id.timer" 2>/dev/null)
  fi
  read -r up _ </proc/uptime
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$id" "$state" "$work" "$(date +%s)" "$up" "${entered:--}" \
    "$(sed -n "s/^seconds$t//p" "$one/meta" 2>/dev/null)" "$(sed -n "s/^who$t//p" "$one/meta" 2>/dev/null)"
done
exit 0
