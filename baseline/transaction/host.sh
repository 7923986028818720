#!/bin/sh
# The host's side of a transaction: all of a plan, or nothing of it.
#
#   sh host.sh apply DIR      stage, validate, back up, arm the dead-man, act, swap, act, reload
#   sh host.sh confirm DIR    keep what was applied
#   sh host.sh restore DIR    put everything back as it was
#   sh host.sh pending ROOT   finish what an earlier transaction left: restore it unless it was decided
#
# DIR holds the plan as tables (one tab-separated record a line) and becomes the journal:
#   files       number path action owner group mode sha256-before
#   actions     number name done undone: `before` or `after` the files; actions/N.do actions/N.undo   POSIX sh
#   validators  number root            validators/N   POSIX sh, with TREE set to a copy of root with the new files in it
#   packages, reloads                  one a line
#   renewals    unit process seconds stubborn pause way: how a unit is reloaded, and what proves that it has taken up
#               its files
#   meta        who, seconds (until the dead-man restores)
#   state       staged > armed > swapped > confirmed, or from armed on > restoring > restored | broken
#   busy        locked (flock) by whoever is at work on this transaction: apply, confirm or restore
#   armed       there while a dead-man watches
#   withdrawn   the controller gave it up before it began, so it does not begin
#   apart       paths whose directory a group may write: their new and former files are in apart.d until the decision
#   beside      what is new to the host, under the names that it has beside its targets until the swap; see stage.sh
#   number      which generation of this host it is, once confirmed
# and what surroundings.sh tells of; further parts of this script lie beside it.
#
# Everything that undoing needs is on disk before the first change, so the dead-man, the next contact and this
# run restore alike; a restoration cut off half-way is begun again, so an undo has to bear being run twice.
# Exit codes: 0 done; 10 refused and nothing changed; 20 failed and restored; 30 failed and
# not wholly restored; 40 decided otherwise already.
# shellcheck disable=SC2015,SC2034,SC2154,SC2174 # `a && b || c` is meant: c follows whatever failed; places.sh sets more
set -u
umask 022
trap '' HUP PIPE
LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
TAB=$(printf '\t')

for part in places lock stage dead_man units restore surroundings; do
  # shellcheck source=/dev/null
  . "${0%/*}/$part.sh" || exit 2
done

say() { printf '%s\n' "$*"; }
# Only before the swap: takes away what was staged, and nothing else was done.
refuse() { say "refused: $*"; withdraw; exit 10; }
# What cannot be taken away now is left to the dead-man, or to the next contact.
withdraw() {
  unlock
  wipe
  unstage && unmake && disarm
}
# Nobody needs any more what was to come into place, nor what programs said of it; nor copies of secrets that stand in
# their own files again.
wipe() {
  rm -rf "$DIR/new" "$DIR/beside" "$DIR/out" "$DIR/seen"
  [ ! -s "$DIR/secrets" ] || while read -r n; do rm -f "$DIR/old/$n"; done <"$DIR/secrets"
}

# A state is written beside and moved over, so it is never half there; sync makes it outlive a power cut.
# The backup writes all of them ahead, so that a full disk cannot keep a decision from being noted.
state() {
  [ -s "$DIR/state.$1" ] || printf '%s\n' "$1" >"$DIR/state.$1" || return 1
  sync "$DIR/state.$1" && mv -fT "$DIR/state.$1" "$DIR/state" && sync "$DIR"
}
# Leaves in `stands` what the journal in a directory says: `none` where it says nothing yet, empty where that cannot be read.
state_of() {
  stands=none
  [ ! -e "$1/state" ] || { stands=; read -r stands 2>/dev/null <"$1/state"; }
}
# What the table `meta` says of one thing.
noted() {
  [ -r "$DIR/meta" ] || return 0
  while IFS="$TAB" read -r key value; do
    [ "$key" != "$1" ] || { printf '%s\n' "$value"; return; }
  done <"$DIR/meta"
}
now_state() { state_of "$DIR"; printf '%s' "$stands"; }

