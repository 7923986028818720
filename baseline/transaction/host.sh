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
#   actions     number name done undone: `before` or `after` the files; actions/N.do actions/N.undo   POSIX sh
#   validators  number root            validators/N   POSIX sh, with TREE set to a copy of root with the new files in it
#   packages, reloads                  one a line
#   renewals    unit process seconds stubborn pause: what proves that a unit has taken up its files
#   meta        who, seconds (until the dead-man restores)
#   state       staged > armed > swapped > confirmed, or from armed on > restoring > restored | broken
#   busy        locked (flock) by whoever is at work on this transaction: apply, confirm or restore
#   armed       there while a dead-man watches
#   withdrawn   the controller gave it up before it began, so it does not begin
#   apart       paths whose directory a group may write: their new and former files are in apart.d until the decision
#   number      which generation of this host it is, once confirmed
#
# Everything that undoing needs is on disk before the first change, so the dead-man, the next contact and this
# run restore alike; a restoration cut off half-way is begun again, so an undo has to bear being run twice.
# Exit codes: 0 done; 10 refused and nothing changed; 20 failed and restored; 30 failed and
# not wholly restored; 40 decided otherwise already.
# shellcheck disable=SC2015,SC2154,SC2174 # `a && b || c` is meant: c follows whatever failed; places.sh sets more
set -u
umask 022
trap '' HUP PIPE
LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
TAB=$(printf '\t')

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
  rm -rf "$DIR/new" "$DIR/out"
  [ ! -s "$DIR/secrets" ] || while read -r n; do rm -f "$DIR/old/$n"; done <"$DIR/secrets"
}

# A state is written beside and moved over, so it is never half there; sync makes it outlive a power cut.
# The backup writes all of them ahead, so that a full disk cannot keep a decision from being noted.
state() {
  [ -s "$DIR/state.$1" ] || printf '%s\n' "$1" >"$DIR/state.$1" || return 1
  sync "$DIR/state.$1" && mv -fT "$DIR/state.$1" "$DIR/state" && sync "$DIR"
}
now_state() { cat "$DIR/state" 2>/dev/null || echo none; }

# The sibling of a target under which its new content waits, on the same filesystem. With `.old` after it: the
# former file itself, kept by a link until the decision, so that going back needs no room on the disk. Where others may
# write that directory both lie in the journal: see places.sh.
sibling() {
  if [ -s "$DIR/apart" ] && line=$(grep -nxF -e "$1" "$DIR/apart"); then
    printf '%s/apart.d/%s.baseline-%s' "$DIR" "${line%%:*}" "$TX"
  else
    printf '%s/.%s.baseline-%s' "${1%/*}" "${1##*/}" "$TX"
  fi
}
above() { case $1 in /*/*) printf '%s' "${1%/*}" ;; *) printf / ;; esac; }

# Whoever may write its directory may put a link in the place of a file, or a pipe, whose opening would wait for ever.
bytes() { dd if="$1" iflag=nofollow,nonblock bs=64K status=none 2>/dev/null; }
alike() { [ -f "$2" ] && [ ! -L "$2" ] && bytes "$2" | cmp -s -- "$1" -; }
digest() {
  if [ -f "$1" ]; then bytes "$1" | sha256sum | cut -d' ' -f1; elif [ -e "$1" ] || [ -L "$1" ]; then echo special; else echo absent; fi
}
looks() { stat -c '%F %U:%G %a' -- "$1" 2>/dev/null || echo absent; }

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
  printf '%s\t%s\t%s\n' "$TX" "$until" "$(sed -n "s/^who$TAB//p" "$DIR/meta")" >"$DIR/lock" &&
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
  [ "$(cat "$1/state" 2>/dev/null)" = swapped ] && [ "$(date +%s)" -lt "$(cat "$1/until" 2>/dev/null || echo 0)" ]
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
  for one in "$ROOT"/tx/*/; do
    one=${one%/}
    case $(cat "$one/state" 2>/dev/null) in confirmed | restored) ;; *) continue ;; esac
    given=$(cat "$one/number" 2>/dev/null)
    case $given in '' | *[!0-9]*) given=$NONE ;; esac
    printf '%s %s %s\n' "$given" "$(stat -c %.9Y -- "$one/state")" "$one"
  done | sort -k 1,1n -k 2,2n
}
number() {
  decided | {
    last=0
    while read -r given _ one; do
      known=$given
      [ "$given" != $NONE ] || known=$((last + 1))
      [ "$given" = "$known" ] || give "$one" "$known" || exit 1
      [ "$(cat "$one/state")" != confirmed ] || last=$known
    done
    give "$DIR" $((last + 1))
  }
}
give() { printf '%s\n' "$2" >"$1/number.new" && sync "$1/number.new" && mv -fT "$1/number.new" "$1/number" && sync "$1"; }

