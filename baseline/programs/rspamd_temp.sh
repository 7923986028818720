# shellcheck shell=sh disable=SC2034 # what d and u hold is used by what follows
# Where Rspamd's temporary files go, and who writes them.
d=$(rspamadm configdump -C options.tempdir 2>/dev/null) || exit
d=${d#\"}
d=${d%\"}
for u in _rspamd rspamd ''; do [ -z "$u" ] || id -u "$u" >/dev/null 2>&1 && break; done
