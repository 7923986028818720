# shellcheck shell=sh
# The queue summed up on the host, since a full one is tens of megabytes: per queue how many, and since when.
d=$(postconf -hx queue_directory) || exit
echo "now $(date +%s)"
echo "corrupt $(find "$d/corrupt" -type f | wc -l)"
{ timeout 20 postqueue -j; echo "ended $?"; } | awk '
/^ended [0-9]+$/ { ended = $2; next }
match($0, /^\{"queue_name": "[a-z]+", "queue_id": "[A-Za-z0-9]+", "arrival_time": [0-9]+, /) {
  head = substr($0, 1, RLENGTH); gsub(/[",:{}]/, " ", head); split(head, word, " ")
  count[word[2]]++
  if (!(word[2] in oldest) || word[6] < oldest[word[2]]) oldest[word[2]] = word[6]
  rest = substr($0, length(head) + 1)
  if (match(rest, /^"message_size": [0-9]+, ("forced_expire": [a-z]+, )?"sender": "MAILER-DAEMON"/)) bounces++
  next
}
{ unread++ }
END {
  for (name in count) print "queue", name, count[name], oldest[name]
  print "bounces", bounces + 0; print "unread", unread + 0; print "ended", ended
}'
