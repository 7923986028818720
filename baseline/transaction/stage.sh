# shellcheck shell=sh disable=SC2015,SC2034,SC2154,SC2174 # as in host.sh, which reads this
# What comes before anything changes: looking, packages, the new files beside the old, each program's own checker.

# --- before anything changes -------------------------------------------------------------------------------------

# What was looked at must still be there, as it was; a symlink or a parent others may write is never written through.
# Only below directories that nobody else may write can files be read by their names, many at once.
precheck() {
  mkdir -p -m 0700 "$DIR/apart.d" "$DIR/seen" && true >"$DIR/apart" || refuse "the journal cannot be written"
  folder=none known=none
  while IFS="$TAB" read -r n path action owner group mode before; do
    if [ -L "$path" ]; then refuse "$path is a symbolic link"; fi
    [ "$folder" = "${path%/*}" ] || parents "$path" ||
      refuse "a directory above $path is a symbolic link or writable by others: $open"
    folder=${path%/*}
    [ "$apart" = no ] || printf '%s\n' "$path" >>"$DIR/apart" || refuse "the journal cannot be written"
    [ "$action" = delete ] || [ "$known" = "$owner:$group" ] || owners "$owner" "$group" ||
      refuse "$owner:$group, who shall own $path, is not known on this host"
    [ "$action" = delete ] || known=$owner:$group
  done <"$DIR/files"
  present || refuse "the journal cannot be written"
  while IFS="$TAB" read -r n path action owner group mode before is copy names look; do
    [ "$n" != end ] || break
    [ "$is" = "$before" ] || refuse "$path has changed since the plan was made; plan again"
    [ "$names" -le 1 ] || one_name "$path" || refuse "$open"
    by_hand "$path" || refuse "$open"
  done <"$DIR/seen/rows"
  [ "$n" = end ] || refuse "the journal cannot be written"
}
# Packages may bring the users that own their files: with packages in the plan, owners count after those.
owners() {
  [ "$1" = root ] || [ "$INSTALLED" = no ] || id -- "$1" >/dev/null 2>&1 || return 1
  [ "$2" = root ] || [ "$INSTALLED" = no ] || getent group -- "$2" >/dev/null 2>&1
}
# Room for the staged copies and the backup, and inodes for them, on every filesystem they go to.
space() {
  need=$({ du -sk "$DIR/new"; [ ! -s "$DIR/seen/named" ] || xargs -0 du -k -- <"$DIR/seen/named"; } 2>/dev/null | {
    sum=0
    while read -r size _; do sum=$((sum + size)); done
    printf '%s' $((sum * 2 + 1024))
  })
  there | xargs -0 df -k --output=avail,itotal,iavail,file -- >"$DIR/seen/room" || { say "df cannot tell"; return 1; }
  while read -r free inodes left place; do
    [ "$free" != Avail ] || continue
    [ "$free" -ge "$need" ] || { say "$place has $free KiB free, $need needed"; return 1; }
    [ "$inodes" = 0 ] || [ "$inodes" = - ] || [ "$left" -ge 200 ] || {
      say "$place has $left inodes free, 200 needed"
      return 1
    }
  done <"$DIR/seen/room"
}
# The directories that the files go to, as far as they are there; each once for files that follow each other.
there() {
  folder=none
  printf '%s\0' "$DIR"
  while IFS="$TAB" read -r _ path _; do
    [ "$folder" != "${path%/*}" ] || continue
    folder=${path%/*} place=${path%/*}
    while [ ! -d "$place" ] && [ -n "$place" ]; do place=${place%/*}; done
    printf '%s\0' "${place:-/}"
  done <"$DIR/files"
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

# Leaves in `beside` the sibling of a target under which its new content waits, on the same filesystem. With `.old` after
# it: the former file itself, kept by a link until the decision, so that going back needs no room on the disk. What is
# new to the host waits in one directory for each that it goes to, under its own name, so that all of it is brought there
# by few programs; `joint` is that directory. Where others may write that directory all lie in the journal: see places.sh.
sibling() {
  joint=''
  if [ -s "$DIR/apart" ] && line=$(grep -nxF -e "$1" "$DIR/apart"); then
    beside=$DIR/apart.d/${line%%:*}.baseline-$TX
  elif [ "$2" = create ]; then
    joint=${1%/*}/.new.baseline-$TX beside=${1%/*}/.new.baseline-$TX/${1##*/}
  else
    beside=${1%/*}/.${1##*/}.baseline-$TX
  fi
}
# Of all files of the plan: those, and the former files.
siblings() {
  last=
  while IFS="$TAB" read -r n path action _; do
    sibling "$path" "$action"
    [ -n "$joint" ] || printf '%s\0' "$beside" "$beside.old"
    [ -z "$joint" ] || [ "$joint" = "$last" ] || printf '%s\0' "$joint"
    last=$joint
  done <"$DIR/files"
}

