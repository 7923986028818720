# shellcheck shell=sh disable=SC2154 # given: DIR, ROOT, TAB, and what host.sh is made of
# What else of the host a plan may change: how units are, which fail, who is a user or group, which directories there
# are. Told as `item TAB value`, sorted; what is not told is `inactive`, or for the others `none`.
#
#   stood     how it was before the plan touched anything but packages; with these, stood.first from before them
#   effects   item, before, after: what the apply was seen to change; kept, for a rollback to lead back
#   goals     item, value: how a rollback shall leave it
#   goes      directories that a rollback takes away where they are empty, the deepest first

surroundings() {
  {
    if systemd; then units_active && units_at_boot; fi
    awk -F: '{ print "user " $1 "\t" $0 }' /etc/passwd
    awk -F: '{ print "group " $1 "\t" $0 }' /etc/group
    directories
  } 2>/dev/null | awk -F "$TAB" 'NF == 2' | LC_ALL=C sort -u
}
# Of what comes and goes by itself nothing is told but that it has failed: services that others start when they need
# them (by D-Bus, a socket, a timer), those that run once, sessions, and the dead-man. One that runs once for an update,
# as Debian 13 has ldconfig.service, is passed over at the next start.
UNIT_FILES='/etc/systemd/system /run/systemd/system /usr/lib/systemd/system /lib/systemd/system'
units_active() {
  # shellcheck disable=SC2086 # a list of directories
  at_updates=$(find $UNIT_FILES -maxdepth 1 -name '*.service' -exec grep -lE '^Condition(NeedsUpdate|FirstBoot)=' {} + |
    sed 's|.*/||')
  systemctl show -p Id,Type,ActiveState,Transient,RemainAfterExit,TriggeredBy -- \
    '*.service' '*.timer' '*.socket' '*.path' '*.mount' | at_updates=$at_updates awk -F= '
    BEGIN { split(ENVIRON["at_updates"], names, "\n"); for (number in names) passed_over[names[number]] }
    function tell() {
      if (is["Id"] ~ /^(baseline-revert-|session-|user@|user-runtime-dir@|ssh@|sshd@|run-user-)/) return
      state = is["ActiveState"]
      if (state == "failed") { print "unit " is["Id"] "\tfailed"; return }
      fleeting = is["Transient"] == "yes" || is["Type"] == "dbus" || is["TriggeredBy"] != "" ||
        (is["Type"] == "oneshot" && is["RemainAfterExit"] != "yes") || is["Id"] ~ /^systemd-/ || is["Id"] in passed_over
      if (!fleeting && state != "inactive" && state != "deactivating") print "unit " is["Id"] "\tactive"
    }
    $0 == "" { tell(); split("", is); next }
    { name = $1; sub(/^[^=]*=/, ""); is[name] = $0 }
    END { tell() }'
}
# What systemd tells of all unit files takes longer than all else that a transaction does, and hangs on nothing but
# these files. So it is kept, below a digest of their names, links and times, and asked again when that has changed.
units_at_boot() {
  digest=$(unit_files)
  if [ -e "$ROOT/boot" ] && read -r kept <"$ROOT/boot" && [ "$kept" = "$digest" ]; then
    sed 1d "$ROOT/boot"
    return
  fi
  listed=$(systemctl list-unit-files --no-legend --plain --full) && [ -n "$listed" ] || return
  listed=$(printf '%s\n' "$listed" |
    awk '$1 !~ /^(baseline-revert-|session-|run-user-)/ && $2 !~ /^(generated|transient)$/ {
      print "boot " $1 "\t" $2 }')
  printf '%s\n' "$listed"
  # What cannot be kept, since the disk is full, is asked again.
  { printf '%s\n%s\n' "$digest" "$listed" >"$ROOT/boot.new" && sync "$ROOT/boot.new" &&
    mv -fT "$ROOT/boot.new" "$ROOT/boot"; } ||
    rm -f "$ROOT/boot.new"
}
# Where systemd looks for unit files; see systemd.unit(5). What generators write is none of those that are told.
UNIT_PATHS='/etc/systemd/system.control /run/systemd/system.control /etc/systemd/system /etc/systemd/system.attached
  /run/systemd/system /run/systemd/system.attached /usr/local/lib/systemd/system /usr/lib/systemd/system
  /lib/systemd/system'
