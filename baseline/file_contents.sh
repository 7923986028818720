# shellcheck shell=sh
# What stands at each path of "$@", a line of stat ended by a NUL, then a NUL; then an archive of those that are regular
# files, and `whole`. Headers are of one block each, with nothing in them that a host's files could make longer. tar
# follows no link and waits for no FIFO that somebody put there meanwhile.
unset TAR_OPTIONS
stat --printf '%F|%U|%G|%a|%n\0' -- "$@"
printf '\0'
for p do
  shift
  [ ! -L "$p" ] && [ -f "$p" ] && set -- "$@" "$p"
done
[ $# = 0 ] || tar -c -P -b 1 --format=ustar --no-recursion --hard-dereference --no-unquote \
  --owner=0 --group=0 --numeric-owner --mtime=@0 -f - -- "$@" || exit 9
echo whole
