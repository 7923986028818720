# shellcheck shell=sh disable=SC2034,SC2154 # given: root, below which journals lie, and paths, one a line
# Which of the paths nothing is written to, and why: `path TAB why`. Follows places.sh.
ME=$(id -u) ROOT=$root
folder='' shut=''
# One program tells which files have more names than one; each of these is looked at by itself.
several=$(printf '%s\n' "$paths" | tr '\n' '\0' | xargs -0 stat -c '%h %n' -- 2>/dev/null | sed '/^1 /d; s/^[0-9]* //')
printf '%s\n' "$paths" | sort | while IFS= read -r path; do
  [ "$folder" = "${path%/*}" ] || { parents "$path"; folder=${path%/*} shut=$open; }
  if [ -n "$shut" ]; then
    open="a directory above $path is a symbolic link or writable by others: $shut"
  else
    open=
    case "
$several
" in *"
$path
"*) one_name "$path" ;; esac && by_hand "$path"
  fi
  [ -z "$open" ] || printf '%s\t%s\n' "$path" "$open"
done
