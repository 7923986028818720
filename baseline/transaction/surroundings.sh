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
    awk -F: '{ print (FILENAME ~ /group$/ ? "group " : "user ") $1 "\t" $0 }' /etc/passwd /etc/group
    directories
  } 2>/dev/null | awk -F "$TAB" 'NF == 2' | LC_ALL=C sort -u
}
# A unit is told by systemd's one list of all: what it is, systemd tells one by one, and that takes longer than all else
# here. So it is asked of those alone that differ (`lasting`). What a timer, a socket or a path of its own name starts,
# and what systemd-run started, is left out at once: it may be gone by then.
units_active() {
  transient=$(ls /run/systemd/transient 2>/dev/null)
  systemctl list-units --type=service,timer,socket,path,mount --plain --no-legend --full --no-pager |
    transient=$transient awk '
    BEGIN { split(ENVIRON["transient"], names, "\n"); for (number in names) passing[names[number]] }
    $1 ~ /^(baseline-revert-|session-|user@|user-runtime-dir@|ssh@|sshd@|run-user-)/ { next }
    { state[$1] = $3 }
    $1 ~ /\.(timer|socket|path)$/ { started = $1; sub(/\.[a-z]*$/, ".service", started); passing[started] }
    END {
      for (unit in state)
        if (state[unit] == "failed") print "unit " unit "\tfailed"
        else if (state[unit] !~ /^(inactive|deactivating)$/ && !(unit in passing) && unit !~ /^systemd-/)
          print "unit " unit "\tactive"
    }'
}
# Of lines `item TAB before TAB after` those that are not about what comes and goes by itself: of services that others
# start when they need them (by D-Bus, a socket, a timer), and those that run once, nothing counts but that they have
# failed. One that runs once for an update, as Debian 13 has ldconfig.service, is passed over at the next start.
UNIT_FILES='/etc/systemd/system /run/systemd/system /usr/lib/systemd/system /lib/systemd/system'
lasting() {
  lines=$(cat) asked=
  [ -z "$lines" ] || asked=$(printf '%s\n' "$lines" | sed -n "/${TAB}failed/d; s/^unit \([^$TAB]*\).*/\1/p")
  [ -n "$asked" ] || { [ -z "$lines" ] || printf '%s\n' "$lines"; return 0; }
  # shellcheck disable=SC2086 # a list of directories
  at_updates=$(find $UNIT_FILES -maxdepth 1 -name '*.service' -exec grep -lE '^Condition(NeedsUpdate|FirstBoot)=' {} + |
    sed 's|.*/||')
  # shellcheck disable=SC2086 # names of units hold no blanks
  fleeting=$(systemctl show -p Id,Type,Transient,RemainAfterExit,TriggeredBy -- $asked | awk -F= '
    function tell() {
      if (is["Transient"] == "yes" || is["Type"] == "dbus" || is["TriggeredBy"] != "" ||
        is["Type"] == "oneshot" && is["RemainAfterExit"] != "yes") print is["Id"]
    }
    $0 == "" { tell(); split("", is); next }
    { name = $1; sub(/^[^=]*=/, ""); is[name] = $0 }
    END { tell() }')
  printf '%s\n' "$lines" | fleeting="$at_updates
$fleeting" awk -F "$TAB" '
    BEGIN { split(ENVIRON["fleeting"], names, "\n"); for (number in names) passing["unit " names[number]] }
    $2 == "failed" || $3 == "failed" || !($1 in passing)'
}
# What systemd tells of all unit files takes longer than all else that a transaction does, and hangs on nothing but
# these files. So it is kept, below a digest of their names, links and times, and asked again when that has changed; and
# it is not asked for a plan that has nothing to do with what starts at boot: then the digest stands for all of it.
units_at_boot() {
  digest=$(unit_files)
  if [ -s "$DIR/stood" ] && grep -q "^$ANY_FILE$TAB" "$DIR/stood"; then printf '%s\t%s\n' "$ANY_FILE" "$digest"; return; fi
  if [ -e "$ROOT/boot" ] && read -r kept <"$ROOT/boot" && [ "$kept" = "$digest" ]; then
    sed 1d "$ROOT/boot"
    return
  fi
  if [ ! -s "$DIR/stood" ] && ! concerns_boot; then printf '%s\t%s\n' "$ANY_FILE" "$digest"; return; fi
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
ANY_FILE='boot some unit'
concerns_boot() {
  [ -s "$DIR/packages" ] || [ -s "$DIR/actions/table" ] || writes_units ||
    { [ -s "$DIR/goals" ] && grep -q '^boot ' "$DIR/goals"; }
}
# Whether the plan has files that systemd makes units of, or mounts, or that tell of accounts.
writes_units() { writes '*/systemd/*' '/etc/init.d/*' '/etc/rc*/*'; }
writes_mounts() { writes '/etc/fstab*' '/etc/crypttab*'; }
writes_accounts() { writes /etc/passwd /etc/group; }
# shellcheck disable=SC2254 # patterns are meant
writes() {
  while IFS="$TAB" read -r _ path _; do
    for pattern; do
      case $path in $pattern) return 0 ;; esac
    done
  done <"$DIR/files"
  return 1
}
# Where systemd looks for unit files; see systemd.unit(5). What generators write is none of those that are told.
UNIT_PATHS='/etc/systemd/system.control /run/systemd/system.control /etc/systemd/system /etc/systemd/system.attached
  /run/systemd/system /run/systemd/system.attached /usr/local/lib/systemd/system /usr/lib/systemd/system'
[ -L /lib ] || UNIT_PATHS="$UNIT_PATHS /lib/systemd/system"
unit_files() {
  # shellcheck disable=SC2086 # a list of directories
  find $UNIT_PATHS ! -type d ! -name 'baseline-revert-*' -printf '%p %l %s %i %m %C@\n' | sha256sum
}
directories() {
  find /etc /usr/local -xdev -type d ! -name '*.wants' ! -name '*.requires' ! -name '.new.baseline-*' \
    -printf 'directory %p\t%u:%g %m\n'
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

# Whether nothing was done but to put files into directories that were there: then nothing else has come of it, and the
# host need not be looked through to tell that. What systemd or the accounts are made of is more than a file.
files_alone() {
  [ ! -s "$DIR/made" ] && [ ! -e "$DIR/goals" ] && ! concerns_systemd && ! writes_accounts
}

# What the apply has changed; a rollback reads it from the journal. Without it there is that much less to be checked.
note_effects() {
  if files_alone; then true >"$DIR/effects"; return; fi
  surroundings | changed_between "$DIR/stood" - | lasting | sed "/^$ANY_FILE$TAB/d" >"$DIR/effects" || rm -f "$DIR/effects"
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
  while forget_failed && differing=$(surroundings | changed_between "$DIR/$1" - | lasting | unlike "$1") && [ -n "$differing" ]; do
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
    $1 == "'"$ANY_FILE"'" { print "start at boot of some unit is not as it was"; next }
    { sub(/^boot /, "start at boot of ", $1); print $1 " is " $3 ", and was " $2 }'
}
