# shellcheck shell=sh disable=SC2154 # given: p, a path
# What stands at a path: type, owner, group, mode, then the bytes of a regular file. Where others may write, something
# else may stand there a moment later: a link is not followed then, and a FIFO not waited for.
if [ -e "$p" ] || [ -L "$p" ]; then
  stat -c '%F|%U|%G|%a' -- "$p" && { [ -L "$p" ] || [ ! -f "$p" ] || dd if="$p" iflag=nofollow,nonblock bs=64k status=none; }
else
  # What may not be looked at is not absent.
  why=$(stat -- "$p" 2>&1 >/dev/null)
  case $why in
  *": No such file or directory" | *": Not a directory") echo absent ;;
  *) echo "$why" >&2; exit 1 ;;
  esac
fi