unit_files() {
  # shellcheck disable=SC2086 # a list of directories
  find $UNIT_PATHS ! -type d ! -name 'baseline-revert-*' -printf '%p %l %s %i %m %C@\n' | sha256sum
}
directories() {
  find /etc /usr/local -xdev -type d ! -name '*.wants' ! -name '*.requires' -printf 'directory %p\t%u:%g %m\n'
  find /var/lib /var/spool /srv /opt /home -xdev -mindepth 1 -maxdepth 1 -type d ! -path "$ROOT" \
    -printf 'directory %p\t%u:%g %m\n'
}

# Lines `item TAB before TAB after` for what differs between two of those.
changed_between() {
  awk -F "$TAB" -v OFS="$TAB" '
    function usual(item) { return item ~ /^unit / ? "inactive" : "none" }
    NR == FNR { was[$1] = $2; next }
    { is[$1] = $2 }
    END {
      for (item in was) if (!(item in is)) is[item] = usual(item)
      for (item in is) { if (!(item in was)) was[item] = usual(item); if (was[item] != is[item]) print item, was[item], is[item] }
    }' "$1" "$2" | LC_ALL=C sort
}

# What the apply has changed; a rollback reads it from the journal. Without it there is that much less to be checked.
note_effects() {
  surroundings | changed_between "$DIR/stood" - >"$DIR/effects" || rm -f "$DIR/effects"
}

# A unit whose file has gone, and that failed by that, is nothing any more: systemd forgets it.
forget_failed() {
  systemd || return 0
  systemctl list-units --all --state=failed --plain --no-legend --full 2>/dev/null |
    awk '$2 == "not-found" { print $1 }' | while read -r unit; do
    grep -qxF "unit $unit${TAB}failed" "$DIR/stood" || systemctl --quiet reset-failed "$unit"
  done 2>/dev/null
}

# Says what is not as it `stood`, or not as the `goals` of a rollback have it. What starts or stops is waited for.
# Nothing is written for it: the disk may be full.
as_before() {
  tries=5
  while forget_failed && differing=$(surroundings | changed_between "$DIR/$1" - | unlike "$1") && [ -n "$differing" ]; do
    [ $((tries -= 1)) -gt 0 ] || break
    sleep 1
  done
  [ -z "$differing" ] || printf '%s\n' "$differing" | head -n 20 | sed 's/^/differs: /'
}
# What had failed does not have to fail again, and what is as it was before packages came may be so. Goals are about what
# is named there; of all else, about what has come to fail. Directories that the dead-man has yet to take away, since a
# file in them cannot be removed now, are told by it.
unlike() {
  later=
  [ ! -e "$DIR/armed" ] || later=$DIR/made
  awk -F "$TAB" -v later="$later" -v about="$1" -v goals="$DIR/goals" -v stood="$DIR/stood" -v earlier="$DIR/stood.first" '
    function first(line) { sub(/\t.*/, "", line); return line }
    BEGIN {
      if (later != "") while ((getline line <later) > 0) going["directory " line]
      while ((getline line <goals) > 0) named[first(line)]
      while ((getline line <earlier) > 0) { packages = 1; was[first(line)] = substr(line, length(first(line)) + 2) }
      while ((getline line <stood) > 0) if (line ~ /^unit .*\tfailed$/) failing[first(line)]
    }
    packages && about == "stood" && $3 == ($1 in was ? was[$1] : $1 ~ /^unit / ? "inactive" : "none") { next }
    $1 in going && $2 == "none" { next }
    $2 == "failed" || about == "goals" && !($1 in named) && !($3 == "failed" && !($1 in failing)) { next }
    { sub(/^boot /, "start at boot of ", $1); print $1 " is " $3 ", and was " $2 }'
}
