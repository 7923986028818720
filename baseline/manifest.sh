# shellcheck shell=sh disable=SC2154 # given: manifest, its path
# What stands at each path of the manifest, beside what was applied there.
[ -e "$manifest" ] || exit 0
t=$(printf '\t')
grep -v '^#' "$manifest" | while IFS=$t read -r sha mode owner controls path; do
  if [ -f "$path" ] && [ ! -L "$path" ]; then
    printf '%s\t%s\t' "$(sha256sum <"$path" | cut -d' ' -f1)" "$(stat --printf='%04a\t%U:%G' -- "$path")"
  else
    printf 'absent\t%s\t%s\t' "$mode" "$owner"
  fi
  printf '%s\t%s\t%s\t%s\t%s\n' "$sha" "$mode" "$owner" "$controls" "$path"
done
