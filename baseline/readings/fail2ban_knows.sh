# shellcheck shell=sh disable=SC2154 # given: jail; line; since, the first release that writes it; asked, shell that prints the version
# Whether the jail that runs takes a line for a failed login: its own expressions, on a line as the journal gives it to
# fail2ban. Prints yes or no; nothing where there is no such jail, and where an older release of the program is installed.
# An expression that comes to no end costs a few seconds.
v=$(eval "$asked" 2>/dev/null | sed -n '1s/[^0-9]*\([0-9][0-9.]*\).*/\1/p')
[ "$(printf '%s\n' "$since" "$v" | sort -V | head -n 1)" = "$since" ] || exit 0
printf 'get %s prefregex\nget %s failregex\nquit\n' "$jail" "$jail" | fail2ban-client -i 2>/dev/null |
  LINE="host $line" timeout 10 python3 -I -c '
import os, re, sys

replies = sys.stdin.read().split("fail2ban> ")[1:]
lines = [re.sub(r"^[|`]- \[\d+\]: ", "", one) for one in replies[1].splitlines()[1:]] if len(replies) > 1 else []
if lines:
    content = os.environ["LINE"]
    before = re.search(replies[0].strip(), content) if replies[0].startswith("^") else None
    if before and "content" in before.groupdict():
        content = before["content"]
    print("yes" if any(re.search(one, content) for one in lines) else "no")
'
