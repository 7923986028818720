# shellcheck shell=sh
# Puts back what stood in Postfix's chroot before the copy.
set -eu
f=$(postconf -hx queue_directory)/etc/resolv.conf
if [ -e "$f.before" ]; then mv "$f.before" "$f"; else rm -f "$f" "$f.made"; fi
