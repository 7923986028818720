# shellcheck shell=sh disable=SC2154 # given: view, the text of view.sh; apart, empty where this runs in none
# For each program a line, tab-separated; a program of which no unit runs or is enabled has none:
#
#   unit UNIT runs|stopped CODE        what its checker ended with
#   said UNIT TEXT                     a line of what the checker said
#
# lists NAME…: the services of these names that systemd has at hand, by one call: in $listed a word UNIT:SUBSTATE for each.
# It has at hand what runs and what a boot begins; of any other unit it would read the files first, to tell nothing more.
#
# seeks UNIT RUNNING UNITS: notes the unit in $running; or in $sought, with all its names, where systemd has to be asked:
# one that it has at hand, that is a link to another name, or that is wanted by a target of which it was not told yet.
# RUNNING are the words of systemd for a unit that runs, UNITS those that may.
#
# stands UNIT…: all that systemd tells of the units, by one call: in $stand a word UNIT:SUBSTATE:FILESTATE for each. It
# tells of them in the order in which they are named, parted by an empty line, also of those that there are not.
#
# asks UNIT RUNNING UNITS WRITES TOOL CHECKER: WRITES is not empty for a checker that would write. A checker whose TOOL is
# not there refuses nothing.
listed=' ' running=' ' sought='' stand=' '
lists() {
  told=$(systemctl list-units --all --plain --no-legend --no-pager --full -- "$@") || exit
  while read -r unit _ _ sub _; do
    listed="$listed$unit:$sub "
  done <<END
$told
END
}
seeks() {
  for one in $3; do
    for word in $2; do
      case $listed in *" $one:$word "*) running="$running$1 "; return ;; esac
    done
  done
  for one in "$1.service" $3; do
    case $listed in *" $one:"*) sought="$sought $1 $3"; return ;; esac
    for place in /etc/systemd/system /run/systemd/system; do
      for link in "$place/$one" "$place"/*.wants/"$one" "$place"/*.requires/"$one"; do
        [ ! -L "$link" ] || { sought="$sought $1 $3"; return; }
      done
    done
  done
}
stands() {
  [ "$#" != 0 ] || return 0
  shown=$(systemctl show -p SubState -p UnitFileState -- "$@") || exit
  sub='' file=''
  while IFS= read -r line; do
    case $line in
    SubState=*) sub=${line#*=} ;;
    UnitFileState=*) file=${line#*=} ;;
    '')
      stand="$stand$1:$sub:$file " sub='' file=''
      shift || exit
      ;;
    esac
  done <<END
$shown

END
  [ "$#" = 0 ] || { echo 'systemctl does not tell of all units' >&2; exit 1; }
}
asks() {
  state=
  case $running in *" $1 "*) state=runs ;; esac
  for one in $3; do
    for word in $2; do
      case $stand in *" $one:$word:"*) state=runs ;; esac
    done
  done
  if [ -z "$state" ]; then
    case $stand in *" $1:"*) ;; *) return 0 ;; esac
    state=${stand#*" $1:"} state=${state%% *}
    case ${state#*:} in
    enabled | enabled-runtime | static | alias | indirect | transient) ;;
    # Made of a script in /etc/init.d: only that one's own tool knows.
    generated) systemctl --quiet is-enabled "$1" 2>/dev/null || return 0 ;;
    *) return 0 ;;
    esac
    state=stopped
  fi
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
