# shellcheck shell=sh
# The certificates of the file `f`, without the keys that may lie in it, and whether this host would trust them.
if [ -z "$f" ]; then echo none; exit; fi
if [ ! -e "$f" ]; then echo "absent $f"; exit; fi
echo "file $f"
openssl verify -purpose sslserver -CApath /etc/ssl/certs -untrusted "$f" "$f" 2>&1 | sed 's/^/verify /'
openssl crl2pkcs7 -nocrl -certfile "$f" | openssl pkcs7 -print_certs
