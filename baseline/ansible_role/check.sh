# shellcheck shell=sh disable=SC2154 # given: root, a program's tree, and checker, shell that tries the copy at TREE
# Try the files that lie below $1 on a copy of the tree, where any of them is another than what stands there.
new=$1$root
[ -e "$new" ] || exit 0
differs() {
  find "$new" -type f -exec sh -c 'cmp -s "$2" "${2#"$1"}" || echo differs' sh "$1" {} \; | grep -q .
}
differs "$1" || exit 0
work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
TREE=$work/${root##*/}
[ ! -e "$root" ] || cp -aHT -- "$root" "$TREE" || exit
cp -aT --remove-destination -- "$new" "$TREE" || exit
export TREE root
timeout -k 10 120 sh -c "$checker" </dev/null
