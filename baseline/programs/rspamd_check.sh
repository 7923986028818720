# shellcheck shell=sh
# Rspamd's own checker, on the copy at TREE. It tells a fault by its words alone.
out=$(rspamadm --var=CONFDIR="$TREE" --var=LOCAL_CONFDIR="$TREE" configtest -c "$TREE/rspamd.conf" 2>&1)
case $out in *"syntax OK"*) ;; *) echo "$out"; exit 1 ;; esac
