#!/bin/sh
# Finish a root that mmdebstrap has made. Runs with mount, process and network namespaces of its own.
# Argument: the root.
set -eu
root=$1
inside() { chroot "$root" "$@"; }

ip link set lo up
mount -t proc proc "$root/proc"
mount -t tmpfs run "$root/run"

# The store in the root is the only package source of a host: nothing in it names an archive.
rm -f "$root"/etc/apt/sources.list.d/* "$root/etc/apt/apt.conf.d/99mmdebstrap"
echo 'deb [trusted=yes] file:/var/lib/lab-packages ./' >"$root/etc/apt/sources.list"
inside sh -c 'cd /var/lib/lab-packages && apt-ftparchive packages . >Packages'
inside apt-get -q update

inside update-ca-certificates
inside groupadd --gid 5000 vmail
inside useradd --uid 5000 --gid 5000 --home-dir /var/vmail --create-home --shell /usr/sbin/nologin vmail
inside useradd --uid 1000 --create-home --shell /bin/bash ops
inside install -d -m 700 -o ops -g ops /home/ops/.ssh
echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/ops"
chmod 440 "$root/etc/sudoers.d/ops"

# A host has no console and no kernel of its own.
inside systemctl mask console-getty.service
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id"

# What an installed Debian has and a bootstrapped one lacks; without it every login logs a warning.
echo 'LANG=C.UTF-8' >"$root/etc/default/locale"

# Rspamd compiles its patterns at the first start, some 20 seconds of work, and at the second one unpacks them into
# files of 45 MB: do both once for all hosts.
log=$root/var/log/rspamd/rspamd.log
start_rspamd_once() {
    # With process ids of its own, so that its workers end with it and leave the ports free for the second start.
    unshare --pid --fork --kill-child chroot "$root" rspamd -f -u _rspamd -g _rspamd &
    rspamd=$!
    seconds=0
    until grep -q 'full hyperscan database of .* has been loaded' "$log" 2>/dev/null; do
        kill -0 "$rspamd"
        seconds=$((seconds + 1))
        if [ "$seconds" -gt 300 ]; then
            echo "rspamd did not compile its patterns within 300 s" >&2
            exit 1
        fi
        sleep 1
    done
    kill -KILL "$rspamd"
    wait "$rspamd" || true
    rm -f "$log" "$root"/var/lib/rspamd/*.sock "$root"/var/lib/rspamd/*.rrd
}
inside install -d -o _rspamd -g _rspamd /run/rspamd
start_rspamd_once
start_rspamd_once
