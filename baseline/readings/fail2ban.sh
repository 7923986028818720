# shellcheck shell=sh disable=SC2154 # given: jails, and days
# Which of the files that jails read are not there, or have not been written to for so many days.
for j in $jails; do fail2ban-client get "$j" logpath 2>/dev/null | sed -n 's/^[|`]- //p'; done | while read -r f; do
  [ -n "$(find "$f" -mtime "-$days" 2>/dev/null)" ] || echo "$f"
done
