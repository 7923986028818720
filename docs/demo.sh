#!/bin/sh
# The whole story on two disposable hosts, one of Debian 12 and one of Debian 13: as Debian ships them, checked, planned,
# applied, verified, checked again, then one setting broken by hand and found. Takes a few minutes, most of them for
# building the hosts' roots once.
set -eu
cd "$(dirname "$0")/.."
baseline=${1:-.venv/bin/baseline}

[ "$(uname -s)" = Linux ] || { echo "The demonstration needs Linux: its hosts are made of Linux namespaces." >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "The demonstration needs root, to make namespaces and mounts: run it as root." >&2; exit 2; }

# A lab of its own name: one that someone has up is left alone.
export BASELINE_LAB_NAME=demo

bold='' plain=''
[ ! -t 1 ] || { bold=$(printf '\033[1m') plain=$(printf '\033[0m'); }
step() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; }
# Runs a command as a person would type it, and says so when its exit code is not the one announced.
run() {
  expected=$1
  shift
  printf '\n$ baseline %s\n' "$*"
  code=0
  $baseline "$@" || code=$?
  announced
}
announced() { [ "$code" = "$expected" ] || { echo "exit code $code, where $expected was expected" >&2; exit 1; }; }

trap '$baseline lab down || true' EXIT
trap 'exit 130' INT TERM

step "Two hosts: systemd, sshd, Postfix, Dovecot, Rspamd, Redis and BIND, as Debian 12 and Debian 13 ship them"
run 0 lab up 2 --release bookworm --release trixie
inventory=/run/baseline-lab/demo/inventory.yml

step "Does mx1 conform to the circular of 2007, with its mail domain and its site? (exit code 1: no; nor does mx2)"
run 1 check -i "$inventory" -l mx1

step "What would make mx1 and its domain conform?"
run 1 plan -i "$inventory" --no-diff -l mx1

step "Line by line, for two of the controls: temporary space, and who may send the domain's mail"
run 1 plan -i "$inventory" -l mx1 -c MEL-T-04,MEL-D-04

step "Apply everything to both: each host in one transaction, verified on fresh answers, then confirmed (about a minute)"
run 0 apply -i "$inventory" --all --yes

step "Check again (exit code 0: conforms), and a second apply, which finds nothing to do"
run 0 check -i "$inventory"
run 0 apply -i "$inventory" --all --yes -l mx1

step "Someone edits mx2 by hand: the queue may now fill its disk"
printf '\n$ ssh mx2 sudo postconf -e queue_minfree=1000\n'
$baseline lab ssh mx2 sudo postconf -e queue_minfree=1000

step "The next check finds it (exit code 1), and only it: the control fails, the file drifted, Postfix is stale"
run 1 check -i "$inventory"

step "The hosts go"
