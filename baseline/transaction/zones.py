"""The checker of BIND's trees: the configuration, and every zone whose file is another than before.

`named-checkconf` follows absolute paths, so in the copy they are turned to the copy. Warnings that BIND itself only
logs, such as an MX record that names an alias, are errors here, but in zones that change alone.
"""

from __future__ import annotations

_CHECK = (
    # Paths that name the tree itself lead into the copy; binary zone files are left alone.
    'find "$TREE" -type f -exec grep -lIF \'"ROOT/\' {} + | '
    'while read -r f; do sed -i "s#\\"ROOT/#\\"$TREE/#g" "$f"; done; '
    # What a zone includes of ours is made by an action, after this check.
    'grep -rhoI \'"[^"]*/baseline-dkim/[^"]*"\' "$TREE" | tr -d \'"\' | while read -r f; do '
    'case $f in "$TREE"/*) mkdir -p "${f%/*}"; [ -e "$f" ] || : >"$f" ;; esac; done; '
    "CONF || exit 1; "
    'named-checkconf -px "$c" | awk \'/^[ \\t]*zone "/ { z = $2 } /^[ \\t]*file "/ { print z, $2 }\' | tr -d \'";\' | '
    'while read -r z f; do case $f in "$TREE"/*) n=$f ;; ROOT/*) n=$TREE/${f#ROOT/} ;; *) continue ;; esac; '
    '[ -e "$n" ] || continue; cmp -s "$n" "ROOT/${n#"$TREE"/}" && continue; '
    'named-checkzone -i local -m fail -M fail "$z" "$n" || exit 1; done'
)


def checker(root: str) -> str:
    """A command that checks the copy at TREE of the tree at `root`."""
    conf = 'c=$TREE/named.conf; named-checkconf "$c"' if root == "/etc/bind" else "c=/etc/bind/named.conf"
    return _CHECK.replace("CONF", conf).replace("ROOT", root)
