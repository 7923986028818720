# shellcheck shell=sh disable=SC2154 # given: view, the text of view.sh; apart, empty where this runs in none
# For each program a line, tab-separated; a program of which no unit runs or is enabled has none:
#
#   unit UNIT runs|stopped CODE        what its checker ended with
#   said UNIT TEXT                     a line of what the checker said
#
# asks UNIT RUNNING UNITS WRITES TOOL CHECKER: RUNNING are the words of systemd for a unit that runs, UNITS those that
# may. WRITES is not empty for a checker that would write. A checker whose TOOL is not there refuses nothing.
asks() {
  state=
  for one in $3; do
    case " $2 " in *" $(systemctl show -p SubState --value -- "$one") "*) state=runs ;; esac
  done
  [ -n "$state" ] || { systemctl --quiet is-enabled "$1" 2>/dev/null && state=stopped; } || return 0
  said='' code=0
  if ! command -v "$5" >/dev/null; then
    code=127
  elif [ -n "$apart" ] || [ -z "$4" ]; then
    said=$(timeout 15 sh -c "$6" 2>&1 </dev/null) || code=$?
  else
    said=$(timeout 15 sh -c "$view" view "$HOME/own" '' sh -c "$6" 2>&1 </dev/null) || code=$?
  fi
  printf 'unit\t%s\t%s\t%s\n' "$1" "$state" "$code"
  [ "$code" = 0 ] || printf '%s\n' "$said" | head -c 4000 | tr '\t\r' '  ' | while IFS= read -r line; do
    printf 'said\t%s\t%s\n' "$1" "$line"
  done
}
