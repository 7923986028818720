# shellcheck shell=sh
# BIND's own checker on what stands in place, its zones loaded; what it says of those that load is left out.
said=$(named-checkconf -z 2>&1) && exit
code=$?
printf '%s\n' "$said" | grep -v ': loaded serial '
exit $code
