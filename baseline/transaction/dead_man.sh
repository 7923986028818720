# shellcheck shell=sh disable=SC2015,SC2034,SC2154,SC2174 # as in host.sh, which reads this
# Who restores when nobody confirms.

# The dead-man is armed before anything is staged, as unit files, so that it also survives a reboot of the host. A
# restoration that fails is tried again: what hinders it, such as a read-only file system, may pass.
#
# It is enabled by its link, and not by `systemctl enable`, which has systemd read all of its units anew and run all
# generators: that takes longer than all the rest. A unit that is new systemd finds as it is.
UNITS=/etc/systemd/system
WANTS=$UNITS/timers.target.wants
TRIES=20 PAUSE=30
systemd() { [ -d /run/systemd/system ] && [ "$ME" = 0 ]; }
arm() {
  true >"$DIR/armed" || return 1
  began=$(whole_seconds)
  if systemd; then
    one=$UNITS/baseline-revert-$TX
    printf '%s\n' '[Unit]' "Description=Restore the configuration of transaction $TX, which nobody confirmed" \
      "ConditionPathExists=$DIR/host.sh" 'StartLimitIntervalSec=1d' "StartLimitBurst=$TRIES" \
      '[Service]' 'Environment=DEAD_MAN=yes' "ExecStart=/bin/sh $DIR/host.sh restore $DIR" \
      'Restart=on-failure' "RestartSec=$PAUSE" >"$one.service" &&
      printf '%s\n' '[Unit]' "Description=Dead-man of transaction $TX" '[Timer]' "OnActiveSec=$SECONDS_LEFT" \
        'AccuracySec=1s' '[Install]' 'WantedBy=timers.target' >"$one.timer" &&
      { [ -d "$WANTS" ] || mkdir -p "$WANTS"; } && ln -sfT "$one.timer" "$WANTS/${one##*/}.timer" &&
      { begin_timer || { systemctl daemon-reload && begin_timer; }; } &&
      sync "$one.service" "$one.timer" "$UNITS" "$WANTS"
  else
    # Without systemd a shell waits, in a session of its own: what ends this run must not end it too.
    $(command -v setsid) sh "$DIR/host.sh" watch "$DIR" </dev/null >/dev/null 2>&1 9>&- &
  fi
}
begin_timer() { systemctl --quiet start "baseline-revert-$TX.timer" 2>/dev/null; }
whole_seconds() { read -r now _ 2>/dev/null </proc/uptime && printf '%s' "${now%.*}"; }
# Its time begins anew: staging and checking have taken some of it. One that has come already still waits for us. Of less
# than two seconds in forty nobody has to tell systemd, which is only exact to one.
wind() {
  if ! systemd; then true >"$DIR/wound"; return; fi
  now=$(whole_seconds)
  [ -z "$began" ] || [ -z "$now" ] || [ $((now - began)) -gt 1 ] || [ "$SECONDS_LEFT" -lt 40 ] || return 0
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
# systemd forgets a unit that has stopped and that nothing names, and that is told far sooner than all units are read anew.
# Where they were read anew since the timer came, its target names it. `show` would have it look for their files.
forgotten() {
  known=$(systemctl list-units --all --plain --no-legend --full --no-pager -- "$@" 2>/dev/null) && [ -z "$known" ]
}
disarm() {
  if systemd && [ -e "$UNITS/baseline-revert-$TX.service" ]; then
    one=baseline-revert-$TX
    # One that has come meanwhile waits for us, or for its next try; at work itself, it must not end itself.
    if [ -n "${DEAD_MAN-}" ]; then its=; else its=$one.service; fi
    systemctl --quiet stop "$one.timer" ${its:+"$its"} 2>/dev/null
    rm -f "$WANTS/$one.timer" "$UNITS/$one.timer" "$UNITS/$one.service"
    forgotten "$one.timer" "$one.service" || {
      systemctl daemon-reload
      [ -n "${DEAD_MAN-}" ] || systemctl --quiet reset-failed "$one.service" 2>/dev/null
    }
  fi
  rm -f "$DIR/armed"
}