stage() {
  # Not `:`, a special builtin: dash ends itself when its redirection fails.
  true >"$DIR/made" || { say "stage: $DIR cannot be written"; return 1; }
  # Nobody but root reads what is written before it has its owner and mode.
  umask 077
  put_beside || { umask 022; return 1; }
  umask 022
  own_all || { say "stage: the new files cannot be given their owners and modes"; return 1; }
  written
}
put_beside() {
  put_new || return 1
  while IFS="$TAB" read -r n path action owner group mode before is copy names look; do
    [ "$n" != end ] && [ "$action" != delete ] || continue
    sibling "$path" "$action"
    if [ -n "$joint" ]; then say "staged $path"; continue; fi
    new=$beside
    # Opened once, and noclobber opens with O_EXCL: nothing that someone put there is written through.
    why="$new cannot be made"
    set -C
    {
      set +C
      why="$path cannot be written beside itself"
      fill
    } 2>/dev/null 7>"$new" || { set +C; say "stage: $why"; return 1; }
    say "staged $path"
  done <"$DIR/seen/rows"
}
# What is new to the host came under the names that it has beside its targets, as further names of the files that were
# sent. Where others may write a directory nothing is put beside, but it may be below.
put_new() {
  folder=none
  while IFS="$TAB" read -r n path action _; do
    [ "$action" = create ] && [ "$folder" != "${path%/*}" ] || continue
    folder=${path%/*}
    above "$path"
    make_parents "$up" || { say "stage: no directory for $path"; return 1; }
    sibling "$path" "$action"
    [ -n "$joint" ] || rm -rf "$DIR/beside$folder/.new.baseline-$TX" || return 1
  done <"$DIR/files"
  [ "$folder" = none ] || why=$(cp -rT --remove-destination -- "$DIR/beside" / 2>&1) || {
    say "stage: $(printf '%s' "$why" | head -n 1)"
    return 1
  }
}
# Extended attributes and ACLs of what stands there are kept. With them come an owner and a mode: where the new file shall
# have others, it has them before its content, which goes to fd 7. Of a link that was put in its place meanwhile, cp makes
# one.
fill() {
  if [ "$action" != create ]; then
    cp -a --attributes-only -- "$path" "$new" && [ ! -L "$new" ] || return 1
    case $look in
    *" $owner:$group ${mode#0}") ;;
    *) chown -h -- "$owner:$group" "$new" && chmod -- "$mode" "$new" || return 1 ;;
    esac
  fi
  [ ! -L "$new" ] && [ -f "$new" ] && cat "$DIR/new/$n" >&7
}
# Owner and mode of all new files, those that shall have the same at once; also of those that have theirs: writing may
# take a set-id bit away.
own_all() {
  awk -F "$TAB" -v OFS="$TAB" '$3 != "delete" && !seen[$4, $5, $6]++ { print $4, $5, $6 }' "$DIR/files" \
    >"$DIR/seen/owners" || return 1
  while IFS="$TAB" read -r one its bits; do
    while IFS="$TAB" read -r n path action owner group mode before; do
      [ "$action" != delete ] && [ "$owner:$group:$mode" = "$one:$its:$bits" ] || continue
      sibling "$path" "$action"
      printf '%s\0' "$beside"
    done <"$DIR/files" >"$DIR/seen/owned"
    xargs -0 chown -h -- "$one:$its" <"$DIR/seen/owned" && xargs -0 chmod -- "$bits" <"$DIR/seen/owned" || return 1
  done <"$DIR/seen/owners"
}
# What was written is what was sent: the two digests of each file are alike.
written() {
  while IFS="$TAB" read -r n path action _; do
    [ "$action" != delete ] || continue
    sibling "$path" "$action"
    printf '%s\0' "$DIR/new/$n" "$beside"
  done <"$DIR/files" >"$DIR/seen/pairs" || { say "stage: $DIR cannot be written"; return 1; }
  [ -s "$DIR/seen/pairs" ] || return 0
  xargs -0 sha256sum -z -- <"$DIR/seen/pairs" | tr '\0' '\n' | LC_ALL=C awk '
    { sum = substr($0, 1, 64) }
    NR % 2 { sent = sum; next }
    sum != sent { print "stage: " substr($0, 67) " is not as it was sent"; exit wrong = 1 }
    END { exit wrong || !NR || NR % 2 }'
}
make_parents() {
  [ -d "$1" ] && return 0
  above "$1"
  make_parents "$up" || return 1
  # Noted before it is made, so that one cut off in between leaves no directory that nobody knows of.
  printf '%s\n' "$1" >>"$DIR/made" && mkdir -m 0755 -- "$1" && above "$1" && sync "$up"
}
unstage() {
  tidy=0
  [ ! -s "$DIR/files" ] || siblings | xargs -0 -r rm -rf -- 2>/dev/null || tidy=1
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
          sibling "$path" "$action"
          mkdir -p "$DIR/tree${path%/*}" && cp -aT --remove-destination -- "$beside" "$DIR/tree$path" || return 1
        fi
        ;;
      esac
    done <"$DIR/files"
    [ -e "$TREE" ] || { say "nothing to validate: $root is to go"; continue; }
    find "$TREE" -name ".*.baseline-$TX" -prune -exec rm -rf -- {} +
    if check "$root" "$DIR/validators/$number"; then say "validated $root"; else
      say "validate: $root: $(tail -n 5 "$DIR/out" | tr '\n' ' ')"
      return 1
    fi
  done <"$DIR/validators/table"
  [ ! -e "$DIR/tree" ] || rm -rf "$DIR/tree"
}
