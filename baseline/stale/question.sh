# shellcheck shell=sh disable=SC2154 # given: units, and renewals, of which each is the words UNIT PROCESS PARENT
# Which daemons run a configuration older than their files. Asked with every look; changes nothing. Prints, tab-separated:
#
#   unit UNIT READ                     a program that runs, and when it last read its configuration
#   file UNIT WRITTEN SHA256 PATH      a file of its configuration that was written after that
#   apply UNIT FROM UNTIL              between these times an apply of ours had the unit reloaded
#
# Times are seconds of the epoch. See baseline/stale for what they are seen from.
[ -d /run/systemd/system ] || exit 0
t=$(printf '\t')
# The uptime first: should time pass in between, programs seem to have read their files later, not earlier.
read -r up _ </proc/uptime
now=$(date +%s.%N)
hz=$(getconf CLK_TCK)

# Which of the units run, in one call. systemd is only asked of what it has at hand: of what does not run it would read the
# files first. A unit may be at hand by another name, of which this one is a link.
names=''
for unit in $units; do names="$names $unit.service"; done
running=' '
# shellcheck disable=SC2086 # words
listed=$(systemctl list-units --plain --no-legend --no-pager --full -- $names 2>/dev/null)
while read -r unit _ state _; do
  case $state in active | reloading | refreshing) running="$running${unit%.service} " ;; esac
done <<END
$listed
END
for unit in $units; do
  if [ -L "/etc/systemd/system/$unit.service" ] && systemctl --quiet is-active -- "$unit"; then running="$running$unit "; fi
done
runs() { case $running in *" $1 "*) ;; *) return 1 ;; esac; }

# Of every daemon whose start tells of a reload: the sort, its process, and its start in ticks since the boot.
starts=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v renewals="$renewals" '
  BEGIN {
    number = split(renewals, word, " ")
    for (at = 1; at + 2 <= number; at += 3) tells[word[at + 1] " " word[at + 2]] = word[at]
  }
  {
    pid = $1 + 0
    name = $0; sub(/^[0-9]+ \(/, "", name); sub(/\) [^)]*$/, "", name)
    rest = $0; sub(/^.*\) /, "", rest); split(rest, field, " ")
    comm[pid] = name; parent[pid] = field[2]; start[pid] = field[20]
  }
  END {
    for (pid in comm) {
      pair = comm[pid] " " comm[parent[pid]]
      if (pair in tells) print tells[pair], pid, start[pid]
    }
  }' | while read -r unit pid start; do
  # Anybody may give a process any name, but nobody but root can put it among those of a unit.
  if grep -qE "/$unit(@[^/]*)?\.service\$" "/proc/$pid/cgroup" 2>/dev/null; then echo "$unit $pid $start"; fi
done)
# Workers of Rspamd name their sort on their command line: `rspamd: controller process (localhost:11334)`.
sorts() {
  printf '%s\n' "$starts" | while read -r unit pid start; do
    sort=-
    [ "$unit" != rspamd ] || sort=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -d ' ' -f 2)
    printf '%s %s %s\n' "$unit" "${sort:--}" "$start"
  done
}
# Of each sort the newest, for an old one may still be ending; of a program's sorts the oldest, for one that died is
# started anew without a reload. In seconds of the epoch, with a tenth of a second for what clocks round off.
read_at() {
  case "
$starts" in *"
$1 "*) ;; *) return 0 ;; esac
  sorts | awk -v unit="$1" -v up="$up" -v now="$now" -v hz="$hz" '
    $1 == unit && $3 + 0 > last[$2] + 0 { last[$2] = $3 }
    END {
      for (sort in last) if (least == "" || last[sort] + 0 < least) least = last[sort] + 0
      if (least != "") printf "%.2f\n", now - up + least / hz + 0.1
    }'
}
# named tells whole seconds. Without rndc, the last change of the unit: named tells systemd of each reload.
named_read_at() {
  runs named || return 0
  when=$(timeout 5 rndc status 2>/dev/null | sed -n 's/^last configured: //p')
  [ -n "$when" ] || when=$(systemctl show -P StateChangeTimestamp named)
  seconds=$(date -d "$when" +%s) && printf '%s.99\n' "$seconds"
}
included() { sed -n 's/^[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$@" 2>/dev/null; }

# newer UNIT READ find's-arguments…
newer() {
  unit=$1 read=$2
  shift 2
  # One that runs by other means than its unit could not be reloaded by it either.
  [ -n "$read" ] && runs "$unit" || return 0
  printf 'unit\t%s\t%s\n' "$unit" "$read"
  # What was written in the future, by a clock that was set back since, tells nothing.
  find -L "$@" -type f -newerct "@$read" ! -newerct "@$now" -printf '%C@\t%p\n' 2>/dev/null | {
    none=yes
    while IFS="$t" read -r written path; do
      none=
      printf 'file\t%s\t%s\t%s\t%s\n' "$unit" "$written" "$(sha256sum <"$path" | cut -d ' ' -f 1)" "$path"
    done
    [ -n "$none" ] || applies "$unit"
  }
}
# A journal's state was written before the swap, and moved into place at the decision.
applies() {
  for journal in /var/lib/baseline/tx/*/; do
    state=
    [ ! -r "$journal/state" ] || read -r state <"$journal/state"
    case $state in confirmed | restored) ;; *) continue ;; esac
    grep -qxF -e "$1" -e "$1.service" "$journal/reloads" &&
      printf 'apply\t%s\t%s\n' "$1" "$(stat --printf='%Y\t%Z' "$journal/state")"
  done
}

# with_includes UNIT READ FILE
with_includes() {
  unit=$1 read=$2
  [ -n "$read" ] || return 0
  shift 2
  for _ in 1 2; do
    for file in $(included "$@"); do
      case " $* " in *" $file "*) ;; *) set -- "$@" "$file" ;; esac
    done
  done
  newer "$unit" "$read" "$@"
}
