# shellcheck shell=sh
# Goes into a directory step by step, and nowhere else than where its path says: what is done from within by names of its
# own reaches no other, whoever may put links in the place of a directory above. With `make`, makes what is not there.
into() {
  at='' IFS=/
  cd / || exit 1
  set -f
  for part in ${1#/}; do
    at=$at/$part
    [ -d "./$part" ] || [ "${2-}" != make ] || mkdir -m 0755 "./$part" || exit 1
    if ! cd -P "./$part" 2>/dev/null || [ "$(pwd -P)" != "$at" ]; then
      echo "$at is no directory of its own: use its real path"
      exit 1
    fi
  done
  unset IFS
  set +f
}
