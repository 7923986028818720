# shellcheck shell=sh disable=SC2154 # given: packages, what Debian calls the programs
# tells NAME PACKAGE TOOL COMMAND prints a line: the program's name, a tab, and its version. All packages are asked for at
# once, since each program takes its time to start; a program that is not Debian's own says it itself.
# shellcheck disable=SC2086 # names
installed="
$(dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' -- $packages 2>/dev/null)
"
tells() {
  case $(command -v "$3") in
  /usr/bin/* | /usr/sbin/* | /bin/* | /sbin/*)
    case $installed in
    *"
ii  $2 "*)
      told=${installed#*"
ii  $2 "}
      printf '%s\t%s\n' "$1" "${told%%
*}"
      return
      ;;
    esac
    ;;
  esac
  printf '%s\t%s\n' "$1" "$({ eval "$4"; } 2>/dev/null | head -n 1)"
}
