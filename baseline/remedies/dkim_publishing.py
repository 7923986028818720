"""Making a DKIM key on its host, and its record in a file that the zone includes."""

from __future__ import annotations

import shlex

from baseline.formats import dkim
from baseline.model import Action

INCLUDED = "/etc/bind/baseline-dkim/{domain}.{selector}.zone"
"""The record of one key. It is made on the host together with the key, so the plan cannot hold it."""

_DO = r"""set -eu
rm -f "$k.new" "$f.new" "$k.made" "$f.made" "$f.before"
if [ ! -s "$k" ]; then
  install -d -o root -g _rspamd -m 0750 "${k%/*}"
  : >"$k.made"
  (umask 077; rspamadm dkim_keygen -b $bits -s "$s" -d "$d" -k "$k.new" >/dev/null)
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
"""
_UNDO = r"""rm -f "$k.new" "$f.new"
if [ -e "$f.made" ]; then rm -f "$f" "$f.made"; elif [ -e "$f.before" ]; then mv "$f.before" "$f"; fi
if [ -e "$k.made" ]; then rm -f "$k" "$k.made"; fi
rmdir "${f%/*}" "${k%/*}" 2>/dev/null || true
"""


def make_and_publish(domain: str, selector: str, path: str, bits: int) -> Action:
    """Make the key at `path` unless there is one, and write its public half for the zone.

    Undone, a key that was there before stays, and one that was made goes: marks beside the files tell which is which.
    """
    values = {
        "d": domain,
        "s": selector,
        "k": path,
        "f": INCLUDED.format(domain=domain, selector=selector),
        "name": dkim.name(selector, domain),
        "bits": str(bits),
    }
    head = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    return Action(f"make and publish the DKIM key {selector} of {domain}", head + _DO, head + _UNDO, first=True)
