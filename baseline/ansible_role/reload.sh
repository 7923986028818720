# shellcheck shell=sh disable=SC2154 # given: unit, and way, shell that has it take up its files
systemctl --quiet is-active "$unit" || exit 0
timeout -k 10 120 sh -c "$way" </dev/null
