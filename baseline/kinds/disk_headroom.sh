# shellcheck shell=sh disable=SC2154 # given: all, the places, one a line
# One place per device, with its numbers and how it is mounted.
tab=$(printf '\t')
printf '%s\n' "$all" | while IFS= read -r p; do
  while [ ! -e "${p:=/}" ]; do p=${p%/*}; done
  printf '%s\n' "$p"
done | sort -u | xargs -r -d '\n' stat -L --printf '%d\t%n\n' | sort -u -k1,1n | while IFS=$tab read -r _ p; do
  df -B1 --output=used,avail,itotal,iused -- "$p" | tail -n 1 || exit
  findmnt -n -r -o TARGET,VFS-OPTIONS,FS-OPTIONS -T "$p" || exit
done && echo whole
