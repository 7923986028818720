# shellcheck shell=sh
# Which settings the configuration files of the mail programs name, and on which lines. Asked with every look; changes
# nothing. Names alone and no value, for a value may be a secret. Prints, tab-separated:
#
#   PATH LINE WORD        NAME=, `HEAD {` and `}` of blocks, `!include PATTERN`; in master.cf NAME/TYPE of a service and
#                         `-o NAME` of its overrides; in fstab the mount point
#
# The most that is told is a million bytes.
set --
for file in /etc/postfix/main.cf /etc/postfix/master.cf /etc/fstab \
  /etc/dovecot/*.conf /etc/dovecot/conf.d/*.conf /usr/share/dovecot/protocols.d/*.protocol \
  /etc/rspamd/local.d/*.conf /etc/rspamd/local.d/*.inc /etc/rspamd/override.d/*.conf /etc/rspamd/override.d/*.inc; do
  if [ -f "$file" ] && [ -r "$file" ]; then set -- "$@" "$file"; fi
done
[ $# -gt 0 ] || exit 0
awk '
  function tell(word) { printf "%s\t%d\t%s\n", FILENAME, FNR, word }
  { line = $0; sub(/^[ \t]+/, "", line) }
  line == "" || line ~ /^#/ { next }
  FILENAME == "/etc/fstab" { tell($2); next }
  FILENAME ~ /\/main\.cf$/ {
    if (match($0, /^[A-Za-z0-9_.-]+[ \t]*=/)) { name = substr($0, 1, RLENGTH); gsub(/[ \t]/, "", name); tell(name) }
    next
  }
  FILENAME ~ /\/master\.cf$/ {
    if ($0 ~ /^[^ \t]/) tell($1 "/" $2)
    while (match(line, /(^|[ \t])-o[ \t]*\{?[ \t]*[A-Za-z0-9_.-]+/)) {
      name = substr(line, RSTART, RLENGTH); sub(/^[ \t]*-o[ \t]*\{?[ \t]*/, "", name); tell("-o " name)
      line = substr(line, RSTART + RLENGTH)
    }
    next
  }
  line ~ /^\}/ { tell("}"); next }
  line ~ /^!include(_try)?[ \t]/ { split(line, word, /[ \t]+/); tell(word[1] " " word[2]); next }
  {
    open = line ~ /\{[ \t]*$/
    if (match(line, /^"?[A-Za-z_][A-Za-z0-9_\/.-]*"?[ \t]*[=:]/)) {
      name = substr(line, 1, RLENGTH); gsub(/[ \t":=]/, "", name)
      tell(name "=")
      if (open) tell(name " {")
    } else if (open) {
      sub(/[ \t]*\{[ \t]*$/, "", line); gsub(/"/, "", line)
      tell(line " {")
    } else if (FILENAME ~ /\/rspamd\// && match(line, /^[A-Za-z_][A-Za-z0-9_]*[ \t]/)) {
      tell(substr(line, 1, RLENGTH - 1) "=")
    }
  }
' "$@" | head -c 1000000
