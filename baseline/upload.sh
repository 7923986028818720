# shellcheck shell=sh disable=SC2154 # given: uploaded, the directory that is made
# Unpacks an archive, given in base64 on standard input, into a directory that was not there. What is cut off of it tar
# notices.
unpack() {
  mkdir -p -- "${uploaded%/*}" && mkdir -m 0700 -- "$uploaded" && base64 -d >"$uploaded/upload" &&
    tar -C "$uploaded" -xzmf "$uploaded/upload" --no-same-owner || return 1
  rm -f -- "$uploaded/upload"
}
