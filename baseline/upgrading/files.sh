# shellcheck shell=sh disable=SC2154 # given: patterns, that the shell expands into the files to read
# The files of a program's configuration as they are written. Changes nothing. Prints for each of them
#
#   PATH<tab>BYTES        then so many bytes, then a line break; `-` for BYTES where it cannot be read
#
# shellcheck disable=SC2086 # patterns are to be split and expanded
for file in $patterns; do
  [ -f "$file" ] || continue
  if [ -r "$file" ]; then
    printf '%s\t%d\n' "$file" "$(wc -c <"$file")"
    cat "$file"
    echo
  else
    printf '%s\t-\n' "$file"
  fi
done
