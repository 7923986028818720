# shellcheck shell=sh disable=SC2154 # given: root, the folder of what is kept on the host; id, how ids begin; claim
# A line for each transaction whose id begins so, decided or not; see begun.py for what it holds. With `claim`, that id
# is taken first: whoever comes later with a transaction of it cannot begin.
if [ -n "$claim" ] && mkdir -p "$root/tx" && mkdir -m 0700 "$root/tx/$claim" 2>/dev/null; then
  : >"$root/tx/$claim/withdrawn"
fi
for one in "$root/tx/$id"*/; do
  one=${one%/}
  [ -d "$one" ] || continue
  state=none
  [ ! -e "$one/state" ] || read -r state 2>/dev/null <"$one/state" || state=unreadable
  work=idle
  [ ! -e "$one/withdrawn" ] || [ "$state" != none ] || state=withdrawn
  if [ ! -e "$one/busy" ]; then work=unsent; elif ! flock -s -n "$one/busy" true; then work=busy; fi
  printf '%s\t%s\t%s\n' "${one##*/}" "$state" "$work"
done
exit 0
