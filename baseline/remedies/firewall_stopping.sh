# shellcheck shell=sh disable=SC2154 # given: enabled and active, `yes` or `no`: how nftables.service was
# Has nftables.service be as it was. Its own way to stop is to take everybody's tables away, so it stops without.
quiet=/run/systemd/system/nftables.service.d
r=0
[ "$enabled" = yes ] || systemctl --quiet disable nftables.service || r=1
if [ "$active" = no ]; then
  mkdir -p "$quiet" && printf '[Service]\nExecStop=\n' >"$quiet/baseline.conf" &&
    systemctl daemon-reload && systemctl stop nftables.service || r=1
  rm -rf "$quiet"
  systemctl daemon-reload
fi
exit $r
