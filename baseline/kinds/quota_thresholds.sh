# shellcheck shell=sh disable=SC2154 # given: user and group who own the folder, and scripts, the folder of quota-send
# Makes the folder of the table of senders that are stopped, with a table in it.
install -d -o "$user" -g "$group" -m 0755 "$folder" &&
  { [ -s "$folder/send_blocked.db" ] || runuser -u "$user" -- "$scripts/quota-send" replace </dev/null; }
