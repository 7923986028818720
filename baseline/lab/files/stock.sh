#!/bin/sh
# Fill the package store of a root that is being built, so that hosts can install without a network.
# Argument: the root. Runs while the root still knows the archives of the machine.
set -eu
root=$1
store=$root/var/lib/lab-packages

chroot "$root" apt-get install --download-only -y -o APT::Install-Recommends=true fail2ban tree dovecot-sqlite sqlite3
chroot "$root" apt-get install --download-only -y spamassassin spamc spamass-milter opendkim opendkim-tools
chroot "$root" apt-get install --download-only -y --no-install-recommends clamav-daemon clamdscan chrony unbound
# What Ansible needs on a host, for the tests of the role that is written for it.
chroot "$root" apt-get install --download-only -y --no-install-recommends python3 python3-apt
mkdir -p "$store"
mv "$root"/var/cache/apt/archives/*.deb "$store"
