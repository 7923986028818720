# shellcheck shell=sh disable=SC2013,SC2154 # given: asked, lines of `NAME TYPE`
# Each resolver asked for each name twice; of the second answer, what tells how it went.
command -v dig >/dev/null || exit 127
for s in $(sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf); do
  printf '%s\n' "$asked" | while read -r name type && [ -n "$name" ]; do
    dig "@$s" +tries=1 +time=3 +adflag "$name" "$type" >/dev/null 2>&1
    echo "= $s $name $type"
    dig "@$s" +tries=1 +time=3 +adflag "$name" "$type" 2>&1 |
      grep -E 'status:|flags:|Query time|timed out|no servers|error:' || :
  done
done
