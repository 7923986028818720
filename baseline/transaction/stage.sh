# shellcheck shell=sh disable=SC2015,SC2034,SC2154,SC2174 # as in host.sh, which reads this
# What comes before anything changes: looking, packages, the new files beside the old, each program's own checker.

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
