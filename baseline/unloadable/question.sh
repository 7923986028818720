# shellcheck shell=sh disable=SC2154 # given: view, the text of view.sh, and inner, checks.sh and a line for each program
# Which programs would load what stands on disk, each by its own checker. Asked with every look; changes nothing: the
# checkers run in a view in which nothing can be written. Where a host lets root have none, as in some containers, they
# run all the same, but for those that would write; these run as nobody there.
[ -d /run/systemd/system ] || exit 0
apart='' outside=${baseline_outside-}
if [ -z "${baseline_outside+told}" ] && [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
  outside=$(readlink /proc/self/ns/mnt)
fi
export view inner apart
if [ -n "$outside" ]; then
  apart=yes
  # shellcheck disable=SC2016 # for the shell within
  unshare --mount sh -c "$view" view "$HOME/own" "$outside" sh -c '[ "$(id -u)" = 0 ] || exit 9; eval "$inner"'
  code=$?
  [ "$code" = 9 ] || exit "$code"
  apart=
fi
eval "$inner"
