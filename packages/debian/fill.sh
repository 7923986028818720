#!/bin/sh
# Fills the package's folder: the virtual environment with what lies in wheels/, the command, completion and manual.
#
#   fill.sh FOLDER
#
# What it writes holds neither the clock nor the path of the build.
set -eu
folder=$1
home=/usr/lib/mail-baseline
at=$folder$home

python3 -m venv .filling
python3 -m venv --without-pip "$at"
.filling/bin/python -m pip --disable-pip-version-check --python "$at/bin/python" install -q --no-index \
  --find-links wheels --no-deps --no-compile --no-warn-script-location --no-cache-dir --requirement wheels/requirements.txt

# Of the programs only ours is for people; nobody shall activate this environment and install something into it.
find "$at/bin" -mindepth 1 ! -name 'python*' ! -name baseline -delete
rm -rf "${at:?}/include" "${at:?}/lib64" "${at:?}/share" "${at:?}/.gitignore"
sed -i "1s|.*|#!$home/bin/python3|" "$at/bin/baseline"
sed -i '/^command = /d' "$at/pyvenv.cfg"
# Headers and tests of libraries are of no use here.
find "$at/lib" -type d \( -name tests -o -name include \) -path '*/site-packages/*' -prune \
  ! -path '*/baseline/*' -exec rm -rf {} +

mkdir -p "$folder/usr/bin"
ln -s ../lib/mail-baseline/bin/baseline "$folder/usr/bin/baseline"
for kind in service timer; do
  install -D -m 644 "debian/mail-baseline-check@.$kind" "$folder/usr/lib/systemd/system/mail-baseline-check@.$kind"
done

# Manual pages and completion come from the commands themselves.
program() { PYTHONDONTWRITEBYTECODE=1 "$at/bin/python3" -m "$@"; }
mkdir -p debian/man
program baseline.manual debian/man
for shell in bash-completion/completions/baseline zsh/vendor-completions/_baseline fish/vendor_completions.d/baseline.fish; do
  mkdir -p "$folder/usr/share/${shell%/*}"
  program baseline completion "${shell%%[-/]*}" >"$folder/usr/share/$shell"
done
