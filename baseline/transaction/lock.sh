# shellcheck shell=sh disable=SC2015,SC2034,SC2154,SC2174 # as in host.sh, which reads this
# One apply at a time, and the order of those that were.

# --- lock --------------------------------------------------------------------------------------------------------

# Who is at work on a transaction holds its `busy`. The kernel lets go of it when the process dies, so one that was
# killed is told from one at work. Children get no part of it (9>&-): a daemon that one starts must not hold it on.
busy() {
  # A subshell tries first: dash ends itself when exec cannot open.
  (exec 9>"$DIR/busy") 2>/dev/null || { say "refused: $DIR cannot be written"; return 1; }
  exec 9>"$DIR/busy" && flock 9
}
at_work() { [ -e "$1/busy" ] && ! flock -s -n "$1/busy" true; }

# One line: transaction, until when (seconds of the epoch), who. It is kept from apply to decision; the mutex is
# held only while it is looked at and changed.
mutex() { exec 8>"$ROOT/mutex" && flock -w 60 8; }
lock() {
  mutex || { wipe; say "refused: no lock can be made in $ROOT"; exit 10; }
  if held; then
    say "refused: another apply holds this host: $holder, until $(date -u -d "@$until" +%FT%TZ)"
    withdraw
    exit 10
  fi
  until=$(($(date +%s) + SECONDS_LEFT + 900))
  printf '%s\t%s\t%s\n' "$TX" "$until" "$(noted who)" >"$DIR/lock" &&
    echo "$until" >"$DIR/until" && mv -fT "$DIR/lock" "$ROOT/lock" ||
    { wipe; say "refused: no lock can be made in $ROOT"; exit 10; }
  exec 8>&-
}
# Whether the one that the lock names is at work, or waits for its confirmation within its time.
held() {
  IFS="$TAB" read -r tx until holder 2>/dev/null <"$ROOT/lock" || return 1
  at_work "$ROOT/tx/$tx" && return 0
  waits "$ROOT/tx/$tx"
}
waits() {
  state_of "$1"
  [ "$stands" = swapped ] && [ "$(date +%s)" -lt "$(cat "$1/until" 2>/dev/null || echo 0)" ]
}
unlock() {
  ours "$ROOT/lock" || return 0
  (mutex && ours "$ROOT/lock" && rm -f "$ROOT/lock")
  return 0
}
ours() { IFS="$TAB" read -r tx _ 2>/dev/null <"$1" && [ "$tx" = "$TX" ]; }

# --- order -------------------------------------------------------------------------------------------------------

# The host numbers its generations while the lock is held, and nothing is ordered by a controller's clock, from which a
# transaction has its name. One that is not confirmed leaves its number to the next.
NONE=9999999999
# The journals that were decided, as `number time directory`, oldest first. Those without a number are the newest, in the
# order in which this host wrote them: earlier versions gave none, and what they begin after this has none either.
decided() {
  set --
  for one in "$ROOT"/tx/*/; do
    state_of "${one%/}"
    case $stands in confirmed | restored) set -- "$@" "${one}state" ;; esac
  done
  [ $# = 0 ] || stat -c '%.9Y %n' -- "$@" | while read -r when one; do
    one=${one%/state} given=
    [ ! -e "$one/number" ] || read -r given 2>/dev/null <"$one/number"
    case $given in '' | *[!0-9]*) given=$NONE ;; esac
    printf '%s %s %s\n' "$given" "$when" "$one"
  done | sort -k 1,1n -k 2,2n
}
number() {
  decided | {
    last=0
    while read -r given _ one; do
      known=$given
      [ "$given" != $NONE ] || known=$((last + 1))
      [ "$given" = "$known" ] || give "$one" "$known" || exit 1
      state_of "$one"
      [ "$stands" != confirmed ] || last=$known
    done
    # It counts once this transaction is confirmed: the backup writes it to the disk.
    printf '%s\n' $((last + 1)) >"$DIR/number"
  }
}
give() { printf '%s\n' "$2" >"$1/number.new" && sync "$1/number.new" && mv -fT "$1/number.new" "$1/number" && sync "$1"; }
