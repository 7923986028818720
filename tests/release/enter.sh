#!/bin/sh
# Enters a machine's root under a layer that takes all that is written: enter.sh ROOT LAYER WORK COMMAND...
# WORK is /work there. Runs in a mount namespace of its own, in which all of this ends.
set -eu
root=$1 layer=$2 work=$3
shift 3
mount -t tmpfs -o mode=755 layer "$layer"
mkdir "$layer/upper" "$layer/scratch" "$layer/machine"
machine=$layer/machine
mount -t overlay -o "lowerdir=$root,upperdir=$layer/upper,workdir=$layer/scratch" overlay "$machine"
mkdir -p "$machine/work"
mount --bind "$work" "$machine/work"
mount -t proc proc "$machine/proc"
mount -t tmpfs -o mode=755 run "$machine/run"
mount -t tmpfs -o mode=1777 tmp "$machine/tmp"
for device in null zero full random urandom; do
  : >"$machine/dev/$device" 2>/dev/null || true
  mount --bind "/dev/$device" "$machine/dev/$device"
done
mount -t devpts devpts "$machine/dev/pts" 2>/dev/null || true
hostname builder
exec chroot "$machine" "$@"
