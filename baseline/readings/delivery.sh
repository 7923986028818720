# shellcheck shell=sh
# The formats that virtual(8) would write: a path that ends in a slash is Maildir. Names no account.
for map in $(postconf -hx virtual_mailbox_maps | tr ',' ' '); do
  case $map in
  hash:* | btree:* | lmdb:* | cdb:* | dbm:*)
    postmap -s "$map" | awk '{ print (($NF ~ /\/$/) ? "maildir" : "mbox") }' | sort -u || exit
    ;;
  *) echo "not listed: $map" ;;
  esac
done
