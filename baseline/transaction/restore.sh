# shellcheck shell=sh disable=SC2015,SC2034,SC2154,SC2174 # as in host.sh, which reads this
# Putting everything back, now or when an earlier transaction is found unfinished.

restore() {
  was=$(now_state)
  case $was in
  armed | swapped | restoring | broken) ;;
  restored) withdraw; as_before stood; say "restored"; tidied; return ;;
  confirmed) keep; tidied && say "was confirmed" && exit 40; return 1 ;;
  none | staged) refuse "nothing to restore: $was" ;;
  *) say "not restored, the journal is broken: look at $DIR"; return 1 ;;
  esac
  state restoring || say "the beginning of the restoration cannot be written down"
  bad=0
  undo before || bad=1
  # Each moved over its target in one step.
  while IFS="$TAB" read -r n path action owner group mode before; do
    if [ "$was" = broken ] && ! same "$n" "$path" && ! planned "$n" "$path" "$action"; then
      say "$path was changed since, and is left alone"
    else
      same "$n" "$path" || put_back "$n" "$path" "$action"
    fi
    above "$path"
    [ ! -d "$up" ] || sync "$up"
    same "$n" "$path" || { say "could not restore $path"; bad=1; }
  done <"$DIR/files"
  undo after || bad=1
  revive || bad=1
  if [ $bad = 0 ] && state restored; then
    rm -f "$DIR"/state.*
    withdraw
    as_before stood
    say "restored"
    return 0
  fi
  # Still armed: the dead-man tries again.
  unmake
  state broken
  unlock
  say "not wholly restored: look at $DIR"
  return 1
}
# Actions last done first undone: those that the journal has `before` the files go back, or `after`.
undo() {
  failed=0
  for n in $(tac "$DIR/acted" | cut -f1); do
    [ "$(sed -n "s/^$n$TAB.*$TAB//p" "$DIR/actions/table")" = "$1" ] || continue
    timeout -k 10 120 sh "$DIR/actions/$n.undo" </dev/null >/dev/null 2>&1 9>&- ||
      { say "could not undo: $(sed -n "s/^$n$TAB//p" "$DIR/acted")"; failed=1; }
  done
  return $failed
}
# As the plan wrote it. What is neither this nor as before, some time after a restoration that failed, is the work of
# somebody who mended it by hand.
planned() {
  if [ "$3" = delete ]; then [ ! -e "$2" ]; else alike "$DIR/new/$1" "$2"; fi
}
# Only the dead-man comes again for what could not be taken away.
tidied() { [ -z "${DEAD_MAN-}" ] || [ ! -e "$DIR/armed" ]; }
# The former file itself where the link to it still stands, else the copy of the journal.
put_back() {
  if [ "$3" = create ]; then rm -f -- "$2"; return; fi
  sibling "$2" "$3"
  old=$beside.old
  rm -f -- "$beside"
  same "$1" "$old" || { rm -f -- "$old"; cp -aT -- "$DIR/old/$1" "$old" && sync "$old"; } || return 1
  mv -fT -- "$old" "$2"
}
# As before: content, type, owner and mode.
same() {
  before=$(sed -n "s/^$1$TAB//p" "$DIR/looks")
  [ "$(looks "$2")" = "$before" ] || return 1
  [ "$before" = absent ] || alike "$DIR/old/$1" "$2"
}

# What earlier transactions left behind: those that neither finished nor restored are restored now. One that is
# at work, or waits for its confirmation within its time, is none of them.
pending() {
  for left in "$ROOT"/tx/*/; do
    left=${left%/}
    if [ "$left" = "$DIR" ] || [ ! -d "$left" ]; then continue; fi
    # Decided and tidied: most are, and need no second look.
    state_of "$left"
    case $stands in confirmed | restored) [ -e "$left/armed" ] || continue ;; esac
    if at_work "$left" || waits "$left"; then continue; fi
    state_of "$left"
    case $stands in
    armed | swapped | restoring) resume "$left" || return 1 ;;
    broken)
      resume "$left" >/dev/null ||
        { say "transaction ${left##*/} was not wholly restored: look at $left, then remove it"; return 1; }
      say "transaction ${left##*/} had not been wholly restored: restored"
      ;;
    # Decided, and cut off before all was tidied.
    confirmed | restored) [ ! -e "$left/armed" ] || sh "$left/host.sh" restore "$left" >/dev/null 2>&1 ;;
    none | staged) forget "$left" ;;
    *) say "transaction ${left##*/} has a broken journal: look at $left, then remove it"; return 1 ;;
    esac
  done
  return 0
}
resume() {
  said=$(sh "$1/host.sh" restore "$1" 2>/dev/null)
  case $? in
  0)
    printf '%s\n' "$said" | sed -n "s/^differs: /transaction ${1##*/} could not bring back: /p"
    say "transaction ${1##*/} was left unfinished: restored"
    ;;
  40) say "transaction ${1##*/} had been confirmed" ;;
  *) say "transaction ${1##*/} was left unfinished and could not be restored: look at $1"; return 1 ;;
  esac
}
# Nothing was changed yet. Without `busy` it never began: its upload was cut off, or is still going on.
forget() {
  [ -e "$1/busy" ] || [ -n "$(find "$1" -maxdepth 0 -mmin +60)" ] || return 0
  (DIR=$1 TX=${1##*/}; withdraw)
  rm -rf "$1"
}
