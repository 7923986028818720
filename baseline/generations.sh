# shellcheck shell=sh disable=SC2154 # given: root, the folder of what is kept on the host
# The journals as a tar archive, in the order in which this host wrote their states; nothing where there are none.
cd "$root/tx" 2>/dev/null || exit 0
find . -mindepth 2 -maxdepth 2 -name state -printf '%T@ %h\n' | sort -n | cut -d ' ' -f 2- |
  tar -cf - --sort=name --exclude=./*/tree --exclude=./*/new --exclude=./*/validators --exclude=./*/*.sh --exclude=./*/stood* \
    --verbatim-files-from --files-from=- 2>/dev/null
