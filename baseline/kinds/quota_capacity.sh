# shellcheck shell=sh
# Where each account's mail lies (the nearest folder that exists), on which device, and how large that is.
paths=$(doveadm -f tab mailbox path -A INBOX) || exit
tab=$(printf '\t')
accounts=$(printf '%s\n' "$paths" | tail -n +2 | while IFS=$tab read -r account path; do
  while [ ! -e "${path:=/}" ]; do path=${path%/*}; done
  printf 'account\t%s\t%s\n' "$account" "$path"
done)
printf '%s\n' "$accounts"
printf '%s\n' "$accounts" | cut -f3 | sort -u | xargs -r -d '\n' stat -L --printf 'device\t%d\t%n\n' || exit
printf '%s\n' "$accounts" | cut -f3 | sort -u | xargs -r -d '\n' df -B1 --output=size,itotal,iavail,target,file
