# shellcheck shell=sh disable=SC2154 # given: z, the zone, and f, its file
# Has BIND load a zone and waits until it and its secondaries serve the serial of the file.
# A file that was put back has its former time, and named would take the zone for loaded already.
case $0 in *.undo) systemctl restart named || exit ;; esac
want=$(named-checkzone -q -i none -o - -s full -- "$z" "$f" | awk '$4 == "SOA" { print $7; exit }')
[ -n "$want" ] || { echo "$f cannot be loaded"; exit 1; }
rndc reload "$z" >/dev/null 2>&1 || rndc reload || exit 1
has() { rndc zonestatus "$z" 2>/dev/null | sed -n 's/^serial: //p'; }
n=0; until [ "$(has)" = "$want" ]; do
  n=$((n + 1)); [ $n -le 40 ] || { echo "named does not serve $z with serial $want"; exit 1; }; sleep 0.25
done
command -v dig >/dev/null || exit 0
q() { dig +short +norecurse +time=1 +tries=1 "$@" 2>/dev/null; }
n=0; while [ $n -lt 15 ]; do
  late=; for ns in $(q @127.0.0.1 -q "$z" -t NS); do
    s=$(q "@$ns" -q "$z" -t SOA | cut -d" " -f3); [ -z "$s" ] || [ "$s" = "$want" ] || late=$ns
  done; [ -n "$late" ] || exit 0; n=$((n + 1)); sleep 1
done
