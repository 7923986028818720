# The configuration files of the package that were edited here. `rest` is whatever stands behind a digest.
# shellcheck shell=sh
# shellcheck disable=SC2016
dpkg-query -W -f '${Conffiles}\n' fail2ban | while read -r file sum rest; do
  [ -f "$file" ] || continue
  echo "$sum  $file"
done | md5sum -c --quiet 2>/dev/null | sed 's/: FAILED.*//'
:
