# shellcheck shell=sh disable=SC2013,SC2154 # given: asked, lines of `NAME TYPE`
# Each resolver asked for each name twice; of the second answer, what tells how it went. One that answered neither is
# asked for no other name: the silence of all of them would be waited for one after the other.
command -v dig >/dev/null || exit 127
answer() { dig "@$1" +tries=1 +time=3 +adflag "$2" "$3" 2>&1; }
for s in $(sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf); do
  printf '%s\n' "$asked" | {
    silence=
    while read -r name type && [ -n "$name" ]; do
      echo "= $s $name $type"
      if [ -z "$silence" ]; then
        answer "$s" "$name" "$type" >/dev/null
        first=$?
        told=$(answer "$s" "$name" "$type")
        second=$?
        told=$(printf '%s\n' "$told" | grep -E 'status:|flags:|Query time|timed out|no servers|error:')
        [ "$first$second" != 99 ] || silence=$told
      fi
      printf '%s\n' "$told"
    done
  }
done
