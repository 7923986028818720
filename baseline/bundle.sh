# shellcheck shell=sh disable=SC2154 # given: token, programs and view, and blocks, the most a command may write if any
# What a request begins with, within a function that its last line calls: `ask NUMBER SECONDS COMMAND` runs a command
# and frames its answer.
LC_ALL=C.UTF-8; export LC_ALL
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
unset CDPATH ENV BASH_ENV MAIL_CONFIG
# Where no resolver answers, a program that looks names up as it starts would wait ten seconds for each of them.
[ -z "$blocks" ] || { RES_OPTIONS='timeout:1 attempts:1'; export RES_OPTIONS; }
umask 077
cd / || return 1
d=
for base in /run /dev/shm /var/tmp /tmp; do
  [ -w "$base" ] && d=$(mktemp -d "$base/baseline.XXXXXXXXXX" 2>/dev/null) && break
done
[ -n "$d" ] || { echo "no place for temporary files" >&2; return 1; }
begun=
trap '[ -z "$begun" ] || kill $begun 2>/dev/null; rm -rf "$d"' EXIT
trap 'exit 129' HUP INT TERM
# What only looks does it in a scratch of its own. Some programs write elsewhere even then: caches, indexes. Commands
# find functions in their place. (No files in PATH: /run is mounted noexec on many hosts.)
before=
if [ -n "$programs" ]; then
  HOME=$d TMPDIR=$d PYTHONDONTWRITEBYTECODE=1; export HOME TMPDIR PYTHONDONTWRITEBYTECODE
  outside=
  if [ "$(id -u)" = 0 ]; then
    printf '%s\n' "$view" >"$d/view" && mkdir -m 0700 "$d/own" || return 1
    unshare --mount true 2>/dev/null && outside=$(readlink /proc/self/ns/mnt)
    # What makes a view of its own finds here whether it can.
    baseline_outside=$outside; export baseline_outside
    for p in $programs; do
      command -v "$p" >/dev/null 2>&1 &&
        before="$before$p() { ${outside:+unshare --mount }sh $d/view $d/own '$outside' $p \"\$@\"; }; "
    done
  fi
fi
# Each program that is begun costs the host a millisecond, and there are more than a hundred questions: so one shell asks
# several of them, one `wc` measures their answers, and `timeout` takes the place of the shell that begins it.
limits=
command -v timeout >/dev/null 2>&1 && limits=yes
run() {
  [ -z "$blocks" ] || ulimit -f "$blocks" 2>/dev/null
  exec </dev/null >"$d/$1.out" 2>"$d/$1.err" 9>&-
  [ -z "$limits" ] || exec timeout -k 5 "$2" sh -c "$before$3"
  exec sh -c "$before$3"
}
answered() {
  room
  frames "$1" "$2:"
}
ask() { (run "$@"); answered "$1" $?; }
# `several NUMBER SECONDS COMMAND…` asks commands by one shell, each in a shell forked of it, as long as all of them
# together take no longer. Of each that ended it notes the exit code, and the time before and after, as the uptime tells
# it. What was not reached then, or not ended, is asked by itself, with the time that each may have.
several() {
  first=$1 seconds=$2 at=$1 codes=''
  shift 2
  [ "$together" -le "$seconds" ] || together=$seconds
  if [ -n "$limits" ]; then
    : >"$d/came"
    (
      [ -z "$blocks" ] || ulimit -f "$blocks" 2>/dev/null
      exec </dev/null >/dev/null 2>&1 9>&-
      exec timeout -k 5 "$together" sh -c "$each" sh "$d" "$first" "$before" "$@"
    )
    filled=$?
    while read -r rc begun_at ended_at; do
      codes="$codes $rc:$begun_at:$ended_at"
      at=$((at + 1))
    done <"$d/came"
    # What filled the file system makes room for the answers before it, and ends it all.
    [ "$filled" != 9 ] || { : >"$d/$at.out"; : >"$d/$at.err"; }
    # shellcheck disable=SC2086 # words
    [ -z "$codes" ] || frames "$first" $codes
    [ "$filled" != 9 ] || exit 1
    shift $((at - first))
  fi
  for command; do
    ask "$at" "$seconds" "$command"
    at=$((at + 1))
  done
}
# shellcheck disable=SC2016 # for the shell within
each='
  baseline_at=$1 baseline_number=$2 baseline_before=$3
  shift 3
  baseline_up() { read -r baseline_now _ </proc/uptime; } 2>/dev/null
  baseline_up
  while [ "$#" != 0 ]; do
    baseline_begun=$baseline_now
    (
      exec >"$baseline_at/$baseline_number.out" 2>"$baseline_at/$baseline_number.err"
      eval "shift $#; $baseline_before$1"
    )
    baseline_rc=$?
    baseline_up
    printf x >"$baseline_at/room" && : >"$baseline_at/room" || exit 9
    echo "$baseline_rc $baseline_begun $baseline_now" >>"$baseline_at/came" || exit 9
    baseline_number=$((baseline_number + 1))
    shift
  done'
