# shellcheck shell=sh
# What the tables in mynetworks hold, each behind a line that names it; `closed` are those that cannot be listed.
set -f
for one in $(postconf -hx mynetworks | tr ',' ' '); do
  one=${one#!}
  case $one in
  cidr:/*) echo "table $one"; cat -- "${one#cidr:}" || exit ;;
  /*) echo "list $one"; cat -- "$one" || exit ;;
  hash:* | btree:* | lmdb:* | cdb:*) echo "keys $one"; postmap -s "$one" || exit ;;
  [0-9]* | \[*) ;;
  *) echo "closed $one" ;;
  esac
done