# Leaves in `up` the directory that a path lies in.
above() { case $1 in /*/*) up=${1%/*} ;; *) up=/ ;; esac; }

# Whoever may write its directory may put a link in the place of a file, or a pipe, whose opening would wait for ever.
bytes() { dd if="$1" iflag=nofollow,nonblock bs=64K status=none 2>/dev/null; }
alike() { [ -f "$2" ] && [ ! -L "$2" ] && bytes "$2" | cmp -s -- "$1" -; }
digest() {
  if [ -f "$1" ]; then bytes "$1" | sha256sum | cut -d' ' -f1; elif [ -e "$1" ] || [ -L "$1" ]; then echo special; else echo absent; fi
}
looks() { stat -c '%F %U:%G %a' -- "$1" 2>/dev/null || echo absent; }

# What stands at all paths of the plan, in one look. Leaves in $DIR/seen/rows the rows of the plan, each with what `is`
# there (a digest, `special`, `absent`), the digest of its copy (with `copies`), how many names it has, and what it
# `looks` like; after them a row `end`. What cannot be read is `unread`, so that it is not as it was.
present() {
  while IFS="$TAB" read -r n path action _; do
    is='absent'
    [ ! -e "$path" ] && [ ! -L "$path" ] || is='special'
    if [ -f "$path" ] && [ ! -L "$path" ]; then
      # Where others may write the directory, what stands there may be something else a moment later.
      is='file'
      if [ -s "$DIR/apart" ] && grep -qxF -e "$path" "$DIR/apart"; then is=$(digest "$path"); else printf '%s\0' "$path" >&5; fi
      printf '%s\0' "$path" >&6
    fi
    [ "${1-}" != copies ] || [ "$action" = create ] || printf '%s\0' "$DIR/old/$n" >&5
    printf '%s\n' "$is" >&4 || return 1
  done <"$DIR/files" 4>"$DIR/seen/kinds" 5>"$DIR/seen/files" 6>"$DIR/seen/named" || return 1
  true >"$DIR/seen/sums" && true >"$DIR/seen/stats" || return 1
  [ ! -s "$DIR/seen/files" ] || xargs -0 sha256sum -bz -- <"$DIR/seen/files" | tr '\0' '\n' >"$DIR/seen/sums" || return 1
  [ ! -s "$DIR/seen/named" ] ||
    xargs -0 stat --printf '%h\t%F %U:%G %a\t%n\n' -- <"$DIR/seen/named" >"$DIR/seen/stats" || return 1
  OLD=$DIR/old/ LC_ALL=C awk -F "$TAB" -v OFS="$TAB" '
    function sum_of(path) { return (path in sum) ? sum[path] : "unread" }
    FILENAME == ARGV[1] { kind[FNR] = $0; next }
    FILENAME == ARGV[2] { sum[substr($0, 67)] = substr($0, 1, 64); next }
    FILENAME == ARGV[3] { names[$3] = $1; looks[$3] = $2; next }
    { is = kind[FNR] == "file" ? sum_of($2) : kind[FNR]
      if (is == "") is = "unread"
      print $0, is, sum_of(ENVIRON["OLD"] $1), ($2 in names) ? names[$2] : 0, ($2 in looks) ? looks[$2] : "absent" }
    END { print "end" }' "$DIR/seen/kinds" "$DIR/seen/sums" "$DIR/seen/stats" "$DIR/files" >"$DIR/seen/rows"
}

# --- journal and swap --------------------------------------------------------------------------------------------

# What is copied must be what was looked at: staging and validating took their time.
backup() {
  mkdir -p "$DIR/old" && true >"$DIR/acted" && true >"$DIR/running" || return 1
  for one in armed swapped restoring restored broken confirmed; do printf '%s\n' "$one" >"$DIR/state.$one" || return 1; done
  while IFS="$TAB" read -r n path action _; do
    [ "$action" != create ] || continue
    sibling "$path" "$action"
    cp -a -- "$path" "$DIR/old/$n" && [ ! -L "$DIR/old/$n" ] && [ -f "$DIR/old/$n" ] || return 1
    ln -T -- "$path" "$beside.old" 2>/dev/null || cp -aT -- "$path" "$beside.old" || return 1
  done <"$DIR/files"
  present copies || return 1
  while IFS="$TAB" read -r n path action owner group mode before is copy names look; do
    [ "$n" != end ] || break
    if [ "$action" = create ]; then before=absent; else [ "$copy" = "$before" ] || return 1; fi
    [ "$is" = "$before" ] && printf '%s\t%s\n' "$n" "$look" || return 1
  done <"$DIR/seen/rows" >"$DIR/looks" || return 1
  while read -r unit; do
    systemctl --quiet is-active "$unit" && printf '%s\n' "$unit" >>"$DIR/running"
  done <"$DIR/reloads"
  rm -rf "$DIR/seen" "$DIR/beside"
  # All of it, what was uploaded and this script itself included: after a power cut the dead-man needs them.
  find "$DIR" -exec sync -- {} + && sync "$ROOT" "$ROOT/tx" && waiting | xargs -0 -r sync --
}
# What waits beside the targets to come into place, and what to go back to.
waiting() {
  while IFS="$TAB" read -r n path action _; do
    sibling "$path" "$action"
    [ "$action" = delete ] || printf '%s\0' "$beside"
    [ "$action" = create ] || printf '%s\0' "$beside.old"
  done <"$DIR/files"
}

# The directories are written to disk once all names in them are changed: a power cut before that is undone, whichever
# of the names had come to the disk.
swap() {
  while IFS="$TAB" read -r n path action _; do
    sibling "$path" "$action"
    if [ "$action" = delete ]; then rm -f -- "$path"; elif [ -n "$joint" ]; then bring; else mv -fT -- "$beside" "$path"; fi ||
      { say "swap: $path cannot be replaced"; return 1; }
    say "$action $path"
  done <"$DIR/files"
  folders | xargs -0 -r sync -- || { say "swap: the new names cannot be written to the disk"; return 1; }
}
# The first of those that wait together brings all of them, each renamed by itself.
bring() {
  [ ! -d "$joint" ] || { find "$joint" -type f -exec mv -f -t "${joint%/*}/" -- {} + && rmdir -- "$joint"; } || return 1
  [ -f "$path" ] && [ ! -L "$path" ]
}
# The directories of all files, each once for files that follow each other.
folders() {
  folder=
  while IFS="$TAB" read -r n path _; do
    above "$path"
    [ "$folder" = "$up" ] || printf '%s\0' "$up"
    folder=$up
  done <"$DIR/files"
}

# Those that are done `before` the files come into place, or `after` that.
act() {
  while IFS="$TAB" read -r n name side _; do
    [ "$side" = "$1" ] || continue
    # Noted before it is done: an action cut off half-way is undone as well.
    printf '%s\t%s\n' "$n" "$name" >>"$DIR/acted" && sync "$DIR/acted" || { say "action: $name: cannot be noted"; return 1; }
    # Its words go to a file: a daemon that it leaves behind would hold a pipe open for ever.
    if timeout -k 10 120 sh "$DIR/actions/$n.do" </dev/null >"$DIR/out" 2>&1 9>&-; then say "did $name"; else
      say "action: $name: $(tail -n 3 "$DIR/out" | tr '\n' ' ')"
      return 1
    fi
  done <"$DIR/actions/table"
}

apply() {
  INSTALLED=yes
  [ -s "$DIR/packages" ] && INSTALLED=no
  busy || exit 10
  [ "$(now_state)" = none ] || { say "refused: this transaction was begun before"; exit 10; }
  [ ! -e "$DIR/withdrawn" ] || { wipe; say "refused: the controller has given this transaction up"; exit 10; }
  lock
  left=$(pending) || refuse "$left"
  [ -z "$left" ] || say "$left"
  number || refuse "the journal cannot be written"
  precheck
  left=$(space) || refuse "too little room: $left"
  if [ -s "$DIR/packages" ]; then
    surroundings >"$DIR/stood.first" || refuse "the journal cannot be written"
    packages || refuse "packages could not be installed: $why"
    INSTALLED=yes
    precheck
  fi
  # Whoever finds it after a power cut forgets it, with or without this: the backup writes it to the disk with all else.
  printf 'staged\n' >"$DIR/state.staged" && mv -fT "$DIR/state.staged" "$DIR/state" || refuse "the journal cannot be written"
  arm || refuse "the dead-man could not be armed"
  surroundings >"$DIR/stood" || refuse "the journal cannot be written"
  stage && validate || { say "nothing was changed"; withdraw; exit 10; }
  backup || refuse "no backup could be made, or a file has changed meanwhile"
  wind || refuse "the dead-man could not be armed"
  state armed || refuse "the journal cannot be written"
  if act before && swap && act after && reload; then
    note_effects
    state swapped && say "waiting for confirmation" && exit 0
    say "journal: the end of the apply cannot be written down"
  fi
  say "failed, restoring"
  restore && exit 20
  exit 30
}

# --- the decision ------------------------------------------------------------------------------------------------

# Whoever writes the state first decides: confirm and restore both hold `busy`, so only one of them is at work.
confirm() {
  case $(now_state) in
  swapped) state confirmed || { say "cannot be confirmed: the journal cannot be written"; exit 40; } ;;
  confirmed) ;;
  *) say "cannot be confirmed: $(now_state)"; exit 40 ;;
  esac
  keep
  take_away
  [ ! -e "$DIR/goals" ] || as_before goals
  say "confirmed"
}
# Directories that were made for files that a rollback has deleted; one that holds something else stays.
take_away() {
  [ ! -s "$DIR/goes" ] || while IFS= read -r gone; do rmdir -- "$gone" 2>/dev/null; done <"$DIR/goes"
}
# Disarmed last: were it cut off before, the dead-man or the next contact finishes it.
# What was written is kept as well, but for secrets: it tells what somebody has changed by hand since.
keep() {
  [ ! -s "$DIR/secrets" ] || while read -r n; do rm -f "$DIR/new/$n"; done <"$DIR/secrets"
  rm -rf "$DIR/new/none" "$DIR/out" "$DIR/seen" "$DIR"/state.*
  prune
  unlock
  unstage && disarm
}
# The journals of the last twenty transactions stay, to go back or look things up; those not yet decided always do.
prune() {
  set -- "$ROOT"/tx/*/
  [ $# -gt 20 ] || return 0
  decided | head -n -20 | while read -r _ _ old; do
    [ "$old" = "$DIR" ] || rm -rf "$old"
  done
}

ME=$(id -u)
DIR=$2
TX=${DIR##*/}
ROOT=${DIR%/tx/*}
SECONDS_LEFT=$(noted seconds)
SECONDS_LEFT=${SECONDS_LEFT:-120}
case $1 in
apply) apply ;;
confirm) busy || exit 10; confirm ;;
restore)
  busy || exit 30
  # To systemd, a dead-man that has nothing to do any more has not failed.
  [ -z "${DEAD_MAN-}" ] || trap 'case $? in 10 | 40) exit 0 ;; esac' EXIT
  restore || exit 30
  ;;
watch) watch ;;
pending) ROOT=$2 DIR=none; pending ;;
*) echo "usage: host.sh apply|confirm|restore DIR | pending ROOT" >&2; exit 2 ;;
esac
