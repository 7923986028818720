#!/bin/sh
# A stand-in for sudo that reads a password as `sudo -S -p PROMPT -- COMMAND` does, a byte at a time. Beside it lie
# `how` (ask, never or silent), `password`, and `log`: the password lines that it read, and its command lines.
here=$(dirname "$0")
printf 'command: %s\n' "$*" >>"$here/log"
prompt=
while [ $# -gt 0 ]; do
  case $1 in
  -p) prompt=$2 && shift 2 ;;
  --) shift && break ;;
  *) shift ;;
  esac
done
case $(cat "$here/how") in
never) exec "$@" ;;
silent) exec cat >/dev/null ;;
tty) echo "sudo: sorry, you must have a tty to run sudo" >&2 && exit 1 ;;
other) printf 'Verification code: ' >&2 && exec cat >/dev/null ;;
endless) exec yes "We trust you have received the usual lecture" >&2 ;;
esac
for _ in 1 2 3; do
  printf '%s' "$prompt" >&2
  IFS= read -r got || { echo "sudo: no password was provided" >&2 && exit 1; }
  printf 'read: %s\n' "$got" >>"$here/log"
  [ "$got" != "$(cat "$here/password")" ] || exec "$@"
  echo "Sorry, try again." >&2
done
echo "sudo: 3 incorrect password attempts" >&2
exit 1
