# shellcheck shell=sh disable=SC2015,SC2034,SC2154,SC2174 # as in host.sh, which reads this
# Reloading units, and seeing that they have taken up their files and run.

# A unit that was not running is not started for having been reconfigured.
reload() {
  failed=0
  true >"$DIR/reloaded"
  systemd && concerns_systemd && systemctl daemon-reload
  while read -r unit; do
    systemctl --quiet is-active "$unit" || { say "$unit is not running, not reloaded"; continue; }
    bring_back "$unit" || { failed=1; continue; }
    say "reloaded $unit"
    printf '%s\n' "$unit" >>"$DIR/reloaded"
  done <"$DIR/reloads"
  [ $failed = 0 ] && outlived
}
# Whether systemd has to read its units anew before the plan is looked at: for what is reloaded or done, and for what it
# and its own generators read.
concerns_systemd() {
  [ -s "$DIR/reloads" ] || [ -s "$DIR/actions/table" ] || [ -s "$DIR/packages" ] || writes_units || writes_mounts
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
  renewal "$1"
  if [ "$way" = - ] || ! systemctl --quiet is-active "$1"; then way="systemctl reload-or-restart $1"; fi
  timeout -k 10 90 sh -c "$way" >/dev/null 2>&1 9>&- || return
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
  while IFS="$TAB" read -r one process seconds stubborn more way; do
    [ "$one" = "${1%.service}" ] || continue
    [ "$process" != - ] || process=
    return 0
  done <"$DIR/renewals"
  process='' seconds=0 stubborn=no more=- way=-
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
