# shellcheck shell=sh disable=SC2154 # given: as for dkim_publishing.do.sh
# Takes back what dkim_publishing.do.sh did: marks beside the files tell what it made.
rm -f "$f.new"
if [ -e "$f.made" ]; then rm -f "$f" "$f.made"; elif [ -e "$f.before" ]; then mv "$f.before" "$f"; fi
(
  key=./${k##*/}
  into "${k%/*}" >/dev/null
  rm -f "$key.new"
  if [ -e "$key.made" ]; then rm -f "$key" "$key.made"; fi
)
rmdir "${f%/*}" "${k%/*}" 2>/dev/null || true
