# shellcheck shell=sh disable=SC2154 # given: file
# The ruleset that the file makes, loaded where it touches nothing: in a network that ends with the command.
if [ ! -e "$file" ]; then echo absent; exit; fi
names=
for i in $(ip -o link show | cut -d: -f2 | cut -d@ -f1); do [ "$i" = lo ] || names="$names $i"; done
export names file
# shellcheck disable=SC2016 # the inner shell expands it
exec unshare -n sh -c '
  for i in $names; do ip link add "$i" type dummy 2>/dev/null; done
  nft -f "$file" && nft -j list ruleset'
