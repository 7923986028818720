# shellcheck shell=sh disable=SC2154 # given: p, a directory, and below, names of directories in it
# Capacity where the directory is or would be, memory and swap, whether it is a mount, and which of the names are there.
q=$p
while [ ! -d "$q" ]; do q=${q%/*}; q=${q:-/}; done
df -B1 --output=size -- "$q" | tail -n 1
awk '/^(MemTotal|SwapTotal):/ { s += $2 } END { print s }' /proc/meminfo
if mountpoint -q -- "$p"; then echo mounted; else echo plain; fi
for c in $below; do [ ! -d "$p/$c" ] || echo "$c"; done
