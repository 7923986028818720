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
    for p in $programs; do
      command -v "$p" >/dev/null 2>&1 &&
        before="$before$p() { ${outside:+unshare --mount }sh $d/view $d/own '$outside' $p \"\$@\"; }; "
    done
  fi
fi
# Each program that is begun costs the host a millisecond, and there are more than a hundred questions: so `timeout` takes
# the place of the shell that begins it, and one `wc` measures both files.
limits=
command -v timeout >/dev/null 2>&1 && limits=yes
run() {
  [ -z "$blocks" ] || ulimit -f "$blocks" 2>/dev/null
  exec </dev/null >"$d/$1.out" 2>"$d/$1.err" 9>&-
  [ -z "$limits" ] || exec timeout -k 5 "$2" sh -c "$before$3"
  exec sh -c "$before$3"
}
answered() {
  frame "$1" "$2"
  : >"$d/$1.out"; : >"$d/$1.err"
}
ask() { (run "$@"); answered "$1" $?; }
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
# Files of its own for each command: what one leaves running cannot write into the answer of the next. A full
# file system ends it all, since an answer may have been cut short that nobody called failed.
frame() {
  printf x >"$d/room" || exit 1
  : >"$d/room"
  rc=$2
  # Its words: size, path, size, path, size, "total".
  # shellcheck disable=SC2046 # words
  set -- "$1" $(wc -c "$d/$1.out" "$d/$1.err")
  [ $# = 7 ] || exit 1
  out=$2 err=$4
  # All large answers together may have what one may have: files that somebody made large cost no other its answer. What
  # ran beside comes last, and so has a quarter of that for itself.
  if [ -n "$blocks" ] && [ -n "$waited" ] && [ $((apart + out + err)) -le $((blocks * 128)) ]; then
    apart=$((apart + out + err))
  elif [ -n "$blocks" ] && [ $((out + err)) -gt 65536 ]; then
    large=$((large + out + err))
    if [ $large -gt $((blocks * 512 + 65536)) ]; then
      large=$((large - out - err)) rc=153
      : >"$d/$1.out"
      echo "it printed $((out + err)) bytes, more than is taken besides what others printed" >"$d/$1.err"
      out=0 err=$(wc -c <"$d/$1.err")
    fi
  fi
  printf '\n%s %s %s %s %s\n' "$token" "$1" "$rc" "$out" "$err"
  [ "$out $err" = "0 0" ] || cat "$d/$1.out" "$d/$1.err"
}