# What may wait runs beside the others, as many at once as there are bytes in a pipe. `begin NUMBER SECONDS COMMAND` has
# its answer framed by `ended NUMBER`. What is still begun when an exchange is broken off ends with it.
slots() {
  mkfifo "$d/slots" && exec 9<>"$d/slots" || exit 1
  n=0
  while [ $((n += 1)) -le "$1" ]; do echo >&9; done
}
begin() {
  (
    child=
    trap - EXIT INT
    trap '[ -z "$child" ] || kill "$child"; exit 143' HUP TERM
    read -r _ <&9
    run "$@" &
    child=$!
    wait "$child"
    rc=$?
    echo >&9
    exit $rc
  ) &
  eval "begun_$1=$!"
  begun="$begun $!"
}
ended() {
  eval "wait \$begun_$1"
  rc=$? waited=yes
  answered "$1" $rc
  waited=
}
large=0 apart=0 waited=
# A full file system ends it all, since an answer may have been cut short that nobody called failed.
room() { printf x >"$d/room" && : >"$d/room" || exit 1; }
# `frames NUMBER CODE:BEGUN:ENDED…` frames the answers of commands that follow each other. Files of its own for each
# command: what one leaves running cannot write into the answer of the next.
frames() {
  number=$1 files='' parts=''
  shift
  n=$number
  for code; do
    files="$files $d/$n.out $d/$n.err" parts="$parts $d/$n.head $d/$n.out $d/$n.err"
    n=$((n + 1))
  done
  # shellcheck disable=SC2086 # words
  sizes=$(wc -c $files) || exit 1
  n=$number
  for code; do
    read -r out _ && read -r err _ || exit 1
    measured "$n" "${code%%:*}" "${code#*:}" >"$d/$n.head" || exit 1
    n=$((n + 1))
  done <<END
$sizes
END
  room
  # shellcheck disable=SC2086 # words
  cat $parts || exit 1
  for file in $files; do : >"$file"; done
}
# The head of one frame: the number of the answer, its exit code and lengths, and the hundredths of a second that it took.
measured() {
  rc=$2 took=
  # All large answers together may have what one may have: files that somebody made large cost no other its answer. What
  # ran beside comes last, and so has a quarter of that for itself.
  if [ -n "$blocks" ] && [ -n "$waited" ] && [ $((apart + out + err)) -le $((blocks * 128)) ]; then
    apart=$((apart + out + err))
  elif [ -n "$blocks" ] && [ $((out + err)) -gt 65536 ]; then
    large=$((large + out + err))
    if [ $large -gt $((blocks * 512 + 65536)) ]; then
      large=$((large - out - err)) rc=153
      why="it printed $((out + err)) bytes, more than is taken besides what others printed"
      : >"$d/$1.out"
      echo "$why" >"$d/$1.err"
      out=0 err=$((${#why} + 1))
    fi
  fi
  begun_at=${3%:*} ended_at=${3#*:}
  case $3 in
  [0-9]*.[0-9][0-9]:[0-9]*.[0-9][0-9])
    took=" $(((${ended_at%.*} - ${begun_at%.*}) * 100 + 1${ended_at#*.} - 1${begun_at#*.}))"
    ;;
  esac
  printf '\n%s %s %s %s %s%s\n' "$token" "$1" "$rc" "$out" "$err" "$took"
}
