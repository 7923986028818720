# shellcheck shell=sh disable=SC2154 # given: d and s (domain and selector), k (path of the key), f (path of the record), name, bits
# Makes a DKIM key unless it is there, and its record in a file that the zone includes.
set -eu
rm -f "$k.new" "$f.new" "$k.made" "$f.made" "$f.before"
if [ ! -s "$k" ]; then
  install -d -o root -g _rspamd -m 0750 "${k%/*}"
  : >"$k.made"
  (umask 077; rspamadm dkim_keygen -b "$bits" -s "$s" -d "$d" -k "$k.new" >/dev/null)
  chown root:_rspamd "$k.new"; chmod 0440 "$k.new"; mv "$k.new" "$k"
fi
umask 022
install -d -o root -g bind -m 0755 "${f%/*}"
t=rsa p=$(openssl pkey -in "$k" -pubout -outform DER | base64 -w0)
[ -n "$p" ] || { echo "$k has no public key"; exit 1; }
if openssl pkey -in "$k" -noout -text | head -n 1 | grep -qi ed25519; then
  t=ed25519 p=$(openssl pkey -in "$k" -pubout -outform DER | tail -c 32 | base64 -w0)
fi
{
  printf '%s. IN TXT ( "v=DKIM1; k=%s; p="\n' "$name" $t
  printf '%s\n' "$p" | fold -w 250 | sed 's/.*/\t"&"/'
  echo ')'
} >"$f.new"
if [ ! -e "$f" ]; then : >"$f.made"; elif ! cmp -s "$f" "$f.new"; then cp -p "$f" "$f.before"; fi
mv "$f.new" "$f"
