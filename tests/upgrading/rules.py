"""A ruleset with every word of the language that `upgrade-check` calls tried; it is loaded by both releases."""

from __future__ import annotations

RULES = """\
flush ruleset
define ports = { 25, 465 }
add table ip6 spare
delete table ip6 spare
table inet filter {
  set admins { type ipv4_addr; flags interval; elements = { 192.0.2.0/24 } }
  set seen { type ipv6_addr; size 1000; flags timeout; }
  map to_mark { type inet_service : mark; }
  map verdicts { type inet_proto : verdict; }
  counter letters { comment "all of them" }
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    iifname "eth0" ct state vmap { established : accept, related : accept, invalid : drop }
    ct state new tcp dport $ports limit rate 10/second burst 5 packets counter name letters accept
    icmp type { destination-unreachable, time-exceeded, parameter-problem, echo-request, echo-reply } accept
    icmpv6 type { packet-too-big, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
    icmpv6 type mld-listener-query accept
    ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
    ip saddr @admins tcp dport 22 log prefix "ssh " level info accept
    tcp dport 23 limit rate over 5/minute log level warn drop
    tcp dport 24 limit rate 5/hour accept
    tcp dport 26 limit rate 5/day continue
    meta l4proto { tcp, udp } ip6 nexthdr tcp update @seen { ip6 saddr timeout 1h }
    ip protocol icmp jump later
    tcp dport 113 reject with tcp reset
    meta mark 1 counter drop
  }
  chain later { return; }
  chain forward {
    type filter hook forward priority 0; policy accept;
    oif lo drop
    oifname "eth1" ip daddr 192.0.2.1 drop
  }
  chain output {
    type filter hook output priority 0;
    meta mark set 1
  }
}
table ip nat {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    tcp dport 8025 redirect to :25
    tcp dport 8026 dnat to 192.0.2.7:25
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr 10.0.0.0/8 snat to 192.0.2.8
    oifname "eth0" masquerade
  }
}
"""
