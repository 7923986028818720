# shellcheck shell=sh disable=SC2034,SC2154 # given: root, the folder of what is kept; most, bytes of a file
# What drifted files held when they were applied, and hold now. The journals have the former: found by its digest.
[ -e "$root/manifest" ] || exit 0
t=$(printf '\t')
# As a rule nothing has drifted, and one program tells that of all files.
as_applied() {
  while IFS=$t read -r sha _ _ _ path; do
    case $sha in '#'* | secret:*) continue ;; esac
    if [ -f "$path" ] && [ ! -L "$path" ]; then
      printf '%s  %s\n' "$sha" "$path"
    elif [ ! -e "$path" ] && [ ! -L "$path" ]; then
      echo absent
    fi
  done <"$root/manifest" | sha256sum --check --strict --status 2>/dev/null
}
as_applied && exit 0
left=20
content() {
  if [ ! -f "$1" ] || [ -L "$1" ] || [ "$(stat -c %s -- "$1")" -gt "$most" ]; then printf -; else base64 -w 0 <"$1"; fi
}
grep -v '^#' "$root/manifest" | while IFS=$t read -r sha mode owner controls path; do
  # A secret is not fetched; what is no regular file has no lines.
  case $sha in secret:*) continue ;; esac
  if [ -f "$path" ] && [ ! -L "$path" ]; then
    now=$(sha256sum <"$path" | cut -d' ' -f1)
    [ "$now" != "$sha" ] || continue
    looks=$(stat --printf='%04a\t%U:%G' -- "$path")
  elif [ -e "$path" ] || [ -L "$path" ]; then
    continue
  else
    now=absent looks="$mode$t$owner"
  fi
  [ $((left -= 1)) -ge 0 ] || break
  known=${known-$(find "$root/tx" -mindepth 3 -maxdepth 3 -type f \( -path '*/new/*' -o -path '*/old/*' \) \
    -exec sha256sum {} +)}
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$path" "$sha" "$mode" "$owner" "$now" "$looks" \
    "$(content "$(printf '%s\n' "$known" | sed -n "s/^$sha  //p" | head -n 1)")" "$(content "$path")"
done
exit 0
