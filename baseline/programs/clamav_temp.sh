# shellcheck shell=sh disable=SC2034 # what d and u hold is used by what follows
# clamd.conf(5): TemporaryDirectory, else TMPDIR, else /tmp. clamd is looked at where it is installed.
command -v clamd >/dev/null 2>&1 || exit 0
d=$(sed -n 's/^TemporaryDirectory[[:space:]][[:space:]]*//p' /etc/clamav/clamd.conf) || exit
d=${d:-/tmp}
u=$(sed -n 's/^User[[:space:]][[:space:]]*//p' /etc/clamav/clamd.conf)
