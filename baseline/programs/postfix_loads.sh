# shellcheck shell=sh disable=SC2154 # given: apart, not empty where mounts are this shell's own
# Whether Postfix would load what stands in /etc/postfix: its two files, which postconf reads for master.cf alone as well;
# and each smtpd of master.cf, which reads them anew for every connection, by smtpd itself. As `sendmail -bs` has it (-S)
# it takes no connection, and ends at once, for nobody speaks to it. What it refuses it says to the mail log alone.
services=$(postconf -M) || exit 1
places=$(postconf -hx daemon_directory queue_directory) || exit 1
daemons=${places%%
*} queue=${places#*
}
[ "$daemons" != "$places" ] && cd "$queue" || exit 1
# Of every smtpd an empty line, then its words, a line each, as in `smtp inet … smtpd -o { a = b } -o c=d`: what { } hold
# is one word.
called=$(awk '$8 == "smtpd" {
    rest = $0
    for (field = 1; field <= 8; field++) sub(/^[^ \t]+[ \t]*/, "", rest)
    printf "\n-n\n%s\n-t\n%s\n", $1, $2
    depth = 0; word = ""
    for (at = 1; at <= length(rest) + 1; at++) {
      c = at > length(rest) ? " " : substr(rest, at, 1)
      if (depth == 0 && (c == " " || c == "\t")) {
        if (substr(word, 1, 1) == "{" && substr(word, length(word)) == "}") {
          word = substr(word, 2, length(word) - 2)
          gsub(/^[ \t]+|[ \t]+$/, "", word)
        }
        if (word != "") print word
        word = ""
        continue
      }
      if (c == "{") depth++
      if (c == "}" && depth > 0) depth--
      word = word c
    }
  }' <<END
$services
END
) || exit 1
[ -n "$called" ] || exit 0
log=$(readlink -f /dev/log)
# Where the log can be covered, only those that fail are heard, when they are asked again.
[ -z "$apart" ] || mount --bind /dev/null "$log" 2>/dev/null || apart=
started() { timeout 3 "$daemons/smtpd" -S "$@" </dev/null >/dev/null 2>&1; }
# service NUMBER: does what $doing names with the words of that service.
service() {
  at=0 wanted=$1
  set --
  while IFS= read -r word; do
    if [ -z "$word" ]; then at=$((at + 1)); elif [ "$at" = "$wanted" ]; then set -- "$@" "$word"; fi
  done <<END
$called
END
  "$doing" "$@"
}
said_of() {
  [ -z "$apart" ] || umount "$log"
  pid=$({ timeout 3 sh -c 'echo $$ >&3; exec "$@"' sh "$daemons/smtpd" -S "$@" </dev/null >/dev/null 2>&1; } 3>&1)
  said=
  for pause in 0.1 0.3 1; do
    said=$(journalctl -q -o cat -n 1 --since=-1min _COMM=smtpd "_PID=$pid" 2>/dev/null)
    [ -z "$said" ] || break
    sleep "$pause"
  done
  echo "smtpd of $2/$4: ${said:-it ends with exit code 1}"
  [ -z "$apart" ] || mount --bind /dev/null "$log"
}
# All at once: while Postfix is stopped, each waits for it as long as it is let.
trials='' one=0 doing=started
while IFS= read -r word; do
  [ -z "$word" ] || continue
  one=$((one + 1))
  service "$one" &
  trials="$trials $one:$!"
done <<END
$called
END
failed='' doing=said_of
for trial in $trials; do
  wait "${trial#*:}"
  [ $? = 1 ] && failed="$failed ${trial%:*}"
done
for one in $failed; do service "$one"; done
[ -z "$failed" ]
