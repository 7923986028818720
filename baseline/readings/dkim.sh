# shellcheck shell=sh
# Path, mode, time of the last change, whether Rspamd may read it, and the public key, of each private key.
named=$(cat /etc/rspamd/local.d/dkim_signing.conf /etc/rspamd/override.d/dkim_signing.conf 2>/dev/null |
  sed -n 's/^[^#]*path[ =]*"\([^"$]*\)".*/\1/p')
for f in /var/lib/rspamd/dkim/* /etc/rspamd/dkim/* /etc/dkimkeys/* $named; do
  [ -f "$f" ] || continue
  p=$(openssl pkey -in "$f" -pubout -outform DER 2>/dev/null | base64 -w0)
  [ -n "$p" ] || continue
  r=no
  runuser -u _rspamd -- test -r "$f" && r=yes
  printf '%s|%s|%s|%s\n' "$f" "$(stat -c '%a|%Y' "$f")" $r "$p"
done
command -v openssl >/dev/null
