# shellcheck shell=sh disable=SC2013,SC2154 # given: asked, lines of `NAME TYPE`; most, in ms
# Each resolver asked for each name twice; of the second answer, what tells how it went. A machine that was busy for a
# moment is no slow resolver, so an answer that took too long is asked for three times more, until one is quick enough.
# One that answered neither is asked for no other name: the silence of all of them would be waited for one by one.
command -v dig >/dev/null || exit 127
answer() { dig "@$1" +tries=1 +time=3 +adflag "$2" "$3" 2>&1; }
slow() { [ "$(printf '%s\n' "$1" | sed -n 's/.*Query time: \([0-9]\{1,9\}\) msec.*/\1/p' | head -n 1)0" -gt "${most}0" ]; }
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
        again=3
        while [ "$again" -gt 0 ] && slow "$told" && once_more=$(answer "$s" "$name" "$type"); do
          told=$once_more again=$((again - 1))
        done
        told=$(printf '%s\n' "$told" | grep -E 'status:|flags:|Query time|timed out|no servers|error:')
        [ "$first$second" != 99 ] || silence=$told
      fi
      printf '%s\n' "$told"
    done
  }
done
