#!/bin/sh
# The host's side of a transaction: all of a plan, or nothing of it.
#
#   sh host.sh apply DIR      stage, validate, back up, arm the dead-man, swap, act, reload
#   sh host.sh confirm DIR    keep what was applied
#   sh host.sh restore DIR    put everything back as it was
#   sh host.sh pending ROOT   finish what an earlier transaction left: restore it unless it was decided
#
# DIR holds the plan as tables (one tab-separated record a line) and becomes the journal:
#   files       number path action owner group mode sha256-before
#   actions     number name            actions/N.do actions/N.undo   POSIX sh
#   validators  root command           run with TREE set to a copy of root with the new files in it
#   packages, reloads                  one a line
#   meta        who, seconds (until the dead-man restores)
#   state       staged > armed > swapped > confirmed | restored | broken
#
# Everything that undoing needs is on disk before the first change, so the dead-man, the next contact and this
# run restore alike. Exit codes: 0 done; 10 refused and nothing changed; 20 failed and restored; 30 failed and
# not wholly restored; 40 decided otherwise already.
# shellcheck disable=SC2015,SC2174 # `a && b || c` is meant: c follows whatever failed; ROOT's parents exist
set -u
umask 022
trap '' HUP PIPE
LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
TAB=$(printf '\t')

say() { printf '%s\n' "$*"; }
# Only before the swap: takes away what was staged, and nothing else was done.
refuse() { say "refused: $*"; unstage; unlock; exit 10; }

# A state is written beside and moved over, so it is never half there; sync makes it outlive a power cut.
state() { printf '%s\n' "$1" >"$DIR/state.new" && sync "$DIR/state.new" && mv -f "$DIR/state.new" "$DIR/state" && sync "$DIR"; }
now_state() { cat "$DIR/state" 2>/dev/null || echo none; }

# The sibling of a target under which its new content waits, on the same filesystem.
sibling() { printf '%s/.%s.baseline-%s' "${1%/*}" "${1##*/}" "$TX"; }

digest() { if [ -e "$1" ] || [ -L "$1" ]; then sha256sum <"$1" 2>/dev/null | cut -d' ' -f1; else echo absent; fi; }
looks() { stat -c '%F %U:%G %a' -- "$1" 2>/dev/null || echo absent; }

# --- lock --------------------------------------------------------------------------------------------------------

# The lock is a directory that tells who holds it and until when. It is made ready beside and renamed into
# place, which fails when one is there. Past its time the transaction has restored itself, or is restored now.
lock() {
  rm -rf "$ROOT/lock.$TX"
  mkdir "$ROOT/lock.$TX" && who >"$ROOT/lock.$TX/who" && echo "$TX" >"$ROOT/lock.$TX/transaction" &&
    echo $(($(date +%s) + SECONDS_LEFT + 900)) >"$ROOT/lock.$TX/until" ||
    { say "refused: no lock can be made in $ROOT"; rm -rf "$ROOT/lock.$TX"; exit 10; }
  mv -T "$ROOT/lock.$TX" "$ROOT/lock" 2>/dev/null && return 0
  until=$(cat "$ROOT/lock/until" 2>/dev/null || echo 0)
  if [ "$(date +%s)" -ge "$until" ]; then
    mv -T "$ROOT/lock" "$ROOT/lock.expired.$TX" 2>/dev/null && rm -rf "$ROOT/lock.expired.$TX"
    mv -T "$ROOT/lock.$TX" "$ROOT/lock" 2>/dev/null && return 0
  fi
  say "refused: another apply holds this host: $(cat "$ROOT/lock/who" 2>/dev/null), until $(date -u -d "@$until" +%FT%TZ)"
  rm -rf "$ROOT/lock.$TX"
  exit 10
}
who() { sed -n "s/^who$TAB//p" "$DIR/meta"; }
unlock() { [ "$(cat "$ROOT/lock/transaction" 2>/dev/null)" = "$TX" ] && rm -rf "$ROOT/lock"; return 0; }

