#!/bin/sh
# The hardware of one host: keeps its disk and its network card, and starts PID 1 while the power is on.
# Runs in mount and network namespaces of its own, which end with it.
# Arguments: directory of the host, shared root, size of the disk, cgroup of the software.
#
# In the directory: `state` (preparing, off, on), `power` (a pipe; each line read is one push of the power button),
# `machine.pid` (the process whose only child is the host's PID 1).
set -eu
directory=$1 shared=$2 size=$3 cgroup=$4
scripts=$(dirname "$0")

say_state() {
    echo "$1" >"$directory/state.new"
    mv "$directory/state.new" "$directory/state"
}

disk=$directory/disk
mount -t tmpfs -o "size=$size,mode=755" lab-disk "$disk"
mkdir "$disk/upper" "$disk/work" "$disk/root"
mount -t overlay -o "lowerdir=$shared,upperdir=$disk/upper,workdir=$disk/work" lab-root "$disk/root"
ip link set lo up
mkfifo "$directory/power"
exec 3<>"$directory/power"

while :; do
    say_state off
    read -r _ <&3
    # A reboot ends PID 1 by SIGHUP (129 for the shell): start it again. Anything else is power off.
    ended=129
    while [ "$ended" = 129 ]; do
        # What an earlier life left behind must not look like units that run.
        find "$cgroup" -mindepth 1 -depth -type d -exec rmdir {} + || true
        ip link set eth0 up
        sh -c 'echo 0 >"$0/cgroup.procs"; exec "$@"' "$cgroup" \
            unshare --pid --fork --kill-child --mount --uts --ipc --cgroup \
            sh "$scripts/boot.sh" "$disk/root" 3<&- </dev/null &
        machine=$!
        echo "$machine" >"$directory/machine.pid"
        say_state on
        ended=0
        wait "$machine" || ended=$?
        # A machine without power does not answer with resets.
        ip link set eth0 down
    done
done
