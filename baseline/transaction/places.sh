# shellcheck shell=sh disable=SC2034 # `open` and `apart` are for who calls
# Whether root may write at a path, for host.sh and for the question that a plan asks beforehand. Given: ME, who writes,
# and ROOT, below which journals lie.
#
# sh cannot open by descriptor, so all is done by name, and whoever may write a directory can put a link in the place of
# what was just made there. So none may but root: not another owner, not a group, not who is in an access list, whose
# mask stands in the mode as the group's part. Above a directory that is there already the sticky bit will do: nobody
# but its owner can move that away.
#
# Where a group may write the directory of the file itself, and nobody else, the new file is made apart, in the journal,
# and renamed into place: a rename replaces whatever name it finds and goes through none. For that both have to be in
# one mount. All above is root's alone, so nobody can have it renamed to elsewhere.

# Leaves in `apart` whether the file is to be made apart, or in `open` why nothing is written there.
parents() {
  below='' p=${1%/*} apart=no
  while [ -n "$p" ]; do
    [ ! -L "$p" ] || { open="$p is a link; put the real path into the baseline"; return 1; }
    [ ! -d "$p" ] || mine || {
      open="$p ($(stat -c '%U:%G %a' -- "$p")); let root alone write there (chown root $p; chmod go-w $p), or"
      open="$open keep the file elsewhere"
      return 1
    }
    below=$p p=${p%/*}
  done
  open=
}
mine() {
  may=$(stat -c '%u %a' -- "$p")
  case ${may% *} in 0 | "$ME") ;; *) return 1 ;; esac
  may=$((0${may#* }))
  [ $((may & 022)) != 0 ] || return 0
  [ ! -k "$p" ] || [ ! -d "$below" ] || return 0
  [ -z "$below" ] && [ $((may & 02)) = 0 ] && one_mount "$p" "$ROOT" && apart=yes
}
one_mount() {
  mount=$(mount_of "$1")
  [ -n "$mount" ] && [ "$mount" = "$(mount_of "$2")" ]
}
# The number of the mount that a directory is in; of the one above, where it is not there yet.
mount_of() {
  at=$1
  while [ ! -d "$at" ] && [ -n "$at" ]; do at=${at%/*}; done
  sed -n 's/^mnt_id:[[:blank:]]*//p' /proc/self/fdinfo/0 <"${at:-/}"
}

# Leaves in `open` which other names a file has: those would keep the former content, and nobody would be told.
one_name() {
  open=
  [ -e "$1" ] || return 0
  names=$(stat -c %h -- "$1")
  [ "$names" -gt 1 ] || return 0
  others=$(timeout 5 find "${1%/*}/" /etc -xdev -samefile "$1" 2>/dev/null | grep -vxF -e "$1" | sort -u | head -n 5 |
    tr '\n' ' ')
  open="$1 has $names names (${others:-find / -xdev -samefile $1 finds the others }hard links), and only this one would"
  open="$open be changed: give it a file of its own (cp -p $1 $1.own && mv $1.own $1), or remove the others"
  return 1
}

# Leaves in `open` that named keeps the zone of a file itself. With ixfr-from-differences it has a journal of edits.
by_hand() {
  open=
  [ -e "$1.jnl" ] || return 0
  ! named-checkconf -px 2>/dev/null | grep -Eq 'ixfr-from-differences "?(yes|true|1|primary|master)"?;' || return 0
  open="named keeps changes of its own in $1.jnl, as for dynamic updates, so the file is not edited: use nsupdate; where"
  open="$open the zone takes no updates any more, delete the journal with rndc sync -clean and plan again"
  return 1
}
