# shellcheck shell=sh disable=SC2154 # given: d and s (domain and selector), k (path of the key), f (path of the record), name, bits
# Makes a DKIM key unless it is there, and its record in a file that the zone includes.
#
# The directory of keys may lie in one of Rspamd's own, whose user could put a link in its place. So it is entered (see
# entering.sh), and all is done from within, once it is root's.
set -eu
rm -f "$f.new" "$f.made" "$f.before"
key=./${k##*/}
if [ -s "$k" ]; then
  # It is not one that this makes, whatever a mark from before says.
  (into "${k%/*}" && rm -f "$key.new" "$key.made") >/dev/null || true
else
  (
    into "${k%/*}" make
    chown root:_rspamd .
    chmod 0750 .
    rm -f "$key.new" "$key.made"
    : >"$key.made"
    umask 077
    rspamadm dkim_keygen -b "$bits" -s "$s" -d "$d" -k "$key.new" >/dev/null
    chown root:_rspamd "$key.new"
    chmod 0440 "$key.new"
    mv -T "$key.new" "$key"
  )
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
