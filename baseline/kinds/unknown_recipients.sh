# shellcheck shell=sh
# Keys such as `@example.org`, which take every recipient of a domain, of the maps that can be listed; and maps that
# answer whatever they are asked. What postalias makes has a key `@` of its own, which takes nobody.
for map in $(postconf -hx virtual_alias_maps virtual_mailbox_maps relay_recipient_maps local_recipient_maps | tr ',' ' '); do
  case ${map#proxy:} in
  static:*) echo "$map" ;;
  hash:* | btree:* | lmdb:* | cdb:* | dbm:*) postmap -s "${map#proxy:}" | awk '$1 ~ /^@./ { print $1 }' || exit ;;
  esac
done | sort -u