# --- before anything changes -------------------------------------------------------------------------------------

# What was looked at must still be there, as it was; a symlink or a parent others may write is never written through.
precheck() {
  mkdir -p -m 0700 "$DIR/apart.d" && true >"$DIR/apart" || refuse "the journal cannot be written"
  while IFS="$TAB" read -r n path action owner group mode before; do
    if [ -L "$path" ]; then refuse "$path is a symbolic link"; fi
    if [ "$(digest "$path")" != "$before" ]; then
      refuse "$path has changed since the plan was made; plan again"
    fi
    parents "$path" || refuse "a directory above $path is a symbolic link or writable by others: $open"
    one_name "$path" && by_hand "$path" || refuse "$open"
    [ "$apart" = no ] || printf '%s\n' "$path" >>"$DIR/apart" || refuse "the journal cannot be written"
    [ "$action" = delete ] || owners "$owner" "$group" || refuse "$owner:$group, who shall own $path, is not known on this host"
  done <"$DIR/files"
}
# Packages may bring the users that own their files: with packages in the plan, owners count after those.
owners() {
  [ "$1" = root ] || [ "$INSTALLED" = no ] || id -- "$1" >/dev/null 2>&1 || return 1
  [ "$2" = root ] || [ "$INSTALLED" = no ] || getent group -- "$2" >/dev/null 2>&1
}
# Room for the staged copies and the backup, and inodes for them, on every filesystem they go to.
space() {
  need=$({ du -sk "$DIR/new"; cut -f2 "$DIR/files" | while IFS= read -r path; do du -k -- "$path"; done; } 2>/dev/null |
    awk '{ sum += $1 } END { print sum + 0 }')
  need=$((need * 2 + 1024))
  { cut -f2 "$DIR/files"; echo "$DIR/x"; } | while IFS= read -r path; do
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
  DEBIAN_FRONTEND=noninteractive timeout -k 10 900 apt-get -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends \
    -o Dpkg::Options::=--force-confold install $(cat "$DIR/packages") </dev/null >"$DIR/out" 2>&1 9>&-
  ended=$?
  tail -n 5 "$DIR/out"
  # apt's own words: its errors, or whatever it said last.
  why=$(grep '^E: ' "$DIR/out" || tail -n 2 "$DIR/out")
  [ "$ended" != 124 ] || why='apt-get took longer than 900 s'
  why=$(printf '%s' "$why" | head -n 3 | tr '\n' ' ' | cut -c 1-400)
  while read -r name; do
    dpkg-query -W -f='${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' || return 1
  done <"$DIR/packages"
}

# --- stage and validate ------------------------------------------------------------------------------------------

