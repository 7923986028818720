# shellcheck shell=sh
# fail2ban's own checker on what stands in place: its errors, without the times that they begin with.
said=$(fail2ban-client -t 2>&1) && exit
code=$?
printf '%s\n' "$said" | sed -n 's/^.*ERROR  *//p'
exit $code
