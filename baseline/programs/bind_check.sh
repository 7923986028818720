# shellcheck shell=sh disable=SC2154 # given: root, one of BIND's trees; its copy is at TREE, as host.sh makes it
# The checker of BIND's trees: the configuration, and every zone whose file is another than before.
#
# `named-checkconf` follows absolute paths, so in the copy they are turned to the copy. Warnings that BIND itself only
# logs, such as an MX record that names an alias, are errors here, but in zones that change alone.
#
# Who may write a file of the tree chooses names and content. So no name is read as a line, and none that content gives
# is written to, but a plain one in the copy's own baseline-dkim.

# Paths that name the tree itself, or records of ours, lead into the copy; binary zone files are left alone.
records=/etc/bind/baseline-dkim ours=$TREE/baseline-dkim
find "$TREE" -type f -exec sh -c 'root=$1 TREE=$2 records=$3; shift 3; for f; do
  if grep -qIF -e "\"$root/" -e "\"$records/" "$f"; then
    sed -i "s#\"$records/#\"$TREE/baseline-dkim/#g; s#\"$root/#\"$TREE/#g" "$f"
  fi
done' sh "$root" "$TREE" "$records" {} +
# What a zone includes of ours may be made by an action after this check; then it is empty here.
grep -rhoI '"[^"]*/baseline-dkim/[A-Za-z0-9_.-]*"' "$TREE" | tr -d '"' | while IFS= read -r f; do
  # noclobber opens with O_EXCL, which follows no link.
  [ ! -L "$ours" ] && [ "${f%/*}" = "$ours" ] && mkdir -p "$ours" && [ ! -e "$f" ] && (set -C; cat "$records/${f##*/}" >"$f") 2>/dev/null
done
conf=/etc/bind/named.conf
if [ "$root" = /etc/bind ]; then conf=$TREE/named.conf; named-checkconf "$conf" || exit 1; fi
named-checkconf -px "$conf" | awk '/^[ \t]*zone "/ { z = $2 } /^[ \t]*file "/ { print z, $2 }' | tr -d '";' |
  while read -r z f; do
    case $f in "$TREE"/*) new=$f ;; "$root"/*) new=$TREE/${f#"$root"/} ;; *) continue ;; esac
    [ -e "$new" ] || continue
    cmp -s "$new" "$root/${new#"$TREE"/}" && continue
    named-checkzone -i local -m fail -M fail -- "$z" "$new" || exit 1
  done
