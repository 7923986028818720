# shellcheck shell=sh
# Copies /etc/resolv.conf into Postfix's chroot; a copy that was there before is kept beside it.
set -eu
f=$(postconf -hx queue_directory)/etc/resolv.conf
mkdir -p "${f%/*}"
rm -f "$f.before"
[ ! -e "$f" ] || cp -p "$f" "$f.before"
cp -L --preserve=mode,timestamps /etc/resolv.conf "$f"
