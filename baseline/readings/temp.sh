# shellcheck shell=sh disable=SC2154 # given: d, the place, and u, who shall be able to write there (empty: not asked)
# A place of temporary files: where it is, the filesystem behind it, and whether it can be written.
printf '%s\n' "$d"
[ -d "$d" ] || exit 0
fs=$(df -B1 --output=source,fstype,size,avail,itotal,iavail,target -- "$d") || exit
printf '%s\n' "$fs" | tail -n 1
[ -n "$u" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "not asked"
elif runuser -u "$u" -- test -w "$d"; then echo writable; else echo "not writable"; fi