stage() {
  # Not `:`, a special builtin: dash ends itself when its redirection fails.
  true >"$DIR/made" || { say "stage: $DIR cannot be written"; return 1; }
  while IFS="$TAB" read -r n path action owner group mode before; do
    [ "$action" = delete ] && continue
    make_parents "$(above "$path")" || { say "stage: no directory for $path"; return 1; }
    new=$(sibling "$path")
    # Opened once, and noclobber opens with O_EXCL: nothing that someone put there is written through.
    why="$new cannot be made"
    set -C
    {
      set +C
      why="$path cannot be written beside itself"
      fill
    } 2>/dev/null 7>"$new" || { set +C; say "stage: $why"; return 1; }
    say "staged $path"
  done <"$DIR/files"
}
# Extended attributes and ACLs of what stands there are kept. Owner and mode come before the content, which goes to
# fd 7, and again after it: writing may take a set-id bit away. Of a link that was put in its place meanwhile, cp makes
# one.
fill() {
  { [ "$action" = create ] || cp -a --attributes-only -- "$path" "$new"; } && [ ! -L "$new" ] && [ -f "$new" ] &&
    own && cat "$DIR/new/$n" >&7 && own && sync "$new" && cmp -s "$DIR/new/$n" "$new"
}
own() { chown -h -- "$owner:$group" "$new" && chmod -- "$mode" "$new"; }
make_parents() {
  [ -d "$1" ] && return 0
  make_parents "$(above "$1")" || return 1
  # Noted before it is made, so that one cut off in between leaves no directory that nobody knows of.
  printf '%s\n' "$1" >>"$DIR/made" && mkdir -m 0755 -- "$1" && sync "$(above "$1")"
}
unstage() {
  tidy=0
  [ -s "$DIR/files" ] && while IFS="$TAB" read -r n path action owner group mode before; do
    rm -f -- "$(sibling "$path")" "$(sibling "$path").old" 2>/dev/null || tidy=1
  done <"$DIR/files"
  rm -rf "$DIR/tree" "$DIR/apart.d"
  return $tidy
}
# Directories that were made for new files; one that meanwhile holds something else stays.
unmake() {
  [ -s "$DIR/made" ] || return 0
  tac "$DIR/made" | {
    tidy=0
    while IFS= read -r made; do
      rmdir -- "$made" 2>/dev/null || [ ! -d "$made" ] || [ -n "$(ls -A -- "$made")" ] || tidy=1
    done
    [ $tidy = 0 ]
  }
}

# A checker runs where the tree that it checks, and /etc, can be read but not written: it has the copy. Where a host
# lets root have no view of its own, as in some containers, it runs all the same.
# shellcheck disable=SC2016 # for the shells within
VIEW='for tree in /etc "$0"; do
  [ ! -e "$tree" ] || { mount --rbind "$tree" "$tree" && mount -o remount,bind,ro "$tree"; } || break
done 2>/dev/null
exec sh "$1"'
# shellcheck disable=SC2016
check() {
  look='exec sh "$1"'
  if [ "$ME" = 0 ] && unshare --mount true 2>/dev/null; then look='exec unshare --mount sh -c "$VIEW" "$0" "$1"'; fi
  TREE=$TREE VIEW=$VIEW timeout -k 10 120 sh -c "$look" "$1" "$2" </dev/null >"$DIR/out" 2>&1 9>&-
}

