# shellcheck shell=sh
# Copies /etc/resolv.conf into Postfix's chroot; what was there before the first time is kept beside it.
set -eu
f=$(postconf -hx queue_directory)/etc/resolv.conf
mkdir -p "${f%/*}"
[ -e "$f.before" ] || [ -e "$f.made" ] ||
  if [ -e "$f" ]; then cp -p "$f" "$f.before"; else true >"$f.made"; fi
cp -L --preserve=mode,timestamps /etc/resolv.conf "$f"
