# shellcheck shell=sh disable=SC2154 # given: file, and change: `load` it, or `clear` our table away
# Changes the rules that run; when this is the taking back of a change, puts back the table kept by it instead.
#
# Whatever runs as `.do` keeps the table that it finds in the journal first, so that its `.undo` needs no file. A
# rollback to an earlier generation runs what was an undoing as its doing, and finds the file as it was then.
without_ours() { printf 'table inet baseline\ndelete table inet baseline\n'; }
case $0 in
*.undo)
  kept=${0%.undo}.rules
  [ ! -e "$kept" ] || { without_ours; cat "$kept"; } | nft -f - || exit
  ;;
*)
  kept=${0%.do}.rules
  [ -e "$kept" ] || {
    { nft list table inet baseline 2>/dev/null || :; } >"$kept.new" && sync "$kept.new" &&
      mv "$kept.new" "$kept"
  } || exit
  case $change in load) nft -f "$file" ;; clear) without_ours | nft -f - ;; esac || exit
  ;;
esac