# --- before anything changes -------------------------------------------------------------------------------------

# What was looked at must still be there, as it was; a symlink or a parent others may write is never written through.
precheck() {
  while IFS="$TAB" read -r n path action owner group mode before; do
    if [ -L "$path" ]; then refuse "$path is a symbolic link"; fi
    if [ "$(digest "$path")" != "$before" ]; then
      refuse "$path has changed since the plan was made; plan again"
    fi
    parents "$path" || refuse "a directory above $path is a symbolic link or writable by others"
    [ "$action" = delete ] || owners "$owner" "$group" || refuse "$owner:$group, who shall own $path, is not known on this host"
  done <"$DIR/files"
}
# Packages may bring the users that own their files: with packages in the plan, owners count after those.
owners() {
  [ "$1" = root ] || [ "$INSTALLED" = no ] || id -- "$1" >/dev/null 2>&1 || return 1
  [ "$2" = root ] || [ "$INSTALLED" = no ] || getent group -- "$2" >/dev/null 2>&1
}
parents() {
  p=${1%/*}
  while [ -n "$p" ]; do
    [ -L "$p" ] && return 1
    if [ -d "$p" ]; then
      case $(stat -c '%a' -- "$p") in
      *[2367]) [ -k "$p" ] || return 1 ;;
      esac
    fi
    p=${p%/*}
  done
  return 0
}

# Room for the staged copies and the backup, and inodes for them, on every filesystem they go to.
space() {
  need=$(du -sk "$DIR/new" | cut -f1)
  need=$((need * 2 + 1024))
  { cut -f2 "$DIR/files"; echo "$DIR/x"; } | while read -r path; do
    place=${path%/*}
    while [ ! -d "$place" ] && [ -n "$place" ]; do place=${place%/*}; done
    free=$(df -Pk -- "${place:-/}" | awk 'NR==2 {print $4}')
    [ "${free:-0}" -ge "$need" ] || { say "${place:-/} has $free KiB free, $need needed"; exit 1; }
    inodes=$(df -Pi -- "${place:-/}" | awk 'NR==2 {print $2, $4}')
    [ "${inodes% *}" = 0 ] || [ "${inodes% *}" = - ] || [ "${inodes#* }" -ge 200 ] || {
      say "${place:-/} has ${inodes#* } inodes free, 200 needed"
      exit 1
    }
  done
}

packages() {
  say "packages: $(tr '\n' ' ' <"$DIR/packages")"
  # shellcheck disable=SC2046 # names were checked when the baseline was loaded
  DEBIAN_FRONTEND=noninteractive timeout 900 apt-get -y -q --no-install-recommends \
    -o Dpkg::Options::=--force-confold install $(cat "$DIR/packages") </dev/null 2>&1 | tail -n 5
  while read -r name; do
    dpkg-query -W -f='${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' || return 1
  done <"$DIR/packages"
}

# --- stage and validate ------------------------------------------------------------------------------------------

stage() {
  : >"$DIR/made"
  while IFS="$TAB" read -r n path action owner group mode before; do
    [ "$action" = delete ] && continue
    make_parents "${path%/*}" || { say "stage: no directory for $path"; return 1; }
    new=$(sibling "$path")
    # noclobber opens with O_EXCL: nothing that someone put there is written through.
    (set -C; : >"$new") 2>/dev/null || { say "stage: $new cannot be made"; return 1; }
    # Extended attributes and ACLs of what stands there are kept; owner and mode come before the content.
    { [ "$action" = create ] || cp -a --attributes-only -- "$path" "$new"; } &&
      chown -- "$owner:$group" "$new" && chmod -- "$mode" "$new" && cat "$DIR/new/$n" >"$new" &&
      chown -- "$owner:$group" "$new" && chmod -- "$mode" "$new" && sync "$new" &&
      cmp -s "$DIR/new/$n" "$new" || { say "stage: $path cannot be written beside itself"; return 1; }
    say "staged $path"
  done <"$DIR/files"
}
make_parents() {
  [ -d "$1" ] && return 0
  make_parents "${1%/*}" || return 1
  mkdir -m 0755 -- "$1" && printf '%s\n' "$1" >>"$DIR/made"
}
unstage() {
  [ -s "$DIR/files" ] && while IFS="$TAB" read -r n path action owner group mode before; do
    rm -f -- "$(sibling "$path")"
  done <"$DIR/files"
  [ -s "$DIR/made" ] && tac "$DIR/made" | while read -r made; do rmdir -- "$made" 2>/dev/null; done
  rm -rf "$DIR/tree"
  return 0
}

# Each program's own checker on a copy of its tree that has the new files in it.
validate() {
  while IFS="$TAB" read -r root command; do
    [ -e "$root" ] || { say "validate: $root is not there"; return 1; }
    TREE=$DIR/tree$root
    mkdir -p "${TREE%/*}" && cp -a -- "$root" "$TREE" || { say "validate: no copy of $root"; return 1; }
    while IFS="$TAB" read -r n path action owner group mode before; do
      case $path in
      "$root" | "$root"/*)
        if [ "$action" = delete ]; then rm -f -- "$DIR/tree$path"; else
          mkdir -p "$DIR/tree${path%/*}" && cp -a -- "$(sibling "$path")" "$DIR/tree$path" || return 1
        fi
        ;;
      esac
    done <"$DIR/files"
    find "$TREE" -name ".*.baseline-$TX" -exec rm -f -- {} +
    if out=$(TREE=$TREE timeout 120 sh -c "$command" </dev/null 2>&1); then say "validated $root"; else
      say "validate: $root: $(printf '%s' "$out" | tail -n 5 | tr '\n' ' ')"
      return 1
    fi
  done <"$DIR/validators"
  rm -rf "$DIR/tree"
}

# --- journal and swap --------------------------------------------------------------------------------------------

backup() {
  mkdir -p "$DIR/old" && : >"$DIR/looks" && : >"$DIR/acted" || return 1
  while IFS="$TAB" read -r n path action owner group mode before; do
    printf '%s\t%s\n' "$n" "$(looks "$path")" >>"$DIR/looks"
    [ "$action" = create ] && continue
    cp -a -- "$path" "$DIR/old/$n" && sync "$DIR/old/$n" && cmp -s "$path" "$DIR/old/$n" || return 1
  done <"$DIR/files"
  sync "$DIR/looks" "$DIR/acted" "$DIR/files"
}

# The dead-man is armed before the swap, as unit files, so that it also survives a reboot of the host.
UNITS=/etc/systemd/system
arm() {
  if [ -d /run/systemd/system ]; then
    printf '%s\n' '[Unit]' "Description=Restore the configuration of transaction $TX, which nobody confirmed" \
      '[Service]' 'Type=oneshot' "ExecStart=/bin/sh $DIR/host.sh restore $DIR" >"$UNITS/baseline-revert-$TX.service" &&
      printf '%s\n' '[Unit]' "Description=Dead-man of transaction $TX" '[Timer]' "OnActiveSec=$SECONDS_LEFT" \
        'AccuracySec=1s' '[Install]' 'WantedBy=timers.target' >"$UNITS/baseline-revert-$TX.timer" &&
      chmod 0644 "$UNITS/baseline-revert-$TX.service" "$UNITS/baseline-revert-$TX.timer" &&
      systemctl daemon-reload && systemctl --quiet enable --now "baseline-revert-$TX.timer" 2>/dev/null
  else
    # Without systemd a shell waits; it goes by itself when the mark that it watches is gone.
    : >"$DIR/armed" && (
      exec 9>&-
      end=$(($(date +%s) + SECONDS_LEFT))
      while [ -e "$DIR/armed" ] && [ "$(date +%s)" -lt "$end" ]; do sleep 1; done
      [ ! -e "$DIR/armed" ] || exec sh "$DIR/host.sh" restore "$DIR"
    ) </dev/null >/dev/null 2>&1 &
  fi
}
disarm() {
  rm -f "$DIR/armed"
  [ -d /run/systemd/system ] || return 0
  [ -e "$UNITS/baseline-revert-$TX.timer" ] || return 0
  systemctl --quiet disable --now "baseline-revert-$TX.timer" 2>/dev/null
  rm -f "$UNITS/baseline-revert-$TX.timer" "$UNITS/baseline-revert-$TX.service"
  systemctl daemon-reload
}

swap() {
  while IFS="$TAB" read -r n path action owner group mode before; do
    if [ "$action" = delete ]; then rm -f -- "$path"; else mv -f -- "$(sibling "$path")" "$path"; fi ||
      { say "swap: $path cannot be replaced"; return 1; }
    sync "${path%/*}"
    say "$action $path"
  done <"$DIR/files"
}

act() {
  while IFS="$TAB" read -r n name; do
    # Noted before it is done: an action cut off half-way is undone as well.
    printf '%s\t%s\n' "$n" "$name" >>"$DIR/acted" && sync "$DIR/acted"
    if out=$(timeout 120 sh "$DIR/actions/$n.do" </dev/null 2>&1); then say "did $name"; else
      say "action: $name: $(printf '%s' "$out" | tail -n 3 | tr '\n' ' ')"
      return 1
    fi
  done <"$DIR/actions/table"
}

# A unit that was not running is not started for having been reconfigured.
reload() {
  failed=0
  while read -r unit; do
    systemctl --quiet is-active "$unit" || { say "$unit is not running, not reloaded"; continue; }
    if timeout 90 systemctl reload-or-restart "$unit" >/dev/null 2>&1 && systemctl --quiet is-active "$unit"; then
      say "reloaded $unit"
    else
      say "reload: $unit did not come back: $(systemctl show -p Result,SubState "$unit" | tr '\n' ' ')"
      failed=1
    fi
  done <"$DIR/reloads"
  return $failed
}

apply() {
  INSTALLED=yes
  [ -s "$DIR/packages" ] && INSTALLED=no
  busy
  lock
  left=$(pending) || { say "refused: $left"; unlock; exit 10; }
  [ -z "$left" ] || say "$left"
  precheck
  left=$(space) || refuse "too little room: $left"
  if [ -s "$DIR/packages" ]; then
    packages || refuse "packages could not be installed"
    INSTALLED=yes
    precheck
  fi
  stage && validate || { say "nothing was changed"; unstage; unlock; exit 10; }
  state staged
  backup || { say "refused: no backup could be made"; unstage; unlock; exit 10; }
  arm || { say "refused: the dead-man could not be armed"; disarm; unstage; unlock; exit 10; }
  state armed
  if swap && act && reload; then
    state swapped
    say "waiting for confirmation"
    exit 0
  fi
  say "failed, restoring"
  restore && exit 20
  exit 30
}

# Held while files are moved: the dead-man waits for an apply that is at work, and finds one that was killed free.
busy() { exec 9>"$DIR/busy" && flock -w 900 9; }

# --- the decision ------------------------------------------------------------------------------------------------

# Whoever makes this directory first decides: a confirmation and the dead-man cannot both win.
decide() { mkdir "$DIR/decided" 2>/dev/null && echo "$1" >"$DIR/decided/by"; }

confirm() {
  if [ "$(now_state)" != swapped ] || ! decide confirm; then
    say "cannot be confirmed: $(now_state)"
    exit 40
  fi
  keep
  say "confirmed"
}
keep() {
  state confirmed
  disarm
  rm -rf "$DIR/new" "$DIR/tree"
  unlock
  prune
}
# The journals of the last twenty transactions stay, to look things up; those not yet decided always do.
prune() {
  find "$ROOT/tx" -mindepth 1 -maxdepth 1 -type d | sort -r | tail -n +21 | while read -r old; do
    case $(cat "$old/state" 2>/dev/null) in confirmed | restored) rm -rf "$old" ;; esac
  done
}

restore() {
  case $(now_state) in
  armed | swapped | broken) ;;
  restored) say "restored"; return 0 ;;
  *) refuse "nothing to restore: $(now_state)" ;;
  esac
  if ! decide restore && [ "$(cat "$DIR/decided/by" 2>/dev/null)" = confirm ]; then
    # Confirmed, and cut off before that was written down.
    keep
    say "was confirmed"
    exit 40
  fi
  bad=0
  # Actions last done first undone; then the files, each moved over its target in one step.
  [ -s "$DIR/acted" ] && tac "$DIR/acted" >"$DIR/acted.back" && while IFS="$TAB" read -r n name; do
    timeout 120 sh "$DIR/actions/$n.undo" </dev/null >/dev/null 2>&1 || { say "could not undo: $name"; bad=1; }
  done <"$DIR/acted.back"
  while IFS="$TAB" read -r n path action owner group mode before; do
    back=$(sibling "$path")
    rm -f -- "$back"
    if [ "$action" = create ]; then rm -f -- "$path"; else
      same "$n" "$path" || { cp -a -- "$DIR/old/$n" "$back" && sync "$back" && mv -f -- "$back" "$path"; }
    fi
    [ -d "${path%/*}" ] && sync "${path%/*}"
    same "$n" "$path" || { say "could not restore $path"; bad=1; }
  done <"$DIR/files"
  unstage
  [ -d /run/systemd/system ] && systemctl daemon-reload
  reload >/dev/null || bad=1
  if [ $bad = 0 ]; then state restored; else state broken; fi
  disarm
  unlock
  [ $bad = 0 ] && say "restored" && return 0
  say "not wholly restored: look at $DIR"
  return 1
}
# As before: content, type, owner and mode.
same() {
  before=$(sed -n "s/^$1$TAB//p" "$DIR/looks")
  [ "$(looks "$2")" = "$before" ] || return 1
  [ "$before" = absent ] || cmp -s "$DIR/old/$1" "$2"
}

# What earlier transactions left behind: those that neither finished nor restored are restored now.
pending() {
  for left in "$ROOT"/tx/*/; do
    left=${left%/}
    [ "$left" = "$DIR" ] && continue
    case $(cat "$left/state" 2>/dev/null) in
    armed | swapped)
      sh "$left/host.sh" restore "$left" >/dev/null 2>&1
      case $? in
      0) say "transaction ${left##*/} was left unfinished: restored" ;;
      40) say "transaction ${left##*/} had been confirmed" ;;
      *) say "transaction ${left##*/} was left unfinished and could not be restored: look at $left"; return 1 ;;
      esac
      ;;
    broken) say "transaction ${left##*/} was not wholly restored: look at $left, then remove it"; return 1 ;;
    confirmed | restored) ;;
    *) (DIR=$left TX=${left##*/}; unstage); rm -rf "$left" ;;
    esac
  done
  return 0
}

DIR=$2
TX=${DIR##*/}
ROOT=${DIR%/tx/*}
SECONDS_LEFT=$(sed -n "s/^seconds$TAB//p" "$DIR/meta" 2>/dev/null)
SECONDS_LEFT=${SECONDS_LEFT:-120}
case $1 in
apply) apply ;;
confirm) confirm ;;
restore) busy; restore || exit 30 ;;
pending) ROOT=$2 DIR=none; pending ;;
*) echo "usage: host.sh apply|confirm|restore DIR | pending ROOT" >&2; exit 2 ;;
esac
