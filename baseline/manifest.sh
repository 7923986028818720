# shellcheck shell=sh disable=SC2154 # given: manifest, its path
# What stands at each path of the manifest, beside what was applied there. One program each tells digests, modes and
# owners of all files: a host has hundreds, and each program that is begun costs it a millisecond.
[ -e "$manifest" ] || exit 0
t=$(printf '\t')
# A line for each regular file: DIGEST, two spaces and PATH, then MODE TAB OWNER TAB PATH. Paths hold no newline, as they
# have lines.
files() {
  while IFS=$t read -r sha _ _ _ path; do
    case $sha in '#'*) continue ;; esac
    [ ! -f "$path" ] || [ -L "$path" ] || printf '%s\0' "$path"
  done <"$manifest"
}
digests() { files | xargs -0 -r sha256sum -z -- | tr '\0' '\n'; }
looks() { files | xargs -0 -r stat --printf='%04a\t%U:%G\t%n\n' --; }
looked=$(looks) || exit 1
{ digests; echo; [ -z "$looked" ] || printf '%s\n' "$looked"; } | awk -F '\t' '
  function after(line, fields) {
    while (fields-- > 0) sub(/^[^\t]*\t/, "", line)
    return line
  }
  part == 0 && $0 == "" { part = 1; next }
  part == 0 { sum[substr($0, 67)] = substr($0, 1, 64); next }
  part == 1 { look[after($0, 2)] = $1 "\t" $2; next }
  /^#/ { next }
  {
    path = after($0, 4)
    # Of a file that is there and cannot be read nobody knows whether it has changed.
    if ((path in look) && !(path in sum)) exit 1
    now = (path in look) ? sum[path] "\t" look[path] : "absent\t" $2 "\t" $3
    printf "%s\t%s\t%s\t%s\t%s\t%s\n", now, $1, $2, $3, $4, path
  }' - part=2 "$manifest"
