# shellcheck shell=sh
# Postfix's own checkers, on the copy at TREE. `postfix check` says what is wrong to the mail log alone.
postconf -c "$TREE" >/dev/null || exit
postfix -c "$TREE" check || { journalctl -q -n 3 -o cat SYSLOG_FACILITY=2; exit 1; }
