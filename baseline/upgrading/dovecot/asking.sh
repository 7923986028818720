# shellcheck shell=sh
# What a host has of Dovecot's configuration: what is in force, the files that it was read from, and the forms of the
# accounts in passwd-files. Nothing that is a password leaves the host, and no name of an account does.
# Lines of a text begin with "|"; the line before the first names it: "=" and its path.
hidden=FILL-IN-BY-HAND

conceal() {
  sed -E "
    /^[[:space:]]*[A-Za-z0-9_]*(_query|_attrs|_filter)[[:space:]]*=/ {
      :more
      /\\\\\$/ {
        n
        b more
      }
      b
    }
    /^[[:space:]]*last_login_key[[:space:]]*=/b
    s/^([[:space:]]*[A-Za-z0-9_]*(password|passwd|dnpass|secret|nonce|_key|_pass)[[:space:]]*=[[:space:]]*)[^<#[:space:]].*\$/\\1$hidden/I
    s/((^|[[:space:]\"=:?&])(pass|password|passwd|secret)=)(\"([^\"\\\\]|\\\\.)*\"|'[^']*'|[^[:space:]]+)/\\1$hidden/Ig
    s#(://)[^/@[:space:]]*@#\\1$hidden@#g
  "
}

text() {
  printf '=%s\n' "$1"
  conceal | sed 's/^/|/'
}

printed=$(doveconf -n ${1:+-c "$1"}) || exit
printf '%s\n' "$printed" | text doveconf

# Files, and those that they include, each once.
main=${1:-$(printf '%s\n' "$printed" | sed -n '1s/^# [^:]*: //p')}
todo=$main
seen=' '
while [ -n "$todo" ]; do
  file=${todo%% *}
  case $todo in *' '*) todo=${todo#* } ;; *) todo= ;; esac
  case $seen in *" $file "*) continue ;; esac
  seen="$seen$file "
  if ! [ -f "$file" ] || ! [ -r "$file" ]; then continue; fi
  head -c 262144 "$file" | text "$file"
  # shellcheck disable=SC2013 # words are what is wanted: patterns
  for pattern in $(sed -n 's/^[[:space:]]*!include\(_try\)\{0,1\}[[:space:]]\{1,\}//p' "$file"); do
    case $pattern in /*) ;; *) pattern=${file%/*}/$pattern ;; esac
    # One file has one name, or files that include each other would go on for ever.
    for one in $(realpath -ms -- "$pattern"); do
      todo="${todo:+$todo }$one"
    done
  done
done

# Files that databases name: `driver last-word-of-args`, once each.
printf '%s\n' "$printed" | awk '
  $1 == "passdb" || $1 == "userdb" { inside = 1; args = driver = "" }
  inside && $1 == "args" { args = $NF }
  inside && $1 == "driver" { driver = $NF }
  inside && $1 == "}" { inside = 0; if (args ~ /^\//) print driver, args }
  $1 == "dict" { dict = 1 }
  dict && $2 == "=" && $3 ~ /:\// { sub(/^[^:]*:/, "", $3); print "dict", $3 }
  dict && $1 == "}" { dict = 0 }
' | sort -u | while read -r driver file; do
  if ! [ -f "$file" ] || ! [ -r "$file" ]; then continue; fi
  case $driver in
  sql | ldap | dict) head -c 262144 "$file" | text "$file" ;;
  passwd-file)
    # Of each account: its password scheme, and which of the fields it has that 2.4 does not know.
    printf '@%s\n' "$file"
    awk -F: '/^[^#:]+:/ {
      scheme = match($2, /^[{][^}]*[}]/) ? substr($2, 2, RLENGTH - 2) : "-"
      forms = ""
      if (/userdb_quota_rule=/) forms = forms " quota_rule"
      if (/userdb_quota_rule[0-9]+=/) forms = forms " more_rules"
      if (/userdb_mail=/) forms = forms " mail"
      count[toupper(scheme) forms]++
    } END { for (one in count) print "|" count[one], one }' "$file" | sort
    ;;
  esac
done