# Each program's own checker on a copy of its tree that has the new files in it.
validate() {
  while IFS="$TAB" read -r number root; do
    TREE=$DIR/tree$root
    mkdir -p "${TREE%/*}" || return 1
    # A root that is a link itself would be one in the copy too, and what is put there would go through it.
    [ ! -e "$root" ] || cp -aHT -- "$root" "$TREE" || { say "validate: no copy of $root"; return 1; }
    while IFS="$TAB" read -r n path action owner group mode before; do
      case $path in
      "$root" | "$root"/*)
        if [ "$action" = delete ]; then rm -f -- "$DIR/tree$path"; else
          mkdir -p "$DIR/tree${path%/*}" &&
            cp -aT --remove-destination -- "$(sibling "$path")" "$DIR/tree$path" || return 1
        fi
        ;;
      esac
    done <"$DIR/files"
    [ -e "$TREE" ] || { say "nothing to validate: $root is to go"; continue; }
    find "$TREE" -name ".*.baseline-$TX" -exec rm -f -- {} +
    if check "$root" "$DIR/validators/$number"; then say "validated $root"; else
      say "validate: $root: $(tail -n 5 "$DIR/out" | tr '\n' ' ')"
      return 1
    fi
  done <"$DIR/validators/table"
  rm -rf "$DIR/tree"
}

# --- journal and swap --------------------------------------------------------------------------------------------

# What is copied must be what was looked at: staging and validating took their time.
backup() {
  mkdir -p "$DIR/old" && true >"$DIR/looks" && true >"$DIR/acted" && true >"$DIR/running" || return 1
  for one in armed swapped restoring restored broken confirmed; do printf '%s\n' "$one" >"$DIR/state.$one" || return 1; done
  while IFS="$TAB" read -r n path action owner group mode before; do
    printf '%s\t%s\n' "$n" "$(looks "$path")" >>"$DIR/looks"
    if [ "$action" = create ]; then
      [ "$(digest "$path")" = absent ] && continue
      return 1
    fi
    old=$(sibling "$path").old
    cp -a -- "$path" "$DIR/old/$n" && [ ! -L "$DIR/old/$n" ] && alike "$DIR/old/$n" "$path" &&
      [ "$(digest "$DIR/old/$n")" = "$before" ] || return 1
    ln -T -- "$path" "$old" 2>/dev/null || cp -aT -- "$path" "$old" && sync "$old" || return 1
  done <"$DIR/files"
  while read -r unit; do
    systemctl --quiet is-active "$unit" && printf '%s\n' "$unit" >>"$DIR/running"
  done <"$DIR/reloads"
  # All of it, what was uploaded and this script itself included: after a power cut the dead-man needs them.
  find "$DIR" -exec sync -- {} + && sync "$ROOT" "$ROOT/tx"
}

# The dead-man is armed before anything is staged, as unit files, so that it also survives a reboot of the host. A
# restoration that fails is tried again: what hinders it, such as a read-only file system, may pass.
UNITS=/etc/systemd/system
TRIES=20 PAUSE=30
systemd() { [ -d /run/systemd/system ] && [ "$ME" = 0 ]; }
arm() {
  true >"$DIR/armed" || return 1
  if systemd; then
    one=$UNITS/baseline-revert-$TX
    printf '%s\n' '[Unit]' "Description=Restore the configuration of transaction $TX, which nobody confirmed" \
      "ConditionPathExists=$DIR/host.sh" 'StartLimitIntervalSec=1d' "StartLimitBurst=$TRIES" \
      '[Service]' 'Environment=DEAD_MAN=yes' "ExecStart=/bin/sh $DIR/host.sh restore $DIR" \
      'Restart=on-failure' "RestartSec=$PAUSE" >"$one.service" &&
      printf '%s\n' '[Unit]' "Description=Dead-man of transaction $TX" '[Timer]' "OnActiveSec=$SECONDS_LEFT" \
        'AccuracySec=1s' '[Install]' 'WantedBy=timers.target' >"$one.timer" &&
      chmod 0644 "$one.service" "$one.timer" &&
      systemctl --quiet enable --now "baseline-revert-$TX.timer" 2>/dev/null &&
      sync "$one.service" "$one.timer" "$UNITS" "$UNITS/timers.target.wants"
  else
    # Without systemd a shell waits, in a session of its own: what ends this run must not end it too.
    $(command -v setsid) sh "$DIR/host.sh" watch "$DIR" </dev/null >/dev/null 2>&1 9>&- &
  fi
}
# Its time begins anew: staging and checking have taken some of it. One that has come already still waits for us.
wind() {
  if ! systemd; then true >"$DIR/wound"; return; fi
  systemctl --quiet stop "baseline-revert-$TX.service" && systemctl --quiet restart "baseline-revert-$TX.timer"
}
# It goes by itself when the mark that it watches is gone. Seconds are counted, so a clock set anew changes nothing.
watch() {
  left=$SECONDS_LEFT
  while [ -e "$DIR/armed" ]; do
    if [ -e "$DIR/wound" ]; then rm -f "$DIR/wound" && left=$SECONDS_LEFT; fi
    if [ "$left" -le 0 ]; then
      DEAD_MAN=yes sh "$DIR/host.sh" restore "$DIR" && exit 0
      TRIES=$((TRIES - 1)) left=$PAUSE
      [ "$TRIES" -gt 0 ] || exit 30
    fi
    sleep 1
    left=$((left - 1))
  done
}
disarm() {
  if systemd && [ -e "$UNITS/baseline-revert-$TX.service" ]; then
    systemctl --quiet disable --now "baseline-revert-$TX.timer" 2>/dev/null
    # One that has come meanwhile waits for us, or for its next try; at work itself, it must not end itself.
    [ -n "${DEAD_MAN-}" ] || systemctl --quiet stop "baseline-revert-$TX.service" 2>/dev/null
    rm -f "$UNITS/baseline-revert-$TX.timer" "$UNITS/baseline-revert-$TX.service"
    systemctl daemon-reload
    [ -n "${DEAD_MAN-}" ] || systemctl --quiet reset-failed "baseline-revert-$TX.service" 2>/dev/null
  fi
  rm -f "$DIR/armed"
}

swap() {
  while IFS="$TAB" read -r n path action owner group mode before; do
    if [ "$action" = delete ]; then rm -f -- "$path"; else mv -fT -- "$(sibling "$path")" "$path"; fi &&
      sync "$(above "$path")" || { say "swap: $path cannot be replaced"; return 1; }
    say "$action $path"
  done <"$DIR/files"
}

act() {
  while IFS="$TAB" read -r n name _; do
    # Noted before it is done: an action cut off half-way is undone as well.
    printf '%s\t%s\n' "$n" "$name" >>"$DIR/acted" && sync "$DIR/acted" || { say "action: $name: cannot be noted"; return 1; }
    # Its words go to a file: a daemon that it leaves behind would hold a pipe open for ever.
    if timeout -k 10 120 sh "$DIR/actions/$n.do" </dev/null >"$DIR/out" 2>&1 9>&-; then say "did $name"; else
      say "action: $name: $(tail -n 3 "$DIR/out" | tr '\n' ' ')"
      return 1
    fi
  done <"$DIR/actions/table"
}

# A unit that was not running is not started for having been reconfigured.
reload() {
  failed=0
  true >"$DIR/reloaded"
  systemd && systemctl daemon-reload
  while read -r unit; do
    systemctl --quiet is-active "$unit" || { say "$unit is not running, not reloaded"; continue; }
    bring_back "$unit" || { failed=1; continue; }
    say "reloaded $unit"
    printf '%s\n' "$unit" >>"$DIR/reloaded"
  done <"$DIR/reloads"
  [ $failed = 0 ] && outlived
}
# A daemon may take a moment to die of what it has read. One that an action has stopped is not meant.
outlived() {
  [ -s "$DIR/reloaded" ] || return 0
  sleep 1
  while read -r unit; do
    systemctl --quiet is-active "$unit" || { say "reload: $unit did not come back: it died soon after"; return 1; }
  done <"$DIR/reloaded"
}
# Those that ran before run again, also one that the new configuration has brought down, or whose reload still hangs.
revive() {
  failed=0
  systemd && systemctl daemon-reload
  while read -r unit; do
    systemctl --quiet is-active "$unit" || systemctl reset-failed "$unit" >/dev/null 2>&1
    bring_back "$unit" || start_anew "$unit" || failed=1
  done <"$DIR/running"
  return $failed
}
# One that refuses, as some do while they are still busy with the reload before, is asked again; one that hangs is not.
bring_back() {
  renewal "$1"
  [ "$more" != - ] || more=
  for pause in 3 7 $more 0; do
    reload_once "$1" && return 0
    [ $? != 124 ] && [ "$pause" != 0 ] || break
    # A unit with a /tmp of its own cannot even begin to reload once another file system has come over /tmp: systemd
    # finds no place for it (exit code 226, systemd.exec(5)). Nothing but a start puts that right.
    case $(property ExecReload "$LOST") in *status=226*) start_anew "$LOST" && return 0 ;; esac
    sleep "$pause"
  done
  say "reload: $LOST did not come back: $(systemctl show -p Result,ReloadResult,SubState "$LOST" 2>/dev/null | tr '\n' ' ')$(last_words "$LOST")"
  return 1
}
# What a unit and the programs that it runs wrote last, for a reason.
last_words() { journalctl -q -n 3 -o cat -u "$1" 2>/dev/null | cut -c 1-200 | tr '\n' ' '; }
reload_once() {
  LOST=$1
  old=$(workers "$1")
  timeout -k 10 90 systemctl reload-or-restart "$1" >/dev/null 2>&1 9>&- || return
  systemctl --quiet is-active "$1" || return 1
  renewed "$1" "$old" || return
  # Debian's postfix.service has nothing to reload and passes the word on to postfix@-; systemctl does not tell how
  # that went.
  for part in $(property PropagatesReloadTo "$1"); do
    tries=300 LOST=$part
    while [ "$(property ActiveState "$part")" = reloading ] && [ $((tries -= 1)) -gt 0 ]; do sleep 0.3; done
    case $(property ActiveState "$part")/$(property ReloadResult "$part") in
    inactive/* | active/success | active/) ;;
    reloading/*) return 124 ;;
    *) return 1 ;;
    esac
  done
}
start_anew() {
  timeout -k 10 90 systemctl restart "$1" >/dev/null 2>&1 9>&- && systemctl --quiet is-active "$1" && say "started $1 anew"
}
# To some a reload is a signal and no more, and systemd knows nothing of what becomes of it. Once they have taken up
# their files they start a process anew; see baseline/programs for which, and for what else is known of them.
renewal() {
  process='' seconds=0 stubborn=no more=-
  while IFS="$TAB" read -r one process seconds stubborn more; do
    [ "$one" != "${1%.service}" ] || return 0
  done <"$DIR/renewals"
  process='' seconds=0 stubborn=no more=-
}
workers() {
  renewal "$1"
  [ -z "$process" ] || pgrep -x -P "$(property MainPID "$1")" "$process" | sort
}
renewed() {
  renewal "$1"
  tries=$((seconds * 10 / 3))
  while [ -n "$2" ] && [ "$(workers "$1")" = "$2" ]; do
    [ $((tries -= 1)) -gt 0 ] || break
    sleep 0.3
  done
  [ -z "$2" ] || [ $tries -gt 0 ] && return 0
  say "$1 has not taken up its files: $(last_words "$1")"
  # What it has refused it would refuse again, and has taken its time already.
  if [ "$stubborn" = yes ]; then return 124; else return 1; fi
}
property() { systemctl show -p "$1" --value "$2" 2>/dev/null; }
apply() {
  # shellcheck source=/dev/null
  . "$DIR/places.sh"
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
    packages || refuse "packages could not be installed: $why"
    INSTALLED=yes
    precheck
  fi
  state staged || refuse "the journal cannot be written"
  arm || refuse "the dead-man could not be armed"
  stage && validate || { say "nothing was changed"; withdraw; exit 10; }
  backup || refuse "no backup could be made, or a file has changed meanwhile"
  wind || refuse "the dead-man could not be armed"
  state armed || refuse "the journal cannot be written"
  if swap && act && reload; then
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
  say "confirmed"
}
# Disarmed last: were it cut off before, the dead-man or the next contact finishes it.
keep() {
  rm -rf "$DIR/new" "$DIR/out" "$DIR"/state.*
  prune
  unlock
  unstage && disarm
}
# The journals of the last twenty transactions stay, to go back or look things up; those not yet decided always do.
prune() {
  decided | head -n -20 | while read -r _ _ old; do
    [ "$old" = "$DIR" ] || rm -rf "$old"
  done
}

restore() {
  was=$(now_state)
  case $was in
  armed | swapped | restoring | broken) ;;
  restored) withdraw; say "restored"; tidied; return ;;
  confirmed) keep; tidied && say "was confirmed" && exit 40; return 1 ;;
  none | staged) refuse "nothing to restore: $was" ;;
  *) say "not restored, the journal is broken: look at $DIR"; return 1 ;;
  esac
  state restoring || say "the beginning of the restoration cannot be written down"
  bad=0
  # Actions last done first undone; then the files, each moved over its target in one step.
  for n in $(tac "$DIR/acted" | cut -f1); do
    timeout -k 10 120 sh "$DIR/actions/$n.undo" </dev/null >/dev/null 2>&1 9>&- ||
      { say "could not undo: $(sed -n "s/^$n$TAB//p" "$DIR/acted")"; bad=1; }
  done
  while IFS="$TAB" read -r n path action owner group mode before; do
    if [ "$was" = broken ] && ! same "$n" "$path" && ! planned "$n" "$path" "$action"; then
      say "$path was changed since, and is left alone"
    else
      same "$n" "$path" || put_back "$n" "$path" "$action"
    fi
    [ ! -d "$(above "$path")" ] || sync "$(above "$path")"
    same "$n" "$path" || { say "could not restore $path"; bad=1; }
  done <"$DIR/files"
  revive || bad=1
  if [ $bad = 0 ] && state restored; then
    rm -f "$DIR"/state.*
    withdraw
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
  old=$(sibling "$2").old
  rm -f -- "$(sibling "$2")"
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
    if [ "$left" = "$DIR" ] || [ ! -d "$left" ] || at_work "$left" || waits "$left"; then continue; fi
    case $(cat "$left/state" 2>/dev/null || echo none) in
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
  sh "$1/host.sh" restore "$1" >/dev/null 2>&1
  case $? in
  0) say "transaction ${1##*/} was left unfinished: restored" ;;
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

ME=$(id -u)
DIR=$2
TX=${DIR##*/}
ROOT=${DIR%/tx/*}
SECONDS_LEFT=$(sed -n "s/^seconds$TAB//p" "$DIR/meta" 2>/dev/null)
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
