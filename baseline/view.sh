# shellcheck shell=sh
# Runs a program that is only to tell something where it reads all that root reads, and writes nothing that stays:
#
#   sh FILE SCRATCH OUTSIDE PROGRAM ARGUMENT…
#
# In a mount namespace of its own, which OUTSIDE, that of the request, is not: every file system can be read and not be
# written, and SCRATCH, its place for temporary files, is empty and goes with the namespace, as all does that is written
# to /tmp. File systems that hold no files are left as they are, and so are those of users (FUSE), where root may not even
# look. Connecting to a socket is no writing.
# Where it can have no such namespace it runs as nobody, who may write next to nothing either, and who reads all where
# that capability can be given.
d=$1 outside=$2
shift 2
HOME=$d TMPDIR=$d
export HOME TMPDIR
closed() {
  inside=$(readlink /proc/self/ns/mnt) && [ -n "$outside" ] && [ "$inside" != "$outside" ] || return 1
  most
  while read -r _ _ _ _ at rest; do
    ! spared || continue
    case ,${rest%% *}, in *,ro,*) continue ;; esac
    # As mountinfo writes what would end a name: \040 is a space.
    case $at in *\\*) at=$(printf '%b.' "$(printf '%s' "$at" | sed 's/\\\([0-7]\)/\\0\1/g')") at=${at%.} ;; esac
    mount -o remount,bind,ro -- "$at" || return 1
  done </proc/self/mountinfo
  scratch && { aside; scratch; }
}
spared() {
  type=${rest##* - } type=${type%% *}
  case $type in
  proc | sysfs | cgroup* | devpts | mqueue | fuse* | bpf | securityfs | autofs | tracefs | debugfs | binfmt_misc | \
    configfs | pstore | efivarfs | rpc_pipefs | nsfs) ;;
  *) return 1 ;;
  esac
}
# All that can be closed by one program, from util-linux 2.35 on, which can do that; `closed` sees what it left.
most() {
  of='mount from util-linux 2.' release=$(mount --version 2>/dev/null)
  case $release in "$of"[0-9]*) release=${release#"$of"} release=${release%%[!0-9]*} ;; *) return ;; esac
  [ "$release" -ge 35 ] || return
  none=noproc
  while read -r _ _ _ _ _ rest; do
    if spared; then none=$none,no$type; fi
  done </proc/self/mountinfo
  mount --all -o remount,bind,ro -t "$none" 2>/dev/null
}
scratch() { mount -t tmpfs -o mode=0700,nosuid,nodev tmpfs "$d"; }
# Dovecot's doveconf writes into /tmp from 2.4 on, whatever TMPDIR says, and ends where it cannot. So what lies in /tmp is
# seen there, and what is written goes with the namespace. Where this cannot be had, /tmp stays as it is.
aside() {
  mkdir -m 1777 "$d/written" "$d/work" || return
  mount -t overlay -o "lowerdir=/tmp,upperdir=$d/written,workdir=$d/work" overlay /tmp 2>/dev/null
}
if [ -n "$outside" ] && closed; then exec "$@"; fi
chown nobody "$d" && chmod a+x "${d%/*}" || exit 126
all=--inh-caps=-all,+dac_read_search\ --ambient-caps=-all,+dac_read_search
as='setpriv --reuid nobody --regid nogroup --clear-groups --no-new-privs'
# shellcheck disable=SC2086 # words
if $as $all true 2>/dev/null; then exec $as $all "$@"; else exec $as "$@"; fi
