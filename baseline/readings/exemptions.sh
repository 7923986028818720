# shellcheck shell=sh disable=SC2154 # domains
# What the tables that rules and lists of smtpd name say of keys that stand for everybody, asked of Postfix itself.
#
# `table NAME`, then for each answer `said A B C D FLAGS VALUE`: in how many /8 both addresses asked for have it (A), how
# many /8 have it as a key of one number (B), the same of /16 in IPv6 (C, D), and which other keys (FLAGS): c a client
# without a name, h a name in HELO, s a sender, f a certificate, d a recipient here. `list FILE`, then its words.
# `closed NAME` cannot be asked. What is in a database is asked for a few keys only.
set -f
main=$(postconf -x) && own=$(postconf -xP) || exit
asked() {
  awk -v few="$1" -v domains="$domains" 'BEGIN {
    for (n = 1; n < 224; n++)
      if (n != 10 && n != 127 && (!few || n % 50 == 23)) print n ".141.77.201\n" n ".52.13.94\n" n
    groups = few ? "2600 2a00" : "2001 2003 2400 2401 2402 2403 2404 2405 2406 2407 2408 2409 240a 240b 240c 240d 240e " \
      "240f 2600 2601 2602 2603 2604 2605 2606 2607 2608 2609 260a 260b 260c 260d 260e 260f 2610 2620 2800 2801 2802 " \
      "2803 2804 2806 2a00 2a01 2a02 2a03 2a04 2a05 2a06 2a07 2a08 2a09 2a0a 2a0b 2a0c 2a0d 2a0e 2a0f 2c0e 2c0f"
    many = split(groups, group, " ")
    for (n = 1; n <= many; n++) print group[n] ":4a3b::b7c1\n" group[n] ":9d:17::5e\n" group[n]
    print "unknown\nno-such-client.invalid\nnobody@no-such-client.invalid\n0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9"
    many = split(domains, domain, " ")
    for (n = 1; n <= many; n++) print domain[n] "\nno-such-mailbox@" domain[n]
  }'
}
told() {
  awk -F '\t' '
    !/\t/ { next }
    { key = $1; value = substr($0, length(key) + 2) }
    !(value in seen) { seen[value] = ""; order[++values] = value }
    key ~ /^[0-9]+$/ && length(key) < 4 { part4[value]++; next }
    key ~ /^[0-9]+\./ { sub(/\..*/, "", key); if (++pair[value, key] == 2) whole4[value]++; next }
    key ~ /^[0-9a-f]+$/ && length(key) == 4 { part6[value]++; next }
    key ~ /^[0-9a-f]+:/ && key !~ /[A-Z]/ { sub(/:.*/, "", key); if (++pair[value, key] == 2) whole6[value]++; next }
    key == "unknown" { seen[value] = seen[value] "c"; next }
    key ~ /^no-such-client/ { seen[value] = seen[value] "h"; next }
    key ~ /^nobody@/ { seen[value] = seen[value] "s"; next }
    key ~ /^0A:/ { seen[value] = seen[value] "f"; next }
    seen[value] !~ /d/ { seen[value] = seen[value] "d" }
    END {
      for (n = 1; n <= values; n++) {
        value = order[n]
        numbers = (whole4[value] + 0) " " (part4[value] + 0) " " (whole6[value] + 0) " " (part6[value] + 0)
        if (numbers != "0 0 0 0" || seen[value] != "") print "said", numbers, (seen[value] == "" ? "-" : seen[value]), value
      }
    }'
}
printf '%s\n%s\n' "$main" "$own" | awk '
  BEGIN {
    lists = " mynetworks smtpd_client_event_limit_exceptions smtpd_forbid_bare_newline_exclusions "
    lists = lists "smtpd_authorized_xclient_hosts smtpd_milter_maps relay_clientcerts "
  }
  {
    at = index($0, " =")
    name = substr($0, 1, at - 1)
    sub(/.*\//, "", name)
    listed = index(lists, " " name " ")
    many = split(substr($0, at + 2), word, /[ \t,]+/)
    for (n = 1; n <= many; n++) {
      one = word[n]
      if (listed) {
        sub(/^!/, "", one)
        if (one ~ /^\// || one ~ /^[a-z]+:[^:]/) print one
      } else if (n > 1 && word[n - 1] ~ /^[{]?check_[a-z_]*_access$/ && one ~ /:/) {
        # A rule in braces of its own ends with one.
        if (one !~ /[{]/) sub(/}+$/, "", one)
        print one
      }
    }
  }' | sort -u | while read -r one; do
  few=
  case $one in
  *[{}]*)
    echo "closed $one"
    continue
    ;;
  /*)
    echo "list $one"
    cat -- "$one" || exit
    continue
    ;;
  *mysql:* | *pgsql:* | *ldap:* | *sqlite:* | *mongodb:* | *tcp:* | *socketmap:* | *memcache:*) few=1 ;;
  esac
  said=$(asked "$few" | timeout 20 postmap -q - "${one#proxy:}" 2>&1)
  if [ $? -gt 1 ] || printf '%s\n' "$said" | grep -q '^postmap: \(fatal\|error\|panic\)'; then
    echo "closed $one"
  else
    echo "table $one"
    printf '%s\n' "$said" | told
  fi
done
